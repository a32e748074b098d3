"""The store and the output topics against one undisturbed pass of `streams.core` over the log.

The pass is one worker that reads each partition once, record by record. Every verdict, cell, correction, dead letter
and raw row of the store has to be its, and so has everything that was ever published: no two values of one version,
and no progress before the cells that it vouches for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runtime.log import OffsetRange, Place, Record, extents, read
from runtime.settings import Settings
from schemas import reading
from schemas.accept import accept
from schemas.control import PANE
from schemas.families import TYPES
from schemas.instants import epoch
from schemas.records import Cell, Correction, DeadLetter, Progress
from schemas.topics import CORRECTIONS, DEAD_LETTERS, INPUTS, PANES
from sinks import dims
from sinks.rows import (
    CELL_COLUMNS,
    CORRECTION_COLUMNS,
    DEAD_LETTER_COLUMNS,
    EVENT_COLUMNS,
    correction_row,
    dead_letter_row,
    event_rows,
)
from sinks.store import Store
from sinks.store_factory import open_store
from streams.core.partition import Partition
from tests.deployment import Deployment

EXAMPLES = 12

Name = tuple[str | int, ...]
"""A cell in its partition: source, pane, type, codes."""

Value = tuple[int, int, tuple[int, ...]]
"""Records, count, values."""

Totals = tuple[int, int, int, int]
"""Counted, late, duplicates, dead."""


@dataclass
class Differences:
    """lost: in the pass and not there. doubled: there and not in the pass. different: there with another content."""

    lost: int = 0
    doubled: int = 0
    different: int = 0
    examples: list[str] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.lost or self.doubled or self.different)

    def __iadd__(self, other: Differences) -> Differences:
        self.lost += other.lost
        self.doubled += other.doubled
        self.different += other.different
        self.examples += other.examples
        self.compared += other.compared
        return self

    def say(self, what: str) -> None:
        if len(self.examples) < EXAMPLES:
            self.examples.append(what)

    def lose(self, what: str) -> None:
        self.lost += 1
        self.say(f"lost: {what}")

    def double(self, what: str) -> None:
        self.doubled += 1
        self.say(f"doubled: {what}")

    def differ(self, what: str, expected: object, found: object) -> None:
        self.different += 1
        self.say(f"different: {what}: expected {expected}, found {found}")


class Pass:
    """One partition, judged once and without a break."""

    def __init__(self, place: Place, begin: int) -> None:
        self.place = place
        self.begin = begin
        self.records: list[Record] = []
        self.versions: dict[tuple[Name, int], Value] = {}
        self.updates: list[tuple[int, Name]] = []
        self.cells: dict[Name, tuple[int, Value]] = {}
        self.totals: dict[int, Totals] = {begin: (0, 0, 0, 0)}
        self.corrections: dict[int, Correction] = {}
        self.dead_letters: dict[int, DeadLetter] = {}
        self._partition = Partition(place.log, place.topic, place.partition, begin)

    def take(self, records: Sequence[Record]) -> None:
        """The next records of the log."""
        counts = self._partition.counts
        for record in records:
            before = counts.counted
            self._partition.feed([record], record.offset + 1)
            self.totals[record.offset + 1] = (counts.counted, counts.late, counts.duplicates, counts.dead)
            if counts.counted > before:
                self._count(record)
        self.records += records

    def _count(self, record: Record) -> None:
        event: Any = accept(record.value)
        added = event.adds()
        if added is None:
            return  # it restates another: a correction, no cell
        key, count, values = added
        at = epoch(event.time)
        name: Name = (event.source, at - at % PANE, *key)
        _, (had, counted, sums) = self.cells.get(name, (0, (0, 0, (0,) * len(values))))
        value = (had + 1, counted + count, tuple(map(int.__add__, sums, values)))
        self.cells[name] = (record.offset, value)
        self.versions[name, record.offset] = value
        self.updates.append((record.offset, name))

    def end(self) -> None:
        """What the core gives out for all of it; raises AssertionError where the pass added up otherwise."""
        taken = self._partition.snapshot()
        self.corrections = {each.offset: each for each in taken.corrections}
        self.dead_letters = {each.offset: each for each in taken.dead_letters}
        given = {_name(cell): (cell.version, _value(cell)) for cell in taken.cells}
        assert given == self.cells, f"{self.place}: the pass and the core add up differently"


def differences(deployment: Deployment, topics: Collection[str] = INPUTS) -> Differences:
    """Compare all that is there of the logs that the topics are now. Drain first. Blocks on broker and store."""
    return compare(deployment.settings, topics)


def compare(settings: Settings, topics: Collection[str] = INPUTS, store: Store | None = None) -> Differences:
    """As `differences`, of a deployment that is known by its settings; with its store where that is open already."""
    there = extents(settings, topics)
    passes = {place: Pass(place, extent.begin) for place, extent in there.items()}
    read(settings, there, lambda place, records: passes[place].take(records))
    for each in passes.values():
        each.end()
    found = Differences()
    with nullcontext(store) if store is not None else closing(open_store(settings)) as opened:
        stored = _Stored(opened)
        for each in passes.values():
            _compare_stored(stored, each, found)
    _compare_published(settings, passes, found)
    return found


# --- the store


def _compare_stored(store: _Stored, judged: Pass, found: Differences) -> None:
    place = judged.place
    raw = {row[3]: tuple(map(_plain, row[4:])) for row in event_rows(*place, judged.records)}
    _compare(found, f"raw row of {_said(place)}", raw, store.rows("events", EVENT_COLUMNS, place))
    corrections = {offset: tuple(map(_plain, correction_row(each)[4:])) for offset, each in judged.corrections.items()}
    stored = store.rows("corrections", CORRECTION_COLUMNS, place)
    _compare(found, f"correction of {_said(place)}", corrections, stored)
    dead = {offset: dead_letter_row(each)[4:] for offset, each in judged.dead_letters.items()}
    _compare(found, f"dead letter of {_said(place)}", dead, store.rows("dead_letters", DEAD_LETTER_COLUMNS, place))
    _compare(found, f"cell of {_said(place)}", judged.cells, store.cells(place))
    _compare_totals(store, judged, found)


class _Stored:
    """The rows of each partition. One that has none in a table is not asked for them: most of a fleet are empty."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._there: dict[str, set[Place]] = {}

    def rows(self, table: str, columns: Sequence[str], place: Place) -> Iterable[tuple[int, Any]]:
        """Offset and what stands behind it."""
        assert columns[:4] == ("log", "topic", "partition", "offset")
        for offset, *rest in self.select(table, columns[3:], place):
            yield int(offset), tuple(map(_plain, rest))

    def cells(self, place: Place) -> Iterable[tuple[Any, Any]]:
        for source, pane, *rest in self.select("cells", CELL_COLUMNS[3:], place):
            type_, beat, category, facet, further, version, records, count, values = rest
            name = (source, _plain(pane), type_, *dims.codes(TYPES[type_], beat, category, facet, further))
            yield name, (int(version), (int(records), int(count), tuple(values)))

    def select(self, table: str, columns: Sequence[str], place: Place) -> list[tuple[Any, ...]]:
        if table not in self._there:
            found = self._store.query(f"SELECT DISTINCT log, topic, partition FROM {table}")
            self._there[table] = {Place(log, topic, int(partition)) for log, topic, partition in found}
        if place not in self._there[table]:
            return []
        return self._store.query(
            f"SELECT {', '.join(columns)} FROM {table} FINAL"
            " WHERE log = %(log)s AND topic = %(topic)s AND partition = %(partition)s",
            place._asdict(),
        )


