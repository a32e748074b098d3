"""A wall clock that steps while the process runs, as one does that is set by hand or by a bad time server."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

VARIABLE = "CITYWATCH_CLOCK_STEP"
"""Seconds by which the wall clock of a worker steps, some seconds after its start."""

MARK = "the wall clock has stepped"
AFTER_SECONDS = 6.0
"""Of the process: it has joined its groups by then."""


def install(step: float) -> None:
    """`time.time` and `time.time_ns` step by so many seconds; what counts from the start of the machine does not."""
    since, told = time.monotonic(), [False]
    seconds, nanoseconds = time.time, time.time_ns

    def stepped() -> bool:
        if time.monotonic() - since < AFTER_SECONDS:
            return False
        if not told[0]:
            told[0] = True
            os.write(2, f"{MARK} by {step:.0f} s\n".encode())
        return True

    _replace(lambda: seconds() + step * stepped(), lambda: nanoseconds() + int(step * 1e9) * stepped())


def _replace(seconds: Callable[[], float], nanoseconds: Callable[[], int]) -> None:
    time.time = seconds
    time.time_ns = nanoseconds
