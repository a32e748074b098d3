"""What the log says all tables and figures must hold, from the verdicts of `citywatch.proof.judge`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from citywatch.proof.judge import RESTATING, Judge, Row
from runtime.log import Place


class CellKey(NamedTuple):
    place: Place
    source: str
    pane: int
    type: str
    beat: str
    category: str
    facet: str


class FigureKey(NamedTuple):
    """A cell without its place: figures are sums over partitions."""

    source: str
    pane: int
    type: str
    beat: str
    category: str
    facet: str


class Sum:
    """Records, counts and values that add up."""

    __slots__ = ("count", "records", "values")

    def __init__(self) -> None:
        self.records = 0
        self.count = 0
        self.values: list[int] = []

    def add(self, row: Row, sign: int = 1) -> None:
        self.records += sign
        self.count += sign * row.amount
        if row.values and not self.values:
            self.values = [0] * len(row.values)
        for index, number in enumerate(row.values):
            self.values[index] += sign * number

    def plain(self) -> tuple[int, int, tuple[int, ...]]:
        return self.records, self.count, tuple(self.values)


class Expected:
    """Everything that follows from the judged partitions."""

    def __init__(self, judges: Iterable[Judge]) -> None:
        self.judges = list(judges)
        self.first = _first_of_each_id(self.judges)
        self.cells = _cells(self.judges)
        self.figures = _figures(self._counting(), self._ruling())

    def is_first(self, row: Row) -> bool:
        """Whether the row is the one that counts of all accepted rows with its id."""
        return self.first[row.source, row.id] == _standing(row)

    def _counting(self) -> list[Row]:
        """Rows that count: accepted, of an event that is no restatement, and the first of their id."""
        return [
            row
            for judge in self.judges
            for row in judge.rows
            if _lives(row) and row.type not in RESTATING and self.is_first(row)
        ]

    def _ruling(self) -> dict[tuple[str, str], Row]:
        """Per incident the restatement with the greatest (time, id)."""
        ruling: dict[tuple[str, str], Row] = {}
        for judge in self.judges:
            for row in judge.rows:
                if row.type in RESTATING and _lives(row) and self.is_first(row):
                    before = ruling.get((row.source, row.subject))
                    if before is None or (before.time, before.id) < (row.time, row.id):
                        ruling[row.source, row.subject] = row
        return ruling


def _lives(row: Row) -> bool:
    return not row.verdict.startswith("dead")


def _standing(row: Row) -> tuple[str, int, int]:
    return row.place.log, row.place.partition, row.offset


def _first_of_each_id(judges: Iterable[Judge]) -> dict[tuple[str, str], tuple[str, int, int]]:
    first: dict[tuple[str, str], tuple[str, int, int]] = {}
    for judge in judges:
        for row in judge.rows:
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


def _cells(judges: Iterable[Judge]) -> dict[CellKey, CellValue]:
    cells: dict[CellKey, CellValue] = {}
    for judge in judges:
        for row in judge.rows:
            if row.verdict == "counted" and row.type not in RESTATING:
                key = CellKey(judge.place, row.source, row.pane, row.type, row.beat, row.category, row.facet)
                cell = cells.setdefault(key, CellValue())
                cell.add(row)
                cell.version = row.offset
    return cells


def _figures(rows: Iterable[Row], ruling: dict[tuple[str, str], Row]) -> dict[FigureKey, Sum]:
    """Each counting row once, where its incident is now; a cancelled one nowhere. Sums of nothing are left out."""
    figures: dict[FigureKey, Sum] = {}
    for row in rows:
        beat, category = row.beat, row.category
        now = ruling.get((row.source, row.subject)) if row.type == "incident.reported" else None
        if now is not None:
            if now.type == "incident.cancelled":
                continue
            beat, category = now.now_beat or row.beat, now.now_category
        key = FigureKey(row.source, row.pane, row.type, beat, category, row.facet)
        figures.setdefault(key, Sum()).add(row)
    return figures
