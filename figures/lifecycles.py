"""The state of subjects at a moment: what follows from the set of their accepted steps, in whatever order they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from schemas.lifecycle import Lifecycle

Value = str | int


@dataclass(frozen=True, slots=True)
class Step:
    """One accepted step of a subject. time: Unix seconds. place: in the lifecycle's `steps`, from 0. carries: codes and
    attributes by name; what is empty or None is not carried."""

    time: int
    place: int
    id: str
    carries: Mapping[str, Value | None] = field(default_factory=dict, hash=False)

    @property
    def order(self) -> tuple[int, int, str]:
        return (self.time, self.place, self.id)


@dataclass(frozen=True, slots=True)
class State:
    """Of a subject at a moment. since: the time of its last step, that gave it this state; begun: of its first step.

    matched: whether that was the first step of the lifecycle; if not it was never opened, as far as anybody said.
    has: the last value carried of each code and attribute.
    """

    name: str
    since: int
    begun: int
    matched: bool
    has: Mapping[str, Value] = field(default_factory=dict, hash=False)


def fold(life: Lifecycle, steps: Iterable[Step], at: int | None = None) -> State | None:
    """The state of one subject at a time: after its steps of up to then, that included; None before any.

    steps: each id once, in any order. at: None is after all of them.
    """
    found = sorted((step for step in steps if at is None or step.time <= at), key=lambda step: step.order)
    if not found:
        return None
    has: dict[str, Value] = {}
    for step in found:
        has.update(carried(step))
    first, last = found[0], found[-1]
    return State(life.states[last.place], last.time, first.time, first.place == 0, has)


def carried(step: Step) -> Iterator[tuple[str, Value]]:
    """What a step carries: texts that are not empty, and numbers, 0 too."""
    for name, value in step.carries.items():
        if value is not None and value != "":
            yield name, value
