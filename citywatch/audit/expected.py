"""What the log says all tables and figures must hold, from the verdicts of `citywatch.audit.reference_verdicts`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from functools import cache, cached_property
from itertools import zip_longest
from typing import NamedTuple

from citywatch.audit.reference_verdicts import JudgedEvent, ReferenceModel, stripped
from runtime.log import Place
from schemas.cities import City
from schemas.families import LIFECYCLES, TYPES


class CellKey(NamedTuple):
    place: Place
    source: str
    pane: int
    type: str
    dims: tuple[str, ...]


class FigureKey(NamedTuple):
    """A cell without its place: figures are sums over partitions."""

    source: str
    pane: int
    type: str
    dims: tuple[str, ...]


Standing = tuple[JudgedEvent, tuple[str, ...]]
"""A row, and the codes that it has now."""

Steps = dict[str, list[Standing]]
Line = tuple[int, tuple[str, ...], "Sum"]
"""A pane, codes, and what was added up there."""


class Sum:
    """Records, counts and values that add up."""

    __slots__ = ("count", "records", "values")

    def __init__(self) -> None:
        self.records = 0
        self.count = 0
        self.values: tuple[int, ...] = ()

    def add(self, row: JudgedEvent, sign: int = 1) -> None:
        self.records += sign
        self.count += sign * row.amount
        if row.values:
            self._add_values(row.values, sign)

    def take(self, other: Sum) -> None:
        """Adds another sum."""
        self.records += other.records
        self.count += other.count
        if other.values:
            self._add_values(other.values, 1)

    def _add_values(self, values: tuple[int, ...], sign: int) -> None:
        if sign == 1 and not self.values:
            self.values = values  # as it is, for most sums are of one event
        else:
            self.values = tuple(mine + sign * more for mine, more in zip_longest(self.values, values, fillvalue=0))

    def plain(self) -> tuple[int, int, tuple[int, ...]]:
        return self.records, self.count, stripped(self.values)


class Expected:
    """Everything that follows from the judged partitions. Cells are told of one partition at a time."""

    def __init__(self, models: Iterable[ReferenceModel]) -> None:
        self.models = list(models)
        self._first = _first_of_repeated(self.models)
        self.figures: dict[FigureKey, Sum] = {}
        self.steps: Steps = defaultdict(list)
        """By type the rows that are a step of a life, each with the codes that it has now."""
        self._beside: dict[FigureKey, Sum] = {}
        self._ruling = self._restatements()
        self._fold()

    def is_first(self, row: JudgedEvent) -> bool:
        """Whether the row is the one that counts of all accepted rows with its id."""
        first = self._first.get((row.source, row.id))
        return first is None or first == _standing(row)

    def is_cancelled(self, source: str, subject: str, name: str) -> bool:
        """Whether events of a type with this subject are, whether or not one came."""
        ruling = self._ruling.get((source, subject, name))
        return ruling is not None and TYPES[ruling.type].effect.word == "cancels"

    def beside_cells(self) -> dict[FigureKey, tuple[int, int, tuple[int, ...]]]:
        """What figures have that cells have not; nothing where both are alike."""
        sums = ((key, total.plain()) for key, total in self._beside.items())
        return {key: plain for key, plain in sums if plain != (0, 0, ())}

    @cached_property
    def lines(self) -> dict[tuple[str, str], list[Line]]:
        """The figures by source and type."""
        lines: dict[tuple[str, str], list[Line]] = defaultdict(list)
        for key, total in self.figures.items():
            lines[key.source, key.type].append((key.pane, key.dims, total))
        return lines

    def standing(self, types: Container[str], city: City, since: int, until: int) -> list[Standing]:
        """The rows of a city's sources with times in [since, until) of types that add to figures, each id once and none
        that was cancelled, with the codes that they have now: in order of time, id and where they stand."""
        found = [
            (row, now)
            for model in self.models
            for row in model.rows
            if since <= row.time < until and row.type in types and row.source in city.sources
            if _lives(row) and self.is_first(row) and (now := _codes_now(row, self._ruling)) is not None
        ]
        return sorted(found, key=lambda each: (each[0].time, each[0].id, *_standing(each[0])))

    def _fold(self) -> None:
        """Each row once into the cell that holds it and into the figure that it counts in."""
        told = {step for life in LIFECYCLES.values() for step in life.steps}
        for model in self.models:
            for row in model.rows:
                if restates(row.type):
                    continue
                now = _codes_now(row, self._ruling) if _lives(row) and self.is_first(row) else None
                if now is not None:
                    key = FigureKey(row.source, row.pane, row.type, now)
                    _sum(self.figures, key).add(row)
                    if row.type in told:
                        self.steps[row.type].append((row, now))
                if row.verdict == "counted" and now == row.dims:
                    continue
                if now is not None:
                    _sum(self._beside, key).add(row)
                if row.verdict == "counted":
                    _sum(self._beside, FigureKey(row.source, row.pane, row.type, row.dims)).add(row, -1)

    def _restatements(self) -> dict[tuple[str, str, str], JudgedEvent]:
        """By source, subject and the type that is restated the restatement with the greatest (time, id)."""
        ruling: dict[tuple[str, str, str], JudgedEvent] = {}
        for model in self.models:
            for row in model.rows:
                if restates(row.type) and _lives(row) and self.is_first(row):
                    named = (row.source, row.subject, restates(row.type))
                    before = ruling.get(named)
                    if before is None or (before.time, before.id) < (row.time, row.id):
                        ruling[named] = row
        return ruling


@cache
def restates(name: str) -> str:
    """The type of the events that those of a type restate; empty for a type that adds."""
    return str(getattr(TYPES[name].effect, "of", ""))


def _lives(row: JudgedEvent) -> bool:
    return not row.verdict.startswith("dead")


def _standing(row: JudgedEvent) -> tuple[str, int, int]:
    return row.place.log, row.place.partition, row.offset


def _first_of_repeated(models: Sequence[ReferenceModel]) -> dict[tuple[str, str], tuple[str, int, int]]:
    """Where the row stands that counts, of each (source, id) that stands in several places."""
    seen: dict[str, set[str]] = defaultdict(set)
    repeated: set[tuple[str, str]] = set()
    for model in models:
        for row in model.rows:
            if _lives(row):
                of_source = seen[row.source]
                if row.id in of_source:
                    repeated.add((row.source, row.id))
                of_source.add(row.id)
    first: dict[tuple[str, str], tuple[str, int, int]] = {}
    for model in models:
        for row in model.rows if repeated else ():
            name = (row.source, row.id)
            if name in repeated and _lives(row):
                first[name] = min(first.get(name, _standing(row)), _standing(row))
    return first


class CellValue(Sum):
    """A cell's sum, with the offset of its last record."""

    __slots__ = ("version",)

    def __init__(self) -> None:
        super().__init__()
        self.version = -1


def cells_of(model: ReferenceModel) -> dict[CellKey, CellValue]:
    """What the cells of a partition hold."""
    cells: dict[CellKey, CellValue] = {}
    for row in model.rows:
        if row.verdict == "counted" and not restates(row.type):
            key = CellKey(model.place, row.source, row.pane, row.type, row.dims)
            cell = cells.setdefault(key, CellValue())
            cell.add(row)
            cell.version = row.offset
    return cells


def _codes_now(row: JudgedEvent, ruling: dict[tuple[str, str, str], JudgedEvent]) -> tuple[str, ...] | None:
    """The codes of where the row's subject is now; None of a cancelled one."""
    now = ruling.get((row.source, row.subject, row.type)) if ruling else None
    if now is None:
        return row.dims
    if TYPES[now.type].effect.word == "cancels":
        return None
    moved = [*row.dims, *[""] * (len(TYPES[row.type].dims) - len(row.dims))]
    for place, code in now.now:
        moved[place - 1] = code
    return stripped(moved)


def _sum(sums: dict[FigureKey, Sum], key: FigureKey) -> Sum:
    found = sums.get(key)
    if found is None:
        found = sums[key] = Sum()
    return found
