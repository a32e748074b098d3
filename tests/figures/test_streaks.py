"""Streaks: only complete and known months count, and a break is one month."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from figures.streaks import Break, MonthPair, breaks, streak


def months(first: str, *pairs: tuple[int | None, int | None]) -> list[MonthPair]:
    """In a row from the first on."""
    year, month = map(int, first.split("-"))
    at = year * 12 + month - 1
    return [MonthPair(f"{(at + n) // 12}-{(at + n) % 12 + 1:02}", *pair) for n, pair in enumerate(pairs)]


FRAUD = months("2021-05", (120, 100), *[(90, 100)] * 15)
"""Telecom fraud: May 2021 above its month of the year before, June 2021 to August 2022 below."""


def test_a_decline_since_june_2021_is_a_streak_of_15_months_once_august_2022_is_over() -> None:
    found = streak(FRAUD, "falling")
    assert (found.streak, found.since, found.until, found.broken) == (15, "2021-06", "2022-08", None)
    assert not found.at_least, "May 2021 is known to be above"


def test_a_month_above_ends_the_streak_once() -> None:
    after = [*FRAUD, *months("2022-09", (101, 100))]
    found = streak(after, "falling")
    assert (found.streak, found.since, found.until) == (0, None, "2022-09")
    assert found.broken == Break("2022-09", 15, "2021-06", at_least=False)
    assert list(breaks(after, "falling")) == [found.broken]
    assert list(breaks([*after, *months("2022-10", (101, 100))], "falling")) == [found.broken]


def test_an_equal_month_ends_it_too() -> None:
    assert streak([*FRAUD, *months("2022-09", (100, 100))], "falling").streak == 0


def test_rising_is_the_other_way_and_nothing_before_is_below_a_month_of_something() -> None:
    solved = months("2022-06", (5, 9), (3, 0), (12, 10))
    assert streak(solved, "rising").streak == 2
    assert streak(solved, "falling").streak == 0


def test_of_a_last_month_that_is_not_known_there_is_no_streak_and_no_zero() -> None:
    found = streak([*FRAUD, *months("2022-09", (None, 100))], "falling")
    assert (found.streak, found.since, found.unknown, found.broken) == (None, None, "2022-09", None)


def test_a_streak_behind_a_month_that_is_not_known_is_at_least_as_long() -> None:
    found = streak(months("2022-01", (1, 2), (1, None), (1, 2), (1, 2)), "falling")
    assert (found.streak, found.since, found.at_least, found.unknown) == (2, "2022-03", True, "2022-02")


def test_a_month_that_is_not_known_ends_no_streak() -> None:
    assert list(breaks(months("2022-01", (1, 2), (None, 2), (3, 2)), "falling")) == []
    (found,) = breaks(months("2022-01", (1, 2), (None, 2), (1, 2), (3, 2)), "falling")
    assert found == Break("2022-04", 1, "2022-03", at_least=True)


def test_short_streaks_may_be_left_out_of_the_breaks() -> None:
    pairs = months("2022-01", (3, 2), (1, 2), (3, 2), (1, 2), (1, 2), (3, 2))
    assert [each.month for each in breaks(pairs, "falling")] == ["2022-03", "2022-06"]
    assert [each.month for each in breaks(pairs, "falling", least=2)] == ["2022-06"]


def test_before_any_month_is_complete_there_is_none() -> None:
    found = streak([], "falling")
    assert (found.streak, found.until) == (None, None)


COUNT = st.none() | st.integers(0, 3)


@given(st.lists(st.tuples(COUNT, COUNT), max_size=30))
def test_a_streak_is_as_long_as_the_last_months_that_fall(pairs: list[tuple[int | None, int | None]]) -> None:
    found = streak(months("2020-01", *pairs), "falling")
    falls = [None if None in pair else pair[0] < pair[1] for pair in pairs]  # type: ignore[operator]
    length = found.streak or 0
    assert all(falls[len(falls) - length :])
    assert length == len(falls) or not falls[-length - 1]
    assert (found.streak is None) == (not falls or falls[-1] is None)
