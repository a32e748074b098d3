"""A stock as it is declared: how many subjects of a lifecycle are in some of its states, at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from msgspec import inspect

from schemas.areas import AREAS
from schemas.family import EventType, plain
from schemas.lifecycle import Lifecycle
from schemas.measure import ANYWHERE, LISTED, UNDER_TREE
from schemas.numbers import Number, decimal
from schemas.texts import is_instant


@dataclass(frozen=True)
class Stock:
    """One figure at a moment. Raises ValueError where it asks for what its lifecycle does not have.

    lifecycle: whose subjects count. states: those in which they count; none said: the open ones. where: only subjects
    with these codes, by dimension or attribute. value: an attribute that is an integer, whose last values are added up;
    none: the number of subjects. opened_only: a subject counts from the lifecycle's first step until it ends, whatever
    else comes of it; else each counts by its last step, whether it was ever opened or not. labels: dimensions that it
    has a live gauge by, each of its own; they must stay few. requirements: the numbers of the rows of
    docs/coverage.md that it answers.
    """

    name: str
    zh: str
    en: str
    unit: str
    lifecycle: Lifecycle
    states: frozenset[str] = frozenset()
    where: Mapping[str, str] = field(default_factory=dict, hash=False)
    value: str | None = None
    opened_only: bool = False
    labels: tuple[str, ...] = ()
    requirements: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for wrong in self._wrong():
            raise ValueError(f"stock {self.name!r}: {wrong}")

    def _wrong(self) -> Iterator[str]:
        life = self.lifecycle
        if unknown := sorted(self.states - set(life.states)):
            yield f"{unknown[0]!r} is no state of {life.name!r}"
        if unknown := sorted(self.where.keys() - set(codes(life))):
            yield f"{unknown[0]!r} is no code of {life.name!r}"
        where: Mapping[str, object] = self.where  # whatever was written: a set of codes is none of them
        for name, code in where.items():
            if not isinstance(code, str):
                yield f"where {name!r} is one code, a text, not {code!r}"
            elif wrong := life.not_listed(name, (code,)):
                yield wrong
        if self.opened_only and (over := sorted(self.counted - life.open)):
            yield f"in {over[0]!r} it is over, and only what was opened and is not over counts"
        if self.value is not None and self.value not in numbers(life):
            yield f"{self.value!r} is no integer attribute of {life.name!r}"
        if unknown := sorted(set(self.labels) - (set(self.dimensions) & set(LISTED) | _few(life))):
            yield f"label {unknown[0]!r} is no dimension with few codes"

    @cached_property
    def counted(self) -> frozenset[str]:
        """The states in which a subject counts."""
        return self.states or self.lifecycle.open

    @cached_property
    def dimensions(self) -> tuple[str, ...]:
        """What it can be asked by."""
        return dimensions(self.lifecycle)

    @cached_property
    def topic(self) -> str:
        """The input topic that its steps stand on."""
        return self.lifecycle.topic

    @property
    def scale(self) -> int:
        """Decimal places of its value: an integer of 2 is in hundredths."""
        found = (step.number(self.value) for step in self.lifecycle.types if self.value is not None)
        return next((number.scale for number in found if isinstance(number, Number)), 0)

    def shown(self, value: int) -> int | str:
        """Its value as JSON has it: an integer, or the exact decimal as text where it has a scale."""
        return decimal(value, self.scale) if self.scale else value

    def takes(self, said: Mapping[str, str]) -> bool:
        """Whether a subject with these codes, by dimension and attribute, counts; its state aside."""
        return all(said.get(name, "") == code for name, code in self.where.items())


def dimensions(life: Lifecycle) -> tuple[str, ...]:
    """What figures of the subjects of a lifecycle can be asked by."""
    tree = UNDER_TREE if coded(life) is not None else ()
    return tuple(dict.fromkeys((*tree, *ANYWHERE, *codes(life))))


def coded(life: Lifecycle) -> str | None:
    """The dimension of its steps whose codes a city's list maps onto the category tree."""
    return next((step.coded for step in life.types if step.coded is not None), None)


def codes(life: Lifecycle) -> tuple[str, ...]:
    """The dimensions of its steps but for areas, the beat first, then the attributes that are codes."""
    own = (dim for dim in life.dims if dim != AREAS)  # a subject has one state, and one row of a stock
    return (*own, *(name for name in life.attributes if name not in life.dims and _is(life, name, _CODES)))


def numbers(life: Lifecycle) -> tuple[str, ...]:
    """The attributes that are integers."""
    return tuple(name for name in life.attributes if _is(life, name, (inspect.IntType,)))


_CODES = (inspect.StrType, inspect.LiteralType, inspect.EnumType)


def _is(life: Lifecycle, name: str, kinds: tuple[type[inspect.Type], ...]) -> bool:
    found = [step.fields[name].type for step in life.types if name in step.fields]
    return all(isinstance(plain(kind), kinds) and not is_instant(kind) for kind in found)


def _few(life: Lifecycle) -> set[str]:
    """Codes of which there are only a few, declared ones."""
    return {name for name in codes(life) if all(_is_enumerated(step, name) for step in life.types)}


def _is_enumerated(step: EventType, name: str) -> bool:
    return name not in step.fields or isinstance(plain(step.fields[name].type), inspect.LiteralType | inspect.EnumType)
