"""A figure as it is declared: a question over the cells of one event type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from schemas.areas import AREA, AREAS
from schemas.categories import TREE, under
from schemas.family import BEAT, TYPES, EventType
from schemas.numbers import COUNT, Interval, Number, Phase, decimal

UNDER_TREE = ("class", "category")
"""Dimensions of a type whose codes a city's list maps onto the category tree."""

ANYWHERE = ("sector", BEAT)
"""Dimensions of every type."""

LISTED = (*UNDER_TREE, *ANYWHERE)
"""Their values are codes of the city's lists, or `unknown`."""


@dataclass(frozen=True)
class Measure:
    """One figure. Raises ValueError where it asks for what its type does not have.

    type: event type whose cells are asked. value: `count`, or a name of its numbers: an interval (in minutes when
    shown), an amount, or a phase (the value is then the number of its events, with their sum of seconds and histogram
    beside it). category: a tree node; it and all below it count. where: only events with this code, or one of these, by
    dimension. hours: only event times from the first hour up to the second, local, over midnight where the first is the
    greater.
    labels: dimensions that it has a live gauge by, each of its own; they must stay few, and so must their values.
    requirements: the numbers of the rows of docs/coverage.md that it answers.
    """

    name: str
    zh: str
    en: str
    unit: str
    type: str
    value: str = COUNT.name
    category: str | None = None
    where: Mapping[str, str | frozenset[str]] = field(default_factory=dict, hash=False)
    hours: tuple[int, int] | None = None
    labels: tuple[str, ...] = ()
    requirements: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        wrong = self._wrong()
        if wrong is not None:
            raise ValueError(f"measure {self.name!r}: {wrong}")

    def _wrong(self) -> str | None:
        declared = TYPES.get(self.type)
        if declared is None or declared.restates:
            return f"{self.type!r} is no event type that adds to figures"
        if self.category is not None and self.category not in TREE:
            return f"category {self.category!r} is not in the tree"
        if self.category is not None and declared.coded is None:
            return f"no city maps codes of {self.type!r} onto the tree"
        if self.value != COUNT.name and declared.number(self.value) is None:
            return f"{self.value!r} is no value of {self.type!r}"
        if unknown := self.where.keys() - set(declared.dims):
            return f"{min(unknown)!r} is no dimension of {self.type!r}"
        for dim, codes in self.only.items():
            if wrong := declared.not_listed(dim, codes):
                return wrong
        few = {*(set(LISTED) & set(self.dimensions)), *declared.enumerated}
        if unknown := set(self.labels) - few:
            return f"label {min(unknown)!r} is no dimension of {self.type!r} with few codes"
        return None

    @property
    def event(self) -> EventType:
        """The declaration of the type whose cells are asked."""
        return TYPES[self.type]

    @cached_property
    def only(self) -> dict[str, frozenset[str]]:
        """By dimension the codes that count, of those that `where` names."""
        return {dim: frozenset((code,)) if isinstance(code, str) else code for dim, code in self.where.items()}

    @property
    def topic(self) -> str:
        """The input topic that its events stand on."""
        return self.event.topic

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What it can be asked by. Joined areas are asked for one by one."""
        tree = UNDER_TREE if self.event.coded is not None else ()
        own = (AREA if dim == AREAS else dim for dim in self.event.dims)
        return tuple(dict.fromkeys((*tree, *ANYWHERE, *own)))

    @property
    def overlaps(self) -> frozenset[str]:
        """Dimensions by which an event may count in several rows, so that they add up to more than the figure."""
        return frozenset((AREA,)) if AREAS in self.event.dims else frozenset()

    @property
    def phase(self) -> Phase | None:
        """The phase that its value is."""
        found = self.event.number(self.value)
        return found if isinstance(found, Phase) else None

    @property
    def is_phase(self) -> bool:
        return self.phase is not None

    @property
    def in_minutes(self) -> bool:
        """Whether it adds up seconds and is shown in minutes."""
        return isinstance(self.event.number(self.value), Interval)

    @property
    def gauge(self) -> str:
        """The name of its live gauge: of a phase the number of its events; intervals are in seconds, as Prometheus has
        them."""
        if self.in_minutes:
            return f"window_{self.name.removesuffix('_minutes')}_seconds"
        return f"window_{self.name}_events" if self.is_phase else f"window_{self.name}"

    @property
    def summed(self) -> str | None:
        """The number of a cell that its value adds up; None where it is the count."""
        return None if self.value == COUNT.name or self.is_phase else self.value

    @property
    def scale(self) -> int:
        """Decimal places of its value: an integer of 2 is in hundredths."""
        found = self.event.number(self.value)
        return found.scale if isinstance(found, Number) else 0

    def shown(self, value: int) -> int | str:
        """Its value as JSON has it: an integer, or the exact decimal as text where it has a scale."""
        return decimal(value, self.scale) if self.scale else value

    def takes_codes(self, codes: tuple[str, ...]) -> bool:
        """Whether a cell with these codes counts, each in the order of the type's dimensions; its category aside."""
        places = {dim: place for place, dim in enumerate(self.event.dims)}
        return all(codes[places[dim]] in counted for dim, counted in self.only.items())

    def takes_node(self, node: str) -> bool:
        """Whether events coded with this tree node count."""
        return self.category is None or under(node, self.category)

    def takes_hour(self, hour: int) -> bool:
        """Whether events of this local hour of day count."""
        if self.hours is None:
            return True
        first, end = self.hours
        return first <= hour < end if first < end else hour >= first or hour < end
