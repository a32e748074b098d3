"""Retention takes records of the inputs: below what was judged nothing is lost, above it nothing is hidden."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from kafka import TopicPartition

from bench.events import SOURCE, stream
from bench.load import load
from citywatch.audit.balance import audit as audited
from citywatch.audit.recount import recount as recounted
from citywatch.commandline.store import opened_store
from runtime import metrics
from runtime.log import extents
from schemas.families.incidents import INCIDENTS
from schemas.instants import rfc3339
from sinks.log_gaps import LogGapWatch
from tests.deployment import Deployment
from tests.faults.memory import Memory, check_figures
from tests.faults.night import night
from tests.faults.settled import arrived
from tests.faults.workers import Workers
from tests.parts.kafka import KafkaBroker
from tests.parts.server import await_until

SECONDS = 60.0
DAY = ("--from", "2026-03-02", "--to", "2026-03-02")
"""All of the night."""


@pytest.fixture
def workers(kafka: KafkaBroker, clickhouse_url: str, tmp_path: Path) -> Iterator[Workers]:
    with Workers(kafka, clickhouse_url, tmp_path, session_timeout="2") as found:
        yield found


def ends_of(workers: Workers) -> dict[int, int]:
    """Where each partition of the incidents ends."""
    found = extents(workers.deployment.settings, (INCIDENTS,))
    return {place.partition: extent.end for place, extent in found.items()}


def stored(deployment: Deployment) -> dict[int, int]:
    """How far the sink has each of them."""
    rows = deployment.query(f"SELECT partition, position FROM positions_latest WHERE topic = '{INCIDENTS}'")
    return {int(partition): int(position) for partition, position in rows}


def forget(workers: Workers) -> dict[int, int]:
    """Delete all incidents that the broker holds; where each partition ends."""
    ends = ends_of(workers)
    with workers.admin() as admin:
        admin.delete_records({TopicPartition(INCIDENTS, partition): end for partition, end in ends.items()})
    return ends


def unjudged(deployment: Deployment) -> dict[int, int]:
    """What the sink's metric for the alert says, by partition of the incidents."""
    begins = {place: extent.begin for place, extent in extents(deployment.settings, (INCIDENTS,)).items()}
    with opened_store(deployment.settings) as store:
        LogGapWatch(store).look({(*place,): begin for place, begin in begins.items()})
    return {place.partition: int(gauge(place.topic, place.partition)) for place in begins}


def gauge(topic: str, partition: int) -> float:
    found = metrics.REGISTRY.get_sample_value(
        "citywatch_log_gap_records", {"topic": topic, "partition": str(partition)}
    )
    assert found is not None
    return found


