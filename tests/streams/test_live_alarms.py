"""Live alarms: what clocks say over the map of subjects, as records come from the panes topic."""

from __future__ import annotations

import time

import pytest

from figures.known import Facts
from schemas.alarms import Alarm
from schemas.cities import load_cities
from schemas.clock import After, Clock
from schemas.instants import epoch
from schemas.records import Progress, Step
from streams.live.alarms import LiveAlarms
from streams.live.clock_views import SHOWN, clock_views
from streams.live.subjects import MOST_STEPS, Subjects
from tests.figures.clocks import CALL, HOUR, MIN, clock
from tests.streams.live_cells import SOURCE, progress

T0 = epoch("2026-05-14T00:00:00+08:00")
LATENESS = 15 * MIN
NOT_CLOSED = clock("not_closed", expiry=After(2 * HOUR, warn=HOUR))
SILENT = clock(
    "silent", starts=frozenset({"reported"}), restarts=frozenset({"arrived"}), expiry=After(5 * MIN), waits=True
)
XINCHENG = load_cities().by_name["xincheng"]


class Live:
    """The live map of one source, and the alarms over it."""

    def __init__(self, *clocks: Clock, is_from_start: bool = False) -> None:
        self.facts = Facts()
        self.is_heard = True
        self.subjects = Subjects(self.facts, [CALL], is_from_start=lambda: is_from_start)
        self.alarms = LiveAlarms(
            load_cities(), self.subjects, LATENESS, clocks, is_heard=lambda source, topic: self.is_heard
        )
        self.alarms.stand([])
        self.offset = 0

    def step(
        self, state: str, at: int, subject: str = "i-1", name: str = "", beat: str = "B07", partition: int = 0
    ) -> None:
        self.offset += 1
        said = Step(
            log="log-1", topic=CALL.topic, partition=partition, offset=self.offset, source=SOURCE,
            id=name or f"e-{self.offset}", subject=subject, time=at, type=f"incident.{state}", dims={"beat": beat},
            attributes={},
        )  # fmt: skip
        self.subjects.take(said)

    def cancel(self, at: int, name: str) -> None:
        """The report of i-1 never was."""
        self.offset += 1
        said = Step(
            log="log-1", topic=CALL.topic, partition=0, offset=self.offset, source=SOURCE,
            id=name, subject="i-1", time=at, type="incident.cancelled", dims={},
            attributes={}, effect="cancels", restates="incident.reported",
        )  # fmt: skip
        self.subjects.take(said)

    def until(self, clock: int, partition: int = 0) -> list[Alarm]:
        self.facts.take(clock_at(clock, partition))
        return self.alarms.advance()


def clock_at(clock: int, partition: int) -> Progress:
    return progress(clock, read=10_000, partition=partition)


@pytest.mark.parametrize("others", [(), ("dispatched",)], ids=["nothing else came", "another step stays"])
@pytest.mark.parametrize("restarts", [False, True], ids=["running", "after a restart"])
def test_a_cancelled_start_takes_its_alarm_back(others: tuple[str, ...], restarts: bool) -> None:
    live = Live(NOT_CLOSED)
    live.step("reported", T0)
    for minute, state in enumerate(others, 1):
        live.step(state, T0 + minute * MIN)
    (raised,) = live.until(T0 + HOUR)
    if restarts:
        live.alarms.advance()
    live.cancel(T0 + HOUR + MIN, "cancel-1")
    if restarts:
        live.alarms.stand([raised])
    (gone,) = live.until(T0 + 3 * HOUR)
    assert (gone.id, gone.state, gone.withdrawn_by) == (raised.id, "withdrawn", "cancel-1")
    assert live.alarms.standing(XINCHENG) == []
    assert live.until(T0 + 5 * HOUR) == []


def test_a_cancelled_start_takes_its_alarm_back_also_where_steps_are_kept_no_more() -> None:
    live = Live(NOT_CLOSED)
    live.step("reported", T0)
    (raised,) = live.until(T0 + HOUR)
    for nth in range(2 * MOST_STEPS):
        live.step("dispatched", T0 + HOUR + nth)
        live.until(T0 + HOUR + nth)
    cut = live.subjects.find((CALL.name, SOURCE, "i-1"))
    assert cut is not None
    assert cut.is_cut
    live.cancel(T0 + HOUR + 10 * MIN, "cancel-1")
    (gone,) = live.until(T0 + HOUR + 20 * MIN)
    assert (gone.id, gone.state, gone.withdrawn_by) == (raised.id, "withdrawn", "cancel-1")


