"""What a contestant prints when it is done: one JSON line, the same for all."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass

import msgspec


class Outcome(msgspec.Struct, frozen=True):
    """Events counted; seconds from the first record seen to the last result safe; peak memory in MB."""

    events: int
    wall: float
    cpu: float
    peak_mb: float

    @property
    def per_second(self) -> float:
        return self.events / self.wall

    @property
    def per_cpu_second(self) -> float:
        return self.events / self.cpu


@dataclass
class Stopwatch:
    """Starts at the first record; every later `lap` moves its end."""

    begun: tuple[float, float] | None = None
    ended: tuple[float, float] = (0.0, 0.0)

    def start(self) -> None:
        """Start, unless it runs."""
        if self.begun is None:
            self.begun = (time.monotonic(), time.process_time())

    def lap(self) -> None:
        self.ended = (time.monotonic(), time.process_time())

    def outcome(self, events: int) -> Outcome:
        if self.begun is None:
            raise RuntimeError("no record was seen")
        wall, cpu = (end - start for start, end in zip(self.begun, self.ended, strict=True))
        return Outcome(events, wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def report(outcome: Outcome) -> None:
    """Print the outcome as the last line of standard output."""
    sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")
    sys.stdout.flush()