def _compare_totals(store: _Stored, judged: Pass, found: Differences) -> None:
    columns = ("read", "counted", "late", "duplicates", "dead")
    rows = [tuple(map(int, row)) for row in store.select("progress", columns, judged.place)]
    end = max(judged.totals)
    expected = {} if end == judged.begin else {0: (end, *judged.totals[end])}
    _compare(found, f"verdicts of {_said(judged.place)}", expected, enumerate(rows))


def _compare(found: Differences, what: str, expected: Mapping[Any, Any], stored: Iterable[tuple[Any, Any]]) -> None:
    missing = dict(expected)
    for key, value in stored:
        found.compared[what.partition(" of ")[0]] += 1
        if key not in missing:
            found.double(f"{what} {key}: {value}")
        elif (wanted := missing.pop(key)) != value:
            found.differ(f"{what} {key}", wanted, value)
    for key, value in missing.items():
        found.lose(f"{what} {key}: {value}")


# --- the output topics


def _compare_published(settings: Settings, passes: Mapping[Place, Pass], found: Differences) -> None:
    whole = {place: each for place, each in passes.items() if each.begin == 0}
    check = _Published(whole, found)
    visits: dict[str, Callable[[bytes | None], None]] = {
        PANES: check.pane,
        CORRECTIONS: check.correction,
        DEAD_LETTERS: check.dead_letter,
    }
    there: dict[Place, OffsetRange] = extents(settings, tuple(visits))

    def visit(place: Place, records: Sequence[Record]) -> None:
        for record in records:
            visits[place.topic](record.value)

    read(settings, there, visit)


