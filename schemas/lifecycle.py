"""How what events are about lives: the steps of its life, and in which of them it is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from schemas.family import TYPES, EventType, is_scalar

OWN = ("subject",)
"""In `named_by`: the subject of the event itself."""


@dataclass(frozen=True)
class Lifecycle:
    """The life of one kind of subject. Raises ValueError where its types do not have what it names.

    steps: event types in the order of a life. The state of a subject at a time T is its last step with a time of at
    most T, by (time, place in `steps`, id): a function of the set of its accepted events, each id once. Its name is
    that of the type without its family: `opened` for `hazard.opened`. A subject whose first step another event cancels
    never was, and a step that is moved has the codes that it was given.
    open: the states in which it is open.
    attributes: fields of payloads that a subject has beside the dimensions of its steps. Of a dimension and of an
    attribute the value of the last step rules that carries one: a text that is not empty, a number, an instant.
    beats: states that are no more than a sign of life: there are many, and the store lets them go with their age.
    named_by: what tells subjects of a source apart: the subject of the event, or fields of its payload, joined by `/`.
    """

    name: str
    zh: str
    en: str
    steps: tuple[str, ...]
    open: frozenset[str]
    attributes: tuple[str, ...] = ()
    named_by: tuple[str, ...] = OWN
    beats: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for wrong in self._wrong():
            raise ValueError(f"lifecycle {self.name!r}: {wrong}")

    def _wrong(self) -> Iterable[str]:
        if unknown := [name for name in self.steps if name not in TYPES or TYPES[name].restates]:
            yield f"{unknown[0]!r} is no event type that adds to figures"
            return
        if len(set(self.states)) != len(self.steps):
            yield "two of its steps have the same name"
        if unknown := sorted((self.open | self.beats) - set(self.states)):
            yield f"{unknown[0]!r} is none of its states"
        for name in self.attributes:
            if not any(name in step.fields for step in self.types):
                yield f"no step has a field {name!r}"
            if any(name in step.fields and not is_scalar(step.fields[name].type) for step in self.types):
                yield f"{name!r} is no text and no integer in each step that has it"
        for step in self.types:
            if self.named_by == OWN and not step.needs_subject:
                yield f"{step.name!r} may be of no subject"
            if self.named_by != OWN and (lacking := [name for name in self.named_by if name not in step.fields]):
                yield f"{step.name!r} has no field {lacking[0]!r} that names its subject"
            if self.named_by != OWN and any(each.restated == step.name for each in TYPES.values()):
                yield f"{step.name!r} is moved or cancelled by its subject, which does not name that of the lifecycle"
            if step is not self.types[0] and any(
                each.restated == step.name and each.effect.word == "cancels" for each in TYPES.values()
            ):
                yield f"{step.name!r} is cancelled, and only the first step may be: its subject never was then"

    @cached_property
    def types(self) -> tuple[EventType, ...]:
        return tuple(TYPES[name] for name in self.steps)

    @cached_property
    def states(self) -> tuple[str, ...]:
        """The names of the steps, in their order."""
        return tuple(name.partition(".")[2] for name in self.steps)

    @cached_property
    def turns(self) -> frozenset[str]:
        """The states that begin or end it: its first one, and those in which it is not open."""
        return frozenset(self.states) - self.open | {self.states[0]}

    @property
    def restating(self) -> tuple[EventType, ...]:
        """The types of events that move or cancel one of its steps, by (source, subject of the event)."""
        return tuple(each for each in TYPES.values() if each.restated in self.steps)

    @cached_property
    def topic(self) -> str:
        """The input topic that its steps stand on."""
        return self.types[0].topic

    @cached_property
    def dims(self) -> tuple[str, ...]:
        """The dimensions of its steps, the beat first."""
        return tuple(dict.fromkeys(dim for step in self.types for dim in step.dims))

    def not_listed(self, name: str, codes: Iterable[str]) -> str | None:
        """What is wrong, in words, with codes of a field that none of its steps can carry."""
        found = [step.not_listed(name, codes) for step in self.types if name in step.fields]
        return found[0] if found and all(found) else None

    def subject(self, own: str, said: Mapping[str, object]) -> str:
        """What its subject is called, by the subject of the event and its fields; one that is not given is ''."""
        return own if self.named_by == OWN else "/".join(str(said.get(name, "")) for name in self.named_by)


def tell_steps(lives: Iterable[Lifecycle]) -> None:
    """Makes the event types of these lifecycles steps: `told` of their classes is what all of them ask of it. An event
    that moves or cancels a step is told too."""
    for life in lives:
        for step in life.types:
            asked = {*(step.kind.told or ()), *life.attributes, *life.named_by} - {*OWN, *step.dims}
            step.kind.told = tuple(name for name in step.fields if name in asked)
        for each in life.restating:
            each.kind.told = each.kind.told or ()
