"""One worker as `citywatch up ROLE` runs it, with a crash point armed when CITYWATCH_CRASH_AT names one.

`python -m tests.faults.worker ROLE`
"""

from __future__ import annotations

import os
import sys

from tests.faults import crash_points


def main() -> int:
    if point := os.environ.pop(crash_points.VARIABLE, ""):
        crash_points.install(point)
    from citywatch.cli import call

    return call(["up", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
