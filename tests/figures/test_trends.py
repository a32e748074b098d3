"""A streak of months that ends is an alarm once the month has closed; S1.2 of the reports."""

from __future__ import annotations

from figures.clocks import Episode
from figures.periods import Period
from figures.streaks import MonthPair
from figures.trends import Month, ended

MONTH, GRACE = 30 * 86_400, 900
LATER = 100 * MONTH


def months(*pairs: tuple[int | None, int | None]) -> list[Month]:
    return [
        Month(Period(number * MONTH, (number + 1) * MONTH), MonthPair(f"m{number}", *pair))
        for number, pair in enumerate(pairs)
    ]


def told(found: list[Episode]) -> list[tuple[int, str, int | None]]:
    """Month of the begin, state, and of the end."""
    return [(one.begin // MONTH, one.state, None if one.end is None else one.end // MONTH) for one in found]


def test_the_month_that_ends_a_streak_is_told_once_it_has_closed() -> None:
    """15 months below the year before, then one above."""
    some = months((10, 9), *[(5, 9)] * 15, (9, 5))
    closes = 17 * MONTH + GRACE
    assert ended(some, "falling", 2, closes - 1, GRACE) == []
    (one,) = ended(some, "falling", 2, closes, GRACE)
    assert (one.begin // MONTH, one.state, one.due, one.raised_at) == (16, "expired", 17 * MONTH, closes)


def test_it_is_over_with_the_next_month_that_is_below_again() -> None:
    assert told(ended(months((5, 9), (5, 9), (9, 5), (9, 9), (4, 9)), "falling", 2, LATER, GRACE)) == [(2, "missed", 5)]


def test_a_short_streak_and_a_month_that_is_not_known_end_none() -> None:
    assert ended(months((9, 5), (5, 9), (9, 5)), "falling", 2, LATER, GRACE) == []
    assert ended(months((5, 9), (5, 9), (None, 9), (9, 5)), "falling", 2, LATER, GRACE) == []
    assert told(ended(months((9, 5), (9, 5), (5, 9)), "rising", 2, LATER, GRACE)) == [(2, "expired", None)]
