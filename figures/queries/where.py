"""What of a measure is asked for: codes of its dimensions, and of what its city's lists and the category tree say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Protocol

from figures.queries.in_areas import InArea
from schemas.areas import AREA, AREAS, NONE, each
from schemas.categories import TREE, UNKNOWN, under
from schemas.cities import City
from schemas.family import BEAT, EventType
from schemas.measures import Measure
from schemas.spelling import nearest
from sinks import dims
from sinks.bind import literal
from sinks.store import Store

_OLD_NAME = "facet"
"""What the third dimension of every type was called before dimensions had names of their own."""

SOURCE = "source"


class UnknownName(ValueError):
    """A filter that nothing can meet; the text says what there is."""


class Wanted(Protocol):
    """Codes of one dimension that count."""

    def takes(self, code: str) -> bool:
        """Whether this one does."""

    def condition(self, column: str) -> str:
        """The same in SQL."""


@dataclass(frozen=True)
class Codes:
    """Codes of one dimension that count: these, or all but these."""

    codes: frozenset[str]
    others: bool = False

    def takes(self, code: str) -> bool:
        return (code in self.codes) != self.others

    def condition(self, column: str) -> str:
        """The same in SQL."""
        if self.others and not self.codes:
            return "1"
        return f"{column} {'NOT IN' if self.others else 'IN'} {literal(sorted(self.codes))}"


@dataclass(frozen=True)
class OfType:
    """Events of one type from some sources."""

    event: EventType
    sources: list[str]

    @property
    def condition(self) -> str:
        """In SQL."""
        return f"source IN {literal(self.sources)} AND type = {literal(self.event.name)}"


@dataclass(frozen=True)
class Where:
    """A measure in a city, narrowed by NAME=CODE. Made by `checked`, which refuses names that nothing has.

    A category stands for itself and all below it in the tree; `unknown` for every code that the city's lists lack; a
    code that they lack for itself.
    """

    measure: Measure
    city: City
    filters: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def wanted(self) -> tuple[tuple[str, Wanted], ...]:
        """Dimensions of the measure's type with the codes that count, its own conditions included."""
        measure, coded = self.measure, self.measure.event.coded
        found: list[tuple[str, Wanted]] = [(name, Codes(codes)) for name, codes in measure.only.items()]
        if measure.category is not None and coded is not None:
            found.append((coded, _category(self.city, measure.category)))
        found += [_codes(measure, self.city, name, code) for name, code in self.filters.items() if name != SOURCE]
        return tuple(found)

    @cached_property
    def sources(self) -> list[str]:
        return [self.filters[SOURCE]] if SOURCE in self.filters else sorted(self.city.sources)

    @property
    def takes_all(self) -> bool:
        """Whether every code counts."""
        return not self.wanted

    def takes(self, codes: Sequence[str]) -> bool:
        """Whether an event with these codes counts, each in the order of the type's dimensions."""
        return all(wanted.takes(codes[place]) for place, wanted in self._by_place)

    @cached_property
    def _by_place(self) -> tuple[tuple[int, Wanted], ...]:
        return tuple((self.measure.event.dims.index(name), wanted) for name, wanted in self.wanted)

    @cached_property
    def events(self) -> OfType:
        """Of these sources, and the measure's type."""
        return OfType(self.measure.event, self.sources)

    def of_type(self) -> str:
        """The same in SQL."""
        return self.events.condition

    def of_codes(self, prefix: str = "") -> str:
        """In SQL: with codes that count. `prefix`: of the columns, as `to_` for where a restatement puts an event."""
        event = self.measure.event
        return " AND ".join(each.condition(dims.column(event, name, prefix)) for name, each in self.wanted) or "1"

    def of_figures(self) -> str:
        """In SQL, of the view `figures`: with what the lists in the store say of codes."""
        event = self.measure.event
        parts = [Codes(codes).condition(dims.column(event, name)) for name, codes in self.measure.only.items()]
        if self.measure.category is not None:
            parts.append(_node(self.measure.category))
        for name, code in self.filters.items():
            match name:
                case "category" if code in TREE:
                    parts.append(_node(code))
                case "category" if event.coded is not None:
                    parts.append(dims.condition(event, event.coded, code))
                case "class" | "sector":
                    parts.append(f"{name} = {literal(code)}")
                case "beat" if code == UNKNOWN:
                    parts.append("NOT beat_known")
                case "source":
                    pass
                case _ if name in self.measure.overlaps:
                    parts.append(InArea(code).condition(dims.column(event, AREAS)))
                case _:
                    parts.append(dims.condition(event, name, code))
        return " AND ".join([self.of_type(), *parts])


def _node(code: str) -> str:
    return f"node IN {literal([node for node in TREE if under(node, code)])}"


def names(measure: Measure) -> tuple[str, ...]:
    """What a figure can be narrowed by."""
    return (*measure.dimensions, SOURCE)


