"""`kill -9` of every role in the middle of a replay: the figures are those of an undisturbed run."""

from __future__ import annotations

import json
import os
import random
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from bench.load import load
from citywatch.audit.balance import audit
from citywatch.audit.recount import recount
from citywatch.commandline.store import opened_store
from schemas.families.incidents import INCIDENTS
from tests.deployment import ROLES, Deployment
from tests.faults.night import night
from tests.faults.settled import arrived
from tests.faults.workers import Worker, Workers
from tests.parts.kafka import KafkaBroker
from tests.parts.server import HOST, await_until

EVENTS = 300_000
CHUNK = 5_000
KILLS_EACH = 2
SECONDS = 60.0
SEEDS = range(1, 1 + int(os.environ.get("CRASH_SEEDS", "3")))


@dataclass(frozen=True)
class Kill:
    """written: records in the log. stored: how many of them the store had the verdicts of, before and after it."""

    role: str
    written: int
    stored: tuple[int, int]

    @property
    def in_mid_stream(self) -> bool:
        before, after = self.stored
        return before > 0 and after < self.written

    def __str__(self) -> str:
        return f"{self.role} with {self.stored[0]:,} to {self.stored[1]:,} of {self.written:,} stored"


@pytest.fixture
def workers(kafka: KafkaBroker, clickhouse_url: str, tmp_path: Path) -> Iterator[Workers]:
    with Workers(kafka, clickhouse_url, tmp_path, session_timeout="3") as found:
        yield found


def stored(deployment: Deployment) -> int:
    """Records whose verdicts are in the store."""
    ((read,),) = deployment.query(f"SELECT sum(read) FROM progress_latest WHERE topic = '{INCIDENTS}'")
    return int(read)


def reads(worker: Worker) -> bool:
    """Whether it is ready, and has partitions."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{worker.metrics_port}/readyz", timeout=5) as page:
            return bool(json.load(page)["partitions"])
    except OSError:
        return False  # it starts, or is not ready


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", SEEDS)
def test_crash_kill_9_of_every_role_in_mid_stream_changes_no_figure(
    workers: Workers, seed: int, record_property: Callable[[str, object], None]
) -> None:
    draw = random.Random(seed)
    victims = [role for _ in range(KILLS_EACH) for role in draw.sample(ROLES, len(ROLES))]
    moments = sorted(draw.sample(range(1, EVENTS // CHUNK), len(victims)))
    due = dict(zip(moments, victims, strict=True))
    deployment = workers.deployment
    for role in ROLES:
        workers.start(role)
    records = night(seed, EVENTS)
    written, kills = 0, []
    at_last = dict.fromkeys(ROLES, 0)
    for number, chunk in enumerate(iter(lambda: list(islice(records, CHUNK)), [])):
        role = due.get(number, "")
        if not role:
            load(deployment.bootstrap, INCIDENTS, chunk)
            written += len(chunk)
            continue
        (victim,) = workers.living(role)
        await_until(lambda: reads(victim), SECONDS, f"{role} to be ready\n{victim.log()[-2000:]}")  # noqa: B023
        await_until(lambda: stored(deployment) > at_last[role], SECONDS, "the store to get on")  # noqa: B023
        before = stored(deployment)
        load(deployment.bootstrap, INCIDENTS, chunk)  # there is work under way, however long that took
        written += len(chunk)
        victim.kill()
        at_last[role] = stored(deployment)
        kills.append(Kill(role, written, (before, at_last[role])))
        workers.start(role)
    record_property("seed", f"{seed}: kill -9 of {'; '.join(map(str, kills))}")
    assert len(kills) == len(victims)
    assert {kill.role for kill in kills if kill.in_mid_stream} == set(ROLES), kills

    arrived(deployment)
    with opened_store(deployment.settings) as store:
        account = audit(deployment.settings, store)
        score = recount(deployment.settings, store, lambda _: None)
    assert account.balanced, account.as_json()
    assert account.total("pending") == 0
    assert account.total("duplicates") > 1_000, "the night holds repeats"
    assert account.total("late") > 1_000, "the night holds late events"
    assert score.equal, score.as_json()
    assert score.compared["live incidents"] > 0
    assert score.compared["adjustments"] > 1_000, "late events and repeats are on their topic"
    assert score.skipped == []
