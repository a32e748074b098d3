"""Streaks of months that ended, as alarms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from figures.clocks import Episode
from figures.periods import Period
from figures.streaks import Direction, MonthPair, breaks


class Month(NamedTuple):
    """A complete month, and its figure beside that of the year before."""

    period: Period
    pair: MonthPair


def ended(months: Sequence[Month], direction: Direction, least: int, now: int, grace: int) -> list[Episode]:
    """Each month that ended a streak of at least `least` months, an episode each. `months` in their order, none left
    out; `now`, `grace`: of those that closed before, so many seconds ago."""
    closed = _closed(months, now, grace)
    by_name = {month.pair.month: month for month in closed}
    found: list[Episode] = []
    for broken in breaks((month.pair for month in closed), direction, least):
        period = by_name[broken.month].period
        end = _again(closed, direction, period.start)
        found.append(
            Episode(
                begin=period.start,
                state="expired" if end is None else "missed",
                warn_at=None,
                due=period.end,
                end=end,
                by="",
                beat="",
                raised_at=period.end + grace,
            )
        )
    return found


def over(
    months: Sequence[Month], direction: Direction, stand: Iterable[Episode], now: int, grace: int
) -> list[Episode]:
    """Of episodes that stand those that have ended since, as far as these months say."""
    closed = _closed(months, now, grace)
    ends = [(each, _again(closed, direction, each.begin)) for each in stand]
    return [replace(each, state="missed", end=end) for each, end in ends if end is not None]


def _closed(months: Sequence[Month], now: int, grace: int) -> list[Month]:
    return [month for month in months if month.period.end + grace <= now]


def _again(closed: Sequence[Month], direction: Direction, since: int) -> int | None:
    """When the first month ended that goes in the direction again, of those that began after then."""
    return next((each.period.end for each in closed if each.period.start > since and each.pair.goes(direction)), None)
