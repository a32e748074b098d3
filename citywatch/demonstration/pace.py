"""How fast the replay of the demo goes: so that eyes can follow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Stopped(Exception):
    """The demo is over; what was sent stays."""


def throttle(seconds: float, stop: threading.Event) -> Callable[[int, int], None]:
    """A progress callback that lets `total` steps take at least `seconds`. It raises Stopped once `stop` is
    set."""
    began = time.monotonic()

    def hold(done: int, total: int) -> None:
        due = began + seconds * done / total if total else began
        if stop.wait(max(0.0, due - time.monotonic())):
            raise Stopped

    return hold
