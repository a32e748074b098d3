"""ClickHouse away, full, refusing, killed, asked by somebody who was thought dead: no row is lost and none twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bench.events import stream
from bench.load import load
from citywatch.audit.balance import audit
from citywatch.commandline.store import opened_store
from runtime.pages import live
from schemas.families.incidents import INCIDENTS
from sinks.store_factory import open_store
from tests.deployment import Deployment
from tests.faults.feed import feeding
from tests.faults.gate import Gate
from tests.faults.night import night
from tests.faults.settled import arrived, settled
from tests.faults.workers import Worker, Workers
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.need import need
from tests.parts.server import await_until
from tests.parts.small_disk import ClickHouseOnSmallDisk

PARTITIONS = 4
SESSION = "3"
AWAY_SECONDS = 8.0
"""More than two sessions of the group."""

AN_INSERT = 8_192
"""Bytes of a request to the store that can only be rows."""

MILLION = 1_000_000
SMALL = 100_000
KILLS = 2

UNDER_WAY = "SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO %'"
EACH_ROW_ONCE = "SELECT count(), uniqExact(log, topic, partition, offset) FROM events"
EACH_CELL_ONCE = """
SELECT count(), uniqExact(log, topic, partition, source, pane, type, beat, category, facet, version) FROM cells
"""


@pytest.fixture
def workers(kafka: KafkaBroker, clickhouse_url: str, tmp_path: Path) -> Iterator[Workers]:
    """No worker runs yet."""
    with Workers(kafka, clickhouse_url, tmp_path, session_timeout=SESSION) as found:
        yield found


@pytest.fixture
def gate(clickhouse_server: ClickHouseServer) -> Iterator[Gate]:
    """Between one sink and the store; see `behind`."""
    with Gate(clickhouse_server.port) as found:
        yield found


def behind(gate: Gate, url: str) -> dict[str, str]:
    """What makes a worker go to the store through the gate."""
    return {"CITYWATCH_CLICKHOUSE": f"clickhouse://default:@127.0.0.1:{gate.port}{urlsplit(url).path}"}


def ready(*workers: Worker) -> None:
    for worker in workers:
        words = "history loaded" if worker.role == "analyse" else f"{worker.role} is ready"
        await_until(lambda: words in worker.log() or not worker.alive, 60, words)  # noqa: B023
        assert worker.alive, worker.log()


def stored(deployment: Deployment) -> int:
    """Raw rows in the store."""
    ((rows,),) = deployment.query("SELECT count() FROM events")
    return int(rows)


def members(kafka: KafkaBroker, deployment: Deployment) -> set[str]:
    """Who is in the sink's group."""
    group = deployment.settings.group_sink
    with kafka.admin() as admin:
        return {member["member_id"] for member in admin.describe_groups([group])[group]["members"]}


def shown(deployment: Deployment) -> int:
    """How far the live figures of analyse have come in the topic of panes."""
    page = live(deployment.settings)
    assert page is not None, "analyse answers"
    return sum(int(at["position"]) for at in page["panes"])


def exact(deployment: Deployment) -> dict[str, Any]:
    """Everything has arrived; audit, recount and the undisturbed run agree. The totals of the audit."""
    account = settled(deployment)
    return {term: account.total(term) for term in ("produced", "counted", "late", "duplicates", "dead_lettered")}


