"""The pace of a replay that does not run at full speed."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """Holds a replay back to `speed` seconds of the file's clock in one real second."""

    def __init__(self, speed: float, flush: Callable[[], None], advance: Callable[[int], None]) -> None:
        self._speed = speed
        self._flush = flush
        self._advance = advance
        self._origin: tuple[float, int] | None = None

    def wait(self, epoch: int, silent: bool = False) -> None:
        """Block until the file's clock is at `epoch`; ticks meanwhile, so no quiet file looks dead.

        silent: it does not tick, because the file vouches for nothing of that time.
        """
        if self._origin is None:
            self._origin = (time.monotonic(), epoch)
        started, first = self._origin
        while (ahead := started + (epoch - first) / self._speed - time.monotonic()) > 0:
            self._flush()
            time.sleep(min(ahead, 1.0, 60 / self._speed))
            if not silent:
                self._advance(min(epoch, first + int((time.monotonic() - started) * self._speed)))
