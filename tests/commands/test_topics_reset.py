"""`citywatch topics`, `migrate` and `reset`: what they set up, and what they forget."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from kafka.admin import ConfigFilterType, ConfigResource

from citywatch.cli import call
from citywatch.rules import rules_of, write_rules
from runtime.cities import cities
from runtime.log import Place, ends, extents, read
from runtime.settings import Settings, load_settings
from runtime.topics import ensure_topics
from schemas.cities import Cities
from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.families.posts import POSTS
from schemas.topics import INPUTS, OUTPUTS, TOPICS
from sinks.lists import listed_sources
from sinks.migrate import migrate
from sinks.store_factory import open_store
from streams.core.decisions import Decisions, SourceState
from streams.core.note import Note
from tests.commands.events import generated_events
from tests.commands.running import judge_and_store, prepare, send
from tests.commands.toytown import CITY
from tests.parts.kafka import KafkaBroker
from tests.parts.tansu import TansuBroker


@pytest.fixture
def settings(kafka: KafkaBroker, clickhouse_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Apache Kafka and clickhouse-server, for functions and for commands."""
    found = {"kafka": kafka.bootstrap, "clickhouse": clickhouse_url, "data": str(tmp_path)}
    for name, value in {**found, "metrics": "127.0.0.1:29411"}.items():
        monkeypatch.setenv(f"CITYWATCH_{name.upper()}", value)
    return load_settings()


def test_topics_have_the_settings_they_are_declared_with(settings: Settings, kafka: KafkaBroker) -> None:
    assert len(ensure_topics(settings)) == len(TOPICS)
    assert ensure_topics(settings) == []
    with kafka.admin() as admin:
        admin.alter_configs([ConfigResource("TOPIC", "citywatch.panes", {"retention.ms": "1000"})])
        deadline = time.monotonic() + 20
        while not (lines := ensure_topics(settings)):  # the broker tells of a change when it has heard of it
            assert time.monotonic() < deadline
        assert lines[0].startswith("set retention.ms=")
        resources = [ConfigResource("TOPIC", name, None) for name in TOPICS]
        (reported,) = admin.describe_configs(resources, config_filter=ConfigFilterType.ALL).values()
    for name, topic in TOPICS.items():
        for key, value in topic.config.items():
            assert reported[name][key]["value"] == value, (name, key)


def test_partitions_grow_with_the_setting_and_outputs_follow(settings: Settings, kafka: KafkaBroker) -> None:
    ensure_topics(settings)
    ensure_topics(settings.model_copy(update={"partitions": 6}))
    assert {name: len(ends(settings, [name])) for name in TOPICS} == {
        name: topic.partitions or 6 for name, topic in TOPICS.items()
    }
    lines = ensure_topics(settings)
    assert all("keeps its 6 partitions" in line for line in lines)


def test_rules_go_into_every_partition_and_only_where_the_note_has_others(
    settings: Settings, kafka: KafkaBroker
) -> None:
    prepare(settings)
    assert set(ends(settings, INPUTS).values()) == {1}
    found: list[bytes | None] = []
    read(settings, extents(settings, INPUTS), lambda _, records: found.extend(record.value for record in records))
    sources = {rule["source"] for value in found for rule in json.loads(value or b"")["data"]["sources"]}
    assert sources == set(cities(settings).by_source)

    known = cities(settings)
    _note(settings, known)
    assert write_rules(settings) == []
    assert len(write_rules(settings.model_copy(update={"lateness": 60}))) == len(INPUTS)


