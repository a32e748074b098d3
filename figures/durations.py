"""How long things took, of each alone: mean and quantiles, exact."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

DAY = 86_400
EDGES = (DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY)
"""Upper edges of the buckets that ages are shown in, in seconds."""


@dataclass(frozen=True, slots=True)
class Durations:
    """n durations in seconds. mean: rounded half up; p50, p90: the least that half, or nine in ten, do not exceed; None
    of none. within: how many are at most as long as each of `EDGES`."""

    n: int
    mean: int | None
    p50: int | None
    p90: int | None
    within: tuple[int, ...]

    @classmethod
    def of(cls, seconds: Iterable[int]) -> Durations:
        """In any order."""
        found = sorted(seconds)
        within = tuple(bisect_right(found, edge) for edge in EDGES)
        if not found:
            return cls(0, None, None, None, within)
        mean = int(Fraction(sum(found), len(found)) + Fraction(1, 2))
        return cls(len(found), mean, _nearest(found, 50), _nearest(found, 90), within)


def _nearest(found: list[int], percent: int) -> int:
    return found[-(-len(found) * percent // 100) - 1]
