"""The steps of a subject as they were seen, and where it stands at a time: a function of the set of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from schemas.lifecycle import Lifecycle
from schemas.records import Scalar


class StepSeen(Struct, frozen=True, gc=False):
    """A step as it counts: the first of its (source, id) by place.

    time: Unix seconds. state: its name in the lifecycle (`opened` for `hazard.opened`). said: the codes and attributes
    that it carries, by name, as they came (an instant as RFC 3339), without those that are empty. Not to be changed.
    """

    time: int
    id: str
    state: str
    said: Mapping[str, Scalar]
    strand: tuple[str, int]
    offset: int

    @property
    def place(self) -> tuple[str, int, int]:
        """Log, partition and offset."""
        return (*self.strand, self.offset)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a subject stands at a time.

    since: the time of the step that made its state. begun: that of its first step. said: of each code and attribute the
    last value that a step carries. is_matched: its first step is the first of the lifecycle; else it was never opened.
    is_begun: of its steps that begin or end it the last one begins it.
    """

    state: str
    since: int
    begun: int
    said: Mapping[str, Scalar]
    is_open: bool
    is_matched: bool
    is_begun: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """Of one source what has a life. `steps` stand in their order: by (time, place in the lifecycle, id).

    is_cut: it has had more steps than are kept, and those after its first one are not here. begun: the time of its
    first step, a cancelled one too; None: that of `steps`. cancels: what cancels steps of it. passed_over: the earliest
    time of rows of it whose ids count elsewhere, of those that were seen; None: of none.
    """

    life: Lifecycle
    source: str
    name: str
    steps: tuple[StepSeen, ...]
    is_cut: bool = False
    begun: int | None = None
    cancels: tuple[StepSeen, ...] = ()
    passed_over: int | None = field(default=None, compare=False)

    def at(self, time: int) -> Standing | None:
        """Where it stands at a time, its own steps of that second among them; None before its first step."""
        past = self.steps[: bisect_right(self.steps, time, key=lambda step: step.time)]
        if not past:
            return None
        said: dict[str, Scalar] = {}
        for step in past:
            said.update(step.said)
        first, last = past[0], past[-1]
        life = self.life
        turn = next((step.state for step in reversed(past) if step.state in life.turns), None)
        return Standing(
            last.state,
            last.time,
            first.time,
            said,
            is_open=last.state in life.open,
            is_matched=first.state == life.states[0],
            is_begun=turn == life.states[0],
        )
