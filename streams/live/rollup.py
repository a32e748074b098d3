"""Sums of cells over any span of panes: absolute, versioned cells in sorted columns, with the newest beside
them.

Most cells never change again. They stand in arrays sorted by pane, where a span is a slice and its sum one
pass. What arrives goes into a small dictionary first and is merged in bulk, so an update costs
microseconds, and memory stays within a few dozen bytes a cell. Because cells are absolute, history and the
live topic may overlap in any way: the greatest version of a cell rules, and of two values of one version the one that
counts more (see `schemas.records.Cell`).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from figures.periods import Period
from streams.live.sliding import Changes, Columns, Floats, Ints, Slide, TakesHour

_MERGE_AT_LEAST, _MERGE_AT_MOST = 4096, 16384
_KEPT_SUMS = 256
_PANE_BITS = 40
_PANE_ZERO = 1 << (_PANE_BITS - 1)
_QUARTER_HOUR = 900


class Rollup:
    """Cells of one city and type. Not thread-safe; nothing blocks.

    series: small integers that the caller gives to the identities of cells, without their pane.
    numbers: `width` additive integers of a cell, its count first. They are summed as doubles: exact below 2**53.
    """

    def __init__(self, width: int, tz: str) -> None:
        self.width = width
        self._zone = ZoneInfo(tz)
        self._floor = -_PANE_ZERO
        self.merged = Columns.empty(width)
        self.changes = Changes(width)
        self._versions: Ints = np.empty(0, np.int64)
        self._idents: Ints = np.empty(0, np.int64)
        self._rows: Ints = np.empty(0, np.int64)
        self._fresh: dict[int, tuple[int, int, Sequence[int]]] = {}
        self._further = 0
        """Of the cells that await merging those that are not among the merged ones."""
        self._sums: dict[tuple[int, int, object], Floats] = {}
        self._slides: dict[Hashable, Slide] = {}

    def __len__(self) -> int:
        """Cells held, with those that await merging."""
        return len(self.merged.panes) + self._further

    def put(self, series: int, pane: int, version: int, numbers: Sequence[int]) -> bool:
        """Take a cell as it stands now; False when one that rules over it is known, or its pane is below the
        floor.
        """
        if pane < self._floor:
            return False
        ident = (series << _PANE_BITS) + pane + _PANE_ZERO
        known = self._fresh.get(ident)
        before: Sequence[float] | None = None
        if known is not None:
            _, row, before = known
            if (known[0], before[0]) >= (version, numbers[0]):
                return False
        else:
            row = self._row(ident, pane)
            if row >= 0:
                before = self.merged.numbers[:, row].tolist()
                if (self._versions[row], before[0]) >= (version, numbers[0]):
                    return False
            self._further += row < 0
        self._fresh[ident] = (version, row, numbers)
        adds = numbers if before is None else [now - was for now, was in zip(numbers, before, strict=True)]
        self.changes.add(pane, series, adds)
        if len(self.changes) >= min(max(_MERGE_AT_LEAST, len(self.merged.panes) // 8), _MERGE_AT_MOST):
            self._merge()
        return True

    def load(self, series: Ints, panes: Ints, versions: Ints, numbers: Floats) -> None:
        """Take many cells at once; `numbers` has a row per number. Older versions than known ones are
        ignored.
        """
        self._merge(series, panes, versions, numbers)

    def keep_from(self, pane: int) -> None:
        """Forget panes before this one, and take none of them any more."""
        self._floor = max(self._floor, pane)

    def sums(
        self, start: int, end: int, hours: TakesHour | None = None, series_count: int = 0, *, keep: bool = True
    ) -> Floats:
        """Numbers of the panes that start within `[start, end)`: a row per number, a column per series.

        hours: only panes whose local hour of day it takes (the same function each time: sums are kept by it). keep:
        what is merged is added up once for who asks again.
        """
        key = (start, end, hours)
        base = self._sums.get(key)
        if base is None:
            if len(self._sums) >= _KEPT_SUMS:
                self._sums.clear()
            low, high = np.searchsorted(self.merged.panes, (start, end))
            base = self._count(self.merged.take(slice(low, high)), hours)
            if keep:
                self._sums[key] = base
        changes = self.changes.columns
        fresh = self._count(changes.take((changes.panes >= start) & (changes.panes < end)), hours)
        total = np.zeros((self.width, max(series_count, base.shape[1], fresh.shape[1])))
        total[:, : base.shape[1]] = base
        total[:, : fresh.shape[1]] += fresh
        return total

    def cells(self, start: int, end: int, hours: TakesHour | None, series_count: int) -> Floats:
        """How many cells of those panes there are, by series. What was put one by one must be merged."""
        low, high = np.searchsorted(self.merged.panes, (start, end))
        found = self.merged.take(slice(low, high))
        if hours is not None:
            found = found.take(self.takes(found.panes, hours))
        return np.bincount(found.series, minlength=series_count).astype(np.float64)

    def slide(self, spans: tuple[Period, ...], hours: TakesHour | None = None, of: Hashable = None) -> Slide:
        """The sums of spans that are asked for again and again as they move on; not to be changed.

        of: what the spans are of, where several keep being asked for.
        """
        found = self._slides.get((of, hours))
        if found is None:
            found = self._slides[of, hours] = Slide(self, self.width, hours)
        found.move(spans)
        return found

    @property
    def first_pane(self) -> int | None:
        """Start of the earliest pane; None while there is none."""
        starts = [int(panes.min()) for panes in (self.merged.panes[:1], self.changes.columns.panes) if len(panes)]
        return min(starts, default=None)

    def takes(self, panes: Ints, hours: TakesHour) -> NDArray[np.bool_]:
        """Which of the panes have a local hour of day that it takes."""
        quarters, places = np.unique(panes // _QUARTER_HOUR, return_inverse=True)
        taken = [hours(_local_hour(int(quarter) * _QUARTER_HOUR, self._zone)) for quarter in quarters]
        return np.array(taken, np.bool_)[places]

    def _row(self, ident: int, pane: int) -> int:
        if not len(self.merged.panes) or pane > self.merged.panes[-1]:
            return -1
        at = int(np.searchsorted(self._idents, ident))
        return int(self._rows[at]) if at < len(self._idents) and self._idents[at] == ident else -1

    def _fresh_columns(self) -> tuple[Ints, Ints, Floats]:
        size = len(self._fresh)
        idents = np.fromiter(self._fresh, np.int64, size)
        values = self._fresh.values()
        versions = np.fromiter((version for version, _, _ in values), np.int64, size)
        flat = np.fromiter((n for _, _, numbers in values for n in numbers), np.float64, size * self.width)
        return idents, versions, np.ascontiguousarray(flat.reshape(size, self.width).T)

    def _count(self, columns: Columns, hours: TakesHour | None) -> Floats:
        if hours is not None:
            columns = columns.take(self.takes(columns.panes, hours))
        size = int(columns.series.max()) + 1 if len(columns.series) else 0
        counted = np.empty((self.width, size))
        for row in range(self.width):
            counted[row] = np.bincount(columns.series, columns.numbers[row], size)
        return counted

    def _merge(
        self,
        series: Ints | None = None,
        panes: Ints | None = None,
        versions: Ints | None = None,
        numbers: Floats | None = None,
    ) -> None:
        """All cells into the arrays: of each the value that rules, none below the floor, sorted by pane."""
        for slide in self._slides.values():
            slide.follow()
        idents, fresh_versions, fresh_numbers = self._fresh_columns()
        before = self.merged
        all_idents = [(before.series << _PANE_BITS) + before.panes + _PANE_ZERO, idents]
        all_versions, all_numbers = [self._versions, fresh_versions], [before.numbers, fresh_numbers]
        if series is not None and panes is not None and versions is not None and numbers is not None:
            all_idents.append((series << _PANE_BITS) + panes + _PANE_ZERO)
            all_versions.append(versions)
            all_numbers.append(numbers)
        ident, version = np.concatenate(all_idents), np.concatenate(all_versions)
        number = np.concatenate(all_numbers, axis=1)
        order = np.lexsort((number[0], version, ident))
        ident = ident[order]
        newest = np.ones(len(ident), np.bool_)
        newest[:-1] = ident[1:] != ident[:-1]
        reached = (ident & ((1 << _PANE_BITS) - 1)) - _PANE_ZERO >= self._floor
        is_other = series is not None or not reached.all()
        newest &= reached
        order, ident = order[newest], ident[newest]
        pane = (ident & ((1 << _PANE_BITS) - 1)) - _PANE_ZERO
        by_pane = np.argsort(pane, kind="stable")
        rows = np.empty(len(by_pane), np.int64)
        rows[by_pane] = np.arange(len(by_pane))
        chosen = order[by_pane]
        self.merged = Columns(pane[by_pane], ident[by_pane] >> _PANE_BITS, number[:, chosen])
        self._versions = version[chosen]
        self._idents, self._rows = ident, rows
        self._fresh.clear()
        self._further = 0
        self.changes = Changes(self.width)
        self._sums.clear()
        if is_other:
            self._slides.clear()
        for slide in self._slides.values():
            slide.merged()


@lru_cache(maxsize=100_000)
def _local_hour(epoch: int, zone: ZoneInfo) -> int:
    return datetime.fromtimestamp(epoch, zone).hour
