"""One worker as `citywatch up ROLE` runs it, with a crash point armed when CITYWATCH_CRASH_AT names one.

CITYWATCH_STOP_AT: a point at which it stops itself. CITYWATCH_CLOCK_STEP: its wall clock steps, see `stepped_clock`.

`python -m tests.faults.worker ROLE`
"""

from __future__ import annotations

import os
import signal
import sys

from tests.faults import crash_points, stepped_clock


def main(role: str) -> int:
    """Runs the role until SIGTERM; the exit code."""
    if step := os.environ.pop(stepped_clock.VARIABLE, ""):
        stepped_clock.install(float(step))  # first of all: who imports the clock keeps it
    if point := os.environ.pop(crash_points.VARIABLE, ""):
        crash_points.install(point)
    if point := os.environ.pop(crash_points.STOP_VARIABLE, ""):
        crash_points.install(point, signal.SIGSTOP)
    from citywatch.cli import call

    return call(["up", role])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
