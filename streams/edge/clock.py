"""The clocks of a worker. No figure depends on them: they pace, time out and fill gauges."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple


class Clock(NamedTuple):
    """Seconds from anywhere that never go back, and Unix seconds of this machine."""

    monotonic: Callable[[], float]
    time: Callable[[], float]


SYSTEM = Clock(time.monotonic, time.time)
