"""The running role on real brokers: it publishes what a plain count gives and commits what it vouches for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from schemas.families.incidents import INCIDENTS
from schemas.topics import CORRECTIONS, DEAD_LETTERS
from streams.core.note import Note
from tests.deployments import KAFKA_UNLESS_FULL
from tests.parts import Broker, KafkaBroker, TansuBroker
from tests.parts.server import await_until
from tests.streams.edge.lab import Topics, Worker
from tests.streams.edge.role import LOST
from tests.streams.edge.stream import judge, stream

PARTITIONS = 3
GOES_ON = "with the state it had"
"""What a worker says of each partition that stays with it when a second one joins, and when that one leaves."""


@pytest.fixture
def topics(kafka: KafkaBroker) -> Topics:
    return Topics(kafka, PARTITIONS)


def assert_exact(topics: Topics, records: list[tuple[int, bytes]]) -> None:
    """Cells, verdicts, corrections and dead letters are those of a plain count."""
    expected = judge(records, INCIDENTS)
    assert topics.verdicts() == expected.verdicts
    assert topics.cells() == expected.cells
    assert len(topics.offsets(CORRECTIONS)) == expected.total("late")
    assert len(topics.offsets(DEAD_LETTERS)) == expected.total("dead")


@KAFKA_UNLESS_FULL
def test_every_record_gets_its_verdict_and_every_cell_is_published(broker: Broker, tmp_path: Path) -> None:
    records = list(stream(8_000, PARTITIONS, seed=1))
    topics = Topics(broker, PARTITIONS)
    with Worker(broker, tmp_path) as worker:
        topics.send(records[:5_000])
        worker.ready()
        topics.send(records[5_000:])
        topics.await_judged()
        assert_exact(topics, records)
        assert worker.stop() == 0


def test_sigterm_commits_notes_and_leaves_within_seconds(topics: Topics, tmp_path: Path) -> None:
    records = list(stream(3_000, PARTITIONS, seed=2))
    with Worker(topics.broker, tmp_path) as worker:
        worker.ready()
        topics.send(records)
        assert worker.stop(5.0) == 0
    logs = {p["topic"]: p["log"] for p in topics.progress()}
    committed = topics.committed()
    assert committed
    reads = {(p["topic"], p["partition"]): p["read"] for p in topics.progress()}
    for place, position in committed.items():
        note = Note.decode(position.metadata, logs[place[0]])
        assert note is not None
        assert note.read == reads[place] >= position.offset
    with Worker(topics.broker, tmp_path) as next_worker:
        next_worker.ready()  # does not wait for the session of the one before
        topics.await_judged()
        assert_exact(topics, records)
        assert next_worker.stop() == 0


def test_partitions_that_stay_with_their_worker_go_on_with_the_state_they_had(topics: Topics, tmp_path: Path) -> None:
    records = list(stream(9_000, PARTITIONS, seed=11))
    with Worker(topics.broker, tmp_path) as first:
        first.ready()
        topics.send(records[:3_000])
        topics.await_judged()
        with Worker(topics.broker, tmp_path) as second:
            second.ready()
            topics.send(records[3_000:6_000])
            topics.await_judged()
            moved = {int(number) for number in re.findall(rf"topic='{INCIDENTS}', partition=(\d+)", second.log)}
            stays = set(range(PARTITIONS)) - moved
            assert stays
            stayed = first.log.count(GOES_ON)
            assert {int(number) for number in re.findall(rf"{INCIDENTS}/(\d+): goes on", first.log)} == stays
            assert second.stop() == 0
        topics.send(records[6_000:])
        topics.await_judged()
        assert first.log.count(GOES_ON) >= stayed + len(stays)
        assert_exact(topics, records)
        assert first.stop() == 0


@pytest.mark.full
def test_a_state_whose_snapshot_was_not_acknowledged_is_not_kept(topics: Topics, tmp_path: Path) -> None:
    records = list(stream(6_000, PARTITIONS, seed=12))
    with Worker(topics.broker, tmp_path, LOSE_SNAPSHOT="2") as first:
        first.ready()
        topics.send(records[:1_500])
        # of partition 0: were it in no publication yet, all of it could go out in one, the first and not the second
        await_until(lambda: (INCIDENTS, 0) in topics.committed(), 20, "a first commit of partition 0")
        topics.send(records[1_500:3_000])
        await_until(lambda: LOST in first.log, 20, "a snapshot to be lost")
        with Worker(topics.broker, tmp_path) as second:
            second.ready()
            topics.send(records[3_000:])
            topics.await_judged()
            assert "could not publish within" in first.log
            assert f"{INCIDENTS}/0: goes on" not in first.log
            assert_exact(topics, records)
            assert second.stop() == 0
        assert first.stop() == 0


@pytest.mark.full
def test_a_failure_while_judging_costs_the_state_and_no_record(topics: Topics, tmp_path: Path) -> None:
    records = list(stream(6_000, PARTITIONS, seed=7))
    with Worker(topics.broker, tmp_path, SABOTAGE="5") as worker:
        worker.ready()
        for start in range(0, len(records), 500):
            topics.send(records[start : start + 500])
        topics.await_judged()
        assert_exact(topics, records)
        assert "sabotage" in worker.log
        assert worker.stop() == 0


async def test_aborted_transactions_are_not_counted(topics: Topics, tmp_path: Path) -> None:
    records = list(stream(900, PARTITIONS, seed=9))
    options = {"bootstrap_servers": topics.broker.bootstrap, "transactional_id": "test"}
    async with AIOKafkaProducer(**options) as producer:
        for start in range(0, len(records), 100):
            for keep in (False, True):
                await producer.begin_transaction()
                for partition, value in records[start : start + 100]:
                    await producer.send(INCIDENTS, value, partition=partition)
                await (producer.commit_transaction() if keep else producer.abort_transaction())
    with Worker(topics.broker, tmp_path) as worker:
        worker.ready()
        ends = {(INCIDENTS, partition): end for partition, end in topics.ends().items()}
        topics.await_judged(ends)
        assert_exact(topics, records)
        assert worker.stop() == 0


def test_at_the_memory_limit_the_oldest_pane_closes_through_the_log(topics: Topics, tmp_path: Path) -> None:
    records = list(stream(15_000, 1, seed=10, per_second=40))[:-1]
    with Worker(topics.broker, tmp_path, CITYWATCH_MEMORY_LIMIT="1000000") as worker:
        worker.ready()
        for start in range(0, len(records), 1_000):
            topics.send(records[start : start + 1_000])
        await_until(lambda: "closing xincheng/110" in worker.log, 30, "an early close")
        await_until(lambda: topics.ends()[0] > len(records), 30, "the close record")
        topics.await_judged({(INCIDENTS, 0): topics.ends()[0]})
        assert worker.stop() == 0
    closes = topics.ends()[0] - len(records)
    [progress] = topics.progress()
    judged = sum(progress[verdict] for verdict in ("counted", "late", "duplicates", "dead"))
    controls = sum(b'"citywatch.' in value for _, value in records)
    assert judged == len(records) - controls
    assert progress["late"] > judge(records, INCIDENTS).total("late")
    assert 1 <= closes < 200


def test_the_embedded_broker_keeps_no_note_so_a_restart_begins_at_the_start(tansu: TansuBroker, tmp_path: Path) -> None:
    records = list(stream(4_000, PARTITIONS, seed=8))
    topics = Topics(tansu, PARTITIONS)
    with Worker(tansu, tmp_path) as worker:
        worker.ready()
        topics.send(records[:2_000])
        topics.await_judged()
        worker.kill()
    with Worker(tansu, tmp_path) as worker:
        topics.send(records[2_000:])
        topics.await_judged()
        assert_exact(topics, records)
