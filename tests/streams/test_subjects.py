"""The live map of subjects is a function of the set of steps, and goes by the event time of their source."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.known import Facts
from figures.subjects import Standing, Subject
from schemas.families.incidents import INCIDENTS
from schemas.lifecycle import Lifecycle
from schemas.records import Step
from streams.live import subjects as module
from streams.live.subjects import Subjects
from tests.lives import CALL
from tests.streams.live_cells import SOURCE, progress

HOUR = 3_600


def step(
    state: str, time: int, subject: str = "i-1", *, offset: int = 0, id: str = "", partition: int = 0, **attributes: Any
) -> Step:
    beat = attributes.pop("beat", "B07")
    return Step(
        log="log-1",
        topic=INCIDENTS,
        partition=partition,
        offset=offset,
        source=SOURCE,
        id=id or f"{subject}-{state}-{time}",
        subject=subject,
        time=time,
        type=f"incident.{state}",
        dims={"beat": beat, "category": "", "origin": "citizen"},
        attributes=attributes,
    )


def taken(*steps: Step, life: Lifecycle = CALL) -> Subjects:
    found = Subjects(Facts(), [life])
    for each in steps:
        found.take(each)
    return found


def only(subjects: Subjects) -> Subject:
    (subject,) = subjects.of(CALL, SOURCE)
    return subject


def all_of(subjects: Subjects) -> dict[str, Subject]:
    return {subject.name: subject for subject in subjects.of(CALL, SOURCE)}


def test_the_state_is_the_last_step_and_each_attribute_that_of_the_last_step_that_has_one() -> None:
    subject = only(taken(step("closed", 300, disposition="mediated", beat=""), step("reported", 100, priority=3)))
    assert subject.at(99) is None
    assert subject.at(299) == Standing(
        "reported",
        100,
        100,
        {"beat": "B07", "origin": "citizen", "priority": 3},
        is_open=True,
        is_matched=True,
        is_begun=True,
    )
    assert subject.at(300) == Standing(
        "closed",
        300,
        100,
        {"beat": "B07", "origin": "citizen", "priority": 3, "disposition": "mediated"},
        is_open=False,
        is_matched=True,
        is_begun=False,
    )


def test_of_steps_of_one_second_the_one_further_in_the_life_rules() -> None:
    subject = only(taken(step("closed", 100, id="a"), step("reported", 100, id="b"), step("closed", 100, id="0")))
    assert [(seen.state, seen.id) for seen in subject.steps] == [("reported", "b"), ("closed", "0"), ("closed", "a")]


def test_a_subject_that_was_never_opened_is_not_matched() -> None:
    standing = only(taken(step("arrived", 100))).at(100)
    assert standing is not None
    assert standing.is_open
    assert not standing.is_matched
    assert not standing.is_begun


def test_from_its_opening_until_it_ends_a_subject_is_begun_whatever_else_comes() -> None:
    steps = (("arrived", 100), ("reported", 200), ("dispatched", 300), ("closed", 400), ("arrived", 500))
    subject = only(taken(*(step(kind, time) for kind, time in steps)))
    stood = [subject.at(time) for _, time in steps]
    assert [one.is_begun for one in stood if one is not None] == [False, True, True, False, False]


def test_the_row_that_is_first_by_place_counts_also_when_it_comes_later() -> None:
    late = step("reported", 100, "i-1", id="r", partition=1, offset=7)
    first = step("reported", 200, "i-2", id="r", partition=0, offset=9)
    for order in ((late, first), (first, late), (late, first, late)):
        subject = only(taken(*order))
        assert (subject.name, [seen.place for seen in subject.steps]) == ("i-2", [("log-1", 0, 9)])


def restating(time: int, id: str, subject: str = "i-1", *, offset: int = 50, **now: str) -> Step:
    """Cancels the report of a subject, or moves it."""
    return msgspec.structs.replace(
        step("closed", time, subject, id=id, offset=offset),
        type="incident.reclassified" if now else "incident.cancelled",
        effect="moves" if now else "cancels",
        restates="incident.reported",
        now=now,
    )


def test_a_subject_whose_report_is_cancelled_never_was_and_a_step_that_is_moved_has_its_new_codes() -> None:
    report, moved = step("reported", 100), restating(300, "x", category="110299", beat="B08")
    for order in ((report, moved), (moved, report)):
        (seen,) = only(taken(*order)).steps
        assert (seen.time, seen.said) == (100, {"beat": "B08", "category": "110299", "origin": "citizen"})
    cancelled = taken(moved, restating(400, "w"), report)
    assert all_of(cancelled) == {}
    found = cancelled.find(("call", SOURCE, "i-1"))
    assert found is not None
    assert (found.steps, found.begun, [each.id for each in found.cancels]) == ((), 100, ["w"])
    cancelled.take(step("arrived", 500))
    assert all_of(cancelled) == {}, "whatever came of it"
    cancelled.take(restating(600, "y", offset=52, beat="B08"))
    assert [seen.state for seen in only(cancelled).steps] == ["reported", "arrived"], "the last word rules"


def test_of_what_restates_a_step_the_greatest_time_and_id_rules() -> None:
    for last, codes in (("c", {"B09"}), ("a", {"B08"})):
        subjects = taken(
            step("reported", 100), restating(300, last, beat="B09"), restating(300, "b", beat="B08", offset=51)
        )
        assert {seen.said["beat"] for seen in only(subjects).steps} == codes


def test_a_cancellation_whose_id_stood_earlier_elsewhere_cancels_nothing() -> None:
    subjects = taken(step("reported", 100), restating(300, "w", offset=9), step("closed", 200, "i-2", id="w", offset=3))
    assert {name: [seen.state for seen in subject.steps] for name, subject in all_of(subjects).items()} == {
        "i-1": ["reported"],
        "i-2": ["closed"],
    }


@given(
    st.lists(
        st.tuples(
            st.sampled_from(CALL.states),
            st.integers(1, 6),
            st.sampled_from(["i-1", "i-2"]),
            st.sampled_from("abcdefgh"),
        ),
        max_size=14,
    ),
    st.randoms(use_true_random=False),
)
def test_neither_order_nor_number_matters(drawn: list[tuple[str, int, str, str]], rng: Random) -> None:
    steps = [
        step(state, time, subject, id=id, partition=place % 3, offset=place)
        for place, (state, time, subject, id) in enumerate(drawn)
    ]
    restates = [
        restating(time, f"{id}{state[0]}", subject, offset=50 + place)
        for place, (state, time, subject, id) in enumerate(drawn[:3])
    ]
    again = [*steps, *restates, *rng.choices(steps, k=5)] if steps else []
    rng.shuffle(again)
    assert all_of(taken(*again)) == all_of(taken(*steps, *restates))
    rng.shuffle(steps)
    found = all_of(taken(*steps))
    first: dict[str, Step] = {}
    for each in sorted(steps, key=lambda each: (each.log, each.partition, each.offset)):
        first.setdefault(each.id, each)
    assert {(subject.name, seen.id, seen.place) for subject in found.values() for seen in subject.steps} == {
        (each.subject, each.id, (each.log, each.partition, each.offset)) for each in first.values()
    }


@given(st.permutations(range(10)))
def test_of_many_steps_the_first_and_the_last_ones_are_kept_in_whatever_order_they_come(order: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_STEPS", 4)
        subject = only(taken(*(step("dispatched", time, offset=time) for time in order)))
    assert ([seen.time for seen in subject.steps], subject.is_cut) == ([0, 7, 8, 9], True)


def test_what_steps_said_that_are_kept_no_more_is_still_known() -> None:
    again = (step("dispatched", 100 + time, "i-1") for time in range(2 * module.MOST_STEPS))
    first, later = step("reported", 1, urgency="low"), step("dispatched", 2, urgency="high", beat="B09")
    moved = restating(3, "m", beat="B10")
    subject = only(taken(first, moved, later, *again))
    assert subject.is_cut
    standing = subject.at(1_000)
    assert standing is not None
    assert (standing.said["urgency"], standing.said["beat"]) == ("high", "B07")


def test_whoever_asks_for_changes_hears_of_each_subject_since_and_of_none_for_what_comes_again() -> None:
    subjects = taken(step("reported", 100))
    changes = subjects.changes()
    assert changes.take() == {("call", SOURCE, "i-1")}
    subjects.take(step("reported", 100))
    assert changes.take() == set()
    subjects.take(step("closed", 200))
    subjects.take(step("reported", 200, "i-2"))
    assert changes.take() == {("call", SOURCE, "i-1"), ("call", SOURCE, "i-2")}


def test_event_time_is_that_of_the_partition_that_is_furthest_behind() -> None:
    facts = Facts()
    subjects = Subjects(facts, [CALL])
    assert subjects.clock(CALL, SOURCE) is None
    facts.take(progress(9 * HOUR, partition=0))
    facts.take(progress(7 * HOUR, partition=1))
    assert subjects.clock(CALL, SOURCE) == 7 * HOUR


def test_what_is_over_is_forgotten_and_what_is_open_is_not() -> None:
    facts = Facts()
    subjects = Subjects(facts, [CALL])
    for each in (
        step("reported", HOUR, "open"),
        step("reported", HOUR, "old"),
        step("closed", HOUR, "old"),
        step("reported", HOUR, "new"),
        step("arrived", HOUR, "unopened"),
        step("closed", HOUR, "unopened"),
        step("closed", 2 * HOUR, "new"),
        step("reported", HOUR, "void"),
        restating(HOUR + 1, "w", "void"),
    ):
        subjects.take(each)
    changes = subjects.changes()
    changes.take()
    subjects.forget()
    assert len(subjects) == 5, "without a clock nothing is old"
    facts.take(progress(module.KEPT + 2 * HOUR))
    subjects.forget()
    assert {subject.name for subject in subjects.of(CALL, SOURCE)} == {"open", "new", "unopened"}
    assert changes.take() == {("call", SOURCE, "old"), ("call", SOURCE, "void")}
    assert subjects.find(("call", SOURCE, "old")) is None


def test_an_id_counts_once_over_all_lives() -> None:
    other = Lifecycle("other", "别", "Other", ("incident.closed",), frozenset({"closed"}))
    first, later = step("reported", 100, id="x", offset=1), step("closed", 200, id="x", offset=2)
    for order in ((first, later), (later, first)):
        found = Subjects(Facts(), [CALL, other])
        for each in order:
            found.take(each)
        assert [seen.state for seen in only(found).steps] == ["reported"]
        assert not list(found.of(other, SOURCE))


def test_subjects_may_be_named_by_fields_of_the_payload() -> None:
    life = Lifecycle("post", "岗位", "Post", ("patrol.stop",), frozenset({"stop"}), named_by=("beat", "unit"))
    found = Subjects(Facts(), [life])
    for place, unit in enumerate(("u1", "u2", "u1")):
        found.take(
            Step(
                log="log-1",
                topic="citywatch.patrols",
                partition=0,
                offset=place,
                source=SOURCE,
                id=f"{place}",
                subject="",
                time=place,
                type="patrol.stop",
                dims={"beat": "B01"},
                attributes={"unit": unit},
            )
        )
    assert {(subject.name, len(subject.steps)) for subject in found.of(life, SOURCE)} == {("B01/u1", 2), ("B01/u2", 1)}
