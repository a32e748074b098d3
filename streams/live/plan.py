"""What the declared measures need of a cell, and under which labels its series count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from schemas.categories import TREE, UNKNOWN
from schemas.cities import City
from schemas.measures import PHASES, Dimension, Measure
from schemas.phases import EDGES
from streams.live.rollup import Floats, Ints

WITHIN = (60, 180, 300)
"""One, three and five minutes, in seconds: the edges that live gauges show of a phase."""

Codes = tuple[str, str, str]
"""Beat, category and facet of a cell, as they came."""


Label = tuple[str, ...]
"""Codes of the city's lists, one for each dimension asked."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A measure in one span under one label. Seconds and `within` (one for each of WITHIN) belong to
    phases.
    """

    value: int
    seconds_sum: int = 0
    within: tuple[int, ...] = ()


@dataclass(frozen=True)
class Family:
    """Cells of one type: their count, then the entries of `values` that some measure shows."""

    type: str
    columns: tuple[int, ...]

    @property
    def width(self) -> int:
        return 1 + len(self.columns)

    def numbers(self, count: int, values: Sequence[int]) -> tuple[int, ...]:
        return (count, *[values[column] for column in self.columns]) if self.columns else (count,)

    def rows(self, measure: Measure) -> list[int]:
        """Where the measure's numbers stand: its value; for a phase also the sum and one for each of
        WITHIN.
        """
        if measure.value == "count":
            return [0]
        places = [1 + self.columns.index(column) for column in _columns(measure)]
        return [0, *places] if measure.is_phase else places


def families(measures: Iterable[Measure]) -> dict[str, Family]:
    """The cells to keep, by type."""
    columns: dict[str, set[int]] = {}
    for measure in measures:
        columns.setdefault(measure.type, set()).update(_columns(measure))
    return {name: Family(name, tuple(sorted(used))) for name, used in columns.items()}


class Fold:
    """Adds up series under the labels of a measure. Labels are codes of the city's lists or `unknown`:
    bounded.
    """

    def __init__(self, measure: Measure, city: City, dimensions: tuple[Dimension, ...]) -> None:
        self.labels: list[Label] = [] if dimensions else [()]
        self._measure = measure
        self._city = city
        self._dimensions = dimensions
        self._index: dict[Label, int] = {label: at for at, label in enumerate(self.labels)}
        self._places: Ints = np.empty(0, np.int64)

    def extend(self, series: Sequence[Codes]) -> None:
        """Takes note of series that are new at the end of the list."""
        if new := [self._place(*codes) for codes in series[len(self._places) :]]:
            self._places = np.concatenate([self._places, np.array(new, np.int64)])

    def sums(self, numbers: Floats, rows: Sequence[int]) -> Floats:
        """`numbers` has a column per series noted; the result has one per label, and the asked rows."""
        mine = np.flatnonzero(self._places >= 0)
        places = self._places[mine]
        out = np.empty((len(rows), len(self.labels)))
        for at, row in enumerate(rows):
            out[at] = np.bincount(places, numbers[row, mine], len(self.labels))
        return out

    def _place(self, beat: str, category: str, facet: str) -> int:
        measure, node = self._measure, self._city.node(category)
        if not measure.takes_node(node) or measure.facet not in (None, facet):
            return -1
        known: dict[Dimension, str] = {
            "class": TREE[node].path[0],
            "category": node,
            "beat": beat if beat in self._city.beats else UNKNOWN,
            "sector": self._city.sector(beat),
        }
        label = tuple(known[dimension] for dimension in self._dimensions)
        if label not in self._index:
            self._index[label] = len(self.labels)
            self.labels.append(label)
        return self._index[label]


def _columns(measure: Measure) -> list[int]:
    if measure.value == "count":
        return []
    if measure.value == "seconds":
        return [0]
    start = PHASES[measure.value][1]
    return [start, *(start + 1 + EDGES.index(edge) for edge in WITHIN)]
