"""Days below a floor: one alarm for a run of them, told when the first has closed, over with the first that is not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from figures.clocks import Episode
from figures.floors import Day, below
from figures.periods import Period

DAY, GRACE, FLOOR = 86_400, 900, 2_000
NOON = 5 * DAY + DAY // 2
"""Of the sixth day, which still runs."""


def days(*values: int | None) -> list[Day]:
    return [Day(Period(number * DAY, (number + 1) * DAY), value) for number, value in enumerate(values)]


def told(found: list[Episode]) -> list[tuple[int, str, float | None]]:
    """Day of the begin, state, and day of the end."""
    return [(one.begin // DAY, one.state, None if one.end is None else one.end / DAY) for one in found]


def test_a_day_below_is_one_alarm_that_the_next_day_ends() -> None:
    """S0.4: 1990 officers on one day."""
    assert told(below(days(2_000, 2_100, 1_990, 2_000, 2_000), FLOOR, NOON, GRACE)) == [(2, "missed", 3)]


def test_it_is_told_when_the_day_has_closed_and_the_lateness_has_passed() -> None:
    some = days(2_000, 1_990, 100)
    assert below(some, FLOOR, 2 * DAY + GRACE - 1, GRACE) == []
    (one,) = below(some, FLOOR, 2 * DAY + GRACE, GRACE)
    assert (one.state, one.due, one.raised_at) == ("expired", 2 * DAY, 2 * DAY + GRACE)


def test_a_day_that_runs_is_not_below_and_ends_a_run_when_it_has_reached_the_floor() -> None:
    assert told(below(days(2_000, 2_000, 2_000, 2_000, 1_990, 300), FLOOR, NOON, GRACE)) == [(4, "expired", None)]
    assert told(below(days(2_000, 2_000, 2_000, 2_000, 1_990, 2_000), FLOOR, NOON, GRACE)) == [(4, "missed", 5)]


def test_days_in_a_row_are_one_alarm_and_a_day_that_is_not_known_tells_nothing() -> None:
    assert told(below(days(1_990, 1_000, None, 1_999, 2_000), FLOOR, NOON, GRACE)) == [(0, "missed", 4)]
    assert below(days(None, None, 2_000), FLOOR, NOON, GRACE) == []


@settings(max_examples=80)
@given(st.lists(st.none() | st.integers(1_995, 2_004), max_size=10), st.integers(0, 11 * DAY))
def test_every_known_day_below_is_within_an_alarm_and_no_other(values: list[int | None], now: int) -> None:
    found = below(days(*values), FLOOR, now, GRACE)
    within = {
        number
        for one in found
        for number in range(one.begin // DAY, len(values) if one.end is None else one.end // DAY)
    }
    closed = {number for number in range(len(values)) if (number + 1) * DAY + GRACE <= now}
    expected = {n for n, value in enumerate(values) if value is not None and value < FLOOR}
    reached = {n for n, value in enumerate(values) if value is not None and value >= FLOOR}
    assert expected & closed <= within
    assert not reached & within
