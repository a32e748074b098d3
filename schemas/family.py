"""What a family of events declares, once: its topic, its event types, and what figures are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec
from msgspec import inspect

from schemas.areas import AREA, AREAS
from schemas.compiled import methods
from schemas.effects import ADDS, Adds, Cancels, Effect, Moves
from schemas.envelope import CellKey, CountedEvent
from schemas.instants import epoch
from schemas.numbers import COUNT, Declared, Interval, Number, Phase
from schemas.texts import described, is_instant, text_check
from schemas.topic import Topic

BEAT = "beat"
"""The first dimension of every type: where in the city."""

RESERVED = frozenset(("class", "sector", "source"))
"""What every event can be told apart by already."""

TIME = "time"
"""In `order`: the event's own time."""

TYPES: dict[str, EventType] = {}
"""Every declared event type, by its name without a version. Importing `schemas.families` fills it."""

_BY_CLASS: dict[type, EventType] = {}
_TOPICS: dict[str, str] = {}


@dataclass(frozen=True, eq=False)
class EventType:
    """How events of one class are counted. Raises ValueError where the declaration cannot hold.

    dims: the fields of the payload with the codes that it is counted by, the beat first. A new one goes to the end: an
    event from before it has '' there, and its cells stay what they were.
    coded: the dimension, the second, whose codes a city's list maps onto the category tree. The instants of the payload
    stand in the order in which they come about.
    numbers: what its cells add up, in this order; a new one goes to the end.
    order: chains of instants of the payload (and `time`), each as early as the next or earlier; one that is not given
    is left out.
    """

    kind: type[CountedEvent]
    example: CountedEvent
    dims: tuple[str, ...]
    coded: str | None = None
    numbers: tuple[Declared, ...] = ()
    order: tuple[tuple[str, ...], ...] = ()
    effect: Effect = ADDS

    @cached_property
    def tag(self) -> str:
        """The `type` that an event carries, with its major version."""
        return str(self.kind.__struct_config__.tag)

    @cached_property
    def name(self) -> str:
        """The type without its version: the first entry of a cell's key."""
        return self.tag.rpartition(".v")[0]

    @cached_property
    def family(self) -> str:
        return self.name.partition(".")[0]

    @property
    def topic(self) -> str:
        """The input topic that its events stand on."""
        return _TOPICS[self.family]

    @property
    def payload(self) -> type[msgspec.Struct]:
        return self._data.cls

    @cached_property
    def fields(self) -> dict[str, inspect.Field]:
        """The fields of the payload, by name."""
        return {field.name: field for field in self._data.fields}

    @cached_property
    def _data(self) -> inspect.StructType:
        found = self._attributes["data"].type
        assert isinstance(found, inspect.StructType)
        return found

    @cached_property
    def _attributes(self) -> dict[str, inspect.Field]:
        return {field.name: field for field in described(self.kind).fields}

    @cached_property
    def parts(self) -> tuple[Number, ...]:
        """Every integer of a cell in its order: the count, then what `numbers` say."""
        return (COUNT, *(part for number in self.numbers for part in number.parts))

    @cached_property
    def number_names(self) -> tuple[str, ...]:
        """The names of `parts`."""
        return tuple(part.name for part in self.parts)

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each integer of a cell stands among its `values`, by name; the count is none of them."""
        return {part.name: place for place, part in enumerate(self.parts[1:])}

    @cached_property
    def enumerated(self) -> frozenset[str]:
        """The dimensions that can only have a few declared codes."""
        return frozenset(
            dim for dim in self.dims if isinstance(plain(self.fields[dim].type), inspect.LiteralType | inspect.EnumType)
        )

    def listed(self, name: str) -> frozenset[str] | None:
        """The codes that a field of its payload can have; None where they are not declared, or it has no such field."""
        kind = plain(self.fields[name].type) if name in self.fields else None
        if isinstance(kind, inspect.LiteralType):
            return frozenset(map(str, kind.values))
        return frozenset(str(each.value) for each in kind.cls) if isinstance(kind, inspect.EnumType) else None

    def not_listed(self, name: str, codes: Iterable[str]) -> str | None:
        """What is wrong with these codes of a field, in words."""
        known = self.listed(name)
        unknown = sorted(set(codes) - known) if known is not None else []
        return f"{unknown[0]!r} is no code of {name!r}: {', '.join(sorted(known or ()))}" if unknown else None

    @cached_property
    def needs_subject(self) -> bool:
        """Whether every event of it names a subject."""
        return self._attributes["subject"].required

    @property
    def restates(self) -> bool:
        """Whether it moves or cancels what another event has added, and adds nothing itself."""
        return not isinstance(self.effect, Adds)

    @property
    def restated(self) -> str:
        """The type of the events that it moves or cancels; empty where it does neither."""
        return "" if isinstance(self.effect, Adds) else self.effect.of

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The earlier instants of its payload, in their order there."""
        named = {name for chain in self.order for name in chain}
        named.update(number.since for number in self.numbers if not isinstance(number, Number))
        return tuple(name for name in self.fields if name in named)

    @property
    def is_timed(self) -> bool:
        """Whether its events have earlier instants whose order is looked at."""
        return bool(self.steps)

    def number(self, name: str) -> Declared | None:
        """What it declares under a name; None where it does not."""
        return next((number for number in self.numbers if number.name == name), None)

    def key(self, codes: Mapping[str, str]) -> CellKey:
        """The key of the cell with these codes, by the names of dimensions."""
        return (self.name, *(codes.get(dim, "") for dim in self.dims))

    def now(self, event: CountedEvent) -> dict[str, str]:
        """Of an event that moves another the new codes, by the dimensions that change; else nothing."""
        if not isinstance(self.effect, Moves):
            return {}
        said = {dim: getattr(event.data, name) for dim, name in self.effect.now.items()}
        return {dim: code for dim, code in said.items() if code or self.fields[self.effect.now[dim]].required}

    def at(self, event: CountedEvent) -> int | None:
        """Of an event that restates another the time of that one, in Unix seconds."""
        effect = self.effect
        return None if isinstance(effect, Adds) else epoch(getattr(event.data, effect.at))

    # --- made and checked when a family is declared

    def declare(self, types: dict[str, EventType]) -> None:
        """Checks it among the types of its family, and gives its class the methods that count."""
        for wrong in self._wrong(types):
            raise ValueError(f"event type {self.tag}: {wrong}")
        text_check(self.kind)  # a field that cannot be looked into is found now
        made = methods(
            self.name,
            self.dims,
            self.numbers,
            self.order,
            optional=frozenset(name for name, field in self.fields.items() if _may_be_none(field.type)),
            has_count=COUNT.name in self.fields,
            restates=self.restates,
        )
        for name, method in vars(made).items():
            setattr(self.kind, name, property(method) if name == COUNT.name else method)
        TYPES[self.name] = self
        _BY_CLASS[self.kind] = self

    def _wrong(self, types: dict[str, EventType]) -> Iterator[str]:
        """What is wrong with it, in words."""
        if self.name in TYPES:
            yield "is declared twice"
        if self.dims[:1] != (BEAT,) or len(set(self.dims)) != len(self.dims):
            yield f"its dimensions begin with {BEAT!r}, and each stands once"
        if taken := set(self.dims) & RESERVED or ({"category"} & set(self.dims)) - {self.coded}:
            yield f"a dimension cannot be called {min(taken)!r}: that is one of the city's lists"
        if type(self.example) is not self.kind:
            yield "its example is an event of another class"
        if {AREA, AREAS} <= set(self.dims):
            yield f"a dimension {AREAS!r} is asked for by {AREA!r}, so no other has that name"
        if self.coded is not None and self.dims[1:2] != (self.coded,):
            yield "the dimension that a city's list of codes maps stands second"
        for name in self.dims:
            if name not in self.fields or not isinstance(plain(self.fields[name].type), _CODES):
                yield f"dimension {name!r} is no text or enumeration of its payload"
        if len(set(self.number_names)) != len(self.parts):
            yield "two of its numbers have the same name"
        for number in self.numbers:
            if isinstance(number, Number):
                if not _is_bounded(self.fields, number.name):
                    yield f"number {number.name!r} is no integer with an upper and a lower bound"
            elif not self._has_instant(number.since):
                yield f"{number.name!r} begins at {number.since!r}, which is no instant that every event has"
        for name in {name for chain in self.order for name in chain}:
            if name != TIME and not (name in self.fields and is_instant(self.fields[name].type)):
                yield f"{name!r} in `order` is no instant of its payload"
        yield from self._wrong_effect(types)

    def _wrong_effect(self, types: dict[str, EventType]) -> Iterator[str]:
        effect = self.effect
        if isinstance(effect, Adds):
            return
        restated = types.get(effect.of)
        if restated is None or restated.restates:
            yield f"it restates {effect.of!r}, which is no type of its family that adds"
            return
        if not (self.needs_subject and restated.needs_subject):
            yield "it and what it restates name their subject always"
        if not self._has_instant(effect.at):
            yield f"{effect.at!r} is no instant that every event has"
        if isinstance(effect, Moves):
            for dim, name in effect.now.items():
                if dim not in restated.dims or name not in self.fields:
                    yield f"it moves {dim!r} to {name!r}: a dimension of {effect.of!r}, and a field of its own"

    def _has_instant(self, name: str) -> bool:
        field = self.fields.get(name)
        return field is not None and is_instant(field.type) and not _may_be_none(field.type)


