"""The breaker: too many dead letters stop the judging of a partition, at the same offset whoever reads it.

It changes no verdict, it only says where to wait. Its state is that at the note's `read`: what is below was passed.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from math import inf
from typing import NamedTuple

from msgspec import Struct

WINDOW = 1_000
"""Records that the limit by ratio looks back upon."""


class Limits(NamedTuple):
    """`run`: so many dead letters in a row; `ratio`: more than this share of the last `WINDOW` records. 0: no limit."""

    run: int = 0
    ratio: float = 0.0


NO_LIMITS = Limits()


class Opened(Struct, frozen=True, array_like=True):
    """Why a breaker opened: so many dead of so many records (0: all in a row), and their commonest reason."""

    reason: str
    dead: int
    of: int = 0

    def __str__(self) -> str:
        among = f"of the last {self.of} records" if self.of else "in a row"
        return f"{self.dead} dead letters {among}, most of them {self.reason}"


class BreakerState(Struct, frozen=True, array_like=True):
    """What the note keeps. `window`: a bit a record, the newest lowest, 1 for dead, in base64. `run`: dead in a row up
    to the newest record. `passes`: records below this offset do not open it."""

    window: str = ""
    run: int = 0
    passes: int = 0
    opened: Opened | None = None


CLOSED = BreakerState()


class Breaker:
    """Is told of dead letters only, by their number in the order of the log; every other record is a good one.

    Goes on from the state at offset `read`, where the next record is number 0. A resume record lets everything pass
    that is below `passes`.
    """

    def __init__(self, limits: Limits, state: BreakerState, read: int, passes: int) -> None:
        self.opened: Opened | None = None
        self._longest = limits.run or inf
        self._most = limits.ratio * WINDOW or inf
        self._passes = max(passes, state.passes)
        self._dead = deque((-1 - age, "") for age in _ages(state.window))
        self._run = state.run
        self._last = -1
        if state.opened is not None:
            if self._passes <= read and any(limits):
                self.opened = state.opened
            else:
                self.clear()

    def refused(self, number: int, offset: int, reason: str) -> None:
        """A dead letter. Sets `opened` at a limit: then no record after this one is to be judged."""
        if offset < self._passes:
            return
        self._run = self._run + 1 if number == self._last + 1 else 1
        self._last = number
        self._dead.append((number, reason))
        while self._dead[0][0] <= number - WINDOW:
            self._dead.popleft()
        if self._run >= self._longest:
            self.opened = Opened(self._commonest(), self._run)
        elif len(self._dead) > self._most:
            self.opened = Opened(self._commonest(), len(self._dead), WINDOW)

    def clear(self) -> None:
        """A resume record: what was before it does not count any more."""
        self._dead.clear()
        self._run = 0

    def state(self, judged: int, read: int) -> BreakerState:
        """The state at offset `read`, after `judged` records from where this began."""
        newest = judged - 1
        return BreakerState(
            _bits(newest - number for number, _ in self._dead if newest - number < WINDOW),
            self._run if self._last == newest else 0,
            self._passes if self._passes > read else 0,
            self.opened,
        )

    def _commonest(self) -> str:
        """Of those that this worker saw; the note keeps no reasons."""
        return Counter(reason for _, reason in self._dead if reason).most_common(1)[0][0]


def _bits(ages: Iterable[int]) -> str:
    bits = sum(1 << age for age in ages)
    return b64encode(bits.to_bytes((bits.bit_length() + 7) // 8, "little")).decode()


def _ages(window: str) -> Iterator[int]:
    """Ages of the dead, the oldest first."""
    bits = int.from_bytes(b64decode(window), "little")
    return (age for age in reversed(range(bits.bit_length())) if bits >> age & 1)
