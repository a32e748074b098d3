"""Mapping files: TOML that says how the rows of a CSV file become events of one declared source."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec
from msgspec import Struct, inspect

from runtime.errors import WrongUse
from schemas.areas import AREAS
from schemas.cities import Cities, City, not_toml
from schemas.effects import Moves
from schemas.families import TYPES
from schemas.family import BEAT, EventType
from schemas.person import find_person
from schemas.refused import BLANK
from schemas.spelling import instead
from sources.layouts import has_hours
from sources.listed import not_listed
from sources.mapping_rules import Document, EventRule, FileRule, IdRule, PointTake, Take, When
from sources.time_rules import (
    Columns,
    ColumnTime,
    TimeFile,
    TimeRule,
    TimeTake,
    WrongTime,
    check_layout,
    check_use,
    column_time,
    time_file,
)

if TYPE_CHECKING:
    from schemas.geometry import Geometry

_Taken = TypeVar("_Taken", bound=Struct)

_SHOWN = 40
"""Columns of a header that an error names."""


@dataclass(frozen=True)
class Field:
    """A field of an event's data and where its value comes from: a column, or the same for all rows."""

    name: str
    kind: str
    """`text`, `number` or `time`."""
    take: Take | None
    constant: str | int | None = None
    time: ColumnTime | None = None
    required: bool = True
    point: PointTake | None = None
    located: Literal["beat", "areas"] | None = None
    """What of where `point` lies it is."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Where its value comes from; none for a constant."""
        if self.time:
            return self.time.columns
        if self.point:
            return self.point.longitude, self.point.latitude
        return (self.take.column,) if self.take else ()

    @property
    def label(self) -> str:
        """The columns as a refusal names them."""
        return " + ".join(self.columns)

    def written(self) -> Iterator[tuple[str, str]]:
        """The texts that the mapping itself writes, each behind the key that it stands at."""
        if isinstance(self.constant, str):
            yield "", self.constant
        if self.take:
            yield from ((f".table.{text}", code) for text, code in self.take.table.items())
            yield from ((f".patterns[{place}].code", each.code) for place, each in enumerate(self.take.patterns))
            if self.take.otherwise is not None:
                yield ".otherwise", self.take.otherwise


@dataclass(frozen=True)
class MappedEvent:
    """One `[[event]]` of the mapping, checked against the schema of its type."""

    type: EventType
    time: ColumnTime
    id: IdRule
    subject: IdRule | None
    when: When | None
    fields: tuple[Field, ...]
    subject_from_id: bool = False
    """The mapping names no subject: it is the id without its prefix."""

    @property
    def topic(self) -> str:
        return self.type.topic


@dataclass(frozen=True)
class Mapping:
    """A mapping that is complete and agrees with its city and the schemas; the file is still to be seen."""

    path: Path
    city: City
    source: str
    file: FileRule
    times: TimeFile
    clock: ColumnTime | None
    """When a row arrived, where the file says it."""
    events: tuple[MappedEvent, ...]
    skip: tuple[When, ...] = ()
    """Conditions of rows that are left out on purpose."""
    geometry: Geometry | None = None
    """Of the city, where a point is to be located."""

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics of the source, all of which get its heartbeats."""
        return tuple(self.city.sources[self.source].topics)

    def all_times(self) -> Iterator[ColumnTime]:
        """Every time that is read of a row; the same one may come again."""
        if self.clock:
            yield self.clock
        for event in self.events:
            yield event.time
            yield from (field.time for field in event.fields if field.time)

    @property
    def days_only(self) -> bool:
        """Whether the events' own times know the day and no hour: so declared, or by their format."""
        return self.times.is_by_day or not has_hours(self.events[0].time.layout)

    def columns(self) -> dict[str, str]:
        """Every column that is used, with the first key that names it."""
        used: dict[str, str] = {}
        for column in self.clock.columns if self.clock else ():
            used.setdefault(column, "clock.column")
        for index, when in enumerate(self.skip):
            used.setdefault(when.column, f"skip[{index}].column")
        for index, event in enumerate(self.events):
            at = f"event[{index}]"
            for column in event.time.columns:
                used.setdefault(column, f"{at}.time")
            for name, rule in (("id", event.id), ("subject", event.subject)):
                for column in rule.columns if rule else ():
                    used.setdefault(column, f"{at}.{name}")
            if event.when:
                used.setdefault(event.when.column, f"{at}.when.column")
            for field in event.fields:
                for column in field.columns:
                    used.setdefault(column, f"{at}.data.{field.name}.column")
        return used

    def check_header(self, header: list[str], file: Path) -> None:
        """Raises WrongUse when a column that the mapping names is not in the file."""
        for column, key in self.columns().items():
            if column not in header:
                raise WrongUse(f"mapping {self.path}: {key}: {file} has no column {column!r}; it has {_shown(header)}")


