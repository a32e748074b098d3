"""The readings of the 1, 3 and 5 minutes, and who came first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from figures.response import PROFILES, Life, Task, Timed, against, by_area, joint, responders


def told(found: list[Timed]) -> dict[str, tuple[int | None, int]]:
    """Within the target, and of how many."""
    return {each.name: (each.within, each.number) for each in found}


HAIAN = Life("urban", 0, grade=1, dispatched=20, arrived=115, closed=1_000, tasks=[Task("station", 20, 25, 115)])
"""A call at 22:10:00, sent at 22:10:20, at the scene at 22:11:55: 95 s from the instruction, 115 s from the call."""


def test_1_min_35_s_is_judged_by_each_reading_as_it_says() -> None:
    assert PROFILES[0] == "rings"
    assert told(against("rings", [HAIAN])) == {"ring_60": (0, 1), "ring_180": (0, 0), "ring_300": (0, 0)}
    assert told(against("severity", [HAIAN])) == {
        "grade_1": (0, 1), "grade_2": (0, 0), "grade_3": (0, 0), "not_graded": (None, 0),
    }  # fmt: skip
    assert told(against("phases", [HAIAN])) == {
        "call_to_dispatch": (1, 1), "dispatch_to_arrival": (1, 1), "arrival_to_close": (0, 1),
    }  # fmt: skip
    (move,) = [each for each in against("phases", [HAIAN]) if each.name == "dispatch_to_arrival"]
    assert move.seconds == (95,)
    assert responders([HAIAN], "arrived")[0].seconds == (115,)


def test_a_ring_is_that_of_the_unit_and_a_grade_beyond_the_third_has_its_target() -> None:
    life = Life("urban", 0, grade=7, dispatched=0, arrived=300)
    came = (("swat", 60), ("bureau", 181), ("city", 300), ("fire", 301))
    life.tasks = [Task(kind, 0, arrived=at) for kind, at in came]
    life.tasks.append(Task("patrol", 0))  # it never arrived
    assert told(against("rings", [life])) == {"ring_60": (1, 1), "ring_180": (0, 1), "ring_300": (1, 2)}
    assert told(against("severity", [life]))["grade_3"] == (1, 1)


def test_urban_is_5_and_suburban_10_minutes_from_dispatch_and_rural_has_no_target() -> None:
    lives = [
        Life(area, 0, dispatched=30, arrived=30 + took)
        for area in ("urban", "suburban", "rural", "")
        for took in (300, 600)
    ]
    assert told(by_area(lives)) == {"urban": (1, 2), "suburban": (2, 2), "rural": (None, 2)}


def test_what_was_not_told_or_stands_the_other_way_round_is_no_length() -> None:
    lives = [Life("urban", 0), Life("urban", 0, arrived=50), Life("urban", 0, dispatched=10, arrived=50, closed=40)]
    assert told(against("phases", lives)) == {
        "call_to_dispatch": (1, 1), "dispatch_to_arrival": (1, 1), "arrival_to_close": (0, 0),
    }  # fmt: skip


acknowledged = st.none() | st.integers(0, 600)


@given(st.lists(st.lists(acknowledged, max_size=5), max_size=8))
def test_the_first_to_the_last_to_acknowledge_are_those_of_a_look_at_each_incident(
    said: list[list[int | None]],
) -> None:
    lives = [Life("urban", 0, tasks=[Task("patrol", 0, at) for at in each]) for each in said]
    came = [sorted(at for at in each if at is not None) for each in said]
    for place, found in enumerate(responders(lives, "acknowledged")):
        assert list(found.seconds) == sorted(each[place] for each in came if len(each) > place)
    together = joint(lives)
    assert (together.incidents, together.tasks) == (sum(map(bool, said)), sum(map(len, said)))
    whole = [max(there) for there, each in zip(came, said, strict=True) if there and len(there) == len(each)]
    assert list(together.all_acknowledged.seconds) == sorted(whole)


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=30), st.integers(1, 100))
def test_a_quantile_is_a_length_that_so_many_took_at_most(seconds: list[int], percent: int) -> None:
    found = Timed("x", tuple(sorted(seconds))).quantile(percent)
    assert found in seconds
    assert found is not None
    assert 100 * sum(each <= found for each in seconds) >= percent * len(seconds)
    assert 100 * sum(each < found for each in seconds) < percent * len(seconds)
