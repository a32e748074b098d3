"""What a clock may rest on where not all steps of a subject are kept."""

from __future__ import annotations

from collections.abc import Sequence

from figures.alarms import held
from figures.calendars import Calendar
from figures.clocks import evaluate
from figures.subjects import StepSeen, Subject
from schemas.clocks import CLOCKS

HOUR = 3_600
STRAND = ("log", 0)


def seen(state: str, hour: int) -> StepSeen:
    return StepSeen(hour * HOUR, f"{state}-{hour}", state, {}, STRAND, hour)


def alarms(clock: str, steps: Sequence[StepSeen], now: int) -> int:
    declared = CLOCKS[clock]
    subject = Subject(declared.lifecycle, "t/feed", "PC-12", tuple(steps), is_cut=True)
    found = evaluate(declared, held(declared, subject), now * HOUR, Calendar("Asia/Shanghai"))
    return sum(episode.is_raised for episode in found.episodes)


def test_a_life_that_begins_again_and_again_has_no_run_over_steps_that_are_not_kept() -> None:
    """A unit's first shift, and those of a month later: the ones between them are not kept."""
    later = [step for day in (30, 31) for step in (seen("shift_began", day * 24), seen("shift_ended", day * 24 + 8))]
    assert alarms("shift_too_long", [seen("shift_began", 0), seen("shift_ended", 29 * 24), *later], 800) == 0
    assert alarms("shift_too_long", [seen("shift_began", 0), *later, seen("shift_began", 790)], 803) == 1


def test_a_life_that_begins_once_is_held_to_its_beginning() -> None:
    stolen = [seen("property_stolen", 0), seen("property_recovered", 90)]
    assert alarms("stolen_property", stolen, 100) == 1