@pytest.mark.full
def test_a_store_that_is_away_costs_neither_rows_nor_figures_nor_the_group(
    kafka: KafkaBroker, clickhouse_server: ClickHouseServer, workers: Workers, gate: Gate
) -> None:
    """Scenario 6: first the reply to an insert is lost, then the store is away for longer than the session."""
    deployment = workers.deployment
    sink = workers.start("sink", **behind(gate, str(deployment.settings.clickhouse)))
    aggregate, analyse = workers.start("aggregate"), workers.start("analyse")
    ready(sink, aggregate, analyse)
    with feeding(kafka.bootstrap, stream(14_000, PARTITIONS), per_second=1_000) as feed:
        await_until(lambda: stored(deployment) > 500, 30, "the first rows")
        before, group = stored(deployment), members(kafka, deployment)
        gate.swallow(after=AN_INSERT)
        await_until(lambda: gate.withheld > 0, 30, "the reply to an insert")
        await_until(lambda: clickhouse_server.execute(UNDER_WAY) == [(0,)], 30, "it to be applied")
        gate.cut()
        assert gate.swallowed > 0
        assert stored(deployment) > before
        counted, figures = aggregate.counted(INCIDENTS, PARTITIONS), shown(deployment)
        until = time.monotonic() + AWAY_SECONDS
        await_until(lambda: time.monotonic() > until, AWAY_SECONDS + 5, "the outage to last")
        rows = stored(deployment)
        assert aggregate.counted(INCIDENTS, PARTITIONS) > counted + 1_000, "aggregate goes on"
        assert shown(deployment) > figures, "live figures go on"
        assert "wait for the store" in sink.log()
        gate.open()
        await_until(lambda: stored(deployment) > rows, 30, "rows to come again")
        feed.finish()
    assert members(kafka, deployment) == group, "nobody was thrown out of the group"
    assert "Heartbeat session expired" not in sink.log()
    account = exact(deployment)
    assert account["dead_lettered"] == 0
    assert account["counted"] == 14_000


@pytest.mark.full
def test_rows_that_the_store_cannot_hold_stop_the_sink_loudly_and_are_all_there_once_it_can(workers: Workers) -> None:
    """Scenario 7: no accepted event makes such a row, so it is a defect or a changed table: nothing may be dropped."""
    deployment = workers.deployment
    sink, aggregate = workers.start("sink"), workers.start("aggregate")
    ready(sink, aggregate)
    records = list(night(7, 4_000))
    load(deployment.bootstrap, INCIDENTS, records[:2_000])
    await_until(lambda: stored(deployment) > 1_500, 30, "the first rows")
    deployment.must("drain")
    positions = "SELECT topic, partition, position FROM positions_latest WHERE topic = 'citywatch.incidents'"
    before = sorted(deployment.query(positions))
    with operator(deployment) as command:
        command("ALTER TABLE events MODIFY COLUMN count String")
        load(deployment.bootstrap, INCIDENTS, records[2_000:])
        assert sink.process.wait(90) == 1
        said = sink.log()
        assert f"the store refuses rows for good, nothing of them is committed: {INCIDENTS}/" in said
        assert "for events:" in said
        assert sorted(deployment.query(positions)) == before
        assert aggregate.alive
        command("ALTER TABLE events MODIFY COLUMN count Int64")
    workers.start("sink")
    workers.start("analyse")
    exact(deployment)


@pytest.mark.full
def test_too_many_parts_are_waited_for_and_rows_written_again_count_once(workers: Workers) -> None:
    """Scenario 7: code 252 is tried again, ever more slowly, with the same rows. The refused table takes none of them;
    raw events, which come before it, stand there several times while nothing is merged."""
    deployment = workers.deployment
    with operator(deployment) as command:
        ((made,),) = deployment.query("SHOW CREATE TABLE cells")
        command("DROP TABLE cells")
        command(made.replace("SETTINGS ", "SETTINGS parts_to_delay_insert = 2, parts_to_throw_insert = 3, "))
        command("SYSTEM STOP MERGES")
        try:
            sink, aggregate, analyse = (workers.start(role) for role in ("sink", "aggregate", "analyse"))
            ready(sink, aggregate, analyse)
            with feeding(deployment.bootstrap, night(8, 30_000), per_second=300):
                await_until(lambda: sink.log().count("code 252") >= 3, 60, "the sink to be refused three times")
            ((rows, cells),) = deployment.query(EACH_CELL_ONCE)
            assert rows == cells > 0
            command("SYSTEM START MERGES cells")
            command("OPTIMIZE TABLE cells")
            assert sink.alive
            exact(deployment)
            ((rows, places),) = deployment.query(EACH_ROW_ONCE)
            assert rows > places, "no raw row was written again"
        finally:
            command("SYSTEM START MERGES")


