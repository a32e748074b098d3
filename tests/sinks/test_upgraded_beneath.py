"""A newer version brings the store up while this one's roles run on it: they go on, and do not start on it again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from citywatch.cli import call
from citywatch.health.store import check_store
from runtime.readiness import Readiness
from runtime.settings import load_settings
from schemas.cities import load_cities
from sinks.migrate import NewerStore, migrate
from sinks.positions import positions as sink_positions
from sinks.store_factory import open_store
from streams import analyse
from streams.live.state import LiveState
from tests.deployments import SERVER_UNLESS_FULL
from tests.parts.kafka import KafkaBroker
from tests.sinks.generated import GeneratedSource, random_source
from tests.sinks.running import RunningSink, TopicWriter, make_topics
from tests.sinks.test_figures import assert_all_right
from tests.sinks.test_migrate import with_next
from tests.sinks.test_sink import opened

TIMES = 5
"""How often all views are made anew beneath the sink."""


@pytest.fixture
def sink(kafka: KafkaBroker, store_url: str, tmp_path: Path) -> Iterator[RunningSink]:
    make_topics(kafka.bootstrap)
    with RunningSink(tmp_path, kafka.bootstrap, store_url) as running:
        yield running


@SERVER_UNLESS_FULL
def test_a_sink_goes_on_while_its_store_is_brought_up(sink: RunningSink, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, worlds = sink.settings, list[GeneratedSource]()
    with closing(TopicWriter(settings)) as feed, closing(opened(sink)) as store:
        for number in range(TIMES):
            worlds.append(feed.raw(random_source(f"w{number}", random.Random(number))))
            store.command("DROP TABLE migrations")
            assert "99_next.sql" in migrate(store, settings, with_next())
            feed.results(worlds[-1])
        feed.await_stored(store)
        assert_all_right(store, worlds)
        assert sink.running, sink.log
    assert sink.end() == 0

    # and who starts of this version is told, before anything is read or written
    assert sink.start().wait(60) == 2
    assert "does not know its 99_next.sql" in sink.log.strip().splitlines()[-1]
    monkeypatch.setenv("CITYWATCH_CLICKHOUSE", str(settings.clickhouse))
    monkeypatch.setenv("CITYWATCH_KAFKA", str(settings.kafka))
    monkeypatch.setenv("CITYWATCH_DATA", str(settings.data))
    for command in (["migrate"], ["migrate", "--plan"], ["report"], ["up", "sink"]):
        assert call(command) == 2, command
    (told,) = check_store(load_settings())
    assert (told.state, "newer version" in told.text) == ("wrong", True)
    with pytest.raises(NewerStore):
        open_store(load_settings())


def test_analyse_does_not_start_on_it_and_one_that_runs_goes_on_without_its_history(clickhouse_url: str) -> None:
    settings = load_settings(clickhouse=clickhouse_url)
    with closing(open_store(settings)) as store:
        migrate(store, settings, with_next())
    state = LiveState.of(load_cities())
    role = analyse._Analyse(settings, state, "log", Readiness("analyse"))
    with pytest.raises(NewerStore):
        role._asked(sink_positions)
    role._follows = True
    assert role._asked(sink_positions) is None
    assert "history not loaded: the store was brought up by a newer version" in state.note
