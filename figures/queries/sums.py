"""The figures of one measure over many spans at once, from the store's `figures` view.

Spans may overlap (a month and the month before it): all their edges together cut time into segments, the store adds
up each segment once, and a span is the sum of its segments. Civil time stays out of the SQL: edges are computed
here, in `figures.periods`, and go to the store as numbers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from math import gcd
from zoneinfo import ZoneInfo

from figures.periods import Period
from figures.queries.in_areas import each_area
from figures.queries.where import Where
from schemas.areas import AREAS
from schemas.measures import Measure
from sinks import dims
from sinks.store import Store

_COLUMNS: Mapping[str, str] = {
    "class": "class",
    "category": "node",
    "sector": "sector",
    "beat": "if(beat_known, beat, 'unknown')",
}
"""Dimensions whose values are codes of the city's lists, and their columns in `figures`."""

Key = tuple[str, ...]

_EDGES_AT_ONCE = 5_000
_EDGES_COMPARED = 100
_STEPS_PER_EDGE = 4
"""A server without `roundDown` compares each row with every edge, so many at once. Where the edges lie closely on a
grid it is asked once, for the steps of that grid."""


@dataclass(frozen=True, slots=True)
class Total:
    """What adds up: records, counts, the numbers of the measure's type, and how many corrections are in them."""

    records: int = 0
    count: int = 0
    values: tuple[int, ...] = ()
    adjusted: int = 0

    def __add__(self, other: Total) -> Total:
        values = self.values or other.values
        if self.values and other.values:
            values = tuple(a + b for a, b in zip_longest(self.values, other.values, fillvalue=0))
        return Total(self.records + other.records, self.count + other.count, values, self.adjusted + other.adjusted)

    def number(self, measure: Measure, name: str) -> int:
        """One of the numbers of the measure's type, by its name; 0 where nothing was added up."""
        place = measure.event.places[name]
        return self.values[place] if place < len(self.values) else 0

    def seconds(self, measure: Measure) -> int:
        """Seconds of a phase or an interval; 0 for what is no time."""
        phase = measure.phase
        name = phase.seconds if phase is not None else measure.summed if measure.in_minutes else None
        return 0 if name is None else self.number(measure, name)

    def adds(self, measure: Measure) -> int:
        """What the events behind it add up to: the figure before minutes are rounded."""
        return self.seconds(measure) if measure.in_minutes else self.value(measure)

    def value(self, measure: Measure) -> int:
        """The figure: a number of events, minutes rounded half up, or a sum in the measure's scale."""
        if measure.in_minutes:
            return (self.seconds(measure) + 30) // 60
        return self.count if measure.summed is None else self.number(measure, measure.summed)

    def below(self, measure: Measure) -> dict[int, int]:
        """Events of a phase at or below each edge in seconds."""
        phase = measure.phase
        return {} if phase is None else {edge: self.number(measure, phase.below(edge)) for edge in phase.edges}


NOTHING = Total()

Totals = Mapping[Period, Mapping[Key, Total]]
"""By span, and the values of the dimensions asked for."""


def totals(
    store: Store,
    where: Where,
    tz: str,
    spans: Iterable[Period],
    dimensions: Sequence[str],
    figures: str = "figures",
) -> dict[Period, dict[Key, Total]]:
    """The total of each span by the values of `dimensions`. Blocks on the store, once per 5,000 edges.

    figures: in SQL what the totals are of.
    """
    wanted = sorted(set(spans))
    edges = _edges(wanted, where.measure, tz)
    segments = _segments(store, where, edges, dimensions, figures)
    return {span: _sum_of(span, where.measure, tz, edges, segments) for span in wanted}


def _edges(spans: Sequence[Period], measure: Measure, tz: str) -> list[int]:
    edges = {edge for span in spans for edge in (span.start, span.end)}
    if measure.hours is not None:
        for span in spans:
            edges.update(edge for edge in _turns(span, measure.hours, tz) if edge in span)
    return sorted(edges)


def _turns(span: Period, hours: tuple[int, int], tz: str) -> Iterable[int]:
    """When the measure's hours begin and end on each local day of a span."""
    zone = ZoneInfo(tz)
    day = datetime.fromtimestamp(span.start, zone).date()
    last = datetime.fromtimestamp(span.end, zone).date()
    while day <= last:
        for hour in hours:
            yield int(datetime(day.year, day.month, day.day, hour % 24, tzinfo=zone).timestamp())
        day += timedelta(days=1)


def _segments(
    store: Store, where: Where, edges: Sequence[int], dimensions: Sequence[str], figures: str
) -> dict[int, dict[Key, Total]]:
    """Totals between neighbouring edges, by the segment's start."""
    found: dict[int, dict[Key, Total]] = {}
    for part, start in _pieces(store, edges):
        for since, records, count, values, adjusted, *key in store.query(
            _statement(start, where, part, dimensions, figures)
        ):
            segment = found.setdefault(part[bisect_right(part, int(since)) - 1], {})
            total = Total(int(records), int(count), tuple(values), int(adjusted))
            segment[tuple(key)] = segment.get(tuple(key), NOTHING) + total
    return found


def _pieces(store: Store, edges: Sequence[int]) -> Iterator[tuple[Sequence[int], str]]:
    """Edges to ask for at once, and in SQL of a pane a moment in its segment: the same for panes that add up."""
    is_old = store.version < (20, 1)
    if is_old and len(edges) > _EDGES_COMPARED:
        step = gcd(*(edge - edges[0] for edge in edges))
        if (edges[-1] - edges[0]) // step <= _STEPS_PER_EDGE * len(edges):
            yield edges, f"{edges[0]} + intDiv(toUInt32(pane) - {edges[0]}, {step}) * {step}"
            return
    at_once = _EDGES_COMPARED if is_old else _EDGES_AT_ONCE
    for first in range(0, len(edges) - 1, at_once):
        part = edges[first : first + at_once + 1]
        starts = f"[toUInt32({part[0]}){''.join(f', {edge}' for edge in part[1:-1])}]"
        compared = f"arrayElement({starts}, arrayCount(edge -> edge <= toUInt32(pane), {starts}))"
        yield part, compared if is_old else f"roundDown(toUInt32(pane), {starts})"


def _statement(start: str, where: Where, edges: Sequence[int], dimensions: Sequence[str], figures: str) -> str:
    keys = "".join(f", {_column(where.measure, name)} AS key_{name}" for name in dimensions)
    grouped = "".join(f", key_{name}" for name in dimensions)
    return (
        f"SELECT {start} AS segment, sum(records), sum(count), sumForEach(values), countIf(reason != ''){keys} "
        f"FROM {figures} WHERE {where.of_figures()} "
        f"AND pane >= toDateTime({edges[0]}) AND pane < toDateTime({edges[-1]}) "
        f"GROUP BY segment{grouped}"
    )


def _column(measure: Measure, dimension: str) -> str:
    if dimension in measure.overlaps:
        return f"arrayJoin({each_area(dims.column(measure.event, AREAS))})"
    return _COLUMNS.get(dimension) or dims.column(measure.event, dimension)


def _sum_of(
    span: Period, measure: Measure, tz: str, edges: Sequence[int], segments: Mapping[int, Mapping[Key, Total]]
) -> dict[Key, Total]:
    zone = ZoneInfo(tz)
    found: dict[Key, Total] = {}
    for start in edges[bisect_left(edges, span.start) : bisect_left(edges, span.end)]:
        if not measure.takes_hour(datetime.fromtimestamp(start, zone).hour):
            continue
        for key, total in segments.get(start, {}).items():
            found[key] = found.get(key, NOTHING) + total
    return found