@pytest.mark.full
def test_a_sink_that_was_thought_dead_writes_its_old_rows_after_its_successor(
    kafka: KafkaBroker, workers: Workers, gate: Gate
) -> None:
    """Scenario 8: nothing here relies on a window of remembered inserts, whatever its length: there is none."""
    deployment = workers.deployment
    url = str(deployment.settings.clickhouse)
    zombie = workers.start("sink", **behind(gate, url))
    aggregate = workers.start("aggregate")
    ready(zombie, aggregate)
    with operator(deployment) as command:
        command("SYSTEM STOP MERGES")
        try:
            with feeding(kafka.bootstrap, night(9, 9_000), per_second=1_500) as feed:
                await_until(lambda: stored(deployment) > 500, 30, "the first rows")
                went = gate.to_target
                gate.stall()
                feed.flow(1_500)
                zombie.pause()
                successor = workers.start("sink")
                rows = stored(deployment)
                await_until(lambda: stored(deployment) > rows + 3_000, 60, "the successor to write what it took over")
                feed.finish()
            workers.start("analyse")
            deployment.drain()
            rows = stored(deployment)
            gate.open()
            zombie.resume()
            await_until(lambda: stored(deployment) > rows, 60, "the zombie to write what it held")
            assert gate.to_target > went
        finally:
            command("SYSTEM START MERGES")
    assert zombie.alive
    assert successor.alive
    exact(deployment)


@pytest.mark.full
def test_a_store_that_is_killed_in_the_middle_of_inserts_is_exact_afterwards(
    clickhouse_server: ClickHouseServer, workers: Workers
) -> None:
    deployment = workers.deployment
    aggregate, analyse = workers.start("aggregate"), workers.start("analyse")
    ready(aggregate, analyse)
    load(deployment.bootstrap, INCIDENTS, night(10, 20_000))
    await_until(lambda: aggregate.counted(INCIDENTS, PARTITIONS) > 15_000, 60, "a backlog of panes as well")
    sink = workers.start("sink")
    for _ in range(KILLS):
        await_until(
            lambda: clickhouse_server.execute(UNDER_WAY) != [(0,)], 60, "an insert to be under way", every=0.001
        )
        clickhouse_server.kill()
        clickhouse_server.start()
    account = exact(deployment)
    assert sink.log().count("wait for the store") >= KILLS
    assert account["produced"] >= 20_000


@pytest.mark.full
def test_a_full_disk_of_the_store_is_waited_for(kafka: KafkaBroker, tmp_path: Path) -> None:
    need(ClickHouseOnSmallDisk)
    with (
        ClickHouseOnSmallDisk(tmp_path / "clickhouse") as server,
        server.fresh_database() as url,
        Workers(kafka, url, tmp_path / "workers", session_timeout=SESSION) as workers,
    ):
        deployment = workers.deployment
        sink, aggregate, analyse = (workers.start(role) for role in ("sink", "aggregate", "analyse"))
        ready(sink, aggregate, analyse)
        with feeding(kafka.bootstrap, night(11, 8_000), per_second=1_500) as feed:
            await_until(lambda: stored(deployment) > 500, 60, "the first rows")
            server.fill()
            await_until(lambda: sink.log().count("No space left") >= 2, 60, "the sink to be refused for the disk")
            feed.finish()
            server.clear()
        assert sink.alive
        exact(deployment)


@pytest.mark.full
@pytest.mark.parametrize("rows", [SMALL, MILLION])
def test_the_sink_catches_up_when_it_is_far_behind(
    workers: Workers, rows: int, record_property: Callable[[str, object], None]
) -> None:
    deployment = workers.deployment
    load(deployment.bootstrap, INCIDENTS, stream(rows, PARTITIONS))
    sink = workers.start("sink")
    await_until(lambda: stored(deployment) > 0, 60, "the first rows", every=0.2)
    first, begun = stored(deployment), time.monotonic()
    await_until(lambda: stored(deployment) >= rows, 200, "all rows", every=0.2)
    rate = (rows - first) / (time.monotonic() - begun)
    record_property("rows_per_second", round(rate))
    print(f"{rate:,.0f} rows/s")
    assert sink.alive
    assert deployment.query(EACH_ROW_ONCE) == [(rows, rows)]
    workers.start("aggregate")
    arrived(deployment)
    with opened_store(deployment.settings) as store:
        account = audit(deployment.settings, store)
    assert account.balanced, account.as_json()
    assert (account.total("counted"), account.total("pending")) == (rows, 0)


@contextmanager
def operator(deployment: Deployment) -> Iterator[Any]:
    """Statements to the store, as an operator gives them."""
    store = open_store(deployment.settings)
    try:
        yield store.command
    finally:
        store.close()