def checked(measure: Measure, city: City, asked: Mapping[str, str], store: Store) -> Where:
    """The filters by the names that the measure's type has now. Asks the store only for a code that no list has.

    Raises UnknownName for a name that the measure has not, and for a code that neither a list nor any event has.
    """
    found = {}
    for said, code in asked.items():
        name = measure.event.dims[2] if said == _OLD_NAME and len(measure.event.dims) > 2 else said
        if name not in names(measure):
            raise UnknownName(f"{said!r} is none of {', '.join(names(measure))}{nearest(said, names(measure))}")
        if code and code not in _listed(measure, city, name):
            _seen(measure, city, name, code, store)
        if name in found:
            raise UnknownName(f"{said} and {name} are the same; give one of them")
        found[name] = code
    return Where(measure, city, found)


def _seen(measure: Measure, city: City, name: str, code: str, store: Store) -> None:
    """Raises UnknownName where no event has the code either."""
    column = measure.event.coded if name == "category" and measure.event.coded else name
    column = AREAS if name in measure.overlaps else column
    there = _in_store(measure, city, column, store) if column in measure.event.dims else set()
    if code in there:
        return
    listed = _listed(measure, city, name)
    called = {name: code for code, texts in listed.items() for name in (code, *texts)} | {each: each for each in there}
    folded = {each.casefold(): found for each, found in called.items()}
    near = dict.fromkeys(folded[each] for each in get_close_matches(code.casefold(), folded, n=3, cutoff=0.6))
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    elif len(known := sorted({*listed, *there})) <= _FEW:
        hint = f"there are: {', '.join(known)}"
    else:
        hint = (
            f"there are {len(known)}, such as {', '.join(known[:_FEW])}; `report --by {name}` shows those with figures"
        )
    raise UnknownName(f"{name}={code}: neither a list of {city.name} nor any event has it; {hint}")


_FEW = 8

_BETWEEN = re.compile(r",(?=[^,]*=)")
"""A comma that a further NAME= follows: codes may have commas of their own."""


def _listed(measure: Measure, city: City, name: str) -> dict[str, tuple[str, ...]]:
    """The codes that lists have for a name, each with what people call it."""
    match name:
        case "source":
            return dict.fromkeys(city.sources, ())
        case "class":
            return {code: (node.en, node.zh) for code, node in TREE.items() if node.level == 1}
        case "category":
            return {code: (node.en, node.zh) for code, node in TREE.items()}
        case "sector":
            return {UNKNOWN: (), **{code: (sector.en, sector.zh) for code, sector in city.sectors.items()}}
        case "beat":
            return {UNKNOWN: (), **{code: (beat.en, beat.zh) for code, beat in city.beats.items()}}
        case "area":
            own: dict[str, tuple[str, ...]] = {UNKNOWN: (), NONE: ()} if AREA in measure.overlaps else {}
            return own | {code: (area.en, area.zh) for code, area in city.areas.items()}
        case _:
            return {}


def _in_store(measure: Measure, city: City, name: str, store: Store) -> set[str]:
    """The codes of a dimension that events of the city have, also late, and those that re-codings give."""
    column, sources = dims.column(measure.event, name), literal(sorted(city.sources))
    own = f"WHERE source IN {sources} AND type = {literal(measure.type)}"
    rows = store.query(
        f"SELECT DISTINCT {column} AS code FROM cells {own} UNION ALL SELECT DISTINCT {column} AS code FROM corrections"
        f" {own} UNION ALL SELECT DISTINCT {dims.column(measure.event, name, 'now_')} AS code FROM corrections"
        f" WHERE source IN {sources}"
    )
    if name == AREAS:
        return {area for (code,) in rows for area in each(code)}
    return {code for (code,) in rows if code}


def _codes(measure: Measure, city: City, name: str, code: str) -> tuple[str, Wanted]:
    """A filter as a dimension of the type and the codes that count."""
    coded = measure.event.coded
    if name in ("class", "category") and coded is not None:
        return coded, _category(city, code)
    if name == "sector":
        return BEAT, (
            Codes(frozenset(city.beats), others=True)
            if code == UNKNOWN
            else Codes(frozenset(beat for beat, each in city.beats.items() if each.sector == code))
        )
    if name in measure.overlaps:
        return AREAS, InArea(code)
    if name == BEAT and code == UNKNOWN:
        return BEAT, Codes(frozenset(city.beats), others=True)
    return name, Codes(frozenset((code,)))


def _category(city: City, code: str) -> Codes:
    """Of a node the codes that the city maps to it or below it; of `unknown` all that it maps nowhere."""
    if code not in TREE:
        return Codes(frozenset((code,)))
    if code == UNKNOWN:
        return Codes(frozenset(each for each, node in city.codes.items() if node != UNKNOWN), others=True)
    return Codes(frozenset(each for each, node in city.codes.items() if under(node, code)))


def parsed(text: str | None, of: Measure) -> Iterator[tuple[str, str]]:
    """The parts of a comma list of NAME=CODE. Raises UnknownName for one that is not of this form."""
    return pairs(text, names(of))


def pairs(text: str | None, known: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The same, for figures that have these names."""
    seen = set()
    for part in _BETWEEN.split(text or ""):
        if not part.strip():
            continue
        name, equals, code = (word.strip() for word in part.partition("="))
        if not equals:
            raise UnknownName(f"{part.strip()!r} is not NAME=CODE with a name of: {', '.join(known)}")
        if name in seen:
            raise UnknownName(f"{name} is given twice; a figure has one {name}, so ask once for each")
        seen.add(name)
        yield name, code