def load_mapping(path: Path, cities: Cities) -> Mapping:
    """Read and check a mapping file. Raises WrongUse in one line: the file, the key, and the way out."""
    try:
        document = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Document)
    except OSError as error:
        raise WrongUse(f"mapping {path} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise WrongUse(f"mapping {path} is not UTF-8: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise WrongUse(f"mapping {path} is not TOML: {not_toml(error)}; docs/mapping.md shows one") from None
    except msgspec.ValidationError as error:
        raise WrongUse(f"mapping {path}: {str(error).replace('`$.', '`').replace('`$`', 'the top level')}") from None
    return _Checker(path).check(document, cities)


class _Checker:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._time_rule = TimeRule()

    def _wrong(self, key: str, what: str) -> WrongUse:
        return WrongUse(f"mapping {self._path}: {key}: {what}")

    def check(self, document: Document, cities: Cities) -> Mapping:
        city = cities.by_name.get(document.city)
        if city is None:
            raise self._wrong(
                "city",
                f"no city {document.city!r}; {instead(document.city, sorted(cities.by_name))}. "
                "A further city is a TOML file in the directory CITYWATCH_CITIES",
            )
        if document.source not in city.sources:
            raise self._wrong(
                "source",
                f"city {city.name} declares no source {document.source!r}; {instead(document.source, city.sources)}",
            )
        self._time_rule = document.time
        times = self._time_file()
        clock = self._time("clock", document.clock) if document.clock else None
        try:
            "".encode(document.file.encoding)
        except LookupError:
            raise self._wrong("file.encoding", f"no encoding {document.file.encoding!r}; use utf-8 or gbk") from None
        topics = city.sources[document.source].topics
        events = []
        for index, rule in enumerate(document.event):
            event = self._event(f"event[{index}]", rule)
            if event.topic not in topics:
                raise self._wrong(
                    f"event[{index}].type",
                    f"{rule.type} goes to {event.topic}, which source {document.source} does not declare",
                )
            self._check_codes(f"event[{index}].data", event, city)
            events.append(event)
        for index, when in enumerate(document.skip):
            if (when.one_of, when.none_of, when.match, when.filled) == (None, None, None, None):
                raise self._wrong(f"skip[{index}]", "say which rows: one_of, none_of, match or filled")
            self._check_pattern(f"skip[{index}].match", when.match)
        skip = tuple(document.skip)
        geometry = self._geometry(city, events)
        found = Mapping(self._path, city, document.source, document.file, times, clock, tuple(events), skip, geometry)
        try:
            check_use(self._time_rule, (time.layout for time in found.all_times()))
        except WrongTime as wrong:
            raise self._wrong(f"time.{wrong.key}", str(wrong)) from None
        return found

    def _geometry(self, city: City, events: Sequence[MappedEvent]) -> Geometry | None:
        for index, event in enumerate(events):
            for field in event.fields:
                if field.point is None:
                    continue
                if not city.geometry:
                    raise self._wrong(
                        f"event[{index}].data.{field.name}",
                        f"city {city.name} has no geometry to locate points in: name a GeoJSON file in its own file",
                    )
                from schemas.geometry import city_geometry

                try:
                    return city_geometry(city)
                except ValueError as wrong:
                    raise WrongUse(str(wrong)) from None
        return None

    def _check_codes(self, at: str, event: MappedEvent, city: City) -> None:
        for field in event.fields:
            for where, code in field.written():
                if wrong := not_listed(event.type, field.name, code, city):
                    raise self._wrong(f"{at}.{field.name}{where}", wrong)

    def _time_file(self) -> TimeFile:
        rule = self._time_rule
        try:
            times = time_file(rule)
            check_layout(rule, rule.format)
        except WrongTime as wrong:
            raise self._wrong(f"time.{wrong.key}", str(wrong)) from None
        return times

    def _time(self, key: str, take: Columns | TimeTake) -> ColumnTime:
        try:
            return column_time(self._time_rule, take if isinstance(take, TimeTake) else TimeTake(take))
        except WrongTime as wrong:
            raise self._wrong(f"{key}.{wrong.key}", str(wrong)) from None

    def _event(self, at: str, rule: EventRule) -> MappedEvent:
        declared = next((each for each in TYPES.values() if rule.type in (each.tag, each.name)), None)
        if declared is None:
            raise self._wrong(f"{at}.type", f"no event type {rule.type!r}: {instead(rule.type, TYPES)}")
        for key, made in (("id", rule.id), ("subject", rule.subject)):
            if made is not None and bool(made.hash) == bool(made.join):
                raise self._wrong(f"{at}.{key}", "give the columns either as `hash` or as `join`")
        if rule.when is not None:
            self._check_pattern(f"{at}.when.match", rule.when.match)
        subject = rule.subject
        if subject is None and declared.needs_subject:
            subject = msgspec.structs.replace(rule.id, prefix="")
        return MappedEvent(
            declared,
            self._time(f"{at}.time", rule.time),
            rule.id,
            subject,
            rule.when,
            self._fields(at, rule, declared),
            subject_from_id=declared.needs_subject and rule.subject is None,
        )

    def _fields(self, at: str, rule: EventRule, declared: EventType) -> tuple[Field, ...]:
        known = declared.fields
        if unknown := set(rule.data) - set(known):
            raise self._wrong(f"{at}.data.{min(unknown)}", f"{rule.type} has no such field; it has {', '.join(known)}")
        if missing := [name for name, field in known.items() if field.required and name not in rule.data]:
            raise self._wrong(f"{at}.data.{missing[0]}", f"{rule.type} needs it: name its column")
        return tuple(
            self._field(f"{at}.data.{name}", name, value, known[name], _located(declared, name))
            for name, value in rule.data.items()
        )

    def _field(
        self, key: str, name: str, value: object, known: inspect.Field, located: Literal["beat", "areas"] | None
    ) -> Field:
        kind = _kind(known.type)
        if isinstance(value, dict) and value.keys() & {"longitude", "latitude"}:
            if located is None:
                raise self._wrong(key, "a point gives a beat or listed areas, and nothing else")
            return Field(name, kind, None, point=self._convert(key, value, PointTake), located=located)
        if isinstance(value, dict):
            if kind == "time":
                time = self._time(key, self._convert(key, value, TimeTake))
                return Field(name, kind, None, time=time, required=known.required)
            take = self._convert(key, value, Take)
            if take.decimals and kind != "number":
                raise self._wrong(key, "only a number has decimals")
            for index, pattern in enumerate(take.patterns):
                self._check_pattern(f"{key}.patterns[{index}].match", pattern.match)
            return Field(name, kind, take)
        expected = int if kind == "number" else str
        if kind == "time" or not isinstance(value, expected) or isinstance(value, bool):
            form = "{ column = ... }" + ("" if kind == "time" else f" or a {kind}")
            raise self._wrong(key, f"give it as {form}")
        choices = _choices(known.type)
        if choices and value not in choices:
            raise self._wrong(key, f"{value!r} is none of {', '.join(map(str, choices))}")
        return Field(name, kind, None, value)

    def _check_pattern(self, key: str, pattern: str | None) -> None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise self._wrong(key, f"{pattern!r} is no regular expression: {error}") from None

    def _convert(self, key: str, value: dict[str, Any], kind: type[_Taken]) -> _Taken:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            raise self._wrong(key, str(error).replace("`$.", "`")) from None


def _shown(header: list[str]) -> str:
    """The names of the columns. A file without a header has a row there: nothing that may be a person's is shown."""
    names = [name if find_person(name) is None else BLANK for name in header if name]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(name[:40] for name in names[:_SHOWN]) + more


def _plain(described: inspect.Type) -> tuple[inspect.Type, dict[str, Any]]:
    """The type below its annotations and its optional None, and the annotations."""
    notes: dict[str, Any] = {}
    while True:
        if isinstance(described, inspect.Metadata):
            notes |= described.extra_json_schema or {}
            described = described.type
        elif isinstance(described, inspect.UnionType):
            described = next(kind for kind in described.types if not isinstance(kind, inspect.NoneType))
        else:
            return described, notes


def _located(declared: EventType, name: str) -> Literal["beat", "areas"] | None:
    """What of where a point lies a field says; None where it says nothing of it."""
    moves = declared.effect.now if isinstance(declared.effect, Moves) else {}
    dim = next((dim for dim, now in moves.items() if now == name), name)
    return "beat" if dim == BEAT else "areas" if dim == AREAS else None


def _kind(described: inspect.Type) -> str:
    plain, notes = _plain(described)
    if isinstance(plain, inspect.IntType):
        return "number"
    return "time" if notes.get("format") == "date-time" else "text"


def _choices(described: inspect.Type) -> tuple[Any, ...]:
    plain, _ = _plain(described)
    return tuple(plain.values) if isinstance(plain, inspect.LiteralType) else ()
