"""How fast the sources of the demo go: fast through what is past, at a pace that eyes can follow near the
present."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Stopped(Exception):
    """The demo is over; what was sent stays."""


class CatchUp:
    """A clock that stands `behind` seconds before the present until it is first read, reaches the present
    within `seconds` from then, and goes with it."""

    def __init__(self, behind: float, seconds: float, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._seconds = seconds
        self._began: float | None = None
        self.start = now() - behind
        """Where the clock stands at first, in Unix seconds."""

    def time(self) -> float:
        """Unix seconds; never ahead of the present."""
        now = self._now()
        if self._began is None:
            self._began = now
        share = (now - self._began) / self._seconds if self._seconds else 1.0
        return now if share >= 1 else self.start + (now - self.start) * share


def throttle(seconds: float, stop: threading.Event) -> Callable[[int, int], None]:
    """A progress callback that lets `total` steps take at least `seconds`. It raises Stopped once `stop` is
    set."""
    began = time.monotonic()

    def hold(done: int, total: int) -> None:
        due = began + seconds * done / total if total else began
        if stop.wait(max(0.0, due - time.monotonic())):
            raise Stopped

    return hold