@dataclass(frozen=True)
class Family:
    """A family of events. All of its types begin with its name, and stand on its topic.

    types: those that name a subject in the order of its life.
    """

    name: str
    zh: str
    en: str
    topic: Topic
    types: tuple[EventType, ...]

    def __post_init__(self) -> None:
        by_name = {each.name: each for each in self.types}
        _TOPICS[self.name] = self.topic.name
        for each in self.types:
            if each.family != self.name:
                raise ValueError(
                    f"event type {each.tag}: is not of family {self.name!r}, whose tags are {self.name}.EVENT.v1"
                )
            each.declare(by_name)


def type_of(kind: type[CountedEvent]) -> EventType:
    """The declaration of a class of events."""
    return _BY_CLASS[kind]


_CODES = (inspect.StrType, inspect.LiteralType, inspect.EnumType)


def plain(found: inspect.Type) -> inspect.Type:
    """The type below its annotations and its optional None."""
    while True:
        if isinstance(found, inspect.Metadata):
            found = found.type
        elif isinstance(found, inspect.UnionType) and len(found.types) == 2 and _may_be_none(found):
            found = next(kind for kind in found.types if not isinstance(kind, inspect.NoneType))
        else:
            return found


def is_scalar(found: inspect.Type) -> bool:
    """Whether a field is a code, a text or an integer, or may be none."""
    return isinstance(plain(found), (*_CODES, inspect.IntType))


def _may_be_none(found: inspect.Type) -> bool:
    if isinstance(found, inspect.Metadata):
        return _may_be_none(found.type)
    return isinstance(found, inspect.UnionType) and found.includes_none


def _is_bounded(fields: dict[str, inspect.Field], name: str) -> bool:
    """Sums of such integers stay exact, and every store can hold them."""
    if name not in fields or _may_be_none(fields[name].type):
        return False
    found = plain(fields[name].type)
    return isinstance(found, inspect.IntType) and None not in (found.le, found.ge)


__all__ = [
    "TYPES",
    "Adds",
    "Cancels",
    "EventType",
    "Family",
    "Interval",
    "Moves",
    "Number",
    "Phase",
    "Topic",
    "type_of",
]
