"""When something held, from intervals of which any may overlap: one walk over their edges."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

Interval = tuple[int, int]
"""`[begin, end)` in Unix seconds."""


class Held:
    """`spans`: those in which at least one of the intervals is, in order, apart from each other."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        steps: Counter[int] = Counter()
        for begin, end in intervals:
            if begin < end:
                steps[begin] += 1
                steps[end] -= 1
        self.spans: list[Interval] = []
        level, since = 0, 0
        for at in sorted(steps):
            before, level = level, level + steps[at]
            if not before and level:
                since = at
            elif before and not level:
                self.spans.append((since, at))
        self._begins = [begin for begin, _ in self.spans]

    def at(self, moment: int) -> bool:
        """Whether it held then."""
        last = bisect_right(self._begins, moment)
        return bool(last) and moment < self.spans[last - 1][1]

    def within(self, start: int, end: int) -> Iterator[Interval]:
        """What of a span it held."""
        for begin, until in self.spans[max(0, bisect_right(self._begins, start) - 1) :]:
            if begin >= end:
                return
            if until > start:
                yield max(begin, start), min(until, end)

    def seconds(self, start: int, end: int) -> int:
        """How long of a span it held."""
        return sum(until - begin for begin, until in self.within(start, end))

    def longest_gap(self, start: int, end: int) -> Interval | None:
        """The longest part in a row of a span in which it did not hold, of equal ones the first; None of none."""
        edges = [start, *(edge for span in self.within(start, end) for edge in span), end]
        gaps = [gap for gap in list(pairwise(edges))[::2] if gap[0] < gap[1]]
        return max(gaps, key=lambda gap: (gap[1] - gap[0], -gap[0]), default=None)


def comings(intervals: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, str]]:
    """Each moment at which somebody came who was not there just before, with the kind of the interval that begins: of
    several at once the first to end. An interval holds its end too here: who leaves and comes at once was there."""
    begins: dict[int, list[tuple[int, str]]] = {}
    ends: Counter[int] = Counter()
    for begin, end, kind in intervals:
        begins.setdefault(begin, []).append((end, kind))
        ends[end] += 1
    there = 0
    for at in sorted({*begins, *ends}):
        if at in begins:
            if not there:
                yield at, min(begins[at])[1]
            there += len(begins[at])
        there -= ends[at]
