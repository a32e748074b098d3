"""A row of a file becomes events, or is refused with the column and the reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from schemas.accept import Refused, accept
from schemas.envelope import CountedEvent
from schemas.instants import epoch as instant
from schemas.person import find_person_in_id
from sources.civil import Moment
from sources.mapping import Field, MappedEvent, Mapping
from sources.mapping_rules import IdRule, PointTake, Take, When
from sources.order import Step, restore
from sources.points import PointReader
from sources.refusals import RowRefused
from sources.row_times import FileRow, RowTimes, blanks
from sources.time_rules import ColumnTime

__all__ = ["FileRow", "RowEvent", "RowMapper", "RowRefused"]

_DIGEST_BYTES = 10
"""Twenty letters: among 100 million rows the chance that any two share an id is below 1 in 100."""

_BEFORE_NUMBER = "i"
"""Of the subject of an incident whose number looks like a person's and has a prefix in the id."""

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""No digest may look like the number of a telephone or of a person, so it has no digits."""


@dataclass(frozen=True)
class RowEvent:
    """An event ready to be sent, and what the pipeline will read in it; `epoch` is its own time."""

    epoch: int
    topic: str
    key: bytes
    value: bytes
    event: CountedEvent


class _Maker(NamedTuple):
    name: str
    make: Callable[[FileRow, list[RowRefused]], RowEvent]
    """It raises RowRefused, and adds to the list what the event goes out without."""


class RowMapper:
    """Applies a mapping to the rows of a file with this header.

    Where an id has an `ordinal`, all rows are to be given, once each and in their order.
    """

    def __init__(self, mapping: Mapping, header: list[str]) -> None:
        self._width = len(header)
        self._places = {name: place for place, name in enumerate(header)}
        self._times = RowTimes(mapping, self._places)
        self._mapping = mapping
        self._digested = ("", "")
        self._alike: dict[tuple[int, ...], Counter[int]] = {}
        self._ordinals: dict[tuple[int, ...], int] = {}
        self.told_apart = 0
        self.left_out = 0
        self.outside = self.without_point = 0
        self._points: dict[PointTake, PointReader] = {}
        self._events = [self._compile(event) for event in mapping.events]
        self._point = next(iter(self._points.values()), None)
        self._when = [self._condition(event.when, event) for event in mapping.events]
        self._skip = [self._condition(when) for when in mapping.skip]
        self._event_times = [self._time(event.time) for event in mapping.events]
        self._arrival = self._time(mapping.clock) if mapping.clock else self._event_times[0]

    def learn(self, rows: Iterable[FileRow]) -> None:
        """See all rows of the file, in its order, before any is mapped.

        In the hour that the clocks repeat, the rows around one tell its pass; a mapper that has not seen them goes
        by the row alone, and by `fold`.
        """
        self._times.learn(row for row in rows if len(row) == self._width)

    def arrival(self, row: FileRow) -> int | None:
        """When a row arrived (its event time if the file does not say), UTC seconds; None when unreadable."""
        return self._seconds(self._arrival, row)

    def event_time(self, row: FileRow) -> int | None:
        """The time of the first event that takes a row, UTC seconds; None when unreadable, or where none does."""
        if len(row) != self._width or self._is_left_out(row):
            return None
        for time, holds in zip(self._event_times, self._when, strict=True):
            if holds(row):
                return self._seconds(time, row)
        return None

    def _seconds(self, time: Callable[[FileRow], Moment], row: FileRow) -> int | None:
        if len(row) != self._width:
            return None
        try:
            return time(row)[0]
        except RowRefused:
            return None

    def events(self, row: FileRow, refuse: Callable[[RowRefused], None] | None = None) -> list[RowEvent]:
        """The events of a row, in the order of the mapping; none of one that the mapping leaves out. Raises RowRefused
        where another row gives none.

        The first event stands for the row. A later one that is refused, or that goes out without one of its times,
        is told to `refuse` and costs no other; without `refuse` it is raised.
        """
        if len(row) != self._width:
            raise RowRefused("", f"the line has {len(row)} fields, the header {self._width}")
        if self._alike:
            self._number(row)
        if self._is_left_out(row):
            self.left_out += 1
            return []
        taking = [make for make, holds in zip(self._events, self._when, strict=True) if holds(row)]
        if not taking:
            column = next(event.when.column for event in self._mapping.events if event.when)
            raise RowRefused(column, "no [[event]] of the mapping takes this row")
        lacking: list[RowRefused] = []
        found = [taking[0].make(row, lacking)]
        if self._point:  # that of the first event: what it counts under is what the figures are by
            located = self._point.locate(row)
            self.without_point += located is None
            self.outside += located is not None and not located.beat
        if self._mapping.clock:
            self._arrival(row)  # a row without its arrival time has no place in the file's order
        for later in taking[1:]:
            try:
                found.append(later.make(row, lacking))
            except RowRefused as refused:
                lacking.append(refused.of(later.name))
        for lack in lacking:
            if refuse is None:
                raise lack
            refuse(lack)
        return found

    def _number(self, row: FileRow) -> None:
        """Of each recipe with an ordinal the how many-th of its like this row is, whatever becomes of the row."""
        for places, seen in self._alike.items():
            like = hash(tuple([row[place].strip() for place in places]))
            seen[like] += 1
            self._ordinals[places] = seen[like]
        self.told_apart += any(ordinal > 1 for ordinal in self._ordinals.values())

    def _compile(self, event: MappedEvent) -> _Maker:
        time = self._time(event.time)
        make_id = self._id(event.id)
        make_subject = self._subject(event) if event.subject else None
        fields = [(field.name, self._field(field)) for field in event.fields if not _may_lack(field)]
        optional = [(field, self._field(field)) for field in event.fields if _may_lack(field)]
        fixed = {"specversion": "1.0", "type": event.type.tag, "source": self._mapping.source}
        no_beat = self._mapping.source.encode()
        encode = msgspec.json.encode
        name = event.type.name

        def make(row: FileRow, lacking: list[RowRefused]) -> RowEvent:
            epoch, text = time(row)
            data = {name: value for name, get in fields if (value := get(row)) is not None}
            without: list[RowRefused] = []
            for field, get in optional:
                try:
                    if (found := get(row)) is not None:
                        data[field.name] = found
                except RowRefused as refused:
                    without.append(refused)
            body = {**fixed, "id": make_id(row), "time": text}
            if make_subject:
                body["subject"] = make_subject(row)
            value = encode({**body, "data": data})
            try:
                taken = accept(value)  # what the pipeline would refuse is refused here, where the line is known
            except Refused as refused:
                if refused.reason != "wrong_order":
                    raise RowRefused(_blamed(event, refused.detail), f"{refused.reason}: {refused.detail}") from None
                value, taken, misplaced = restore(
                    _steps(event, text, data),
                    lambda left_out: encode({**body, "data": {k: v for k, v in data.items() if k not in left_out}}),
                )
                without += misplaced
            lacking += [each.of(name, lost=False) for each in without]
            beat = data.get("beat")
            assert isinstance(taken, CountedEvent)
            return RowEvent(epoch, event.topic, beat.encode() if beat else no_beat, value, taken)

        return _Maker(name, make)

    def _time(self, time: ColumnTime) -> Callable[[FileRow], Moment]:
        read, label = self._times.reader(time), time.label

        def moment(row: FileRow) -> Moment:
            found = read(row)
            if found is None:
                raise RowRefused(label, "is empty")
            return found

        return moment

    def _id(self, rule: IdRule) -> Callable[[FileRow], str]:
        make = self._recipe(rule)
        if not rule.ordinal:
            return make
        places = tuple(self._places[column] for column in rule.columns)
        self._alike.setdefault(places, Counter())

        def numbered(row: FileRow) -> str:
            ordinal = self._ordinals[places]
            return make(row) if ordinal == 1 else f"{make(row)}+{ordinal}"

        return numbered

    def _recipe(self, rule: IdRule) -> Callable[[FileRow], str]:
        places = tuple(self._places[column] for column in rule.columns)
        prefix = rule.prefix
        if rule.join:
            between = rule.between

            def joined(row: FileRow) -> str:
                parts = [row[place].strip() for place in places]
                if not all(parts):
                    raise RowRefused(rule.join[parts.index("")], "is empty, and the id is made of it")
                return prefix + between.join(parts)

            return joined

        return lambda row: prefix + self._digest(row, places)

    def _subject(self, event: MappedEvent) -> Callable[[FileRow], str]:
        assert event.subject is not None
        make = self._id(event.subject)
        if not event.subject_from_id or event.subject.hash:
            return make

        def without_prefix(row: FileRow) -> str:
            # The letter that a prefix puts before such a number is what lets it be an id.
            text = make(row)
            return _BEFORE_NUMBER + text if find_person_in_id(text) else text

        return without_prefix

    def _digest(self, row: FileRow, places: tuple[int, ...]) -> str:
        """The id and the subject of an event mostly come from the same columns: the last digest is kept."""
        joined = "\x1f".join([row[place] for place in places])
        if joined != self._digested[0]:
            digest = blake2b(joined.encode(), digest_size=_DIGEST_BYTES).hexdigest()
            self._digested = (joined, digest.translate(_LETTERS))
        return self._digested[1]

    def _field(self, field: Field) -> Callable[[FileRow], Any]:
        if field.time:
            read = self._times.reader(field.time)
            return lambda row: found.text if (found := read(row)) else None
        if field.point:
            assert self._mapping.geometry is not None
            made = PointReader(self._mapping.geometry, field.point, self._places)
            reader = self._points.setdefault(field.point, made)
            return reader.beat if field.located == "beat" else reader.areas
        take = field.take
        if take is None:
            constant = field.constant
            return lambda row: constant
        text = self._text(take)
        if field.kind == "text":
            return text

        def number(row: FileRow) -> int | None:
            digits = text(row)
            try:
                return _integer(digits, take.decimals) if digits else None
            except (ValueError, ArithmeticError):
                what = f"a number of at most {take.decimals} decimal places" if take.decimals else "a whole number"
                raise RowRefused(take.column, f"is not {what}") from None

        return number

    def _text(self, take: Take) -> Callable[[FileRow], str]:
        place, table, otherwise = self._places[take.column], take.table, take.otherwise
        patterns = [(re.compile(pattern.match), pattern.code) for pattern in take.patterns]
        if not table and not patterns and otherwise is None:
            return lambda row: row[place].strip()
        known: dict[str, str] = {}

        def look_up(text: str) -> str:
            if text in table:
                return table[text]
            code = next((code for pattern, code in patterns if pattern.search(text)), otherwise)
            return text if code is None else code

        def coded(row: FileRow) -> str:
            text = row[place].strip()
            code = known.get(text)
            if code is None:
                code = look_up(text)
                if len(known) < 100_000:
                    known[text] = code
            return code

        return coded

    def _is_left_out(self, row: FileRow) -> bool:
        return any(holds(row) for holds in self._skip) if self._skip else False

    def _condition(self, when: When | None, event: MappedEvent | None = None) -> Callable[[FileRow], bool]:
        """Whether a row meets it; `event`: for that one, whose time has texts of its own for none."""
        if when is None:
            return lambda row: True
        place = self._places[when.column]
        pattern = re.compile(when.match) if when.match is not None else None
        absent = {"", *blanks(self._mapping, event, when.column)}

        def holds(row: FileRow) -> bool:
            text = row[place].strip()
            return (
                (when.filled is None or (text not in absent) == when.filled)
                and (when.one_of is None or text in when.one_of)
                and (when.none_of is None or text not in when.none_of)
                and (pattern is None or pattern.search(text) is not None)
            )

        return holds


def _integer(text: str, decimals: int) -> int:
    """The number, with its decimal places as a part of the integer. Raises ValueError, ArithmeticError."""
    if decimals == 0:
        return int(text)
    exact = Decimal(text).scaleb(decimals)
    if exact != exact.to_integral_value():
        raise ValueError
    return int(exact)


def _may_lack(field: Field) -> bool:
    return field.time is not None and not field.required


def _steps(event: MappedEvent, time: str, data: dict[str, Any]) -> list[Step]:
    fields = {field.name: field for field in event.fields if field.time and field.name in data}
    earlier = [
        Step(name, fields[name].label, instant(data[name]), _may_lack(fields[name]))
        for name in event.type.steps
        if name in fields
    ]
    return [*earlier, Step("time", event.time.label, instant(time), False)]


def _blamed(event: MappedEvent, detail: str) -> str:
    """The column behind the field that a refusal names, where it can be told."""
    for field in event.fields:
        if field.columns and re.search(rf"\b{field.name}\b", detail):
            return field.label
    if re.match(r"(subject|id)\b", detail):
        rule = event.subject if detail.startswith("subject") and event.subject else event.id
        return rule.columns[0]
    return event.time.label