def test_what_is_listed_once_more_while_somebody_is_there_is_not_empty_also_where_steps_are_kept_no_more() -> None:
    starts, stops = frozenset({"reported", "dispatched"}), frozenset({"arrived", "closed"})
    live = Live(clock("empty", starts=starts, stops=stops, expiry=After(15 * MIN)))
    live.step("reported", T0)
    live.step("arrived", T0 + MIN)
    told = []
    for day in range(MOST_STEPS):
        at = T0 + day * 24 * HOUR
        live.step("reported", at + 2 * HOUR)
        live.step("dispatched", at + 20 * HOUR)
        told += live.until(at + 20 * HOUR + 5 * MIN)
        live.step("arrived", at + 20 * HOUR + (10 if day % 2 else 20) * MIN)
        told += live.until(at + 24 * HOUR)
    cut = live.subjects.find((CALL.name, SOURCE, "i-1"))
    assert cut is not None
    assert cut.is_cut
    begins = {(alarm.begin - T0) / HOUR for alarm in told if alarm.state != "withdrawn"}
    assert begins == {24 * day + 20 for day in range(0, MOST_STEPS, 2)}


@pytest.mark.parametrize("subject", ["i-1", "i-2"])
@pytest.mark.parametrize("restarts", [False, True], ids=["running", "after a restart"])
def test_an_alarm_of_an_event_whose_id_counts_elsewhere_is_taken_back(subject: str, restarts: bool) -> None:
    """A sender that sends again with another time or name, into a partition that comes before."""
    live = Live(NOT_CLOSED)
    live.step("reported", T0, name="again", partition=2)
    (raised,) = live.until(T0 + HOUR)
    if restarts:
        live = Live(NOT_CLOSED)
        live.step("reported", T0 + 30 * MIN, subject, "again", partition=0)
        live.alarms.stand([raised])
        live.step("reported", T0, name="again", partition=2)
    else:
        live.step("reported", T0 + 30 * MIN, subject, "again", partition=0)
    told = live.until(T0 + 2 * HOUR)
    assert sorted((one.subject, one.begin, one.state) for one in told) == [
        ("i-1", T0, "withdrawn"),
        (subject, T0 + 30 * MIN, "warned"),
    ]
    assert [one.begin for one in live.alarms.standing(XINCHENG)] == [T0 + 30 * MIN]


def test_an_alarm_is_told_when_the_clock_of_its_source_passes_its_time() -> None:
    live = Live(NOT_CLOSED)
    live.step("reported", T0)
    assert live.until(T0 + HOUR - 1) == []
    assert [one.state for one in live.until(T0 + HOUR)] == ["warned"]
    assert [one.state for one in live.until(T0 + 2 * HOUR)] == ["expired"]
    assert [(one.subject, one.beat) for one in live.alarms.standing(XINCHENG)] == [("i-1", "B07")]
    live.step("closed", T0 + 3 * HOUR)
    assert [one.state for one in live.until(T0 + 3 * HOUR)] == ["missed"]
    assert live.alarms.standing(XINCHENG) == []


def test_the_slowest_partition_is_the_clock() -> None:
    """The step that ends it may stand in a partition that is read later."""
    live = Live(NOT_CLOSED)
    live.step("reported", T0)
    live.until(T0, partition=1)
    assert live.until(T0 + 3 * HOUR, partition=0) == []
    live.step("closed", T0 + MIN)
    assert live.until(T0 + 3 * HOUR, partition=1) == []


def test_a_late_step_takes_back_what_it_proves_wrong() -> None:
    live = Live(SILENT)
    live.step("reported", T0)
    (raised,) = live.until(T0 + HOUR)
    live.step("closed", T0 + 2 * MIN, name="late-1")
    (gone,) = live.alarms.advance()
    assert (gone.id, gone.state, gone.withdrawn_by) == (raised.id, "withdrawn", "late-1")


def test_an_absence_waits_for_the_lateness_of_its_source() -> None:
    live = Live(SILENT)
    live.step("reported", T0)
    assert live.until(T0 + 5 * MIN + LATENESS - 1) == []
    assert len(live.until(T0 + 5 * MIN + LATENESS)) == 1


