"""The state of a subject is a function of the set of its steps."""

from __future__ import annotations

import random

from figures.lifecycles import State, Step, fold
from schemas.lifecycle import Lifecycle

CALL = Lifecycle(
    "call",
    "警情",
    "Call",
    steps=("incident.reported", "incident.dispatched", "incident.arrived", "incident.closed"),
    open=frozenset({"reported", "dispatched", "arrived"}),
    attributes=("disposition", "priority"),
)

REPORTED = Step(100, 0, "r", {"beat": "B07", "category": "110201", "priority": 3})
DISPATCHED = Step(160, 1, "d", {"beat": "B08", "category": ""})
CLOSED = Step(900, 3, "c", {"beat": "B08", "disposition": "mediated", "priority": None})


def test_the_last_step_up_to_a_time_rules() -> None:
    steps = [CLOSED, REPORTED, DISPATCHED]
    assert fold(CALL, steps, 99) is None
    names = [state.name for at in (100, 159, 160, 899, 900) if (state := fold(CALL, steps, at))]
    assert names == ["reported", "reported", "dispatched", "dispatched", "closed"]


def test_of_a_code_and_of_a_number_the_last_value_that_was_carried_rules() -> None:
    assert fold(CALL, [REPORTED, DISPATCHED, CLOSED]) == State(
        "closed",
        since=900,
        begun=100,
        matched=True,
        has={"beat": "B08", "category": "110201", "priority": 3, "disposition": "mediated"},
    )


def test_a_number_of_0_is_carried() -> None:
    state = fold(CALL, [REPORTED, Step(200, 1, "d", {"priority": 0})])
    assert state is not None
    assert state.has["priority"] == 0


def test_of_steps_at_one_time_the_later_in_a_life_rules_and_of_two_of_them_the_greater_id() -> None:
    steps = [Step(100, 1, "a", {"beat": "B01"}), Step(100, 0, "z"), Step(100, 1, "b", {"beat": "B02"})]
    state = fold(CALL, steps)
    assert state is not None
    assert (state.name, state.has["beat"], state.matched) == ("dispatched", "B02", True)


def test_a_subject_whose_first_step_is_not_the_first_of_the_lifecycle_is_unmatched_until_that_comes_late() -> None:
    state = fold(CALL, [DISPATCHED, CLOSED])
    assert state is not None
    assert not state.matched
    late = fold(CALL, [DISPATCHED, CLOSED, REPORTED])
    assert late is not None
    assert late.matched


def test_the_order_of_folding_does_not_matter() -> None:
    draw = random.Random(7)
    for _ in range(200):
        steps = [
            Step(draw.randrange(5), draw.randrange(4), f"{n}", {"beat": draw.choice(["", "B01", "B02"])})
            for n in range(draw.randrange(1, 7))
        ]
        at = draw.randrange(6)
        state = fold(CALL, steps, at)
        draw.shuffle(steps)
        assert fold(CALL, steps, at) == state
