"""Streaks: how many months in a row a figure was below, or above, the month that it is compared with.

Only complete months count: the one that still runs says nothing yet. A month of which not all is known on both sides is
neither below nor above: what it is part of is not known, and a streak that begins behind it is at least as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Direction = Literal["falling", "rising"]


@dataclass(frozen=True, slots=True)
class MonthPair:
    """A complete month (`2022-08`) with its figure, and the figure of the month that it is compared with. None: not
    known."""

    month: str
    value: int | None
    before: int | None

    def goes(self, direction: Direction) -> bool | None:
        """Whether it is below (or above) the other; equal is neither. None: not known."""
        if self.value is None or self.before is None:
            return None
        return self.value < self.before if direction == "falling" else self.value > self.before


@dataclass(frozen=True, slots=True)
class Break:
    """A month that ended a streak of `streak` months, from `since` on. `at_least`: it may have been longer."""

    month: str
    streak: int
    since: str
    at_least: bool


@dataclass(frozen=True, slots=True)
class Streak:
    """Up to the last complete month, `until` (None: there is none).

    streak: how many months; None where the last of them is not known. since: the first of them. at_least: the month
    before that is not known, so it may be longer. broken: where there is no streak, the last one that ended. unknown:
    the last month that is not known, where that is why something else is not.
    """

    until: str | None
    streak: int | None
    since: str | None = None
    at_least: bool = False
    broken: Break | None = None
    unknown: str | None = None


def streak(months: Sequence[MonthPair], direction: Direction) -> Streak:
    """Of complete months, in order and without one left out. Nothing is known of the months before the first."""
    if not months:
        return Streak(None, None)
    until = months[-1].month
    run = _run(months, direction)
    if run:
        at_least = len(run) == len(months) or months[-len(run) - 1].goes(direction) is None
        unknown = months[-len(run) - 1].month if at_least and len(run) < len(months) else None
        return Streak(until, len(run), run[0].month, at_least, None, unknown)
    if months[-1].goes(direction) is None:
        return Streak(until, None, unknown=until)
    ended = list(breaks(months, direction))
    return Streak(until, 0, broken=ended[-1] if ended else None)


def breaks(months: Iterable[MonthPair], direction: Direction, least: int = 1) -> Iterator[Break]:
    """Each month that ended a streak of at least `least` months. One that is not known ends none: it tells nothing."""
    run: list[MonthPair] = []
    follows_known = False
    """Whether the month before the run is known."""
    for month in months:
        goes = month.goes(direction)
        if goes:
            run.append(month)
            continue
        if goes is False and len(run) >= max(1, least):
            yield Break(month.month, len(run), run[0].month, not follows_known)
        run, follows_known = [], goes is False


def _run(months: Sequence[MonthPair], direction: Direction) -> list[MonthPair]:
    """Those at the end that go there."""
    run: list[MonthPair] = []
    for month in reversed(months):
        if not month.goes(direction):
            break
        run.insert(0, month)
    return run