def proofs(deployment: Deployment) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `audit` and `recount` print."""
    with opened_store(deployment.settings) as store:
        return audited(deployment.settings, store).as_json(), recounted(
            deployment.settings, store, lambda _: None
        ).as_json()


def write(workers: Workers, records: Sequence[tuple[int, bytes]]) -> None:
    load(workers.deployment.bootstrap, INCIDENTS, records)


def refused(workers: Workers) -> str:
    """Starts aggregate, which has to end by itself and soon; its last words."""
    worker = workers.start("aggregate")
    await_until(lambda: not worker.alive, SECONDS, "aggregate to refuse", every=0.1)
    assert worker.process.returncode == 2, worker.log()
    return worker.log().strip().splitlines()[-1]


def start_at(workers: Workers, *arguments: str) -> dict[str, Any]:
    """`citywatch start-at`, once the group has given up the worker that was killed."""

    done: list[str] = []

    def written() -> bool:
        found = workers.deployment.call("start-at", *arguments, "--yes", "--json")
        if "members; stop aggregate first" in found.stderr:
            return False
        assert found.returncode == 0, found.stderr
        done.append(found.stdout)
        return True

    await_until(written, SECONDS, "the group to be empty", every=0.5)
    found: dict[str, Any] = json.loads(done[0])
    return found


@pytest.mark.full
def test_records_that_open_panes_need_may_go_and_every_figure_is_as_if_they_had_not(workers: Workers) -> None:
    """All panes are open throughout; a fiftieth of the events are repeats of earlier ones, some across the seam."""
    deployment, memory = workers.deployment, Memory(workers.deployment)
    records = list(night(31, 6_000))
    workers.start("sink")
    aggregate = workers.start("aggregate")
    write(workers, records[:3_000])
    arrived(deployment)
    aggregate.kill()
    memory.keep()
    ends = forget(workers)
    write(workers, records[3_000:4_500])
    aggregate = workers.start("aggregate")
    arrived(deployment)
    aggregate.kill()  # in panes that were gone on with: the next start has to find the same cells again
    write(workers, records[4_500:])
    workers.start("aggregate")
    arrived(deployment)
    memory.keep()

    seams = deployment.query("SELECT partition, start_offset, end_offset FROM seams ORDER BY partition")
    assert seams == [(partition, end, end) for partition, end in sorted(ends.items())]
    twice = deployment.query(
        "SELECT count() FROM repeats WHERE verdict = 'counted' AND NOT first AND partition IN"
        " (SELECT partition FROM seams)"
    )
    assert twice[0][0] > 10, "ids from before the seam come again after it"
    expected = memory.expected()
    check_figures(deployment, expected)
    audit, recount = proofs(deployment)
    assert audit["balanced"], audit
    rows = [row for model in expected.models for row in model.rows]
    dead = sum(len(model.dead) for model in expected.models)
    assert audit["produced"] == len(rows) + dead
    assert audit["duplicates"] == sum(not expected.is_first(row) for row in rows)
    assert 2_000 < audit["unverified"] < 3_100
    assert recount["equal"], recount
    assert recount["compared"]["raw rows"] > 2_000


@pytest.mark.full
def test_records_gone_before_anybody_judged_them_are_named_and_the_figures_they_may_touch_are_incomplete(
    workers: Workers,
) -> None:
    """The sink has read them: it holds raw rows of events that are in no figure, and some of their ids come again."""
    deployment, memory = workers.deployment, Memory(workers.deployment)
    records = list(night(32, 4_000))
    sink = workers.start("sink")
    aggregate = workers.start("aggregate")
    write(workers, records[:2_000])
    arrived(deployment)
    aggregate.kill()
    memory.keep()
    judged = ends_of(workers)
    write(workers, records[2_000:3_000])
    await_until(lambda: stored(deployment) == ends_of(workers), SECONDS, "the sink to have the lost ones", every=0.2)
    ends = forget(workers)
    write(workers, records[3_000:])

    told = refused(workers)
    assert "`citywatch start-at earliest`" in told
    assert any(f"{INCIDENTS}/{p}: offsets {judged[p]} to {ends[p] - 1} are gone" in told for p in judged), told
    assert unjudged(deployment) == {p: ends[p] - judged[p] for p in ends}
    waiting, _ = proofs(deployment)
    assert waiting["unverified"] >= sum(ends[p] - judged[p] for p in ends)
    assert waiting["balanced"]

    begun = start_at(workers, "earliest")
    assert {each["partition"]: (each["from"], each["to"]) for each in begun["started"]} == {
        p: (judged[p], ends[p]) for p in ends
    }
    assert start_at(workers, "earliest")["started"] == []
    workers.start("aggregate")
    arrived(deployment)
    memory.keep()
    check_figures(deployment, memory.expected())
    assert set(unjudged(deployment).values()) == {0}
    audit, recount = proofs(deployment)
    assert audit["balanced"], audit
    assert audit["pending"] == 0
    assert recount["equal"], recount
    assert {p["partition"]: p["gaps"] for p in audit["partitions"] if p["gaps"]} == {
        p: [(judged[p], ends[p])] for p in ends
    }
    lines = map(json.loads, deployment.must("events", "incidents", *DAY, "--json").splitlines())
    assert Counter(line["verdict"] for line in lines)["lost"] > 100
    place = '{partition="0",topic="citywatch.incidents"}'
    checked = f"citywatch_audit_checked_offset{place}"
    await_until(lambda: sink.metrics(checked) >= ends_of(workers)[0], SECONDS, "the running audit", every=0.5)
    assert sink.metrics(f"citywatch_audit_imbalance_records{place}") == 0
    touched = deployment.answer("report", "incidents", *DAY, "--by", "day")
    assert [row["status"] for row in touched["rows"]] == ["incomplete"]
    deployment.must("gaps", "filled", SOURCE, "--from", "2026-02-28", "--to", "2026-02-28")
    arrived(deployment)
    before = deployment.answer("report", "incidents", "--from", "2026-02-28", "--to", "2026-02-28", "--by", "day")
    assert "incomplete" not in {row["status"] for row in before["rows"]}


@pytest.mark.full
def test_records_gone_before_the_sink_read_them_are_named_and_no_figure_lacks_them(workers: Workers) -> None:
    deployment = workers.deployment
    records = list(stream(3_000, 4, seed=34))
    sink, aggregate = workers.start("sink"), workers.start("aggregate")
    write(workers, records[:1_000])
    arrived(deployment)
    sink.kill()
    held = stored(deployment)
    write(workers, records[1_000:2_000])
    controls = sum(b"citywatch.heartbeat" in value for _, value in records[:2_000])
    await_until(
        lambda: aggregate.counted(INCIDENTS, 4) == 2_000 - controls, SECONDS, "all of it to be judged", every=0.2
    )
    ends = forget(workers)
    write(workers, records[2_000:])
    sink = workers.start("sink")
    arrived(deployment)

    unread = deployment.query("SELECT partition, start_offset, end_offset FROM unread FINAL ORDER BY partition")
    assert unread == [(partition, held[partition], ends[partition]) for partition in sorted(ends)]
    audit, recount = proofs(deployment)
    assert audit["balanced"], audit
    assert audit["unverified"] == 2_000 - controls
    assert recount["equal"], recount
    ((figures,),) = deployment.query("SELECT sum(count) FROM figures WHERE type = 'incident.reported'")
    assert figures == sum(b"incident.reported" in value for _, value in records)
    assert "gone before the sink read them" in deployment.call("doctor").stdout
    place = '{partition="0",topic="citywatch.incidents"}'
    await_until(
        lambda: sink.metrics(f"citywatch_audit_checked_offset{place}") >= ends_of(workers)[0], SECONDS, "the balance"
    )
    assert sink.metrics(f"citywatch_audit_imbalance_records{place}") == 0


@pytest.mark.full
def test_a_first_start_on_a_log_without_its_beginning_asks_where_to_start(workers: Workers) -> None:
    """It is told a date: what is gone, and what is there from before it, are given up; the rest is exact."""
    deployment = workers.deployment
    records = list(night(33, 2_400))
    write(workers, records[:800])
    gone = forget(workers)
    write(workers, records[800:1_200])
    ends = ends_of(workers)
    moment = int(time.time()) + 1
    await_until(lambda: time.time() > moment, 10, "a second to begin")
    write(workers, records[1_200:])
    assert "and nothing of it was ever judged; `citywatch start-at earliest`" in refused(workers)
    begun = start_at(workers, rfc3339(moment), "--topic", INCIDENTS)
    assert {each["partition"]: (each["from"], each["to"]) for each in begun["started"]} == {
        partition: (0, end) for partition, end in ends.items()
    }
    assert all(gone[partition] < ends[partition] for partition in ends)
    workers.start("aggregate")
    workers.start("sink")
    arrived(deployment)
    audit, recount = proofs(deployment)
    assert audit["balanced"], audit
    assert audit["pending"] == 0
    assert audit["unverified"] == sum(ends.values())
    assert audit["counted"] > 500
    assert recount["equal"], recount
    assert recount["figures"] > 0
