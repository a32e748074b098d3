"""The times of a row: read from their columns, and in the hour that comes twice, each in its pass."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import combinations
from zoneinfo import ZoneInfo

from schemas.families import FAMILIES
from schemas.family import EventType
from sources.civil import Moment, Repeated, reader
from sources.mapping import MappedEvent, Mapping
from sources.passes import Neighbours, by_row
from sources.refusals import RowRefused
from sources.time_rules import ColumnTime, TimeFile

FileRow = list[str]

_MIDNIGHT = re.compile(r"(?:[Tt]|\s+)(?:0?0:00(?::00(?:[.,]0+)?)?|12:00(?::00(?:[.,]0+)?)? ?[Aa][Mm])\Z", re.ASCII)
"""A time of day that a date without one is often written with."""


class RowTimes:
    """Reads the times of rows. The same row always has the same times, once `learn` has seen its file."""

    def __init__(self, mapping: Mapping, places: dict[str, int]) -> None:
        self._times = list(dict.fromkeys(mapping.all_times()))
        self._read = [_column_reader(time, mapping.times, places) for time in self._times]
        self._cells = [time.columns for time in self._times]
        self._pairs = self._ordered_pairs(mapping)
        self._leading = [self._times.index(time) for time in _leading(mapping)]
        self._told: dict[tuple[str, ...], dict[int, int]] = {}
        self._chosen: tuple[FileRow, list[Moment | None]] = ([], [])

    def learn(self, rows: Iterable[FileRow]) -> None:
        """See all rows of a file that are whole, in its order: neighbours tell the pass of a repeated hour."""
        columns = [(place, self._read[place], Neighbours()) for place in self._leading]
        for row in rows:
            for _, read, neighbours in columns:
                try:
                    moment = read(row)
                except RowRefused:
                    continue
                neighbours.add(moment, tuple(row) if isinstance(moment, Repeated) else None)
        for place, _, neighbours in columns:
            for key, taken in neighbours.told().items():
                assert isinstance(key, tuple)
                self._told.setdefault(key, {})[place] = taken
        self._chosen = ([], [])

    def reader(self, time: ColumnTime) -> Callable[[FileRow], Moment | None]:
        """From a row to that time of it; None where the row has none. The function raises RowRefused."""
        place = self._times.index(time)
        read = self._read[place]

        def moment(row: FileRow) -> Moment | None:
            found = read(row)
            return self._choose(row)[place] if found.__class__ is Repeated else found

        return moment

    def _choose(self, row: FileRow) -> list[Moment | None]:
        if self._chosen[0] is not row:
            self._chosen = (row, by_row(list(self._all(row)), self._cells, self._pairs, self._told.get(tuple(row), {})))
        return self._chosen[1]

    def _all(self, row: FileRow) -> Iterable[Moment | None]:
        for read in self._read:
            try:
                yield read(row)
            except RowRefused:
                yield None

    def _ordered_pairs(self, mapping: Mapping) -> list[tuple[int, int]]:
        """Places of an earlier step and a later one, over all that the mapping says of a row."""
        found: dict[tuple[int, int], None] = {}
        chains = [steps(event) for event in mapping.events]
        chains += [
            [event.time for each in family.types for event in mapping.events if _is_step(each) and event.type == each]
            for family in FAMILIES.values()
        ]
        chains.append(_leading(mapping))
        for chain in chains:
            for earlier, later in combinations(map(self._times.index, chain), 2):
                if earlier != later:
                    found[earlier, later] = None
        return list(found)


def steps(event: MappedEvent) -> list[ColumnTime]:
    """The times of an event in the order of its steps."""
    times = {field.name: field.time for field in event.fields if field.time}
    return [times[name] for name in event.type.steps if name in times] + [event.time]


def _is_step(declared: EventType) -> bool:
    """Whether it is a step in the life of a subject, which follow each other."""
    return declared.needs_subject and not declared.restates


def blanks(mapping: Mapping, event: MappedEvent | None, column: str) -> frozenset[str]:
    """What stands for an empty cell in that column when it is asked whether `event`, or any, is to be made."""
    if event and event.time.columns == (column,):
        return event.time.none_of
    holds_times = any(column in time.columns for time in mapping.all_times())
    return mapping.times.none_of if holds_times else frozenset()


def _leading(mapping: Mapping) -> list[ColumnTime]:
    """The times that a file is in the order of: that of the first event, and that of arrival."""
    first = mapping.events[0].time
    return [first, mapping.clock] if mapping.clock and mapping.clock != first else [first]


def _column_reader(time: ColumnTime, file: TimeFile, places: dict[str, int]) -> Callable[[FileRow], Moment | None]:
    zone = ZoneInfo(time.zone) if time.zone else None
    read = reader(time.layout, zone, file.fold, file.zones, file.span)
    label, absent, table = time.label, time.none_of, dict(time.table)

    def moment(text: str) -> Moment | None:
        if not text or text in absent:
            return None
        try:
            return read(table.get(text, text) if table else text)
        except (ValueError, OverflowError) as error:
            raise RowRefused(label, str(error)) from None

    if len(time.columns) == 1:
        place = places[time.columns[0]]
        return lambda row: moment(row[place].strip())
    columns = [(name, places[name]) for name in time.columns]

    def joined(row: FileRow) -> Moment | None:
        parts = [row[place].strip() for _, place in columns]
        parts = ["" if part in absent else part for part in parts]
        if not any(parts):
            return None
        if "" in parts:
            raise RowRefused(time.columns[parts.index("")], "is empty, and the time is made of it")
        dates = [_MIDNIGHT.sub("", part) for part in parts[:-1]]
        try:
            return moment(" ".join(parts))
        except RowRefused:
            if dates == parts[:-1]:
                raise
        return moment(" ".join([*dates, parts[-1]]))

    return joined
