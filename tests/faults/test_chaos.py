"""Random rounds of the crash lab, from a seed that changes every day; `make chaos` runs as many as one likes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest

from tests.deployment import ROLES
from tests.faults.chaos import run
from tests.faults.crash_points import points_of
from tests.faults.schedule import EVENTS, PART_FAULTS, WORKER_FAULTS, draw_records, draw_schedule
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.need import need
from tests.parts.server import ROOT

ROUNDS = 1


@pytest.mark.full
@pytest.mark.timeout(1200)
def test_random_faults_of_today_lose_double_and_change_nothing(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    need(KafkaBroker)
    need(ClickHouseServer)
    seed = int(datetime.now(UTC).strftime("%Y%m%d")) * 10
    record_property("seed", f"make chaos SEED={seed} ROUNDS={ROUNDS}")
    chaos = run(seed, ROUNDS, tmp_path, print)
    assert (chaos.lost, chaos.doubled, chaos.different) == (0, 0, 0), chaos.failed
    assert len(chaos.outcomes) == ROUNDS
    assert chaos.hits.total() >= ROUNDS


def test_a_seed_draws_the_same_round_again() -> None:
    assert draw_schedule(7) == draw_schedule(7) != draw_schedule(8)
    assert list(islice(draw_records(7), 3_000)) == list(islice(draw_records(7), 3_000))


def test_every_fault_and_every_crash_point_is_drawn() -> None:
    drawn = [draw_schedule(seed) for seed in range(400)]
    faults = [fault for schedule in drawn for fault in schedule.faults]
    assert {fault.kind for fault in faults} == {*WORKER_FAULTS, *PART_FAULTS}
    points = {fault.point.partition(":")[0] for fault in faults}
    assert points - {""} == {point for role in ROLES for point in points_of(role)}
    numbers = {sum(role == wanted for wanted, _ in each.workers) for each in drawn for role in ROLES}
    assert numbers == {1, 2, 3}


def test_a_round_has_events_enough_and_some_too_far_ahead() -> None:
    assert sum(1 for _ in draw_records(7)) > EVENTS


def test_make_chaos_passes_seed_and_rounds() -> None:
    done = subprocess.run(
        ["make", "-n", "chaos", "SEED=5", "ROUNDS=3"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "-m tests.faults --seed 5 --rounds 3" in done.stdout
