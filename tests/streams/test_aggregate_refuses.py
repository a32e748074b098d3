"""What the role does when it cannot go on: one line that says what and what to do, and an exit code, soon."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer
from kafka import TopicPartition
from kafka.admin import NewTopic

from citywatch.local_deployment import command
from schemas.families.incidents import INCIDENTS
from schemas.topics import INPUTS, PANES
from tests.parts import KafkaBroker
from tests.parts.server import HOST, await_until, free_port
from tests.streams.edge.lab import GROUP, Topics, Worker
from tests.streams.edge.stream import judge, stream


@pytest.fixture
def topics(kafka: KafkaBroker) -> Topics:
    return Topics(kafka, 1)


def last_line(worker: Worker) -> str:
    return worker.log.strip().splitlines()[-1]


def refused(bootstrap: str, code: int) -> str:
    """The only line of the command, which has to end with this exit code within a minute."""
    environment = {**os.environ, "CITYWATCH_KAFKA": bootstrap}
    done = subprocess.run(
        command("up", "aggregate"), env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    return done.stderr


def test_a_broker_that_is_not_there_is_one_line_and_exit_3_within_seconds() -> None:
    nowhere = f"{HOST}:{free_port()}"
    assert refused(nowhere, 3).startswith(f"citywatch: Kafka at {nowhere} does not answer")


def test_a_missing_topic_is_one_line_and_exit_2_and_names_the_command(kafka: KafkaBroker) -> None:
    assert "run `citywatch topics`" in refused(kafka.bootstrap, 2)


async def test_a_group_whose_members_share_out_in_another_way_is_told_and_not_waited_for(
    topics: Topics, tmp_path: Path
) -> None:
    """As workers of an earlier version would: a deploy that mixes them must not hang."""
    options = {"bootstrap_servers": topics.broker.bootstrap, "group_id": GROUP, "enable_auto_commit": False}
    async with AIOKafkaConsumer(INCIDENTS, **options) as other:
        await asyncio.to_thread(await_until, other.assignment, 60, "a member of another kind")
        with Worker(topics.broker, tmp_path) as worker:
            assert await asyncio.to_thread(worker.end, 60) == 1
            assert "the consumer group does not take this worker (InconsistentGroupProtocol" in last_line(worker)


def test_records_that_open_panes_need_are_gone_and_their_cells_go_on(topics: Topics, tmp_path: Path) -> None:
    """Judged in part, then all of that is deleted; what follows goes into the same panes. No id comes twice here."""
    once = {value: (partition, value) for partition, value in stream(4_000, 1, seed=1)}
    records = list(once.values())
    topics.send(records[:2_000])
    with Worker(topics.broker, tmp_path) as worker:
        worker.ready()
        topics.await_judged()
        assert worker.stop() == 0
    before = topics.committed()[INCIDENTS, 0].offset
    with topics.admin() as admin:
        admin.delete_records({TopicPartition(INCIDENTS, 0): 2_000})
    topics.send(records[2_000:2_500])
    for more in (records[2_500:3_000], records[3_000:]):  # killed in open panes, then started with a seeded position
        with Worker(topics.broker, tmp_path) as worker:
            worker.ready()
            topics.await_judged()
            topics.send(more)
            topics.await_judged()
    assert before < 2_000 <= topics.committed()[INCIDENTS, 0].offset
    expected = judge(records, INCIDENTS)
    assert topics.cells() == expected.cells
    assert topics.verdicts() == expected.verdicts
    assert [seam["end"] for seam in topics.read(PANES) if seam["kind"] == "seam"] == [2_000]


def test_records_gone_before_they_were_judged_are_refused_loudly(topics: Topics, tmp_path: Path) -> None:
    topics.send(list(stream(1_000, 1, seed=1)))
    with Worker(topics.broker, tmp_path) as worker:
        worker.ready()
        topics.await_judged()
        assert worker.stop() == 0
    judged = topics.sent[INCIDENTS, 0]
    topics.send([(0, b"{")] * 20)
    with topics.admin() as admin:
        admin.delete_records({TopicPartition(INCIDENTS, 0): judged + 20})
    with Worker(topics.broker, tmp_path) as worker:
        assert worker.end() == 2
    gone = f"{INCIDENTS}/0: offsets {judged} to {judged + 19} are gone, and nobody judged them; `citywatch start-at"
    assert last_line(worker).startswith(f"citywatch: {gone}")


@pytest.mark.full
def test_a_topic_made_anew_is_another_log_and_read_from_its_start(topics: Topics, tmp_path: Path) -> None:
    topics.send(list(stream(1_000, 1, seed=2)))
    with Worker(topics.broker, tmp_path) as worker:
        worker.ready()
        topics.await_judged()
        assert worker.stop() == 0
    before = topics.progress()[0]["log"]
    _make_anew(topics, INPUTS)
    records = list(stream(1_500, 1, seed=3))
    topics.send(records)
    with Worker(topics.broker, tmp_path) as worker:
        worker.ready()
        topics.await_judged()
        assert worker.stop() == 0
    logs = {p["log"]: p for p in topics.progress()}
    expected = judge(records, INCIDENTS)
    assert len(logs) == 2
    [now] = [p for log, p in logs.items() if log != before]
    assert now["counted"] == expected.total("counted")
    assert json.loads(topics.committed()[INCIDENTS, 0].metadata)["log"] == now["log"]


def _make_anew(topics: Topics, names: tuple[str, ...]) -> None:
    with topics.admin() as admin:
        admin.delete_topics(list(names))
        deadline = time.monotonic() + 20
        while set(names) & set(admin.list_topics()):
            assert time.monotonic() < deadline
        admin.create_topics([NewTopic(name, 1, 1) for name in names])
    for name in names:
        topics.sent.pop((name, 0), None)
