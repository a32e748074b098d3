"""Durations inside cells: one sum and one cumulative histogram per phase, so that cells stay additive."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache

from schemas.instants import known_epoch

EDGES = (30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 14400)
"""Upper edges in seconds: sign-off, arrival and feedback buckets of published bulletins, and 1, 3 and 5 minutes."""

WITHIN = (60, 180, 300)
"""Of these the edges that figures show: the 1-3-5 minute rule, in seconds."""


def phase_values(seconds: int, count: int, edges: tuple[int, ...] = EDGES) -> tuple[int, ...]:
    """Of `count` durations of the same length: the sum of seconds, then the number at or below each edge."""
    step = _steps(edges)[bisect_left(edges, seconds)]
    if count == 1:
        return (seconds, *step)
    return (seconds * count, *(count * below for below in step))


@cache
def _steps(edges: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    return tuple((0,) * place + (1,) * (len(edges) - place) for place in range(len(edges) + 1))


class WrongOrder(ValueError):
    """A later step is stamped before an earlier one."""


def seconds_between(earlier: str, later: str) -> int:
    """Whole seconds from one RFC 3339 instant to another. Raises WrongOrder when they stand the other way round."""
    seconds = known_epoch(later) - known_epoch(earlier)
    if seconds < 0:
        raise WrongOrder(f"{later} is before {earlier}")
    return seconds
