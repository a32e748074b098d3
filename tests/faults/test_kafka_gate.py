"""The way to Kafka is cut, stands still, loses replies: what was applied and never answered changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from runtime.log import ends
from schemas.families.incidents import INCIDENTS
from schemas.topics import OUTPUTS
from streams.core.note import Note
from tests.faults.crash_points import MARK, STOP_VARIABLE
from tests.faults.fleet import SESSION_SECONDS, Fleet
from tests.faults.gate import Gate
from tests.faults.gated_kafka import GatedKafka
from tests.faults.workers import Worker, Workers
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.need import need

GROUPS = ("aggregate", "sink")


@pytest.fixture(scope="module")
def deployed(clickhouse_server: ClickHouseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    need(KafkaBroker)
    directory = tmp_path_factory.mktemp("gates")
    with (
        GatedKafka(directory / "kafka", slots=3) as kafka,
        clickhouse_server.fresh_database() as url,
        Workers(kafka, url, directory / "workers", gates=True, session_timeout=str(SESSION_SECONDS)) as workers,
    ):
        yield Fleet(workers, kafka.admin, seed=8)


@pytest.fixture
def fleet(deployed: Fleet) -> Fleet:
    """One worker of each role, reading, each behind a gate of its own."""
    deployed.crew(1)
    return deployed


def gate_of(worker: Worker) -> Gate:
    assert worker.kafka_gate is not None
    return worker.kafka_gate


@pytest.mark.full
def test_connections_to_kafka_that_are_cut_or_stand_still_for_longer_than_the_session_change_no_figure(
    fleet: Fleet,
) -> None:
    workers = [worker for role in GROUPS for worker in fleet.workers.living(role)]
    gates = [gate_of(worker) for worker in workers]
    with fleet.feeding() as feed:
        for fault in (Gate.cut, Gate.stall):
            feed.flow(150)
            cuts = [gate.cuts for gate in gates]
            for gate in gates:
                fault(gate)
            assert fault is Gate.stall or all(gate.cuts > before for gate, before in zip(gates, cuts, strict=True))
            fleet.given_up()
            for gate in gates:
                gate.open()
            fleet.shared_by(1)
            fleet.commits_resume()
    assert all(worker.alive for worker in workers), fleet.logs()
    fleet.settled()


@pytest.mark.full
def test_what_kafka_applied_and_never_answered_changes_no_figure(fleet: Fleet) -> None:
    """What a worker asks for once it wakes is applied; the reply is held back, and lost with its connection."""
    with fleet.feeding():
        at = asleep(fleet, "aggregate", "aggregate.before_publish:3")
        written = published(fleet)
        swallowed(fleet, at, lambda: published(fleet) > written, "a snapshot to be written")

        at = asleep(fleet, "aggregate", "aggregate.after_publish:3")
        known = vouched(fleet)
        swallowed(fleet, at, lambda: vouched(fleet) > known, "positions and notes to be committed")

        at = asleep(fleet, "sink", "sink.after_positions:3")
        taken = committed(fleet)
        swallowed(fleet, at, lambda: committed(fleet) > taken, "the sink's positions to be committed")
    fleet.settled()


def asleep(fleet: Fleet, role: str, point: str) -> Worker:
    """The one worker of a role, new and stopped at a point."""
    (only,) = fleet.workers.living(role)
    only.terminate()
    worker = fleet.workers.start(role, **{STOP_VARIABLE: point})
    fleet.wait(lambda: MARK in worker.log() or not worker.alive, f"{role} to reach {point}")
    assert worker.alive, worker.log()
    return worker


def swallowed(fleet: Fleet, worker: Worker, applied: Callable[[], bool], what: str) -> None:
    """Wakes a worker whose requests go through while no reply does; once its request was applied, the replies are lost,
    and it goes on."""
    gate = gate_of(worker)
    before = gate.swallowed
    gate.swallow()
    worker.resume()
    fleet.wait(applied, what)
    gate.cut()
    assert gate.swallowed > before
    gate.open()
    fleet.commits_resume()
    assert worker.alive, worker.log()


def published(fleet: Fleet) -> int:
    """Records that aggregate ever wrote."""
    return sum(ends(fleet.deployment.settings, OUTPUTS).values())


def vouched(fleet: Fleet) -> int:
    """Records that the committed notes cover."""
    notes = fleet.notes()
    there = ends(fleet.deployment.settings, [INCIDENTS])
    found = [Note.decode(notes.get(place[1:], ""), place.log) for place in there]
    return sum(note.read for note in found if note is not None)


def committed(fleet: Fleet) -> int:
    """Records of all topics that the sink's group is past."""
    group = fleet.deployment.settings.group_sink
    with fleet.admin() as admin:
        return sum(found.offset for found in admin.list_group_offsets([group])[group].values() if found.offset > 0)
