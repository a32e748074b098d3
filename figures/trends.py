"""Streaks of months that ended, as alarms."""

from __future__ import annotations

from collections.abc import Sequence
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
    closed = [month for month in months if month.period.end + grace <= now]
    by_name = {month.pair.month: month for month in closed}
    found: list[Episode] = []
    for broken in breaks((month.pair for month in closed), direction, least):
        period = by_name[broken.month].period
        again = (each.period.end for each in closed if each.period.start > period.start and each.pair.goes(direction))
        end = next(again, None)
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
