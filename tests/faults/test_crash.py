"""`kill -9` of every role at random moments of a replay: the figures are those of an undisturbed run."""

from __future__ import annotations

import os
import random
import threading
import time
from itertools import islice

import pytest

from bench.load import load
from schemas.topics import INCIDENTS
from tests.deployment import ROLES, Deployment
from tests.faults.night import night

EVENTS = 300_000
SECONDS = 15.0
"""How long the events take to come in: kills fall into this time."""

CHUNK = 5_000
KILLS_EACH = 2
SEEDS = range(1, 1 + int(os.environ.get("CITYWATCH_SEEDS", "1")))


def feed(deployment: Deployment, seed: int) -> None:
    """Write the night evenly over `SECONDS`."""
    records = night(seed, EVENTS)
    begun = time.monotonic()
    done = 0
    while chunk := list(islice(records, CHUNK)):
        load(deployment.bootstrap, INCIDENTS, chunk)
        done += len(chunk)
        time.sleep(max(0.0, begun + SECONDS * done / EVENTS - time.monotonic()))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", SEEDS)
def test_crash_kill_9_of_every_role_in_mid_stream_changes_no_figure(real: Deployment, seed: int) -> None:
    draw = random.Random(seed)
    kills = sorted((draw.uniform(0.1, 0.95) * SECONDS, role) for role in ROLES for _ in range(KILLS_EACH))
    real.start()
    feeding = threading.Thread(target=feed, args=(real, seed))
    feeding.start()
    begun = time.monotonic()
    for at, role in kills:
        time.sleep(max(0.0, begun + at - time.monotonic()))
        assert feeding.is_alive(), f"seed {seed}: the kill of {role} at {at:.1f} s did not hit mid-stream"
        real.kill(role)
        real.start(role)
    feeding.join()
    print(f"seed {seed}: kill -9 of " + ", ".join(f"{role} at {at:.1f} s" for at, role in kills))
    audit = real.balanced()
    assert audit["pending"] == 0
    assert audit["duplicates"] > 1_000, "the night holds repeats"
    assert audit["late"] > 1_000, "the night holds late events"
    recount = real.answer("recount")
    assert recount["different"] == 0
    assert recount["compared"]["live incidents"] > 0
    assert recount["skipped"] == []
