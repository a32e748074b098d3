"""What of a clock stands, by the steps of its subject and the event time: the scenarios of the reports, and any set."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures.calendars import Calendar
from figures.clocks import Episode, evaluate
from figures.periods import date_of
from figures.subjects import StepSeen
from schemas.clock import After, Clock, Due, Hours, hours_of
from tests.figures.clocks import (
    ALL,
    AT_PEAKS,
    CALL,
    COUNTDOWN,
    DATED,
    DAY,
    HOUR,
    MIN,
    QUIET_DAYS,
    SHANGHAI,
    SILENT,
    T0,
    clock,
    step,
)

GRACE = 15 * MIN
STARTS, STOPS = frozenset({"reported", "dispatched"}), frozenset({"arrived", "closed"})
"""As of a post: reported is listed, dispatched left, arrived staffed and closed delisted."""


def states(of: Clock, steps: list[StepSeen], now: int, calendar: Calendar = SHANGHAI) -> list[tuple[int, str]]:
    """Begin, in minutes after T0, and state of each episode."""
    return [((one.begin - T0) // MIN, one.state) for one in evaluate(of, steps, now, calendar, GRACE).episodes]


@pytest.mark.parametrize(
    ("hours", "state"), [(47.9, "running"), (48, "warned"), (71.9, "warned"), (72, "expired"), (200, "expired")]
)
def test_a_countdown_warns_and_expires_at_its_times(hours: float, state: str) -> None:
    assert states(COUNTDOWN, [step(T0, "reported")], T0 + int(hours * HOUR)) == [(0, state)]


@pytest.mark.parametrize(
    ("minutes", "state", "is_raised"),
    [(60, "met", False), (71 * 60 + 59, "met", True), (72 * 60, "met", True), (72 * 60 + 2, "missed", True)],
)
def test_an_end_in_time_is_met_and_a_later_one_missed(minutes: int, state: str, is_raised: bool) -> None:
    steps = [step(T0, "reported"), step(T0 + minutes * MIN, "closed", "c")]
    (one,) = evaluate(COUNTDOWN, steps, T0 + 30 * DAY, SHANGHAI).episodes
    assert (one.state, one.is_raised, one.end, one.by) == (state, is_raised, T0 + minutes * MIN, "c")


def test_a_start_again_is_an_episode_of_its_own() -> None:
    steps = [step(T0, "reported"), step(T0 + HOUR, "closed"), step(T0 + 2 * HOUR, "reported")]
    assert states(COUNTDOWN, steps, T0 + 80 * HOUR) == [(0, "met"), (120, "expired")]


def test_a_second_start_while_it_runs_changes_nothing() -> None:
    steps = [step(T0, "reported"), step(T0 + HOUR, "reported")]
    assert states(COUNTDOWN, steps, T0 + 72 * HOUR) == [(0, "expired")]


def test_a_date_that_is_carried_is_due_then() -> None:
    steps = [step(T0, "reported", reported_at="2026-01-05T00:00:00+08:00")]
    seen = [states(DATED, steps, T0 + days * DAY)[0][1] for days in (2, 3, 4)]
    assert seen == ["running", "warned", "expired"]


def test_without_a_date_it_is_never_due() -> None:
    assert states(DATED, [step(T0, "reported")], T0 + 900 * DAY) == [(0, "running")]


def test_without_a_date_it_may_have_a_time_of_its_own() -> None:
    of = clock("otherwise", expiry=Due("reported_at", otherwise=2 * DAY))
    assert states(of, [step(T0, "reported")], T0 + 2 * DAY) == [(0, "expired")]
    later = [step(T0, "reported"), step(T0 + DAY, "dispatched", reported_at=T0 + 9 * DAY)]
    assert states(of, later, T0 + 2 * DAY) == [(0, "running")]


def test_a_date_that_moves_before_its_warning_leaves_no_alarm() -> None:
    steps = [step(T0, "reported", reported_at=T0 + 4 * DAY), step(T0 + DAY, "dispatched", reported_at=T0 + 9 * DAY)]
    assert states(DATED, steps, T0 + 5 * DAY) == [(0, "running")]


def test_a_date_that_is_set_when_it_has_passed_is_due_from_then_on() -> None:
    steps = [step(T0, "reported"), step(T0 + DAY, "dispatched", reported_at=T0)]
    (one,) = evaluate(DATED, steps, T0 + 2 * DAY, SHANGHAI).episodes
    assert (one.state, one.begin, one.due, one.raised_at) == ("expired", T0, T0 + DAY, T0 + DAY)


def test_a_date_that_moves_after_it_was_missed_begins_anew() -> None:
    steps = [step(T0, "reported", reported_at=T0 + 4 * DAY), step(T0 + 5 * DAY, "dispatched", reported_at=T0 + 9 * DAY)]
    assert states(DATED, steps, T0 + 6 * DAY) == [(0, "missed"), (5 * 24 * 60, "running")]


def test_silence_is_told_after_the_lateness_and_ends_with_the_next_sign_of_life() -> None:
    steps = [step(T0, "reported"), step(T0 + MIN, "arrived")]
    due = T0 + 6 * MIN
    assert states(SILENT, steps, due + GRACE - 1)[-1] == (1, "running")
    assert states(SILENT, steps, due + GRACE)[-1] == (1, "expired")
    again = [*steps, step(T0 + 30 * MIN, "arrived")]
    assert states(SILENT, again, T0 + 31 * MIN)[-2:] == [(1, "missed"), (30, "running")]


def test_one_that_never_gave_a_sign_is_silent_too() -> None:
    assert states(SILENT, [step(T0, "reported")], T0 + HOUR) == [(0, "expired")]


def test_a_sign_of_life_after_the_end_starts_nothing_until_it_is_begun_again() -> None:
    ended = [step(T0, "reported"), step(T0 + MIN, "closed"), step(T0 + 2 * MIN, "arrived")]
    assert states(SILENT, ended, T0 + HOUR) == [(0, "met")]
    begun_again = [*ended, step(T0 + 3 * MIN, "reported"), step(T0 + 4 * MIN, "arrived")]
    assert states(SILENT, begun_again, T0 + HOUR) == [(0, "met"), (3, "met"), (4, "expired")]


@pytest.mark.parametrize("renews", [True, False])
def test_of_what_was_begun_twice_one_end_leaves_a_sign_of_life_to_start_it_only_where_it_renews(renews: bool) -> None:
    """A roster that goes on under another operation; and a sensor that was listed twice and delisted once."""
    begun_twice = [step(T0, "reported", "r-1"), step(T0 + MIN, "reported", "r-2"), step(T0 + MIN, "closed")]
    found = states(replace(SILENT, renews=renews), [*begun_twice, step(T0 + 2 * MIN, "arrived")], T0 + HOUR)
    assert found == [(0, "met"), *([(2, "expired")] if renews else [])]


def test_what_is_listed_once_more_while_somebody_is_there_is_not_empty() -> None:
    of = clock("empty", starts=STARTS, stops=STOPS, expiry=After(15 * MIN))
    there = [step(T0, "reported"), step(T0 + MIN, "arrived"), step(T0 + HOUR, "reported", "again")]
    assert states(of, there, T0 + 30 * DAY) == [(0, "met")]
    left = [*there, step(T0 + 2 * HOUR, "dispatched")]
    assert states(of, left, T0 + 30 * DAY) == [(0, "met"), (120, "expired")]
    over = [*there, step(T0 + 2 * HOUR, "closed"), step(T0 + 3 * HOUR, "reported", "anew")]
    assert states(of, over, T0 + 30 * DAY) == [(0, "met"), (180, "expired")]


def test_after_its_end_only_the_first_step_of_a_life_starts_it() -> None:
    """A crew leaves a post that was taken off the list five minutes before."""
    of = clock("empty", starts=STARTS, stops=STOPS, expiry=After(15 * MIN))
    off = [step(T0, "reported"), step(T0 + MIN, "arrived"), step(T0 + HOUR, "closed")]
    left = [*off, step(T0 + HOUR + 5 * MIN, "dispatched")]
    assert states(of, left, T0 + 30 * DAY) == [(0, "met")]
    again = [*left, step(T0 + 2 * HOUR, "reported", "again"), step(T0 + 3 * HOUR, "arrived")]
    assert states(of, again, T0 + 30 * DAY) == [(0, "met"), (120, "missed")]


def test_a_post_that_is_listed_in_another_beat_is_empty_there_from_then_on() -> None:
    at = [step(T0, "reported", beat="B1"), step(T0 + 10 * HOUR, "reported", beat="B2")]
    of = clock("peak", starts=STARTS, stops=STOPS, expiry=After(5 * MIN), within=Hours("07:10-08:00"))
    found = evaluate(of, at, T0 + 2 * DAY, SHANGHAI).episodes
    assert [((one.begin - T0) // MIN, one.beat) for one in found] == [(430, "B1"), (1870, "B2")]


def test_a_post_that_becomes_one_of_another_kind_is_watched_by_the_clock_of_that_kind_alone() -> None:
    steps = [step(T0, "reported", origin="citizen"), step(T0 + 10 * HOUR, "reported", origin="officer")]
    of = clock("peak", starts=STARTS, stops=STOPS, expiry=After(5 * MIN), within=Hours("07:10-08:00"))
    found = [
        states(replace(of, where={"origin": frozenset({kind})}), steps, T0 + 2 * DAY) for kind in ("citizen", "officer")
    ]
    assert found == [[(430, "missed")], [(1870, "missed")]]


def test_a_sign_of_life_before_the_first_listing_is_no_listing_that_renews_it() -> None:
    of = replace(SILENT, renews=True)
    steps = [step(T0, "arrived"), step(T0 + MIN, "reported"), step(T0 + 2 * MIN, "closed")]
    assert states(of, [*steps, step(T0 + 3 * MIN, "arrived")], T0 + HOUR) == [(0, "met")]


def test_what_begins_anew_has_no_date_of_the_life_before() -> None:
    of = clock("dated", expiry=Due("reported_at", otherwise=30 * DAY))
    before = [step(T0, "reported", reported_at=T0 + 9 * DAY), step(T0 + 4 * DAY, "closed")]
    again = step(T0 + 60 * DAY, "reported", "again")
    (_, one) = evaluate(of, [*before, again], T0 + 61 * DAY, SHANGHAI).episodes
    assert (one.state, one.due) == ("running", T0 + 90 * DAY)


def test_after_hours_that_do_not_come_for_long_it_is_looked_at_again() -> None:
    """School breaks of half a year."""
    breaks = frozenset(date(2026, 1, 1) + timedelta(days=day) for day in range(180))
    calendar = Calendar("Asia/Shanghai", school_breaks=breaks)
    steps = [step(T0, "reported")]
    at, looks = T0, 0
    while at < T0 + 181 * DAY:
        found = evaluate(AT_PEAKS, steps, at, calendar, GRACE)
        assert at < found.next_at <= T0 + 400 * DAY
        at, looks = found.next_at, looks + 1
    assert looks < 10
    first, *_ = evaluate(AT_PEAKS, steps, at, calendar, GRACE).episodes
    assert (first.is_raised, date_of(first.begin, None, calendar.tz)) == (True, date(2026, 6, 30))


def test_a_sign_of_life_of_what_was_never_seen_to_begin_or_end_starts_it() -> None:
    assert states(SILENT, [step(T0, "arrived")], T0 + HOUR) == [(0, "expired")]


def test_what_only_signs_of_life_start_is_started_by_one_after_its_end_too() -> None:
    of = clock("only", starts=frozenset({"arrived"}), restarts=frozenset({"arrived"}), expiry=After(5 * MIN))
    steps = [step(T0, "arrived"), step(T0 + MIN, "closed"), step(T0 + 2 * MIN, "arrived")]
    assert states(of, steps, T0 + HOUR) == [(0, "met"), (2, "expired")]


def test_a_late_sign_of_life_proves_the_silence_wrong() -> None:
    steps = [step(T0, "reported"), step(T0 + 10 * MIN, "arrived", "late"), step(T0 + 8 * MIN, "arrived")]
    before = evaluate(SILENT, steps, T0 + HOUR, SHANGHAI).episodes[0]
    after = evaluate(SILENT, [*steps, step(T0 + 4 * MIN, "arrived", "proof")], T0 + HOUR, SHANGHAI).episodes[0]
    assert (before.state, before.is_raised) == ("missed", True)
    assert (after.state, after.is_raised, after.by) == ("met", False, "proof")


def test_three_local_days_without_a_result_are_told_when_the_third_has_closed() -> None:
    """S3.4: D is 2026-01-02; a result at 23:59 of D+2 that comes 40 minutes late ends it."""
    noon_before, closes = step(T0 + 12 * HOUR, "arrived"), T0 + 4 * DAY
    assert states(QUIET_DAYS, [noon_before], closes + GRACE - 1)[-1][1] == "running"
    assert states(QUIET_DAYS, [noon_before], closes + GRACE)[-1][1] == "expired"
    late = step(closes - MIN, "arrived", "late")
    (first, last) = evaluate(QUIET_DAYS, [noon_before, late], closes + HOUR, SHANGHAI, GRACE).episodes
    assert (first.state, first.is_raised, first.by) == ("met", False, "late")
    assert (last.begin, last.state, last.due) == (closes - MIN, "running", closes + 3 * DAY)


def test_a_pair_listed_at_midnight_that_never_has_a_result_is_told_after_three_days() -> None:
    (one,) = evaluate(QUIET_DAYS, [step(T0, "reported")], T0 + 3 * DAY + GRACE, SHANGHAI, GRACE).episodes
    assert (one.state, one.due) == ("expired", T0 + 3 * DAY)


CARRIED = clock("carried", expiry=After(5 * MIN), within=Hours(attribute="disposition"))


def test_hours_that_are_carried_are_told_of_in_time_in_whatever_order_they_stand() -> None:
    steps = [step(T0, "reported", disposition="16:30-17:30,07:10-08:00")]
    assert states(CARRIED, steps, T0 + 440 * MIN) == [(430, "expired")]


def test_other_hours_hold_from_when_they_are_carried_also_while_nobody_is_there() -> None:
    steps = [step(T0, "reported", disposition="07:10-08:00"), step(T0 + HOUR, "reported", disposition="08:30-09:20")]
    assert states(CARRIED, steps, T0 + 520 * MIN) == [(510, "expired")]
    assert states(CARRIED, [*steps, step(T0 + 505 * MIN, "closed")], T0 + 600 * MIN) == []
    same = step(T0 + 435 * MIN, "reported", disposition="07:10-08:00")
    assert states(CARRIED, [steps[0], same], T0 + 440 * MIN) == [(430, "expired")], "the same hours change nothing"


def test_a_post_that_is_left_within_a_peak_is_told_of_then() -> None:
    """S4.2: left 07:40, back 07:52, peak 07:10 to 08:00."""
    left, back = step(T0 + 460 * MIN, "dispatched"), step(T0 + 472 * MIN, "arrived")
    assert states(AT_PEAKS, [left], T0 + 464 * MIN) == [(460, "running")]
    (one,) = evaluate(AT_PEAKS, [left], T0 + 465 * MIN, SHANGHAI).episodes
    assert (one.state, one.raised_at) == ("expired", T0 + 465 * MIN)
    assert states(AT_PEAKS, [left, back], T0 + 480 * MIN) == [(460, "missed")]


def test_each_peak_of_a_school_day_is_an_episode_and_other_days_have_none() -> None:
    listed = [step(T0 + 6 * HOUR, "reported")]  # Thursday
    found = states(AT_PEAKS, listed, T0 + 5 * DAY)
    days = [minutes // 1440 for minutes, _ in found]
    assert days == [0, 0, 1, 1, 4, 4][: len(days)]
    assert {state for _, state in found} == {"missed"}
    holiday = Calendar("Asia/Shanghai", holidays=frozenset({date(2026, 1, 2)}), workdays=frozenset({date(2026, 1, 4)}))
    assert [minutes // 1440 for minutes, _ in states(AT_PEAKS, listed, T0 + 4 * DAY, holiday)] == [0, 0, 3, 3]


def test_a_subject_may_carry_its_hours_and_days() -> None:
    of = clock("carried", expiry=After(5 * MIN), within=Hours(attribute="disposition", days_attribute="origin"))
    carried: dict[str, Any] = {"disposition": "07:10-08:00", "origin": "school"}
    assert states(of, [step(T0, "reported", **carried)], T0 + 5 * DAY) == [
        (430, "missed"), (1870, "missed"), (6190, "missed"),
    ]  # fmt: skip
    assert states(of, [step(T0, "reported")], T0 + DAY) == [(0, "expired")]  # no hours: always
    assert [begin for begin, _ in states(of, [step(T0, "reported", origin="working")], T0 + 3 * DAY)] == [0, 1440]


def test_outside_of_its_hours_nothing_is_due_and_the_next_ones_are_awaited() -> None:
    found = evaluate(AT_PEAKS, [step(T0 + 9 * HOUR, "dispatched")], T0 + 10 * HOUR, SHANGHAI)
    assert found == ((), T0 + 990 * MIN)


def test_hours_over_midnight_belong_to_their_evening() -> None:
    night = clock("night", expiry=After(10 * MIN), within=Hours("22:00-06:00"))
    found = states(night, [step(T0 + DAY + 30 * MIN, "reported")], T0 + DAY + HOUR)
    assert found == [(1470, "expired")]  # the evening of Thursday, after midnight


def test_only_subjects_that_are_meant_are_watched() -> None:
    in_b1 = clock("where", expiry=After(HOUR), where={"beat": frozenset({"B1"})})
    assert states(in_b1, [step(T0, "reported", beat="B2")], T0 + DAY) == []
    assert states(in_b1, [step(T0, "reported", beat="B1")], T0 + DAY) == [(0, "expired")]


@pytest.mark.parametrize("text", ["07:10", "7:10-08:00", "25:00-26:00", "07:60-08:00"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as 07:10"):
        hours_of(text)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"starts": frozenset({"lost"})}, "'lost' is no step of lifecycle 'call'"),
        ({"starts": frozenset()}, "no step starts it"),
        ({"stops": frozenset({"reported"})}, "'reported' both starts and stops it"),
        ({"where": {"colour": frozenset({"red"})}}, "'colour' is no dimension"),
        ({"where": {"origin": frozenset({"robot"})}}, "'robot' is no code of 'origin': citizen, officer"),
        ({"where": {"origin": "citizen"}}, "where 'origin' is a frozenset of codes, not 'citizen'"),
        ({"expiry": 60}, "its expiry is After"),
        ({"expiry": Due("due")}, "'due' is no attribute"),
        ({"expiry": Due("disposition")}, "'disposition' is no instant"),
        ({"expiry": After(60, warn=61)}, "it is due after 60 s, and warns before, not after 61 s"),
        ({"expiry": QUIET_DAYS.expiry, "within": AT_PEAKS.within}, "hours go with a number of seconds only"),
        ({"todo_zh": ()}, "says what is wrong and what to do, in both languages"),
    ],
)
def test_a_declaration_that_cannot_hold_is_one_line(said: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ValueError, match=f"^clock 'test': {wrong}"):
        clock(**{"expiry": After(60), **said})


# --- any set of steps

moments = st.integers(0, 6 * 24 * 60).map(lambda minutes: T0 + minutes * MIN)
any_step = st.builds(
    lambda time, state, number, due: step(time, state, f"e{number}", **({"reported_at": due} if due else {})),
    moments, st.sampled_from(CALL.states), st.integers(0, 10**6), st.none() | moments,
)  # fmt: skip
sets_of_steps = st.lists(any_step, max_size=12, unique_by=lambda one: one.id)
any_clock = st.sampled_from(ALL)


@settings(max_examples=60)
@given(any_clock, sets_of_steps, moments, st.randoms())
def test_order_and_repeats_change_nothing(of: Clock, steps: list[StepSeen], now: int, chance: Any) -> None:
    shuffled = [*steps, *steps[: len(steps) // 2]]
    chance.shuffle(shuffled)
    assert evaluate(of, shuffled, now, SHANGHAI, GRACE) == evaluate(of, steps, now, SHANGHAI, GRACE)


@settings(max_examples=60)
@given(any_clock, sets_of_steps, moments)
def test_nothing_changes_before_the_moment_that_is_told(of: Clock, steps: list[StepSeen], now: int) -> None:
    found = evaluate(of, steps, now, SHANGHAI, GRACE)
    for later in {min(found.next_at - 1, now + n) for n in (MIN, HOUR, 9 * HOUR, 3 * DAY)}:
        if later >= now:
            assert raised(evaluate(of, steps, later, SHANGHAI, GRACE).episodes) == raised(found.episodes)


@settings(max_examples=60)
@given(any_clock, sets_of_steps, moments)
def test_an_alarm_was_given_when_it_was_due_whatever_came_later(of: Clock, steps: list[StepSeen], now: int) -> None:
    """So a replay at full speed gives the alarms that were given live."""
    for one in evaluate(of, steps, now, SHANGHAI, GRACE).episodes:
        if one.raised_at is not None:
            then = [each for each in steps if each.time <= one.raised_at]
            assert one.begin in {
                each.begin for each in raised(evaluate(of, then, one.raised_at, SHANGHAI, GRACE).episodes)
            }


def raised(episodes: tuple[Episode, ...]) -> list[Episode]:
    return [one for one in episodes if one.is_raised]
