"""What the log says of one city, found once for all that is compared there."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from citywatch.audit.expected import Expected, Line, Sum
from citywatch.audit.vouched import Vouched
from schemas.cities import Cities, City

Dims = tuple[str, ...]

UnitName = Callable[[int], str | None]
"""What the unit that holds a pane is called; None where it is in none."""

DAY = 86_400


class InCity:
    """The figures of a city's sources, and what they vouch for."""

    def __init__(self, expected: Expected, city: City) -> None:
        self.expected = expected
        self.city = city
        self.zone = ZoneInfo(city.tz)
        self._vouched: dict[tuple[str, ...], Vouched] = {}
        self._folded: dict[str, Folded] = {}

    @cached_property
    def types(self) -> frozenset[str]:
        """The types of which anything counts."""
        return frozenset(name for source, name in self.expected.lines if source in self.city.sources)

    @cached_property
    def panes(self) -> tuple[int, int] | None:
        """The first and the last with a figure; None where there is none."""
        of_types = [self.of_type(name) for name in self.types]
        return (min(each.first for each in of_types), max(each.last for each in of_types)) if of_types else None

    def vouched(self, *topics: str) -> Vouched:
        """What is known of what these topics tell together."""
        if topics not in self._vouched:
            self._vouched[topics] = Vouched(self.expected.models, self.city, *topics)
        return self._vouched[topics]

    def written(self, moment: int) -> str:
        """A moment as answers have it, in the city's zone."""
        return datetime.fromtimestamp(moment, self.zone).isoformat(timespec="seconds")

    def of_type(self, name: str) -> Folded:
        """The figures of a type."""
        if name not in self._folded:
            lines = self.expected.lines
            own = [line for source in self.city.sources for line in lines.get((source, name), ())]
            self._folded[name] = Folded(own)
        return self._folded[name]


def in_cities(expected: Expected, known: Cities) -> dict[str, InCity]:
    """Each city by its name."""
    return {name: InCity(expected, city) for name, city in known.by_name.items()}


class Folded:
    """The figures of a type, in order of time. Each span is added up once for all measures of the type: by codes, which
    are few where events are many. Whole days of UTC are added up before, for spans that hold them."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = sorted(lines, key=lambda line: line[0])
        self._panes = [pane for pane, _, _ in self.lines]
        self._sums: dict[tuple[Hashable, int, int], dict[tuple[str, Dims], Sum]] = {}

    @property
    def first(self) -> int:
        """The first pane."""
        return self._panes[0]

    @property
    def last(self) -> int:
        """The last pane."""
        return self._panes[-1]

    @cached_property
    def codes(self) -> dict[Dims, int]:
        """Each set of codes, with its first pane."""
        found: dict[Dims, int] = {}
        for pane, codes, _ in self.lines:
            found.setdefault(codes, pane)
        return found

    def by(self, how: Hashable, named: UnitName | None, start: int, end: int) -> dict[tuple[str, Dims], Sum]:
        """Sums of the panes in [start, end) by the name of their unit and by codes. `how`: what tells one way of naming
        from another; without one the span is the unit."""
        asked = how, start, end
        if asked not in self._sums:
            self._sums[asked] = self._over(start, end) if named is None else self._in_units(named, start, end)
        return self._sums[asked]

    def _in_units(self, named: UnitName, start: int, end: int) -> dict[tuple[str, Dims], Sum]:
        sums: dict[tuple[str, Dims], Sum] = defaultdict(Sum)
        pane, name = -1, None
        for at, codes, total in self._between(start, end):
            if at != pane:
                pane, name = at, named(at)
            if name is not None:
                sums[name, codes].take(total)
        return dict(sums)

    def _over(self, start: int, end: int) -> dict[tuple[str, Dims], Sum]:
        sums: dict[tuple[str, Dims], Sum] = defaultdict(Sum)
        first, after = -(-start // DAY), end // DAY
        if first < after:
            for day in range(bisect_left(self._days, first), bisect_left(self._days, after)):
                for codes, total in self._by_day[self._days[day]].items():
                    sums["", codes].take(total)
            edges = [(start, first * DAY), (after * DAY, end)]
        else:
            edges = [(start, end)]
        for since, until in edges:
            for _, codes, total in self._between(since, until):
                sums["", codes].take(total)
        return dict(sums)

    def _between(self, start: int, end: int) -> Iterator[Line]:
        for at in range(bisect_left(self._panes, start), bisect_left(self._panes, end)):
            yield self.lines[at]

    @cached_property
    def _by_day(self) -> dict[int, dict[Dims, Sum]]:
        found: dict[int, dict[Dims, Sum]] = {}
        for pane, codes, total in self.lines:
            of_day = found.setdefault(pane // DAY, {})
            if codes not in of_day:
                of_day[codes] = Sum()
            of_day[codes].take(total)
        return found

    @cached_property
    def _days(self) -> list[int]:
        return [*self._by_day]