def test_sources_that_the_settings_lack_are_dropped_only_when_that_is_said(
    settings: Settings, kafka: KafkaBroker, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cities").mkdir()
    (tmp_path / "cities" / "toytown.toml").write_text(CITY, "utf-8")
    of_roles = load_settings(cities=tmp_path / "cities")
    prepare(of_roles)
    _note(of_roles, cities(of_roles))
    inputs = ends(settings, INPUTS)
    for command in ("topics", "deadletters retry --yes", "acceptance --only S2.1", "migrate", "migrate --plan"):
        capfd.readouterr()
        assert call(command.split()) == 2, command
        out, err = capfd.readouterr()
        assert (out, err.count("\n")) == ("", 1), err
        assert "toytown/110, toytown/patrol, toytown/posts; set CITYWATCH_CITIES" in err, command
    assert ends(settings, INPUTS) == inputs
    assert _listed(settings) > set(cities(settings).by_source)

    assert call(["topics", "--drop-sources"]) == 0
    assert "dropped the sources toytown/110, toytown/patrol, toytown/posts\n" in capfd.readouterr().out
    written = {place for place, end in ends(settings, INPUTS).items() if end > inputs[place]}
    assert {place.topic for place in written} == {INCIDENTS, PATROLS, POSTS}
    assert call(["migrate", "--drop-sources", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert said["dropped"] == ["toytown/110", "toytown/patrol", "toytown/posts"]
    assert _listed(settings) == set(cities(settings).by_source)
    assert call(["migrate"]) == 0


def test_sources_of_acceptance_go_without_a_word(settings: Settings, kafka: KafkaBroker) -> None:
    prepare(settings)
    _note(settings, cities(settings).with_fixtures())
    assert len(write_rules(settings)) == len(INPUTS)


def _listed(settings: Settings) -> set[str]:
    with closing(open_store(settings)) as store:
        return set(listed_sources(store))


def _note(settings: Settings, known: Cities) -> None:
    """What aggregate commits once it goes by the rules of these cities."""
    notes = {}
    for place in ends(settings, INPUTS):
        rules = rules_of(place.topic, known, settings)
        states = {rule["source"]: SourceState(rule["lateness"], rule["max_ahead"]) for rule in rules}
        note = Note(place.log, 1, 0, 0, 0, 0, Decisions(ruled=True, sources=states))
        notes[place] = note.encode()
    _commit(settings, notes)


def _commit(settings: Settings, notes: Mapping[Place, str]) -> None:
    from kafka import KafkaConsumer, TopicPartition
    from kafka.structs import OffsetAndMetadata

    consumer = KafkaConsumer(bootstrap_servers=settings.kafka, group_id=settings.group_aggregate)
    positions = {
        TopicPartition(topic, partition): OffsetAndMetadata(1, note, -1)
        for (_, topic, partition), note in notes.items()
    }
    consumer.assign(list(positions))
    consumer.commit(positions)
    consumer.close()


def test_reset_forgets_results_and_keeps_the_inputs(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    prepare(settings)
    send(settings, generated_events(seed=3, number=200, partitions=4))
    judge_and_store(settings)
    inputs, outputs = ends(settings, INPUTS), ends(settings, OUTPUTS)
    with closing(open_store(settings)) as filled:
        filled.command("INSERT INTO published_figures (name, said) SELECT 'bulletin', 1")
    capfd.readouterr()
    assert call(["reset"]) == 2  # nobody there to ask
    assert "--yes" in capfd.readouterr().err
    assert call(["reset", "--yes"]) == 0
    assert ends(settings, INPUTS) == inputs
    assert {place.log for place in ends(settings, OUTPUTS)}.isdisjoint(place.log for place in outputs)
    store = open_store(settings)
    for table in ("events", "cells", "corrections", "dead_letters", "progress", "sink_positions", "repeated_events"):
        assert store.query(f"SELECT count() FROM {table}") == [(0,)], table
    assert store.query("SELECT name FROM published_figures") == [("bulletin",)]
    for (table,) in store.query("SELECT DISTINCT name FROM lists"):
        newest = f"SELECT max(version) FROM lists WHERE name = '{table}'"
        assert store.query(f"SELECT count() FROM {table} WHERE version IN ({newest})")[0][0] > 0, table
    store.command("TRUNCATE TABLE types")  # as a reset of before has left it
    migrate(store, settings)
    assert store.query("SELECT count() FROM restating_types")[0][0] > 0
    store.close()
    judge_and_store(settings)
    assert call(["audit"]) == 0


def test_the_embedded_broker_takes_the_same_commands(
    tansu: TansuBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CITYWATCH_KAFKA", tansu.bootstrap)
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path))
    for _ in range(2):
        assert call(["topics"]) == 0
        assert call(["migrate", "--json"]) == 0
    assert json.loads(capfd.readouterr().out.splitlines()[-1])["changes"] == []
    monkeypatch.setenv("CITYWATCH_PARTITIONS", "6")
    assert call(["topics"]) == 2
    assert "cannot add partitions" in capfd.readouterr().err


# a client that found no broker leaves its sockets to the collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_is_not_there_is_one_line_and_exit_code_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path / "nothing"))
    for command in ("topics", "report", "audit", "recount", "events incidents", "drain --timeout 1"):
        assert call(command.split()) == 3, command
        out, err = capfd.readouterr()
        assert (out, err.count("\n")) == ("", 1), err
    monkeypatch.setenv("CITYWATCH_KAFKA", "127.0.0.1:9")
    assert call(["topics"]) == 3
    monkeypatch.setenv("CITYWATCH_LATENESS", "soon")
    assert call(["topics"]) == 2
    assert "CITYWATCH_LATENESS" in capfd.readouterr().err
    assert not (tmp_path / "nothing").exists()
