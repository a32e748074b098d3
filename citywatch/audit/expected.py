"""What the log says all tables and figures must hold, from the verdicts of `citywatch.audit.reference_verdicts`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from citywatch.audit.reference_verdicts import JudgedEvent, ReferenceModel, stripped
from runtime.log import Place
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


Steps = dict[str, list[tuple[JudgedEvent, tuple[str, ...]]]]


class Sum:
    """Records, counts and values that add up."""

    __slots__ = ("count", "records", "values")

    def __init__(self) -> None:
        self.records = 0
        self.count = 0
        self.values: list[int] = []

    def add(self, row: JudgedEvent, sign: int = 1) -> None:
        self.records += sign
        self.count += sign * row.amount
        self.values += [0] * (len(row.values) - len(self.values))
        for index, number in enumerate(row.values):
            self.values[index] += sign * number

    def plain(self) -> tuple[int, int, tuple[int, ...]]:
        return self.records, self.count, stripped(self.values)


class Expected:
    """Everything that follows from the judged partitions."""

    def __init__(self, models: Iterable[ReferenceModel]) -> None:
        self.models = list(models)
        self.first = _first_of_each_id(self.models)
        self.cells = _cells(self.models)
        standing = list(_standing_rows(self._counting(), self._ruling()))
        self.figures = _figures(standing)
        self.steps = _steps(standing)
        """By type the rows that are a step of a life, each with the codes that it has now."""

    def is_first(self, row: JudgedEvent) -> bool:
        """Whether the row is the one that counts of all accepted rows with its id."""
        return self.first[row.source, row.id] == _standing(row)

    def _counting(self) -> list[JudgedEvent]:
        """Rows that count: accepted, of an event that is no restatement, and the first of their id."""
        return [
            row
            for model in self.models
            for row in model.rows
            if _lives(row) and not restates(row.type) and self.is_first(row)
        ]

    def _ruling(self) -> dict[tuple[str, str, str], JudgedEvent]:
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


def _first_of_each_id(models: Iterable[ReferenceModel]) -> dict[tuple[str, str], tuple[str, int, int]]:
    first: dict[tuple[str, str], tuple[str, int, int]] = {}
    for model in models:
        for row in model.rows:
            if not _lives(row):
                continue
            name, standing = (row.source, row.id), _standing(row)
            if name not in first or standing < first[name]:
                first[name] = standing
    return first


class CellValue(Sum):
    """A cell's sum, with the offset of its last record."""

    __slots__ = ("version",)

    def __init__(self) -> None:
        super().__init__()
        self.version = -1


def _cells(models: Iterable[ReferenceModel]) -> dict[CellKey, CellValue]:
    cells: dict[CellKey, CellValue] = {}
    for model in models:
        for row in model.rows:
            if row.verdict == "counted" and not restates(row.type):
                key = CellKey(model.place, row.source, row.pane, row.type, row.dims)
                cell = cells.setdefault(key, CellValue())
                cell.add(row)
                cell.version = row.offset
    return cells


def _standing_rows(
    rows: Iterable[JudgedEvent], ruling: dict[tuple[str, str, str], JudgedEvent]
) -> Iterator[tuple[JudgedEvent, tuple[str, ...]]]:
    """Each counting row once, with the codes of where its subject is now; a cancelled one not at all."""
    for row in rows:
        codes = row.dims
        now = ruling.get((row.source, row.subject, row.type))
        if now is not None:
            if TYPES[now.type].effect.word == "cancels":
                continue
            moved = [*codes, *[""] * (len(TYPES[row.type].dims) - len(codes))]
            for place, code in now.now:
                moved[place - 1] = code
            codes = stripped(moved)
        yield row, codes


def _figures(standing: Iterable[tuple[JudgedEvent, tuple[str, ...]]]) -> dict[FigureKey, Sum]:
    """Sums of nothing are left out."""
    figures: dict[FigureKey, Sum] = {}
    for row, codes in standing:
        key = FigureKey(row.source, row.pane, row.type, codes)
        figures.setdefault(key, Sum()).add(row)
    return figures


def _steps(standing: Iterable[tuple[JudgedEvent, tuple[str, ...]]]) -> Steps:
    told = {step for life in LIFECYCLES.values() for step in life.steps}
    steps: Steps = defaultdict(list)
    for row, codes in standing:
        if row.type in told:
            steps[row.type].append((row, codes))
    return steps
