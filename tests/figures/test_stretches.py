"""Campaigns and nights: what is counted, what of it is over, and what it is compared with."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.periods import Period, date_of, span
from figures.spans import length
from figures.stretches import EARLIER, Stretch, of_campaign, of_nights, of_unit
from schemas.cities import Campaign

CHINA, NEW_YORK = "Asia/Shanghai", "America/New_York"
SUMMER = Campaign("夏季行动", "Summer campaign", date(2023, 6, 25), date(2023, 9, 30))
POSTS = Campaign("消暑报警点", "Cool-down posts", date(2023, 5, 29), date(2023, 9, 5))


def at(text: str, tz: str = CHINA) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz)).timestamp())


def dates(parts: tuple[Period, ...], tz: str = CHINA) -> list[tuple[str, str]]:
    """First and last date of whole days, with the hour where they are none."""
    return [(_text(part.start, tz), _text(part.end, tz)) for part in parts]


def _text(epoch: int, tz: str) -> str:
    return datetime.fromtimestamp(epoch, ZoneInfo(tz)).isoformat(timespec="minutes")[:16].removesuffix("T00:00")


def nights(first: date, last: date, tz: str = CHINA) -> Stretch:
    return of_nights(span(first, last, tz, "night"), tz)


JULY = nights(date(2022, 7, 22), date(2022, 7, 24))


def test_a_campaign_of_98_days_is_compared_with_the_98_days_before_and_the_same_dates_a_year_earlier() -> None:
    summer = of_campaign("summer", SUMMER, CHINA)
    assert length(summer.parts) == 98 * 86_400
    assert dates(summer.earlier("previous", CHINA, None)) == [("2023-03-19", "2023-06-25")]
    assert dates(summer.earlier("year", CHINA, None)) == [("2022-06-25", "2022-10-01")]


def test_a_hundred_days_from_29_may_end_on_5_september_and_overlap_the_summer() -> None:
    posts, summer = (of_campaign(name, each, CHINA) for name, each in (("posts", POSTS), ("summer", SUMMER)))
    assert length(posts.parts) == 100 * 86_400
    assert dates(posts.parts) == [("2023-05-29", "2023-09-06")]
    assert posts.period.start < summer.period.start < posts.period.end < summer.period.end


def test_a_campaign_that_runs_is_compared_with_as_much_just_before_and_the_same_part_a_year_earlier() -> None:
    summer, noon = of_campaign("summer", SUMMER, CHINA), at("2023-07-05T12:00")
    assert dates(summer.over(noon).parts) == [("2023-06-25", "2023-07-05T12:00")]
    assert dates(summer.earlier("previous", CHINA, noon)) == [("2023-06-14T12:00", "2023-06-25")]
    assert dates(summer.earlier("year", CHINA, noon)) == [("2022-06-25", "2022-07-05T12:00")]
    assert dates(summer.earlier("previous_month", CHINA, noon)) == [("2023-05-25", "2023-06-05T12:00")]


def test_one_that_is_over_or_has_not_begun_is_whole() -> None:
    summer = of_campaign("summer", SUMMER, CHINA)
    for as_of in (None, at("2023-06-25"), at("2023-10-01"), at("2024-01-01")):
        assert summer.over(as_of) == summer
        assert not summer.runs(as_of)


def test_the_month_before_is_the_same_dates_a_month_earlier_and_months_end_with_months() -> None:
    for days, earlier in (
        (("2023-06-25", "2023-10-01"), ("2023-05-25", "2023-09-01")),
        (("2023-03-01", "2023-04-01"), ("2023-02-01", "2023-03-01")),
        (("2023-03-29", "2023-03-30"), ("2023-02-28", "2023-03-01")),
        (("2023-03-20", "2023-03-30"), ("2023-02-20", "2023-03-01")),
        (("2023-03-31", "2023-03-31T10:00"), ("2023-02-28", "2023-02-28T10:00")),
        (("2024-03-29", "2024-03-30"), ("2024-02-29", "2024-03-01")),
        (("2023-01-10", "2023-01-20"), ("2022-12-10", "2022-12-20")),
    ):
        stretch = of_unit(Period(at(days[0]), at(days[1])), None)
        assert dates(stretch.earlier("previous_month", CHINA, None)) == [earlier]


def test_29_february_of_a_campaign_is_compared_with_the_28th() -> None:
    leap = of_campaign("leap", Campaign("", "", date(2024, 2, 1), date(2024, 2, 29)), CHINA)
    assert dates(leap.earlier("year", CHINA, None)) == [("2023-02-01", "2023-03-01")]


def test_a_campaign_of_duty_days_begins_and_ends_at_eight() -> None:
    duty = of_campaign("duty", Campaign("", "", date(2024, 2, 28), date(2024, 2, 29), "duty_day"), CHINA)
    assert dates(duty.parts) == [("2024-02-28T08:00", "2024-03-01T08:00")]
    assert dates(duty.earlier("previous", CHINA, None)) == [("2024-02-26T08:00", "2024-02-28T08:00")]
    assert dates(duty.earlier("year", CHINA, None)) == [("2023-02-28T08:00", "2023-03-01T08:00")]


@given(st.dates(date(2005, 1, 1), date(2030, 1, 1)), st.integers(1, 366), st.sampled_from((CHINA, NEW_YORK)))
def test_the_span_before_a_campaign_has_as_many_days_whatever_the_clocks_do(first: date, days: int, tz: str) -> None:
    campaign = of_campaign("any", Campaign("", "", first, first + timedelta(days=days - 1)), tz)
    (before,) = campaign.earlier("previous", tz, None)
    assert before.end == campaign.period.start
    assert date_of(before.start, None, tz) == first - timedelta(days=days)


def test_three_nights_are_36_hours_and_two_in_the_morning_is_in_the_night_of_the_day_before() -> None:
    assert length(JULY.parts) == 36 * 3600
    assert at("2022-07-23T02:00") in JULY.parts[0]
    assert not any(at("2022-07-23T12:00") in night for night in JULY.parts)
    assert (JULY.nights, of_unit(JULY.parts[0], "night").nights) == (3, None)


def test_nights_are_compared_with_as_many_nights_before_and_those_of_the_same_dates() -> None:
    def first_evenings(which: str) -> list[str]:
        return [_text(night.start, CHINA)[:10] for night in JULY.earlier(which, CHINA, None)]

    assert first_evenings("previous") == ["2022-07-19", "2022-07-20", "2022-07-21"]
    assert first_evenings("previous_month") == ["2022-06-22", "2022-06-23", "2022-06-24"]
    assert first_evenings("year") == ["2021-07-22", "2021-07-23", "2021-07-24"]
    assert {length(JULY.earlier(which, CHINA, None)) for which in EARLIER} == {36 * 3600}


def test_nights_that_run_are_compared_with_as_many_begun_ones_and_the_last_in_its_same_part() -> None:
    second_night = at("2022-07-24T02:00")
    assert dates(JULY.over(second_night).parts) == [
        ("2022-07-22T18:00", "2022-07-23T06:00"),
        ("2022-07-23T18:00", "2022-07-24T02:00"),
    ]
    assert dates(JULY.earlier("previous", CHINA, second_night)) == [
        ("2022-07-20T18:00", "2022-07-21T06:00"),
        ("2022-07-21T18:00", "2022-07-22T02:00"),
    ]
    assert dates(JULY.earlier("year", CHINA, second_night)) == [
        ("2021-07-22T18:00", "2021-07-23T06:00"),
        ("2021-07-23T18:00", "2021-07-24T02:00"),
    ]
    by_day = at("2022-07-23T12:00")
    assert JULY.over(by_day).parts == JULY.parts[:1]
    assert dates(JULY.earlier("previous", CHINA, by_day)) == [("2022-07-21T18:00", "2022-07-22T06:00")]


def test_no_night_is_counted_twice_where_29_february_has_no_counterpart() -> None:
    leap = nights(date(2024, 2, 28), date(2024, 3, 1))
    assert [start[:10] for start, _ in dates(leap.earlier("year", CHINA, None))] == ["2023-02-28", "2023-03-01"]


def test_a_night_before_a_night_of_11_hours_has_its_own_12() -> None:
    spring = nights(date(2026, 3, 7), date(2026, 3, 7), NEW_YORK)
    assert length(spring.parts) == 11 * 3600
    assert length(spring.earlier("previous", NEW_YORK, None)) == 12 * 3600


def test_a_comparison_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="previous_month"):
        JULY.earlier("decade", CHINA, None)
