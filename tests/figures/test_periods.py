"""Civil periods: units tile time; earlier spans keep their local length, leap days and all."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.periods import (
    UNITS,
    Period,
    date_of,
    month_before,
    period_of,
    periods,
    previous,
    rfc3339,
    span,
    tiles,
    year_before,
)

CHINA = "Asia/Shanghai"
NEW_YORK = "America/New_York"
TILING = tuple(unit for unit in UNITS if unit != "night")
ZONES = (
    CHINA,
    NEW_YORK,
    "UTC",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Havana",
    "America/Sao_Paulo",
)


def at(text: str, tz: str = CHINA) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz)).timestamp())


def local(first: str, last: str, tz: str = CHINA) -> Period:
    return Period(at(first, tz), at(last, tz))


@given(st.integers(946684800, 2**31), st.sampled_from(TILING), st.sampled_from(ZONES))
def test_units_tile_time(epoch: int, unit: str, tz: str) -> None:
    period = period_of(epoch, unit, tz)
    assert epoch in period
    assert period_of(period.start, unit, tz) == period
    assert period_of(period.end - 1, unit, tz) == period
    assert period_of(period.end, unit, tz).start == period.end


@given(st.integers(946684800, 2**31), st.sampled_from(UNITS), st.sampled_from(ZONES))
def test_the_unit_before_ends_where_this_one_starts(epoch: int, unit: str, tz: str) -> None:
    period = period_of(epoch, unit, tz)
    assert previous(period, unit, tz) == period_of(period.start - 1, unit, tz)


@given(
    st.integers(946684800, 2**31),
    st.sampled_from(UNITS),
    st.sampled_from(ZONES),
    st.integers(0, 400 * 86400),
)
def test_an_elapsed_span_stays_within_the_unit_before(epoch: int, unit: str, tz: str, elapsed: int) -> None:
    period = period_of(epoch, unit, tz)
    whole, part = previous(period, unit, tz), previous(period, unit, tz, elapsed)
    assert part.start == whole.start
    assert part.start <= part.end <= whole.end


@pytest.mark.parametrize("begins", ["2016-03-13T01:00-05:00", "2016-11-06T01:00-04:00", "2017-03-12T01:00-05:00"])
def test_an_hour_at_which_clocks_change_is_compared_with_an_hour_of_the_year_before(begins: str) -> None:
    hour = period_of(int(datetime.fromisoformat(begins).timestamp()), "hour", NEW_YORK)
    before = year_before(hour, NEW_YORK, unit="hour")
    assert (hour.end - hour.start, before.end - before.start) == (3600, 3600)


def test_the_hour_after_the_one_that_comes_twice_is_compared_with_as_much_of_that() -> None:
    hour = period_of(int(datetime.fromisoformat("2016-11-06T02:00-05:00").timestamp()), "hour", NEW_YORK)
    before = previous(hour, "hour", NEW_YORK, 600)
    assert (hour.start - before.start, before.end - before.start) == (3600, 600)


@given(st.integers(946684800, 2**31), st.sampled_from(ZONES), st.integers(1, 3600))
def test_an_hour_is_compared_with_as_much_time_also_where_clocks_change(epoch: int, tz: str, elapsed: int) -> None:
    hour = period_of(epoch, "hour", tz)
    elapsed = min(elapsed, hour.end - hour.start)
    for before in (year_before, month_before):
        part = before(hour, tz, elapsed, "hour")
        assert part.end - part.start == elapsed
    whole, part = previous(hour, "hour", tz), previous(hour, "hour", tz, elapsed)
    assert part.end - part.start == (
        whole.end - whole.start if elapsed == hour.end - hour.start else min(elapsed, whole.end - whole.start)
    )


@given(
    st.dates(date(2000, 1, 1), date(2030, 1, 1)),
    st.integers(0, 500),
    st.sampled_from(TILING),
    st.sampled_from(ZONES),
)
def test_the_periods_of_a_range_add_up_to_it(first: date, days: int, unit: str, tz: str) -> None:
    last = date.fromordinal(first.toordinal() + days % (4 if unit == "hour" else 500))
    parts = periods(unit, first, last, tz)
    assert Period(parts[0].start, parts[-1].end) == span(first, last, tz, unit)
    assert all(one.end == other.start for one, other in pairwise(parts))


@pytest.mark.parametrize(
    ("unit", "start", "end"),
    [
        ("hour", "2026-05-14T09:00", "2026-05-14T10:00"),
        ("day", "2026-05-14T00:00", "2026-05-15T00:00"),
        ("duty_day", "2026-05-14T08:00", "2026-05-15T08:00"),
        ("night", "2026-05-13T18:00", "2026-05-14T06:00"),
        ("week", "2026-05-11T00:00", "2026-05-18T00:00"),
        ("month", "2026-05-01T00:00", "2026-06-01T00:00"),
        ("quarter", "2026-04-01T00:00", "2026-07-01T00:00"),
        ("year", "2026-01-01T00:00", "2027-01-01T00:00"),
    ],
)
def test_units_follow_local_civil_time(unit: str, start: str, end: str) -> None:
    assert period_of(at("2026-05-14T09:30"), unit, CHINA) == local(start, end)


def test_before_eight_belongs_to_the_duty_day_of_the_day_before() -> None:
    assert period_of(at("2026-01-14T07:59:59"), "duty_day", CHINA) == local("2026-01-13T08:00", "2026-01-14T08:00")
    assert span(date(2026, 1, 14), date(2026, 1, 14), CHINA, "duty_day") == local(
        "2026-01-14T08:00", "2026-01-15T08:00"
    )


@given(st.integers(946684800, 2**31), st.sampled_from(ZONES))
def test_r3_a_time_is_in_the_night_of_its_evening_or_in_none(epoch: int, tz: str) -> None:
    night, clock = period_of(epoch, "night", tz), datetime.fromtimestamp(epoch, ZoneInfo(tz))
    evening = datetime.fromtimestamp(night.start, ZoneInfo(tz))
    assert (epoch in night) == (clock.hour >= 18 or clock.hour < 6)
    assert (evening.hour, evening.minute, evening.date()) == (18, 0, date_of(epoch, "night", tz))
    assert (clock.date() - evening.date()).days == (clock.hour < 18)


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 500), st.sampled_from(ZONES))
def test_r3_a_range_of_dates_has_one_night_each_and_nothing_between_them(first: date, days: int, tz: str) -> None:
    last = date.fromordinal(first.toordinal() + days)
    nights = periods("night", first, last, tz)
    assert [date_of(night.start, "night", tz).toordinal() for night in nights] == [
        *range(first.toordinal(), last.toordinal() + 1)
    ]
    assert all(night == period_of(night.start, "night", tz) for night in nights)
    assert Period(nights[0].start, nights[-1].end) == span(first, last, tz, "night")


def test_r3_two_in_the_morning_belongs_to_the_night_of_the_day_before() -> None:
    night = local("2023-07-22T18:00", "2023-07-23T06:00")
    assert period_of(at("2023-07-23T02:00"), "night", CHINA) == night
    assert span(date(2023, 7, 22), date(2023, 7, 22), CHINA, "night") == night
    for by_day in ("2023-07-23T06:00", "2023-07-23T12:00", "2023-07-23T17:55"):
        assert at(by_day) not in period_of(at(by_day), "night", CHINA)
    assert tiles(local("2023-07-23T06:00", "2023-07-23T18:00"), "night", CHINA) == []
    assert tiles(local("2023-07-23T02:00", "2023-07-23T20:00"), "night", CHINA) == [
        local("2023-07-23T02:00", "2023-07-23T06:00"),
        local("2023-07-23T18:00", "2023-07-23T20:00"),
    ]


def test_r3_nights_are_11_and_13_hours_long_where_the_clock_changes() -> None:
    nights = [period_of(at(when, NEW_YORK), "night", NEW_YORK) for when in ("2026-03-08T01:00", "2026-11-01T01:00")]
    assert [(night.end - night.start) // 3600 for night in nights] == [11, 13]
    assert nights[0] == local("2026-03-07T18:00", "2026-03-08T06:00", NEW_YORK)
    assert previous(period_of(nights[0].end + 86_000, "night", NEW_YORK), "night", NEW_YORK) == nights[0]
    assert year_before(nights[0], NEW_YORK, unit="night") == local("2025-03-07T18:00", "2025-03-08T06:00", NEW_YORK)


def test_r3_a_night_that_still_runs_is_compared_with_the_same_elapsed_span() -> None:
    night = period_of(at("2026-03-08T03:30", NEW_YORK), "night", NEW_YORK)
    elapsed = at("2026-03-08T03:30", NEW_YORK) - night.start
    assert elapsed == 8.5 * 3600, "an hour of it was skipped"
    assert previous(night, "night", NEW_YORK, elapsed) == local("2026-03-06T18:00", "2026-03-07T03:30", NEW_YORK)
    assert year_before(night, NEW_YORK, elapsed, "night") == local("2025-03-07T18:00", "2025-03-08T03:30", NEW_YORK)


def test_days_are_23_and_25_hours_long_where_the_clock_changes() -> None:
    spring, autumn = at("2026-03-08T12:00", NEW_YORK), at("2026-11-01T12:00", NEW_YORK)
    days = [period_of(noon, "day", NEW_YORK) for noon in (spring, autumn)]
    assert [(day.end - day.start) // 3600 for day in days] == [23, 25]
    assert len(periods("hour", date(2026, 11, 1), date(2026, 11, 1), NEW_YORK)) == 25


def test_a_range_is_clipped_to_its_dates() -> None:
    parts = periods("month", date(2023, 6, 25), date(2023, 9, 30), CHINA)
    assert parts[0] == local("2023-06-25T00:00", "2023-07-01T00:00")
    assert len(parts) == 4
    assert previous(parts[0], "month", CHINA) == local("2023-05-25T00:00", "2023-06-01T00:00")


def test_r2_a_campaign_is_compared_with_the_span_of_equal_length_before() -> None:
    campaign = span(date(2023, 6, 25), date(2023, 9, 30), CHINA)
    assert (campaign.end - campaign.start) // 86400 == 98
    assert previous(campaign, None, CHINA) == local("2023-03-19T00:00", "2023-06-25T00:00")
    assert year_before(campaign, CHINA) == local("2022-06-25T00:00", "2022-10-01T00:00")


def test_a_span_across_a_clock_change_keeps_its_number_of_days() -> None:
    week = span(date(2026, 3, 9), date(2026, 3, 15), NEW_YORK)
    assert previous(week, None, NEW_YORK) == local("2026-03-02T00:00", "2026-03-09T00:00", NEW_YORK)


def test_a_running_unit_is_compared_with_the_same_elapsed_span() -> None:
    month = period_of(at("2026-05-14T09:30"), "month", CHINA)
    elapsed = at("2026-05-14T09:30") - month.start
    assert previous(month, "month", CHINA, elapsed) == local("2026-04-01T00:00", "2026-04-14T09:30")
    assert year_before(month, CHINA, elapsed) == local("2025-05-01T00:00", "2025-05-14T09:30")
    so_far = month.until(month.start + elapsed)
    assert previous(so_far, "month", CHINA) == previous(month, "month", CHINA, elapsed)


def test_the_elapsed_span_is_capped_at_the_earlier_units_end() -> None:
    month = period_of(at("2026-03-30T12:00"), "month", CHINA)
    elapsed = at("2026-03-30T12:00") - month.start
    assert previous(month, "month", CHINA, elapsed) == local("2026-02-01T00:00", "2026-03-01T00:00")


def test_the_elapsed_span_keeps_the_time_of_day_across_a_clock_change() -> None:
    day = period_of(at("2026-03-09T09:30", NEW_YORK), "day", NEW_YORK)
    elapsed = at("2026-03-09T09:30", NEW_YORK) - day.start
    assert previous(day, "day", NEW_YORK, elapsed) == local("2026-03-08T00:00", "2026-03-08T09:30", NEW_YORK)


def test_a_running_span_without_a_unit_is_compared_with_as_much_just_before() -> None:
    campaign = span(date(2023, 6, 25), date(2023, 9, 30), CHINA)
    assert previous(campaign, None, CHINA, 10 * 86400) == local("2023-06-15T00:00", "2023-06-25T00:00")


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (("2024-02-29T00:00", "2024-03-01T00:00"), ("2023-02-28T00:00", "2023-03-01T00:00")),
        (("2024-02-28T00:00", "2024-02-29T00:00"), ("2023-02-28T00:00", "2023-03-01T00:00")),
        (("2024-02-29T00:00", "2024-02-29T10:00"), ("2023-02-28T00:00", "2023-02-28T10:00")),
        (("2024-02-01T00:00", "2024-02-29T10:00"), ("2023-02-01T00:00", "2023-03-01T00:00")),
        (("2024-02-01T00:00", "2024-03-01T00:00"), ("2023-02-01T00:00", "2023-03-01T00:00")),
        (("2025-02-01T00:00", "2025-03-01T00:00"), ("2024-02-01T00:00", "2024-03-01T00:00")),
    ],
)
def test_29_february_is_compared_with_the_28th(now: tuple[str, str], before: tuple[str, str]) -> None:
    assert year_before(local(*now), CHINA) == local(*before)


@pytest.mark.parametrize(
    ("unit", "now", "before"),
    [
        ("night", ("2024-02-28T18:00", "2024-02-29T06:00"), ("2023-02-28T18:00", "2023-03-01T06:00")),
        ("night", ("2024-02-29T18:00", "2024-03-01T06:00"), ("2023-02-28T18:00", "2023-03-01T06:00")),
        ("night", ("2024-02-28T18:00", "2024-02-29T02:00"), ("2023-02-28T18:00", "2023-03-01T02:00")),
        ("duty_day", ("2024-02-28T08:00", "2024-02-29T08:00"), ("2023-02-28T08:00", "2023-03-01T08:00")),
        ("duty_day", ("2024-02-29T08:00", "2024-03-01T08:00"), ("2023-02-28T08:00", "2023-03-01T08:00")),
    ],
)
def test_a_night_or_duty_day_that_ends_on_29_february_is_compared_with_a_whole_one(
    unit: str, now: tuple[str, str], before: tuple[str, str]
) -> None:
    assert year_before(local(*now), CHINA, unit=unit) == local(*before)


@pytest.mark.parametrize(
    ("before", "now", "then"),
    [
        (year_before, ("2025-02-28T00:00", "2025-03-01T00:00"), ("2024-02-28T00:00", "2024-02-29T00:00")),
        (year_before, ("2025-02-28T23:00", "2025-03-01T00:00"), ("2024-02-28T23:00", "2024-02-29T00:00")),
        (month_before, ("2026-04-30T00:00", "2026-05-01T00:00"), ("2026-03-30T00:00", "2026-03-31T00:00")),
        (month_before, ("2026-04-30T23:00", "2026-05-01T00:00"), ("2026-03-30T23:00", "2026-03-31T00:00")),
        (month_before, ("2026-02-28T00:00", "2026-03-01T00:00"), ("2026-01-28T00:00", "2026-01-29T00:00")),
        (month_before, ("2026-03-31T00:00", "2026-04-01T00:00"), ("2026-02-28T00:00", "2026-03-01T00:00")),
    ],
)
def test_a_day_or_hour_at_the_end_of_a_month_is_compared_with_one_as_long(
    before: Callable[[Period, str], Period], now: tuple[str, str], then: tuple[str, str]
) -> None:
    assert before(local(*now), CHINA) == local(*then)


def test_a_duty_day_at_the_end_of_a_month_is_compared_with_one_as_long() -> None:
    day = local("2025-02-28T08:00", "2025-03-01T08:00")
    assert year_before(day, CHINA, unit="duty_day") == local("2024-02-28T08:00", "2024-02-29T08:00")


def test_a_period_longer_than_its_unit_is_wrong_use() -> None:
    with pytest.raises(ValueError, match="longer than one month"):
        previous(span(date(2026, 1, 1), date(2026, 2, 1), CHINA), "month", CHINA)


def test_an_unknown_unit_is_named() -> None:
    with pytest.raises(ValueError, match="fortnight"):
        period_of(0, "fortnight", UTC)


def test_times_are_written_with_the_zones_offset() -> None:
    assert rfc3339(at("2026-05-14T09:30"), CHINA) == "2026-05-14T09:30:00+08:00"
