"""What the declared measures need of a cell, and under which labels its series count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from schemas.areas import AREA, AREAS, each
from schemas.categories import TREE, UNKNOWN
from schemas.cities import City
from schemas.family import BEAT, TYPES, EventType
from schemas.measures import Measure
from streams.live.sliding import Floats, Ints

Codes = tuple[str, ...]
"""Of a cell as they came, in the order of its type's dimensions."""

Label = tuple[str, ...]
"""Codes of the city's lists, one for each dimension asked."""


class Numbers(NamedTuple):
    """A measure in one span under one label. Seconds belong to phases and intervals, `within` (one for each edge that
    is shown) to phases.
    """

    value: int
    seconds_sum: int = 0
    within: tuple[int, ...] = ()


@dataclass(frozen=True)
class Shown:
    """What is kept of the cells of one type: their count, then those of their numbers that some measure shows."""

    type: str
    columns: tuple[int, ...]
    """Places in the cells' `values`."""

    @property
    def event(self) -> EventType:
        return TYPES[self.type]

    @property
    def width(self) -> int:
        return 1 + len(self.columns)

    def numbers(self, count: int, values: Sequence[int]) -> tuple[int, ...]:
        return (count, *[values[column] for column in self.columns]) if self.columns else (count,)

    def rows(self, measure: Measure) -> list[int]:
        """Where the measure's numbers stand: its value; for a phase also the sum, and one for each shown edge."""
        places = [1 + self.columns.index(column) for column in _columns(measure)]
        return places if measure.summed is not None else [0, *places]


def shown_of(measures: Iterable[Measure]) -> dict[str, Shown]:
    """The cells to keep, by type."""
    columns: dict[str, set[int]] = {}
    for measure in measures:
        columns.setdefault(measure.type, set()).update(_columns(measure))
    return {name: Shown(name, tuple(sorted(used))) for name, used in columns.items()}


class Fold:
    """Adds up series under the labels of a measure. Labels of the city's lists are codes of these or `unknown`:
    bounded. `rows`: where the measure's numbers stand.
    """

    def __init__(self, measure: Measure, city: City, dimensions: tuple[str, ...], rows: Sequence[int]) -> None:
        self.labels: list[Label] = [] if dimensions else [()]
        self._rows = rows
        self._measure = measure
        self._city = city
        self._dimensions = dimensions
        self._index: dict[Label, int] = {label: at for at, label in enumerate(self.labels)}
        self._places: Ints = np.empty(0, np.int64)
        self._deciding = _deciding(measure, dimensions)
        self._decided: dict[Codes, int] = {}

    def extend(self, series: Sequence[Codes]) -> None:
        """Takes note of series that are new at the end of the list."""
        new = []
        for codes in series[len(self._places) :]:
            deciding = tuple([codes[place] for place in self._deciding])
            at = self._decided.get(deciding)
            if at is None:
                at = self._decided[deciding] = self._place(codes)
            new.append(at)
        if new:
            self._places = np.concatenate([self._places, np.array(new, np.int64)])

    def sums(self, numbers: Floats) -> Ints:
        """`numbers` by span, series noted (the last ones may lack) and number; the result by span, row of the measure,
        and label."""
        spans, labels = numbers.shape[0], len(self.labels)
        places = self._places[: numbers.shape[1]]
        mine = np.flatnonzero(places >= 0)
        flat = (np.arange(spans)[:, None] * labels + places[mine]).ravel()
        out = np.empty((spans, len(self._rows), labels), np.int64)
        for at, row in enumerate(self._rows):
            sums = np.bincount(flat, numbers[:, mine, row].ravel(), spans * labels)
            out[:, at] = np.rint(sums).reshape(spans, labels)
        return out

    def _place(self, codes: Codes) -> int:
        measure = self._measure
        if not measure.takes_node(_node(measure, self._city, codes)) or not measure.takes_codes(codes):
            return -1
        label = label_of(measure, self._city, self._dimensions, codes)
        if label not in self._index:
            self._index[label] = len(self.labels)
            self.labels.append(label)
        return self._index[label]


def label_of(measure: Measure, city: City, dimensions: tuple[str, ...], codes: Codes) -> Label:
    """The values of some dimensions: codes of the city's lists or `unknown`; of others as they came."""
    said = dict(zip(measure.event.dims, codes, strict=True))
    node, beat = _node(measure, city, codes), said[BEAT]
    known = {
        **said,
        "class": TREE[node].path[0],
        "category": node,
        BEAT: beat if beat in city.beats else UNKNOWN,
        "sector": city.sector(beat),
    }
    return tuple(known[dimension] for dimension in dimensions)


def labels_of(measure: Measure, city: City, dimensions: tuple[str, ...], codes: Codes) -> list[Label]:
    """The same by dimensions that may overlap, too: by area one for each that it lies in."""
    if not measure.overlaps.intersection(dimensions):
        return [label_of(measure, city, dimensions, codes)]
    others = tuple(dimension for dimension in dimensions if dimension != AREA)
    label = label_of(measure, city, others, codes)
    at = dimensions.index(AREA)
    return [(*label[:at], area, *label[at:]) for area in each(codes[measure.event.dims.index(AREAS)])]


def _node(measure: Measure, city: City, codes: Codes) -> str:
    coded = measure.event.coded
    return UNKNOWN if coded is None else city.node(codes[measure.event.dims.index(coded)])


def _deciding(measure: Measure, dimensions: tuple[str, ...]) -> list[int]:
    """The places of the codes that decide whether a series counts, and under which label: few differ in these."""
    coded = measure.event.coded
    of_tree = {coded} if coded is not None else set()
    of = {"class": of_tree, "category": of_tree, "sector": {BEAT}}
    asked = {*measure.where, *(of_tree if measure.category is not None else ())}
    asked.update(*(of.get(dimension, {dimension}) for dimension in dimensions))
    return [place for place, dim in enumerate(measure.event.dims) if dim in asked]


def _columns(measure: Measure) -> list[int]:
    """Places in a cell's `values` of what the measure shows beside the count."""
    phase, places = measure.phase, measure.event.places
    if phase is not None:
        return [places[phase.seconds], *(places[phase.below(edge)] for edge in phase.shown)]
    return [] if measure.summed is None else [places[measure.summed]]
