"""The running role on real brokers and stores: live from the topic, history from the store."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from citywatch.cli import call
from runtime import deployment
from runtime.errors import Unreachable
from runtime.kafka import topic_ids
from runtime.readiness import Readiness
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.families.incidents import INCIDENTS
from schemas.live import Live
from schemas.records import Cell, Correction, Progress, SourceGap
from schemas.topics import PANES
from sinks.chdb_store import Chdb
from sinks.owner import Owner
from sinks.rows import CELL_COLUMNS, CORRECTION_COLUMNS, cell_row, correction_row
from sinks.store import Store
from streams import analyse
from streams.live.state import LiveState
from tests.deployments import ENGINES, KAFKA_UNLESS_FULL
from tests.forked import Forked
from tests.migrated import open_migrated
from tests.parts import Broker, KafkaBroker
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.server import HOST, await_until, free_port
from tests.placed import placed
from tests.streams.live_cells import LOG, SOURCE, at, cell, progress, started

CITYWATCH = Path(sys.executable).with_name("citywatch")
NOWHERE = f"clickhouse://default@{HOST}:1/none"
NOW = "2026-05-14T09:28:00"

Three = tuple[int | None, int | None, int | None]


class Role:
    """`citywatch up analyse` as a process, and its page. A context manager."""

    def __init__(self, directory: Path, kafka: str, store: str | None) -> None:
        self.port = free_port(neighbours=3)
        self._log = directory / "analyse.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CITYWATCH_")},
            "CITYWATCH_KAFKA": kafka,
            "CITYWATCH_DATA": str(directory / "data"),
            "CITYWATCH_METRICS": f"{HOST}:{self.port}",
            **({"CITYWATCH_CLICKHOUSE": store} if store else {}),
        }

    def __enter__(self) -> Self:
        self.process = Forked(partial(call, ["up", "analyse"]), self._environment, self._log, self._log.parent)
        await_until(self._answers, 30, "analyse to answer")
        return self

    def __exit__(self, *exc: object) -> None:
        self.process.kill()
        self.process.wait()

    def page(self, name: str) -> str:
        with urllib.request.urlopen(f"http://{HOST}:{self.port + 1}/{name}", timeout=10) as answer:
            return str(answer.read().decode())

    def live(self) -> Live:
        return msgspec.json.decode(self.page("live"), type=Live)

    def value(self, period: str, measure: str = "incidents") -> Three | None:
        """Current, previous and year's value in Xincheng; None before the city's clock is known."""
        city = next(city for city in self.live().cities if city.city == "xincheng")
        for view in city.measures:
            if view.measure == measure:
                total = next(running.total for running in view.periods if running.period == period)
                return total.value, total.previous.value, total.year.value
        return None

    def shows(self, period: str, expected: Three, seconds: float = 20) -> None:
        try:
            await_until(lambda: self.value(period) == expected, seconds, f"{expected} in the {period}")
        except TimeoutError:
            raise AssertionError(f"{self.value(period)} is not {expected}\n{self.log()}") from None

    def log(self) -> str:
        return self._log.read_text()

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log()
        try:
            return bool(self.page("metrics"))
        except OSError:
            return False


class PanesTopic:
    """The panes topic of a broker, with two partitions; in the second one stands that all since long ago is known."""

    def __init__(self, bootstrap: str, directory: Path, *, known: bool = True) -> None:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap)
        admin.create_topics([NewTopic(PANES, 2, 1)])
        admin.close()
        self._bootstrap = bootstrap
        settings = Settings(kafka=bootstrap, data=directory)
        await_until(lambda: self._log(settings), 10, "the topic to be there")
        self.log = self._log(settings)
        if known:
            self.write([started()], 1)

    def write(self, records: Sequence[Cell | Progress | SourceGap | bytes], partition: int = 0) -> None:
        with KafkaProducer(bootstrap_servers=self._bootstrap, acks="all") as producer:
            for record in records:
                value = record if isinstance(record, bytes) else msgspec.json.encode(record)
                producer.send(PANES, value, partition=partition)
            producer.flush()

    def _log(self, settings: Settings) -> str:
        from runtime.errors import CitywatchError

        try:
            return topic_ids(settings, [PANES])[PANES]
        except CitywatchError:
            return ""


def insert(store: Store, cells: Sequence[Cell], judged: Progress, position: int, log: str) -> None:
    """What the sink would have written when it had read partition 0 of the panes topic up to `position`."""
    store.insert("cells", CELL_COLUMNS, list(zip(*map(cell_row, cells), strict=True)))
    fields = ("log", "topic", "partition", "read", "counted", "late", "duplicates", "dead")
    clocks, boundaries = json.dumps(judged.clocks), json.dumps(judged.boundaries)
    row = [*(getattr(judged, name) for name in fields), clocks, boundaries]
    store.insert("progress", (*fields, "clocks", "boundaries"), [[value] for value in row])
    store.insert("sink_positions", ("log", "topic", "partition", "position"), [[log], [PANES], [0], [position]])


@contextmanager
def stored(kind: str, request: pytest.FixtureRequest, directory: Path) -> Iterator[tuple[Store, str | None]]:
    """A migrated store as the sink would hold it, and its setting."""
    if kind == "clickhouse":
        url: str = request.getfixturevalue("clickhouse_url")
        settings = Settings(clickhouse=url, data=directory / "data")
        store = open_migrated(settings)
        yield store, url
        store.close()
        return
    settings = Settings(data=directory / "data")
    settings.data.mkdir(parents=True)
    owned = open_migrated(settings)
    assert isinstance(owned, Chdb)
    owner = Owner(owned)
    deployment.write(settings, deployment.Running(pid=os.getpid(), store=owner.url))
    yield owned, None
    owner.close()
    owned.close()


@KAFKA_UNLESS_FULL
def test_without_a_store_it_starts_live_and_says_so(broker: Broker, tmp_path: Path) -> None:
    topic = PanesTopic(broker.bootstrap, tmp_path)
    topic.write([cell("2026-05-14T09:00", 2, version=1), progress(NOW)])
    with Role(tmp_path, broker.bootstrap, NOWHERE) as role:
        role.shows("hour", (2, 0, 0))
        topic.write([cell("2026-05-14T09:00", 3, version=4), cell("2026-05-14T08:20", 5, version=2, partition=1)], 1)
        topic.write([cell("2026-05-14T09:00", 1, version=0), progress(NOW, read=2)])
        role.shows("day", (8, 0, 0))
        assert role.value("hour") == (3, 5, 0)
        live = role.live()
        assert not live.history_loaded
        assert live.note.startswith("history not loaded")
        assert "citywatch_history_loaded 0\n" in role.page("metrics")
        assert "citywatch_store_up 0.0\n" in role.page("metrics")
        role.process.terminate()
        assert role.process.wait(10) == 0


@pytest.mark.parametrize("kind", ["chdb", "clickhouse"])
def test_history_and_topic_are_exact_at_their_seam(
    kind: str, request: pytest.FixtureRequest, kafka: KafkaBroker, tmp_path: Path
) -> None:
    topic = PanesTopic(kafka.bootstrap, tmp_path)
    known = [cell("2026-05-14T09:00", 2, version=5), cell("2026-05-14T09:05", 3, version=9)]
    topic.write([*known, progress("2026-05-14T09:06", read=10)])
    history = [cell("2026-05-13T09:00", 40, version=1), cell("2025-05-14T09:00", 50, version=1)]
    # The sink has written more than its position says: the topic repeats some of it, older versions among it.
    ahead = cell("2026-05-14T09:05", 4, version=12)
    with stored(kind, request, tmp_path) as (store, setting):
        insert(store, [*history, *known, ahead], progress("2026-05-14T09:10", read=13), 3, topic.log)
        with Role(tmp_path, kafka.bootstrap, setting) as role:
            role.shows("day", (6, 40, 50))
            topic.write([cell("2026-05-14T09:05", 3, version=10), ahead, cell("2026-05-14T09:00", 7, version=14)])
            topic.write([cell("2026-05-14T09:25", 1, version=15), progress(NOW, read=16)])
            role.shows("day", (12, 40, 50))
            await_until(lambda: role.live().history_loaded, 30, "the history to be loaded")
            assert {place.partition: place.position for place in role.live().panes} == {0: 8, 1: 1}


def test_history_is_loaded_once_the_store_comes_back(
    clickhouse_server: ClickHouseServer, clickhouse_url: str, kafka: KafkaBroker, tmp_path: Path
) -> None:
    topic = PanesTopic(kafka.bootstrap, tmp_path)
    topic.write([cell("2026-05-14T09:00", 2, version=5), progress(NOW, read=6)])
    settings = Settings(clickhouse=clickhouse_url, data=tmp_path)
    store = open_migrated(settings)
    insert(store, [cell("2026-05-13T09:10", 40)], progress("2026-05-14T09:06"), 0, topic.log)
    store.close()
    clickhouse_server.stop()
    try:
        with Role(tmp_path, kafka.bootstrap, clickhouse_url) as role:
            role.shows("day", (2, 0, 0))
            assert not role.live().history_loaded
            clickhouse_server.start()
            role.shows("day", (2, 40, 0))
            await_until(lambda: role.live().history_loaded, 20, "the history to be loaded")
    finally:
        if not clickhouse_server.running:
            clickhouse_server.start()


def test_a_late_event_in_the_store_restates_the_figure(clickhouse_url: str, kafka: KafkaBroker, tmp_path: Path) -> None:
    topic = PanesTopic(kafka.bootstrap, tmp_path)
    topic.write([cell("2026-05-14T09:00", 2), progress(NOW, read=9)])
    settings = Settings(clickhouse=clickhouse_url, data=tmp_path)
    store = open_migrated(settings)
    insert(store, [cell("2026-05-14T09:00", 2)], progress(NOW, read=9), 2, topic.log)
    with Role(tmp_path, kafka.bootstrap, clickhouse_url) as role:
        role.shows("day", (2, 0, 0))
        late = Correction(
            log=LOG,
            topic=INCIDENTS,
            partition=0,
            offset=8,
            verdict="late",
            source=SOURCE,
            id="r-1",
            subject="i-1",
            time=at("2026-05-14T03:00"),
            **placed("incident.reported", "B07", "110201", "citizen"),
        )
        store.insert("corrections", CORRECTION_COLUMNS, [[value] for value in correction_row(late)])
        positions: dict[str, Any] = {"log": topic.log, "topic": PANES, "partition": 0, "position": 3}
        store.insert("sink_positions", list(positions), [[value] for value in positions.values()])
        role.shows("day", (3, 0, 0))
    store.close()


@pytest.mark.parametrize("kind", ENGINES)
def test_it_starts_with_two_years_of_history_within_ten_seconds(
    kind: str, request: pytest.FixtureRequest, kafka: KafkaBroker, tmp_path: Path
) -> None:
    topic = PanesTopic(kafka.bootstrap, tmp_path)
    end = at(NOW) // 300 * 300 + 300
    with stored(kind, request, tmp_path) as (store, setting):
        store.command(two_years(end))
        last = cell(end - 300, 7, beat="B27", category="110202")
        insert(store, [last], progress(NOW), 0, topic.log)
        cells = store.query("SELECT count() FROM cells")[0][0]
        assert cells > 1_000_000
        server = request.getfixturevalue("clickhouse_server").pid if kind == "clickhouse" else os.getpid()
        before = cpu_seconds(server)
        with Role(tmp_path, kafka.bootstrap, setting) as role:
            await_until(lambda: role.live().history_loaded, 60, "the history to be loaded")
            # in place of the wall clock, which the other tests of this machine share
            assert cpu_seconds(role.process.pid) + cpu_seconds(server) - before < 10
            month = store.query(
                "SELECT sum(count) FROM cells WHERE type = 'incident.reported' AND source = %(source)s "
                "AND pane >= toDateTime(%(start)s)",
                {"source": SOURCE, "start": at("2026-05-01T00:00")},
            )[0][0]
            found = role.value("month")
            assert found is not None
            assert found[0] == month
            assert all(earlier is not None and earlier > 0 for earlier in found)


def cpu_seconds(pid: int) -> float:
    """What a process has used of all cores."""
    times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def two_years(end: int) -> str:
    """A statement that fills the table with over a million cells of two cities up to `end`."""
    panes = 2 * 365 * 288
    return (
        "INSERT INTO cells (log, topic, partition, source, pane, type, beat, category, facet, version, records, "
        f"count, values) SELECT '{LOG}', '{INCIDENTS}', toUInt32(number % 4), "
        f"if(number % 2 = 0, '{SOURCE}', 'montgomery/911'), toDateTime({end} - (number % {panes} + 1) * 300), "
        "multiIf(part < 3, 'incident.reported', part = 3, 'incident.dispatched', 'incident.arrived'), "
        "concat('B', if(spot < 10, '0', ''), toString(spot)), concat('11020', toString(1 + number % 3)), 'citizen', "
        "number, 1, 1, arrayMap(i -> toInt64(1), range(multiIf(part < 3, 0, part = 3, 12, 24))) "
        "FROM (SELECT number, part, (number + part * 5) % 27 + 1 AS spot "
        f"FROM (SELECT number, intDiv(number, {panes}) AS part FROM numbers({5 * panes})))"
    )


def test_what_nobody_has_vouched_for_is_no_zero(kafka: KafkaBroker, tmp_path: Path) -> None:
    topic = PanesTopic(kafka.bootstrap, tmp_path, known=False)
    topic.write([cell("2026-05-14T09:00", 2), progress(NOW)])
    with Role(tmp_path, kafka.bootstrap, NOWHERE) as role:
        role.shows("day", (2, None, None))
        topic.write([started("2026-05-13T09:00")])
        role.shows("day", (2, 0, None))


def test_what_is_no_record_of_ours_is_counted_and_the_rest_goes_on(kafka: KafkaBroker, tmp_path: Path) -> None:
    topic = PanesTopic(kafka.bootstrap, tmp_path)
    deep = b'{"kind":"cell","further":' + b"[" * 10_000
    wrong = [b"not json", b'{"kind":"cell"}', b'{"kind":"cell","log":"\xff"}', deep]
    topic.write([*wrong, cell("2026-05-14T09:00", 2), progress(NOW)])
    with Role(tmp_path, kafka.bootstrap, NOWHERE) as role:
        role.shows("hour", (2, 0, 0))
        assert 'citywatch_unreadable_records_total{role="analyse"} 4.0' in role.page("metrics")


def test_partitions_that_are_added_are_read_too(kafka: KafkaBroker, tmp_path: Path) -> None:
    topic = PanesTopic(kafka.bootstrap, tmp_path)
    topic.write([cell("2026-05-14T09:00", 2), progress(NOW)])
    with Role(tmp_path, kafka.bootstrap, NOWHERE) as role:
        role.shows("hour", (2, 0, 0))
        admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        admin.create_partitions({PANES: 3})
        admin.close()
        topic.write([cell("2026-05-14T09:00", 4, partition=2), progress(NOW, partition=2)], 2)
        role.shows("hour", (6, 0, 0), 30)


def test_records_that_are_gone_before_they_were_read_end_the_role_loudly(kafka: KafkaBroker, tmp_path: Path) -> None:
    topic = PanesTopic(kafka.bootstrap, tmp_path)
    topic.write([cell("2026-05-14T09:00", 2), progress(NOW)])
    with Role(tmp_path, kafka.bootstrap, NOWHERE) as role:
        role.shows("hour", (2, 0, 0))
        role.process.send_signal(signal.SIGSTOP)
        topic.write([cell("2026-05-14T09:05", 4), cell("2026-05-14T09:05", 5, version=1)])
        admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        admin.delete_records({TopicPartition(PANES, 0): 3})
        admin.close()
        role.process.send_signal(signal.SIGCONT)
        assert role.process.wait(30) == 3
        assert "lost offsets 2 to 3" in role.log()


def test_a_broker_that_is_not_there_is_told_within_seconds_and_exits_3(tmp_path: Path) -> None:
    environment = {**os.environ, "CITYWATCH_KAFKA": f"{HOST}:1", "CITYWATCH_DATA": str(tmp_path)}
    done = subprocess.run(
        [CITYWATCH, "up", "analyse"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 3, done.stderr
    [line] = done.stderr.splitlines()
    assert line.startswith(f"citywatch: Kafka at {HOST}:1 does not answer")


def test_a_store_that_is_not_there_yet_is_no_warning_while_roles_start_together(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    role = analyse._Analyse(Settings(), LiveState.of(load_cities()), "log", Readiness("analyse"))
    role._lost(Unreachable("the sink does not run"))
    assert (caplog.messages, role._state.note) == ([], "history not loaded: the sink does not run")
    monkeypatch.setattr(analyse, "STARTING", 0.0)
    for _ in range(2):
        role._lost(Unreachable("the sink does not run"))
    assert caplog.messages == ["history not loaded: the sink does not run"]
