"""Presence against a recount that looks at each minute by itself."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.calendars import Calendar
from figures.periods import Period, moment
from figures.presence import (
    Post,
    Stay,
    Step,
    cover,
    is_equipped,
    is_staffed,
    on_duty,
    passes,
    posts,
    reached,
    unit_seconds,
    windows,
)

TZ = "Asia/Shanghai"
MINUTE = 60
HORIZON = 60
"""Minutes of the made-up world."""

minutes = st.integers(0, HORIZON)
spans = st.tuples(minutes, minutes).map(lambda pair: Period(min(pair) * MINUTE, max(pair) * MINUTE))
stays = st.builds(
    Stay, unit=st.sampled_from(["A1", "A2", "A3"]), beat=st.sampled_from(["B1", "B2"]),
    kind=st.sampled_from(["armed", "station"]), span=spans.filter(lambda span: span.start < span.end),
)  # fmt: skip


def there(span: Period, minute: int) -> bool:
    return span.start <= minute * MINUTE < span.end


@given(st.lists(spans, max_size=8), spans)
def test_cover_and_longest_gap_are_those_of_a_look_at_each_minute(intervals: list[Period], asked: Period) -> None:
    found = cover(intervals, asked)
    seen = [any(there(each, at) for each in intervals) for at in range(HORIZON) if there(asked, at)]
    assert found.seconds == sum(seen) * MINUTE
    longest = run = 0
    for one in seen:
        run = 0 if one else run + 1
        longest = max(longest, run)
    assert (0 if found.gap is None else found.gap.end - found.gap.start) == longest * MINUTE


@given(st.lists(stays, max_size=10), spans)
def test_unit_seconds_count_each_unit_once_a_minute(found: list[Stay], asked: Period) -> None:
    seen = {(stay.unit, at) for stay in found for at in range(HORIZON) if there(stay.span, at) and there(asked, at)}
    assert unit_seconds(found, asked) == len(seen) * MINUTE


@given(st.lists(stays, max_size=10), spans)
def test_a_pass_is_a_minute_in_which_a_unit_is_in_a_beat_and_was_not_in_the_one_before(
    found: list[Stay], asked: Period
) -> None:
    seen = {(stay.unit, stay.beat, at) for stay in found for at in range(HORIZON) if there(stay.span, at)}
    # an interval that ends as another begins goes on
    came = [(beat, at * MINUTE) for unit, beat, at in seen if (unit, beat, at - 1) not in seen and there(asked, at)]
    assert sorted((one.beat, one.at) for one in passes(found, asked)) == sorted(came)


@given(
    st.lists(st.tuples(minutes, st.sampled_from(["listed", "staffed", "left", "delisted"])), max_size=12),
    st.integers(1, HORIZON),
    st.randoms(use_true_random=False),
)
def test_a_post_is_what_its_last_steps_say_in_any_order(said: list[tuple[int, str]], until: int, rng: object) -> None:
    steps = [Step("p", state, at * MINUTE, f"{place:02}", "B1", "street") for place, (at, state) in enumerate(said)]
    shuffled = list(steps)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    found = posts(shuffled, until * MINUTE)
    order = ("listed", "staffed", "left", "delisted")
    for at in range(until):
        past = sorted(
            (step for step in steps if step.at <= at * MINUTE), key=lambda s: (s.at, order.index(s.state), s.id)
        )
        lists = [step.state for step in past if step.state in ("listed", "delisted")]
        staffs = [step.state for step in past if step.state != "listed"]
        listed = any(there(each.span, at) for post in found for each in post.listings)
        assert listed is (lists[-1:] == ["listed"])
        if found:
            assert is_staffed(found[0], at * MINUTE) is (staffs[-1:] == ["staffed"])


def at(text: str) -> int:
    """A local time on 2 September 2022, a Friday."""
    hour, minute = map(int, text.split(":"))
    return moment(date(2022, 9, 2), hour * 60 + minute, TZ)


DAY = Period(at("00:00"), at("24:00"))


def school(number: int, *staffed: tuple[str, str]) -> Post:
    name = f"s{number:02}"
    steps = [Step(name, "listed", at("00:00") - 864_000, "l", "B1", "school", "07:10-08:00,16:30-17:30", "school")]
    for begin, end in staffed:
        steps += [Step(name, "staffed", at(begin), f"{begin}s"), Step(name, "left", at(end), f"{end}l")]
    (post,) = posts(steps, DAY.end)
    return post


def test_65_schools_at_two_peaks_of_which_one_post_leaves_for_twelve_minutes() -> None:
    calendar = Calendar(TZ)
    whole = [school(number, ("07:00", "08:05"), ("16:25", "17:35")) for number in range(64)]
    gone = school(64, ("07:05", "07:40"), ("07:52", "08:00"), ("16:30", "17:30"))
    found = [window for post in [*whole, gone] for window in windows(post, DAY, calendar)]
    assert (sum(window.is_full for window in found), len(found)) == (129, 130)
    (cut,) = [window for window in found if not window.is_full]
    assert (cut.post, cut.seconds - cut.staffed) == ("s64", 12 * MINUTE)
    assert on_duty(gone, at("07:45"), calendar)
    assert not is_staffed(gone, at("07:45"))
    assert not on_duty(gone, at("08:00"), calendar)


@pytest.mark.parametrize("holiday", [True, False])
def test_school_posts_have_no_duty_on_days_without_school(holiday: bool) -> None:
    calendar = Calendar(TZ, holidays=frozenset({date(2022, 9, 2)} if holiday else ()))
    saturday = Period(DAY.end, DAY.end + 86_400)
    post = school(1)
    assert len(list(windows(post, DAY, calendar))) == (0 if holiday else 2)
    assert list(windows(post, saturday, calendar)) == []


def test_a_post_that_is_listed_once_more_with_the_same_hours_has_each_window_once() -> None:
    again = [
        Step("s01", "listed", at(hour), hour, "B1", "school", "07:10-08:00", "school") for hour in ("00:00", "07:30")
    ]
    staffed = [Step("s01", "staffed", at("07:40"), "s"), Step("s01", "left", at("08:00"), "l")]
    (post,) = posts([*again, *staffed], DAY.end)
    (window,) = windows(post, DAY, Calendar(TZ))
    assert (window.span, window.staffed) == (Period(at("07:10"), at("08:00")), 20 * MINUTE)
    other = Step("s01", "listed", at("07:30"), "o", "B1", "school", "07:20-08:10", "school")
    (moved,) = posts([again[0], other], DAY.end)
    ends = [window.span.end for window in windows(moved, DAY, Calendar(TZ))]
    assert ends == [at("07:30"), at("08:10")], "other hours do cut"


def test_hours_that_end_after_midnight_may_say_so_by_24() -> None:
    (post,) = posts([Step("p", "listed", at("00:00"), "l", "B1", "street", "20:00-24:30")], DAY.end + 86_400)
    (window, *_) = windows(post, DAY, Calendar(TZ))
    assert window.span == Period(at("20:00"), DAY.end + 30 * MINUTE)


def test_hours_over_midnight_are_of_the_evening_and_a_post_without_hours_has_each_day() -> None:
    (late,) = posts([Step("p", "listed", DAY.start - 864_000, "l", duty="18:00-02:00")], DAY.end + 86_400)
    (night,) = windows(late, DAY, Calendar(TZ))
    assert (night.span.start, night.span.end) == (at("18:00"), at("24:00") + 7_200)
    (always,) = posts([Step("q", "listed", at("12:00"), "l")], DAY.end + 86_400)
    assert [window.span for window in windows(always, DAY, Calendar(TZ))] == [Period(at("12:00"), DAY.end)]


def test_gear_is_ready_where_the_last_word_on_it_says_so() -> None:
    said = ((0, "listed", "ready"), (60, "staffed", ""), (120, "staffed", "none"))
    steps = [Step("p", state, at, state, kit=kit) for at, state, kit in said]
    (post,) = posts(steps, 600)
    assert [is_equipped(post, minute) for minute in (0, 60, 119, 120)] == [True, True, True, False]


def test_a_call_is_reached_from_its_beat_and_from_those_within_reach() -> None:
    ready = {"B1": (Period(0, 100),), "B2": (Period(100, 200),)}
    calls = [(0, "B1", 1), (100, "B1", 1), (150, "B3", 2), (100, "B2", 1), (99, "B2", 1)]
    assert reached(calls, ready, {}) == (2, 6)
    assert reached(calls, ready, {"B3": ["B2"], "B1": ["B2"]}) == (5, 6)
