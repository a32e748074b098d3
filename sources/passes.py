"""The hour that the clocks show twice in autumn: what tells which pass of it a time belongs to."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product

from sources.civil import Moment, Repeated

FIRST_PASS, SECOND_PASS = 0, 1
_DISORDER = 1_800
"""Seconds that times go back by in a file that is roughly in order; more than that is a pass of the clocks."""
_SAME_NIGHT = 86_400


@dataclass(slots=True)
class _Night:
    """Times that follow one another inside one repeated hour, and the plain times around them."""

    before: int | None
    keys: list[Hashable] = field(default_factory=list)
    passes: list[tuple[int, int]] = field(default_factory=list)
    after: int | None = None

    def turned(self) -> _Night:
        return _Night(self.after, self.keys[::-1], self.passes[::-1], self.before)


class Neighbours:
    """Learns from a column's times, row by row, which pass the repeated ones belong to. It keeps only those."""

    def __init__(self) -> None:
        self._nights: list[_Night] = []
        self._open: _Night | None = None
        self._last: int | None = None
        self._up = self._down = self._far_up = self._far_down = 0

    def add(self, moment: Moment | None, key: Hashable) -> None:
        """The next row's time, None if it has none; `key` names the row in `told`."""
        if moment is None:
            return
        if isinstance(moment, Repeated):
            first, second = (each.epoch for each in moment.passes)
            night = self._open
            if night is None or abs(first - night.passes[-1][0]) > _SAME_NIGHT:
                night = self._open = _Night(self._last)
                self._nights.append(night)
            night.keys.append(key)
            night.passes.append((first, second))
            return
        if self._open:
            self._open.after = moment.epoch
            self._open = None
        if self._last is not None:
            step = moment.epoch - self._last
            self._up += step > 0
            self._down += step < 0
            self._far_up += step > _DISORDER
            self._far_down += step < -_DISORDER
        self._last = moment.epoch

    def told(self) -> dict[Hashable, int]:
        """The pass of each repeated time of which the others tell it; nothing in a file that is in no order."""
        downwards = self._down > self._up
        back, far_back = (self._up, self._far_up) if downwards else (self._down, self._far_down)
        if far_back * 10 > self._up + self._down:
            return {}
        found: dict[Hashable, int] = {}
        for night in self._nights:
            found |= _read_night(night.turned() if downwards else night, _DISORDER if back else 0)
        return found


def _read_night(night: _Night, slack: int) -> dict[Hashable, int]:
    """One step back that order does not explain is where the clocks were set back."""
    steps = [before[0] - after[0] for before, after in pairwise(night.passes)]
    largest = max(steps, default=0)
    if largest > slack and steps.count(largest) == 1:
        place = steps.index(largest) + 1
        return {key: FIRST_PASS if index < place else SECOND_PASS for index, key in enumerate(night.keys)}
    found: dict[Hashable, int] = {}
    for key, (first, second) in zip(night.keys, night.passes, strict=True):
        if (near := _nearer(first, second, night.before, night.after)) is not None:
            found[key] = near
    return found


def _nearer(first: int, second: int, before: int | None, after: int | None) -> int | None:
    """The pass in which the time is just behind the plain time before, or just in front of the one after."""
    just = (second - first) // 2
    since = first - before if before is not None and first >= before else just
    until = after - second if after is not None and after >= second else just
    if min(since, until) >= just or since == until:
        return None
    return FIRST_PASS if since < until else SECOND_PASS


def by_row(
    times: Sequence[Moment | None],
    cells: Sequence[Hashable],
    pairs: Sequence[tuple[int, int]],
    told: Mapping[int, int],
) -> list[Moment | None]:
    """A row's times, each repeated one in the pass that the row itself tells, else in the one `told`, else `fold`'s.

    cells: where each time stands; what stands in one place has one pass. pairs: places of an earlier step and a later
    one. The order of the steps comes first, then what neighbours told, then that steps less than the repeated hour
    apart belong together.
    """
    open_places = [place for place, time in enumerate(times) if isinstance(time, Repeated)]

    def cost(choice: Sequence[Moment | None]) -> tuple[int, int, int, int]:
        wrong = apart = 0
        for earlier, later in pairs:
            start, end = choice[earlier], choice[later]
            if start is not None and end is not None:
                wrong += end.epoch < start.epoch
                apart += min(abs(end.epoch - start.epoch), hour)
        strange = sum(choice[place] != passes_of(place)[taken] for place, taken in told.items() if place in open_places)
        return wrong, strange, apart, sum(choice[place] != times[place] for place in open_places)

    def passes_of(place: int) -> tuple[Moment, Moment]:
        time = times[place]
        assert isinstance(time, Repeated)
        return time.passes

    hour = max((abs(second.epoch - first.epoch) for first, second in map(passes_of, open_places)), default=0)
    choices = []
    open_cells = list(dict.fromkeys(cells[place] for place in open_places))
    for taken in product((FIRST_PASS, SECOND_PASS), repeat=len(open_cells)):
        choice = list(times)
        for place in open_places:
            choice[place] = passes_of(place)[taken[open_cells.index(cells[place])]]
        choices.append(choice)
    return min(choices, key=cost)