class _Published:
    """Looks at everything that was published, in its order, also what later values have replaced."""

    def __init__(self, passes: Mapping[Place, Pass], found: Differences) -> None:
        self._passes = passes
        self._found = found
        self._best: dict[Place, dict[Name, int]] = defaultdict(dict)
        self._vouched: Counter[Place] = Counter()
        """So many updates of each place were there before the progress that vouches for them."""

    def pane(self, value: bytes | None) -> None:
        said = reading.pane_record(value or b"")
        if isinstance(said, Cell):
            self._cell(said)
        elif isinstance(said, Progress):
            self._progress(said)

    def _cell(self, cell: Cell) -> None:
        place, name = _place(cell), _name(cell)
        if (judged := self._passes.get(place)) is None:
            return
        self._found.compared["published"] += 1
        wanted = judged.versions.get((name, cell.version))
        if wanted != _value(cell):
            self._found.differ(f"published cell of {_said(place)} {name} @ {cell.version}", wanted, _value(cell))
        best = self._best[place]
        best[name] = max(cell.version, best.get(name, -1))

    def _progress(self, progress: Progress) -> None:
        place = _place(progress)
        if (judged := self._passes.get(place)) is None:
            return
        self._found.compared["published"] += 1
        totals = (progress.counted, progress.late, progress.duplicates, progress.dead)
        if (wanted := judged.totals.get(progress.read)) != totals:
            self._found.differ(f"published verdicts of {_said(place)} below {progress.read}", wanted, totals)
        best, at = self._best[place], self._vouched[place]
        while at < len(judged.updates) and judged.updates[at][0] < progress.read:
            version, name = judged.updates[at]
            if best.get(name, -1) < version:
                self._found.lose(f"{_said(place)} {name} @ {version} was not published before progress {progress.read}")
            at += 1
        self._vouched[place] = at

    def correction(self, value: bytes | None) -> None:
        said = reading.correction(value or b"")
        if (judged := self._passes.get(_place(said))) is not None:
            self._same(judged.corrections, said)

    def dead_letter(self, value: bytes | None) -> None:
        said = reading.dead_letter(value or b"")
        if (judged := self._passes.get(_place(said))) is not None:
            self._same(judged.dead_letters, said)

    def _same(self, expected: Mapping[int, Any], said: Correction | DeadLetter) -> None:
        self._found.compared["published"] += 1
        if (wanted := expected.get(said.offset)) != said:
            self._found.differ(f"published by {_said(_place(said))} @ {said.offset}", wanted, said)


def _place(said: Cell | Progress | Correction | DeadLetter) -> Place:
    return Place(said.log, said.topic, said.partition)


def _name(cell: Cell) -> Name:
    return (cell.source, cell.pane, *cell.key)


def _value(cell: Cell) -> Value:
    return (cell.records, cell.count, cell.values)


def _said(place: Place) -> str:
    return f"{place.topic}/{place.partition}"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp())
    return tuple(value) if isinstance(value, list) else value
