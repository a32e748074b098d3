"""Sums over spans that move on with a clock: what a look costs is what has come, and what the edges have passed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from figures.periods import Period

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
TakesHour = Callable[[int], bool]

_FEW = 4_096
"""Numbers that are added one by one; more of them in one pass over all places."""


@dataclass(frozen=True)
class Columns:
    """Numbers with their panes and series; `numbers` has a row per number."""

    panes: Ints
    series: Ints
    numbers: Floats

    @classmethod
    def empty(cls, width: int) -> Columns:
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty((width, 0)))

    def take(self, places: slice | Ints | NDArray[np.bool_]) -> Columns:
        return Columns(self.panes[places], self.series[places], self.numbers[:, places])

    def beside(self, other: Columns) -> Columns:
        numbers = np.concatenate([self.numbers, other.numbers], axis=1)
        return Columns(np.concatenate([self.panes, other.panes]), np.concatenate([self.series, other.series]), numbers)


class Changes:
    """What was put since cells were last merged, in its order: as it adds to what was there before."""

    def __init__(self, width: int) -> None:
        self._columns = Columns.empty(width)
        self._new: list[tuple[int, int, Sequence[float]]] = []

    def __len__(self) -> int:
        return len(self._columns.panes) + len(self._new)

    def add(self, pane: int, series: int, numbers: Sequence[float]) -> None:
        self._new.append((pane, series, numbers))

    @property
    def columns(self) -> Columns:
        if self._new:
            panes, series, numbers = zip(*self._new, strict=True)
            new = Columns(np.array(panes, np.int64), np.array(series, np.int64), np.array(numbers, np.float64).T)
            self._columns = self._columns.beside(new)
            self._new.clear()
        return self._columns


class Cells(Protocol):
    """What spans slide over. `merged` is sorted by pane; `takes` says which panes are of some hours of the day."""

    @property
    def merged(self) -> Columns: ...

    @property
    def changes(self) -> Changes: ...

    def takes(self, panes: Ints, hours: TakesHour) -> NDArray[np.bool_]: ...


class Slide:
    """The sums of some spans: `sums` by span, series and number. `version` is another one where a sum is another.

    Not thread-safe; nothing blocks. `follow` is to be called before `changes` are merged and forgotten.
    """

    def __init__(self, cells: Cells, width: int, hours: TakesHour | None) -> None:
        self.version = 0
        self.spans: tuple[Period, ...] = ()
        self.sums: Floats = np.zeros((0, 0, width))
        self._cells = cells
        self._hours = hours
        self._seen = 0

    def move(self, spans: tuple[Period, ...]) -> None:
        """From now on it is of these spans."""
        self.follow()
        if len(spans) != len(self.spans):
            self.spans = (Period(0, 0),) * len(spans)
            self.sums = np.zeros((len(spans), *self.sums.shape[1:]))
            self.version += 1
        if spans != self.spans:
            self._pass(self.spans, spans)
            self.spans = spans

    def follow(self) -> None:
        """Takes in what was put since the last time."""
        seen, self._seen = self._seen, len(self._cells.changes)
        if seen == self._seen or not self.spans:
            return
        new = self._cells.changes.columns.take(slice(seen, None))
        starts, ends = (np.array([getattr(each, edge) for each in self.spans]) for edge in ("start", "end"))
        which, places = np.nonzero((new.panes >= starts[:, None]) & (new.panes < ends[:, None]))
        self._add(which, new.take(places), np.ones(len(places)))

    def merged(self) -> None:
        """What was put stands in `merged` by now."""
        self._seen = 0

    def _pass(self, before: Sequence[Period], now: Sequence[Period]) -> None:
        pieces: list[tuple[int, int, int, int]] = []
        for place, (old, new) in enumerate(zip(before, now, strict=True)):
            if new.start < old.end and old.start < new.end:
                pieces.append((place, old.end, new.end, 1))
                pieces.append((place, old.start, new.start, -1))
            else:
                if self.sums[place].any():
                    self.sums[place] = 0
                    self.version += 1
                pieces.append((place, new.start, new.end, 1))
        ordered = [(place, *((a, b, sign) if a < b else (b, a, -sign))) for place, a, b, sign in pieces if a != b]
        if not ordered:
            return
        which, lows, highs, signs = np.array(ordered, np.int64).T
        self._pass_changes(which, lows, highs, signs)
        self._pass_merged(which, lows, highs, signs)

    def _pass_changes(self, which: Ints, lows: Ints, highs: Ints, signs: Ints) -> None:
        changes = self._cells.changes.columns
        if len(changes.panes):
            piece, places = np.nonzero((changes.panes >= lows[:, None]) & (changes.panes < highs[:, None]))
            self._add(which[piece], changes.take(places), signs[piece])

    def _pass_merged(self, which: Ints, lows: Ints, highs: Ints, signs: Ints) -> None:
        merged = self._cells.merged
        edges = np.searchsorted(merged.panes, np.stack([lows, highs]))
        for piece in np.flatnonzero(edges[1] > edges[0]):
            part = merged.take(slice(edges[0, piece], edges[1, piece]))
            size = len(part.panes)
            self._add(np.full(size, which[piece]), part, np.full(size, float(signs[piece])))

    def _add(self, which: Ints, columns: Columns, signs: NDArray[np.generic]) -> None:
        if self._hours is not None and len(which):
            taken = self._cells.takes(columns.panes, self._hours)
            which, columns, signs = which[taken], columns.take(taken), signs[taken]
        if not len(which):
            return
        self.version += 1
        spans, size, width = self.sums.shape
        if (needed := int(columns.series.max()) + 1) > size:
            self.sums = np.concatenate([self.sums, np.zeros((spans, needed - size, width))], axis=1)
            size = needed
        places, flat = which * size + columns.series, self.sums.reshape(spans * size, width)
        for row in range(width):
            numbers = columns.numbers[row] * signs
            if len(places) < _FEW:
                np.add.at(flat[:, row], places, numbers)
            else:
                flat[:, row] += np.bincount(places, numbers, spans * size)
