"""The rhythm of a file: how many of its rows each hour of the week lets expect, and where they fail to come."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from figures.periods import Period
from sources.civil import local_offset

Seconds = NDArray[np.int64]
Rates = NDArray[np.float64]

EXPECTED = 20
"""Rows that a span must let expect before their absence is a silence."""
SHORTEST = 900
_FEW = 40
"""A file with rows at fewer different times has no rhythm by the hours of the week; with fewer rows it has none."""
_FEWEST = 10
"""Different times that a file of many rows needs to have a mean rate, over at least a week."""
_USUAL, _BEYOND = 95, 6.5
"""A silence lets expect so many times what nearly all gaps of the file do: one that comes in lots has wide gaps."""
_NEAR = 50
"""Rows on either side whose rate a silence must break: a feed that began small was not silent."""
_WEEK, _DAY, _HOUR = 604_800, 86_400, 3_600
_STEPS = (_DAY, _HOUR, 1_800, 900, 600, 300, 60)
_SUSPECTS = 500
_EVEN = 0.95


class Rhythm:
    """Of a file's times, sorted, in UTC seconds, at least one. Hours and days are the city's.

    A file of a few rows has no rhythm: it is never silent, and its mean rate is all that it lets expect. One of many
    rows at a few times, as a month by days, is silent where its mean rate and its other gaps do not explain a gap.
    """

    def __init__(self, times: Seconds, zone: ZoneInfo, days_only: bool = False) -> None:
        self._zone = zone
        local = times + offsets(times, zone)
        self._step = _DAY if days_only else next((s for s in _STEPS if np.mean(local % s == 0) >= _EVEN), 1)
        self._slot = max(_HOUR, self._step if self._step == _DAY else 0)
        begun = local - local % self._step
        self._local, self._count = local, len(times)
        first = np.flatnonzero(np.diff(begun, prepend=begun[0] - 1))
        self._at = begun[first]
        self._first = first
        self._utc = times[first] - local[first] % self._step
        slots = _WEEK // self._slot
        self._rows = np.bincount(begun % _WEEK // self._slot, minlength=slots).astype(np.float64)
        self._covered = self._seconds(self._at[0], self._at[-1] + self._step)
        self._silent = self._find() if len(self._at) >= _FEW else self._find_by_mean()

    @property
    def step(self) -> int:
        """Seconds that nearly all times are a multiple of: a day, an hour, some minutes, or 1."""
        return self._step

    @property
    def silences(self) -> list[Period]:
        """Where rows were to be expected and none came: from behind the last row before to the first one after."""
        return [Period(int(self._utc[i]) + self._step, int(self._utc[i + 1])) for i in self._silent]

    def expected(self, start: int, end: int) -> float:
        """How many rows the rhythm lets expect between two times."""
        begun, ended = (at + local_offset(at, self._zone) for at in (start, end))
        if len(self._at) < _FEW:
            span = int(self._at[-1] - self._at[0])
            return (ended - begun) * self._count / span if span else np.inf
        covered = self._seconds(begun, ended)
        return float((self._rates(self._covered - self._silence()) * covered).sum())

    def _find(self) -> list[int]:
        """Gaps, by their number, that neither the hours of the week nor the rows around explain."""
        level = self._level()
        suspects = self._suspects(level)
        found: list[int] = []
        while True:
            silence = self._silence(found)
            usual = float(np.percentile(self._weights(self._covered - silence), _USUAL))
            least = max(EXPECTED, _BEYOND * usual)
            again = set(found)
            for gap in suspects - again:
                own = self._gap(gap)
                if float((self._rates(self._covered - silence - own) * own).sum()) * level[gap] >= least:
                    again.add(gap)
            if len(again) == len(found):
                return sorted(again)
            found = sorted(again)

    def _find_by_mean(self) -> list[int]:
        if len(self._at) < _FEWEST or self._count < _FEW:
            return []
        gaps = np.diff(self._at) - self._step
        whole = float(self._covered.sum())
        found = []
        for gap, length in enumerate(gaps):
            others = np.delete(gaps, gap)
            rest = whole - float(length)
            is_wide = length >= SHORTEST and length > _BEYOND * float(np.percentile(others, _USUAL))
            if is_wide and rest >= _WEEK and self._count / rest * length >= EXPECTED:
                found.append(gap)
        return found

    def _suspects(self, level: Rates) -> set[int]:
        """The widest gaps, by the hours of the week and by the mean rate: the file may know an hour by its gap only."""
        gaps = np.diff(self._at) - self._step
        suspects: set[int] = set()
        for weights in (self._weights(self._covered), gaps * self._count / self._covered.sum()):
            promise = np.where(gaps >= SHORTEST, weights * level, 0.0)
            widest = np.argsort(-promise)[:_SUSPECTS]
            suspects.update(widest[promise[widest] >= 1].tolist())
        return suspects

    def _level(self) -> Rates:
        """What share of the rows that the hours of the week let expect came around each gap, at most all."""
        sums = self._until(self._covered)(self._local)
        place = self._first[1:]
        low, high = np.maximum(place - _NEAR, 0), np.minimum(place + _NEAR, self._count) - 1
        expected = sums[place - 1] - sums[low] + sums[high] - sums[place]
        shares: Rates = np.minimum(1.0, (high - low - 1) / np.maximum(expected, 1e-9))
        return shares

    def _silence(self, gaps: list[int] | None = None) -> Rates:
        found = self._silent if gaps is None else gaps
        silent: Rates = np.zeros_like(self._covered)
        for gap in found:
            silent += self._gap(gap)
        return silent

    def _gap(self, gap: int) -> Rates:
        return self._seconds(self._at[gap] + self._step, self._at[gap + 1])

    def _seconds(self, start: int, end: int) -> Rates:
        """How many seconds of each slot of the week lie between two local times."""
        slots = np.arange(_WEEK // self._slot) * self._slot

        def before(at: int) -> Rates:
            within: Rates = np.clip(at % _WEEK - slots, 0, self._slot)
            return at // _WEEK * self._slot + within

        return (before(int(end)) - before(int(start))).astype(np.float64)

    def _rates(self, covered: Rates) -> Rates:
        """Rows a second by slot; where the file never saw that hour of the week, of that hour on all days."""
        least = 0.9 * self._slot
        days = self._rows.reshape(7, -1).sum(axis=0), covered.reshape(7, -1).sum(axis=0)
        by_hour = np.divide(*days, out=np.zeros_like(days[0]), where=days[1] >= least)
        rates: Rates = np.tile(by_hour, 7)
        return np.divide(self._rows, covered, out=rates, where=covered >= least)

    def _weights(self, covered: Rates) -> Rates:
        """How many rows each gap of the file lets expect."""
        until = self._until(covered)
        return until(self._at[1:]) - until(self._at[:-1] + self._step)

    def _until(self, covered: Rates) -> Callable[[Seconds], Rates]:
        """A function from local times to the rows that are to be expected up to them."""
        rates = self._rates(covered)
        sums = np.concatenate(([0.0], np.cumsum(rates * self._slot)))

        def until(at: Seconds) -> Rates:
            slot, within = at % _WEEK // self._slot, at % _WEEK % self._slot
            rows: Rates = at // _WEEK * sums[-1] + sums[slot] + rates[slot] * within
            return rows

        return until


def offsets(times: Seconds, zone: ZoneInfo) -> Seconds:
    """The local clock less UTC at each time, in seconds; looked up once an hour."""
    hours, place = np.unique(times // _HOUR, return_inverse=True)
    offsets = np.array([local_offset(int(hour) * _HOUR, zone) for hour in hours], dtype=np.int64)
    found: Seconds = offsets[place]
    return found