def test_a_silence_among_many_steps_that_come_at_once_is_told_and_no_more_are_kept_than_needed() -> None:
    live = Live(SILENT)
    live.until(T0)
    live.step("reported", T0)
    for minute in (*range(1, 151), *range(190, 340)):
        live.step("arrived", T0 + minute * MIN)
    (told,) = live.until(T0 + 340 * MIN)
    assert (told.state, told.begin, told.end) == ("missed", T0 + 150 * MIN, T0 + 190 * MIN)
    live.step("arrived", T0 + 340 * MIN)
    assert live.until(T0 + 341 * MIN) == []
    (subject,) = live.subjects.of(CALL, SOURCE)
    assert (len(subject.steps), subject.is_cut) == (MOST_STEPS, True)


def test_alarms_stay_of_a_subject_that_is_over_and_left_out_although_its_event_came_again() -> None:
    live = Live(NOT_CLOSED)
    for partition in (2, 0):
        live.step("reported", T0, name="again", partition=partition)
    live.until(T0 + 3 * HOUR)
    live.step("closed", T0 + 4 * HOUR)
    (missed,) = live.until(T0 + 4 * HOUR)
    live.facts.take(clock_at(T0 + 200 * 24 * HOUR, 0))
    live.subjects.forget()
    assert live.alarms.advance() == []
    live.step("closed", T0 + 5 * HOUR, "i-9", "other", partition=0)
    live.step("closed", T0, "i-1", "other", partition=1)
    assert live.alarms.advance() == []
    live.alarms.stand([missed])
    assert live.alarms.advance() == []


def test_signs_of_life_after_an_end_give_no_alarm_however_many_come() -> None:
    watched = clock(
        "watched", starts=frozenset({"reported", "arrived"}), restarts=frozenset({"arrived"}), expiry=After(5 * MIN),
        waits=True,
    )  # fmt: skip
    live = Live(watched)
    live.step("reported", T0)
    live.step("closed", T0 + MIN)
    told = live.until(T0 + MIN)
    for minute in range(2, 4 * MOST_STEPS):
        live.step("arrived", T0 + minute * MIN)
        told += live.until(T0 + minute * MIN)
    assert told + live.until(T0 + 24 * HOUR) == []


def test_a_late_start_among_steps_that_are_kept_no_more_gives_no_alarm() -> None:
    live = Live(clock("in_time", starts=frozenset({"dispatched"}), stops=frozenset({"arrived"}), expiry=After(5 * MIN)))
    told = live.until(T0)
    for minute in range(2 * MOST_STEPS):
        live.step("arrived" if minute % 2 else "dispatched", T0 + minute * MIN)
        told += live.until(T0 + minute * MIN)
    live.step("dispatched", T0 + 10 * MIN + 30)
    assert told + live.until(T0 + 2 * MOST_STEPS * MIN) == []


def test_a_silence_is_told_although_many_signs_of_life_follow_before_it_is_ripe() -> None:
    live = Live(SILENT)
    live.step("reported", T0)
    told = live.until(T0)
    for second in range(480, 480 + LATENESS + 10 * MIN, 10):
        live.step("arrived", T0 + second)
        told += live.until(T0 + second)
    assert [(one.state, one.begin, one.end) for one in told] == [("missed", T0, T0 + 480)]


def late_among_many(live: Live) -> None:
    """A sign of life whose time is long past comes before a hundred further ones, and before anybody looks."""
    live.step("arrived", T0 + 4 * MIN, name="late-1")
    for minute in range(20, 120):
        live.step("arrived", T0 + minute * MIN)


def test_a_late_step_takes_back_what_it_proves_wrong_although_many_come_before_anybody_looks() -> None:
    live = Live(SILENT)
    live.step("reported", T0)
    live.until(T0)
    live.step("arrived", T0 + 8 * MIN)
    live.step("arrived", T0 + 12 * MIN)
    (raised,) = live.until(T0 + 12 * MIN + LATENESS)
    late_among_many(live)
    told = live.until(T0 + 120 * MIN)
    assert [(one.id, one.state, one.withdrawn_by) for one in told if one.id == raised.id] == [
        (raised.id, "withdrawn", "late-1")
    ]


