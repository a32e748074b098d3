"""How long something took, asked several times in a row: other work on the machine makes it longer, never shorter."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")


class Timings(Struct, frozen=True):
    """Seconds of the wall clock. `best` is the machine's, `median` what somebody sees."""

    best: float
    median: float
    times: int


def timings(seconds: list[float]) -> Timings:
    """Of at least one."""
    return Timings(round(min(seconds), 3), round(statistics.median(seconds), 3), len(seconds))


def timed(work: Callable[[], T], times: int) -> tuple[Timings, T]:
    """So many runs, and what the last one gave."""
    took = []
    for _ in range(times):
        begun = time.monotonic()
        found = work()
        took.append(time.monotonic() - begun)
    return timings(took), found
