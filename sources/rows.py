"""A row of a file becomes events, or is refused with the column and the reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from schemas.accept import Counted, Refused, accept
from sources.civil import Moment, reader
from sources.mapping import Field, IdRule, MappedEvent, Mapping, Take, When

Row = list[str]

_DIGEST_BYTES = 10
"""Twenty letters: among 100 million rows the chance that any two share an id is below 1 in 100."""

_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""No digest may look like the number of a telephone or of a person, so it has no digits."""


class RowRefused(ValueError):
    """The row gives no event. It names the column; the reason repeats nothing of the row."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"column {column}: {reason}")
        self.column = column
        self.reason = reason


@dataclass(frozen=True)
class RowEvent:
    """An event ready to be sent, and what the pipeline will read in it; `epoch` is its own time."""

    epoch: int
    topic: str
    key: bytes
    value: bytes
    event: Counted


class RowMapper:
    """Applies a mapping to the rows of a file with this header.

    Where an id has an `ordinal`, all rows are to be given, once each and in their order.
    """

    def __init__(self, mapping: Mapping, header: list[str]) -> None:
        self._width = len(header)
        self._places = {name: place for place, name in enumerate(header)}
        self._times: dict[tuple[str, str | None], Callable[[str], Moment]] = {}
        self._mapping = mapping
        self._digested = ("", "")
        self._alike: dict[tuple[int, ...], Counter[int]] = {}
        self._ordinals: dict[tuple[int, ...], int] = {}
        self.told_apart = 0
        self._events = [self._compile(event) for event in mapping.events]
        self._when = [self._condition(event.when) for event in mapping.events]
        clock = mapping.clock
        self._event_time = self._time(mapping.events[0].time)
        self._arrival = self._time(clock.column, clock.format, clock.zone) if clock else self._event_time

    def arrival(self, row: Row) -> int | None:
        """When a row arrived (its event time if the file does not say), UTC seconds; None when unreadable."""
        return self._seconds(self._arrival, row)

    def event_time(self, row: Row) -> int | None:
        """The time of a row's first event, UTC seconds; None when unreadable."""
        return self._seconds(self._event_time, row)

    def _seconds(self, time: Callable[[Row], Moment], row: Row) -> int | None:
        if len(row) != self._width:
            return None
        try:
            return time(row)[0]
        except RowRefused:
            return None

    def events(self, row: Row) -> list[RowEvent]:
        """The events of a row, in the order of the mapping. Raises RowRefused."""
        if len(row) != self._width:
            raise RowRefused("", f"the line has {len(row)} fields, the header {self._width}")
        if self._alike:
            self._number(row)
        found = [make(row) for make, holds in zip(self._events, self._when, strict=True) if holds(row)]
        if not found:
            column = next(event.when.column for event in self._mapping.events if event.when)
            raise RowRefused(column, "no [[event]] of the mapping takes this row")
        if self._mapping.clock:
            self._arrival(row)  # a row without its arrival time has no place in the file's order
        return found

    def _number(self, row: Row) -> None:
        """Of each recipe with an ordinal the how many-th of its like this row is, whatever becomes of the row."""
        for places, seen in self._alike.items():
            like = hash(tuple([row[place].strip() for place in places]))
            seen[like] += 1
            self._ordinals[places] = seen[like]
        self.told_apart += any(ordinal > 1 for ordinal in self._ordinals.values())

    def _compile(self, event: MappedEvent) -> Callable[[Row], RowEvent]:
        time = self._time(event.time)
        make_id = self._id(event.id)
        make_subject = self._id(event.subject) if event.subject else None
        fields = [(field.name, self._field(field)) for field in event.fields]
        fixed = {"specversion": "1.0", "type": event.type, "source": self._mapping.source}
        no_beat = self._mapping.source.encode()
        encode = msgspec.json.encode

        def make(row: Row) -> RowEvent:
            epoch, text = time(row)
            data = {name: value for name, get in fields if (value := get(row)) is not None}
            body = {**fixed, "id": make_id(row), "time": text}
            if make_subject:
                body["subject"] = make_subject(row)
            value = encode({**body, "data": data})
            try:
                taken = accept(value)  # what the pipeline would refuse is refused here, where the line is known
            except Refused as refused:
                raise RowRefused(_blamed(event, refused.detail), f"{refused.reason}: {refused.detail}") from None
            beat = data.get("beat")
            assert isinstance(taken, Counted)
            return RowEvent(epoch, event.topic, beat.encode() if beat else no_beat, value, taken)

        return make

    def _time(self, column: str, layout: str | None = None, zone: str | None = None) -> Callable[[Row], Moment]:
        default = self._mapping.time
        name = zone or default.zone
        rule = (layout or default.format, name)
        read = self._times.get(rule)
        if read is None:
            read = self._times[rule] = reader(rule[0], ZoneInfo(name) if name else None, default.fold)
        place = self._places[column]

        def moment(row: Row) -> Moment:
            text = row[place].strip()
            if not text:
                raise RowRefused(column, "is empty")
            try:
                return read(text)
            except (ValueError, OverflowError) as error:
                raise RowRefused(column, str(error)) from None

        return moment

    def _id(self, rule: IdRule) -> Callable[[Row], str]:
        make = self._recipe(rule)
        if not rule.ordinal:
            return make
        places = tuple(self._places[column] for column in rule.columns)
        self._alike.setdefault(places, Counter())

        def numbered(row: Row) -> str:
            ordinal = self._ordinals[places]
            return make(row) if ordinal == 1 else f"{make(row)}+{ordinal}"

        return numbered

    def _recipe(self, rule: IdRule) -> Callable[[Row], str]:
        places = tuple(self._places[column] for column in rule.columns)
        prefix = rule.prefix
        if rule.join:
            between = rule.between

            def joined(row: Row) -> str:
                parts = [row[place].strip() for place in places]
                if not all(parts):
                    raise RowRefused(rule.join[parts.index("")], "is empty, and the id is made of it")
                return prefix + between.join(parts)

            return joined

        return lambda row: prefix + self._digest(row, places)

    def _digest(self, row: Row, places: tuple[int, ...]) -> str:
        """The id and the subject of an event mostly come from the same columns: the last digest is kept."""
        joined = "\x1f".join([row[place] for place in places])
        if joined != self._digested[0]:
            digest = blake2b(joined.encode(), digest_size=_DIGEST_BYTES).hexdigest()
            self._digested = (joined, digest.translate(_LETTERS))
        return self._digested[1]

    def _field(self, field: Field) -> Callable[[Row], Any]:
        take = field.take
        if take is None:
            constant = field.constant
            return lambda row: constant
        if field.kind == "time":
            return self._optional_time(take)
        text = self._text(take)
        if field.kind == "text":
            return text

        def number(row: Row) -> int | None:
            digits = text(row)
            try:
                return int(digits) if digits else None
            except ValueError:
                raise RowRefused(take.column, "is not a whole number") from None

        return number

    def _optional_time(self, take: Take) -> Callable[[Row], str | None]:
        time = self._time(take.column, take.format, take.zone)
        place = self._places[take.column]
        return lambda row: time(row)[1] if row[place].strip() else None

    def _text(self, take: Take) -> Callable[[Row], str]:
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

        def coded(row: Row) -> str:
            text = row[place].strip()
            code = known.get(text)
            if code is None:
                code = look_up(text)
                if len(known) < 100_000:
                    known[text] = code
            return code

        return coded

    def _condition(self, when: When | None) -> Callable[[Row], bool]:
        if when is None:
            return lambda row: True
        place = self._places[when.column]
        pattern = re.compile(when.match) if when.match is not None else None

        def holds(row: Row) -> bool:
            text = row[place].strip()
            return (
                (when.filled is None or bool(text) == when.filled)
                and (when.one_of is None or text in when.one_of)
                and (when.none_of is None or text not in when.none_of)
                and (pattern is None or pattern.search(text) is not None)
            )

        return holds


def _blamed(event: MappedEvent, detail: str) -> str:
    """The column behind the field that a refusal names, where it can be told."""
    for field in event.fields:
        if field.take and re.search(rf"\b{field.name}\b", detail):
            return field.take.column
    if re.match(r"(subject|id)\b", detail):
        rule = event.subject if detail.startswith("subject") and event.subject else event.id
        return rule.columns[0]
    return event.time
