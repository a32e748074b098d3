"""A log is not for ever: its topic is made anew under running roles, its end is lost, or it runs away from a reader."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import TopicPartition

from bench.load import load
from citywatch.rules import write_rules
from runtime.log import extents
from runtime.topics import ensure_topics
from schemas.families.incidents import INCIDENTS
from schemas.topics import INPUTS
from tests.deployment import Deployment
from tests.faults.memory import Memory, check_figures
from tests.faults.night import night
from tests.faults.settled import arrived
from tests.faults.workers import Worker, Workers
from tests.parts.kafka import KafkaBroker
from tests.parts.server import await_until
from tests.streams.edge.lab import Topics
from tests.streams.edge.lab import Worker as Aggregate
from tests.streams.edge.stream import LATENESS, MAX_AHEAD, PANE, SOURCE, heartbeat, judge, rules, stream

SECONDS = 60.0
IDLE_CLOSE = 60


@pytest.fixture
def workers(kafka: KafkaBroker, clickhouse_url: str, tmp_path: Path) -> Iterator[Workers]:
    with Workers(kafka, clickhouse_url, tmp_path, session_timeout="2") as found:
        yield found


def make_anew(workers: Workers) -> None:
    """Delete the inputs and make them again, at once."""
    settings = workers.deployment.settings
    before = {place.log for place in extents(settings, INPUTS)}
    with workers.admin() as admin:
        admin.delete_topics(list(INPUTS))
        await_until(lambda: not set(INPUTS) & set(admin.list_topics()), SECONDS, "the topics to be gone", every=0.01)
    ensure_topics(settings)
    assert not before & {place.log for place in extents(settings, INPUTS)}
    write_rules(settings)


def cells(deployment: Deployment) -> dict[tuple[object, ...], tuple[object, ...]]:
    rows = deployment.query(
        "SELECT log, topic, partition, source, toUInt32(pane), type, beat, category, facet, version, records, count"
        " FROM cells FINAL"
    )
    return {row[:9]: row[9:] for row in rows}


def ended(worker: Worker) -> str:
    """Waits until a role has ended by itself; its last words."""
    await_until(lambda: not worker.alive, SECONDS, f"{worker.role} to end", every=0.1)
    assert worker.process.returncode in (1, 2), worker.log()
    return worker.log().strip().splitlines()[-1]


@pytest.mark.full
def test_a_topic_made_anew_under_running_roles_stops_them_and_both_logs_add_up(workers: Workers) -> None:
    """The new log is longer than the old one: every old position is a good offset in it."""
    deployment, memory = workers.deployment, Memory(workers.deployment)
    first, second = list(night(41, 1_500)), list(night(42, 4_000))
    roles = [workers.start("sink"), workers.start("aggregate")]
    load(deployment.bootstrap, INCIDENTS, first)
    arrived(deployment)
    memory.keep()
    before = cells(deployment)
    make_anew(workers)
    load(deployment.bootstrap, INCIDENTS, second)
    told = [ended(role) for role in roles]
    assert all("made anew" in line or "does not exist" in line for line in told), told
    workers.start("sink")
    workers.start("aggregate")
    arrived(deployment)
    memory.keep()
    after = cells(deployment)
    assert {key: after[key] for key in before} == before, "cells of the old log stay as they were"
    check_figures(deployment, memory.expected())
    assert deployment.answer("audit")["balanced"]


@pytest.mark.full
def test_a_log_that_ends_below_what_was_read_is_refused(kafka: KafkaBroker, tmp_path: Path) -> None:
    """As after an unclean election: the broker comes back with an older end of the partition."""
    topics = Topics(kafka, 1)
    topics.send(list(stream(500, 1, seed=5)))
    data = kafka.directory / "data"
    [segment] = (data / f"{INCIDENTS}-0").glob("*.log")
    kept, size = topics.ends()[0], segment.stat().st_size
    topics.send(list(stream(700, 1, seed=6)))
    read = topics.ends()[0]
    with Aggregate(kafka, tmp_path) as worker:
        worker.ready()
        topics.await_judged()
        assert worker.stop() == 0
    kafka.stop()
    with segment.open("r+b") as file:
        file.truncate(size)
    for told in (".index", ".timeindex", ".snapshot"):  # of records that are not there any more
        for file_of_it in segment.parent.glob(f"*{told}"):
            file_of_it.unlink()
    (data / ".kafka_cleanshutdown").unlink(missing_ok=True)
    kafka.start()
    await_until(lambda: topics.ends()[0] == kept, SECONDS, f"the log to end at {kept}", every=0.2)
    with Aggregate(kafka, tmp_path) as worker:
        assert worker.end() == 2
        assert f"{INCIDENTS}/0: the log ends at {kept}, but it was read up to {read}" in worker.log


def test_a_worker_that_retention_overtakes_says_so_and_is_never_alive_but_idle(
    kafka: KafkaBroker, tmp_path: Path
) -> None:
    topics = Topics(kafka, 1)
    records = list(stream(2_000, 1, seed=7))
    topics.send(records[:1_000])
    with Aggregate(kafka, tmp_path, CITYWATCH_SESSION_TIMEOUT="30") as worker:
        worker.ready()
        topics.await_judged()
        judged = topics.ends()[0]
        worker.signal(signal.SIGSTOP)
        topics.send(records[1_000:])
        with topics.admin() as admin:
            admin.delete_records({TopicPartition(INCIDENTS, 0): judged + 500})
        worker.signal(signal.SIGCONT)
        assert worker.end() == 2
        assert f"{INCIDENTS}/0: offsets {judged} to {judged + 499} are gone, and nobody judged them" in worker.log


def test_a_source_that_falls_silent_does_not_hold_the_position_for_ever(kafka: KafkaBroker, tmp_path: Path) -> None:
    """Another source goes on in its partition, and would be read again from where the silent one ended."""
    topics = Topics(kafka, 1)
    records = list(stream(1_000, 1, seed=9))[:-1]  # without its last heartbeat: panes stay open
    begun = int(time.time()) - 10_000
    explained = LATENESS + MAX_AHEAD + PANE + IDLE_CLOSE
    topics.send([*records, (0, rules(SOURCE, "xincheng/patrol"))], at=begun)
    with Aggregate(kafka, tmp_path, CITYWATCH_IDLE_CLOSE=str(IDLE_CLOSE)) as worker:
        worker.ready()
        topics.await_judged()
        held = topics.committed()[INCIDENTS, 0].offset
        topics.send([(0, heartbeat(begun, "xincheng/patrol"))] * 20, at=begun + explained - 5)
        topics.await_judged()
        assert topics.committed()[INCIDENTS, 0].offset == held < topics.ends()[0] - 500
        topics.send([(0, heartbeat(begun, "xincheng/patrol"))], at=begun + explained + 5)

        def moved() -> bool:
            return bool(topics.committed()[INCIDENTS, 0].offset == topics.ends()[0] > topics.sent[INCIDENTS, 0])

        await_until(moved, SECONDS, "the position to move behind the close record", every=0.2)
    assert topics.cells() == judge(records, INCIDENTS).cells
    assert "the clock of xincheng/110 stands still" in worker.log
