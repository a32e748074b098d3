"""How long a loop rests that asks the store again and again."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rest:
    """So many `times` as long as a look took, so that the store has rest, but from `least` to `most` seconds: a look
    during which the process was stopped, or a broker was away, says nothing of the store."""

    times: float
    least: float
    most: float

    def since(self, began: float) -> float:
        """Seconds of rest after a look that began then, by `time.monotonic`, and ends now."""
        return min(max(self.least, self.times * (time.monotonic() - began)), self.most)