def test_a_late_step_that_came_while_nobody_looked_takes_back_what_was_published_before() -> None:
    before = Live(SILENT)
    for minute in (0, 8, 12):
        before.step("reported" if minute == 0 else "arrived", T0 + minute * MIN)
    (raised,) = before.until(T0 + 12 * MIN + LATENESS)
    live = Live(SILENT)
    live.facts.take(clock_at(T0 + 120 * MIN, 0))
    for minute in (0, 8, 12):
        live.step("reported" if minute == 0 else "arrived", T0 + minute * MIN)
    late_among_many(live)
    live.alarms.stand([raised])
    assert [(one.id, one.state) for one in live.alarms.advance() if one.id == raised.id] == [(raised.id, "withdrawn")]


def test_a_silence_of_long_ago_is_told_where_all_of_a_replay_has_come_before_the_first_look() -> None:
    live = Live(SILENT, is_from_start=True)
    live.step("reported", T0)
    for number, minute in enumerate((*range(1, 10), *range(60, 6_000))):
        live.step("arrived", T0 + minute * MIN)
        if number % 500 == 0:
            live.facts.take(clock_at(T0 + minute * MIN, 0))
    (told,) = live.until(T0 + 6_000 * MIN)
    assert (told.state, told.begin, told.end) == ("missed", T0 + 9 * MIN, T0 + 60 * MIN)


def test_what_stands_is_counted_by_clock_state_and_beat() -> None:
    live = Live(NOT_CLOSED, SILENT)
    for number, beat in enumerate(("B01", "B01", "B02")):
        live.step("reported", T0, f"i-{number}", beat=beat)
    live.until(T0 + HOUR)
    assert live.alarms.counted(XINCHENG) == {
        ("not_closed", "warned", "B01"): 2, ("not_closed", "warned", "B02"): 1,
        ("silent", "expired", "B01"): 2, ("silent", "expired", "B02"): 1,
    }  # fmt: skip
    assert [one.name for one in live.alarms.watched(XINCHENG)] == ["not_closed", "silent"]
    assert list(live.alarms.watched(load_cities().by_name["seattle"])) == []


def test_the_page_counts_all_that_stand_and_names_the_last_ones() -> None:
    live = Live(NOT_CLOSED)
    for number in range(SHOWN + 5):
        live.step("reported", T0 + number, f"i-{number}")
    live.until(T0 + HOUR + SHOWN)
    (view,) = clock_views(XINCHENG, live.alarms)
    assert (view.clock, view.warned, view.expired) == ("not_closed", SHOWN + 1, 0)
    assert [alarm.subject for alarm in view.alarms] == [f"i-{number}" for number in range(SHOWN, 0, -1)]


def test_who_begins_with_what_stands_tells_only_what_differs() -> None:
    live = Live(NOT_CLOSED)
    live.step("reported", T0)
    live.step("reported", T0, "i-2")
    (first, second) = live.until(T0 + HOUR)
    live.step("closed", T0 + HOUR + MIN, second.subject)
    live.alarms.stand([first, second])
    assert [(one.subject, one.state) for one in live.until(T0 + HOUR + 2 * MIN)] == [(second.subject, "met")]


def test_a_source_that_is_not_heard_in_all_partitions_is_named_and_gives_nothing_until_it_is() -> None:
    live = Live(NOT_CLOSED)
    live.step("reported", T0)
    live.is_heard = False
    assert live.until(T0 + HOUR) == []
    assert (live.alarms.held, live.alarms.is_behind) == ({CALL.topic}, False)
    live.is_heard = True
    assert [one.state for one in live.until(T0 + HOUR)] == ["warned"]
    assert not live.alarms.held


def test_alarms_begun_anew_with_a_source_that_is_not_heard_are_not_behind() -> None:
    """Who looks until they are not would never end."""
    live = Live(NOT_CLOSED)
    live.step("reported", T0)
    live.until(T0 + HOUR)
    live.is_heard = False
    live.alarms.stand([])
    assert live.alarms.advance() == []
    assert not live.alarms.is_behind


@pytest.mark.parametrize("number", [20_000, pytest.param(200_000, marks=pytest.mark.full)])
def test_a_tick_costs_little_with_many_open_subjects(number: int) -> None:
    """One in which some of them fall due."""
    live = Live(clock("many", expiry=After(HOUR)))
    for each in range(number):
        live.step("reported", T0 + each, f"i-{each}")
    live.until(T0 + number)
    while live.alarms.is_behind:
        live.alarms.advance()
    took = []
    for tick in range(1, 21):
        began = time.perf_counter()
        assert len(live.until(T0 + number + 10 * tick)) == 10
        took.append(time.perf_counter() - began)
    assert sorted(took)[10] < 0.05
