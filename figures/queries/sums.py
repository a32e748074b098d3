"""The figures of one measure over many spans at once, from the store's cells and adjustments.

Spans may overlap (a month and the month before it): all their edges together cut time into segments, the store adds
up each segment once, and a span is the sum of its segments. Civil time stays out of the SQL: edges are computed
here, in `figures.periods`, and go to the store as numbers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import zip_longest
from math import gcd
from typing import NamedTuple
from zoneinfo import ZoneInfo

from figures.periods import Period
from figures.queries import counted
from figures.queries.in_areas import each_area
from figures.queries.parts import merged, within_any
from figures.queries.where import Where
from figures.spans import common
from schemas.areas import AREAS
from schemas.measures import Measure
from sinks import dims
from sinks.bind import literal
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
_CHARACTERS = 100_000
"""Of filters and edges in one question: a server reads 262,144 of a statement."""


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


@dataclass(frozen=True)
class Wanted:
    """The total of each span by the values of `dimensions`. figures: in SQL what the totals are of, in place of what
    counts now."""

    where: Where
    tz: str
    spans: Collection[Period]
    dimensions: Sequence[str] = ()
    figures: str | None = None

    @cached_property
    def edges(self) -> list[int]:
        """Where spans, and hours that count, begin and end."""
        hours = self.where.measure.hours
        edges = {edge for span in self.spans for edge in (span.start, span.end)}
        if hours is not None:
            for span in self.spans:
                edges.update(edge for edge in _turns(span, hours, self.tz) if edge in span)
        return sorted(edges)


def totals(
    store: Store,
    where: Where,
    tz: str,
    spans: Iterable[Period],
    dimensions: Sequence[str],
    figures: str | None = None,
) -> Totals:
    """The total of each span by the values of `dimensions`. Blocks on the store, once per 5,000 edges.

    figures: in SQL what the totals are of, in place of what counts now.
    """
    (found,) = all_totals(store, [Wanted(where, tz, set(spans), dimensions, figures)])
    return found


def all_totals(store: Store, wanted: Sequence[Wanted]) -> list[Totals]:
    """What is wanted, each: of the same figures in one question, which costs little more than one of them, as most of
    it is what the store thinks before it reads. Blocks on the store."""
    found: list[dict[int, dict[Key, Total]]] = [{} for _ in wanted]
    parts = [part for nth, each in enumerate(wanted) for part in _parts(store, nth, each)]
    for together in _together(store, wanted, parts):
        for nth, since, records, count, values, adjusted, *key in store.query(_statement(store, wanted, together)):
            part = together[int(nth) - 1]
            of = wanted[part.nth]
            segment = found[part.nth].setdefault(part.edges[bisect_right(part.edges, int(since)) - 1], {})
            codes = tuple(key[: len(of.dimensions)])
            segment[codes] = segment.get(codes, NOTHING) + Total(int(records), int(count), tuple(values), int(adjusted))
    return [
        {span: _sum_of(span, each.where.measure, each.tz, each.edges, segments) for span in each.spans}
        for each, segments in zip(wanted, found, strict=True)
    ]


class _Part(NamedTuple):
    """Edges of the nth that is wanted, to be asked for at once. `start`: in SQL of a pane a moment in its segment, the
    same for panes that add up."""

    nth: int
    edges: Sequence[int]
    start: str


def _together(store: Store, wanted: Sequence[Wanted], parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """The parts that go into one question, as long as a store takes: of the same figures. A server that compares each
    row with every edge is asked for parts with the same edges. A dimension that overlaps makes several rows of a
    figure: there only those that have the same dimensions go together."""
    is_old = store.version < (20, 1)
    alike: dict[tuple[str | None, str, str], list[_Part]] = {}
    for part in parts:
        of = wanted[part.nth]
        overlapping = not of.where.measure.overlaps.isdisjoint(of.dimensions)
        by = ",".join(_column(of.where.measure, name) for name in of.dimensions) if overlapping else ""
        alike.setdefault((of.figures, part.start if is_old else "", by), []).append(part)
    for of_figures in alike.values():
        together: list[_Part] = []
        starts: set[str] = set()
        length = 0
        for part in of_figures:
            more = len(wanted[part.nth].where.of_figures()) + (0 if part.start in starts else len(part.start))
            if together and length + more > _CHARACTERS:
                yield together
                together, starts, length = [], set(), 0
            together.append(part)
            starts.add(part.start)
            length += more
        yield together


def _turns(span: Period, hours: tuple[int, int], tz: str) -> Iterable[int]:
    """When the measure's hours begin and end on each local day of a span."""
    zone = ZoneInfo(tz)
    day = datetime.fromtimestamp(span.start, zone).date()
    last = datetime.fromtimestamp(span.end, zone).date()
    while day <= last:
        for hour in hours:
            yield int(datetime(day.year, day.month, day.day, hour % 24, tzinfo=zone).timestamp())
        day += timedelta(days=1)


def _parts(store: Store, nth: int, wanted: Wanted) -> Iterator[_Part]:
    edges = wanted.edges
    is_old = store.version < (20, 1)
    if is_old and len(edges) > _EDGES_COMPARED:
        step = gcd(*(edge - edges[0] for edge in edges))
        if (edges[-1] - edges[0]) // step <= _STEPS_PER_EDGE * len(edges):
            yield _Part(nth, edges, f"{edges[0]} + intDiv(toUInt32(pane) - {edges[0]}, {step}) * {step}")
            return
    at_once = _EDGES_COMPARED if is_old else _EDGES_AT_ONCE
    for first in range(0, len(edges) - 1, at_once):
        part = edges[first : first + at_once + 1]
        starts = f"[toUInt32({part[0]}){''.join(f', {edge}' for edge in part[1:-1])}]"
        compared = f"arrayElement({starts}, arrayCount(edge -> edge <= toUInt32(pane), {starts}))"
        yield _Part(nth, part, compared if is_old else f"roundDown(toUInt32(pane), {starts})")


def _statement(store: Store, wanted: Sequence[Wanted], parts: Sequence[_Part]) -> str:
    """A row for each part, by its place from 1, segment and codes. A figure is read once for all that it is of."""
    of = [wanted[part.nth] for part in parts]
    most = max(len(each.dimensions) for each in of)
    keys = [
        [_column(each.where.measure, each.dimensions[place]) if place < len(each.dimensions) else "''" for each in of]
        for place in range(most)
    ]
    said = "".join(f", {_of_each(columns)} AS key_{place}" for place, columns in enumerate(keys))
    grouped = "".join(f", key_{place}" for place in range(most))
    (figures,) = {each.figures for each in of}
    select = (
        f"{_of_each([part.start for part in parts])} AS segment,"
        f" sum(records), sum(count), sumForEach(values), countIf(reason != ''){said}"
    )
    if len(parts) == 1:
        where, (part,) = of[0].where, parts
        spans = common(merged(of[0].spans), (Period(part.edges[0], part.edges[-1]),))
        return (
            f"SELECT 1 AS nth, {select} FROM {figures or counted.figures(store, where, spans)}"
            f" WHERE {where.of_figures()} AND {within_any('pane', spans)} GROUP BY segment{grouped}"
        )
    takes = [
        f"{each.where.of_figures()} AND pane >= toDateTime({part.edges[0]}) AND pane < toDateTime({part.edges[-1]})"
        for each, part in zip(of, parts, strict=True)
    ]
    begin, end = min(part.edges[0] for part in parts), max(part.edges[-1] for part in parts)
    types = sorted({each.where.measure.type for each in of})
    places = ", ".join(f"if({each}, {nth}, 0)" for nth, each in enumerate(takes, 1))
    return (
        f"SELECT nth, {select} FROM {figures or 'figures'} ARRAY JOIN arrayFilter(n -> n != 0, [{places}]) AS nth"
        f" WHERE type IN {literal(types)} AND pane >= toDateTime({begin}) AND pane < toDateTime({end})"
        f" GROUP BY nth, segment{grouped}"
    )


def _of_each(ways: Sequence[str]) -> str:
    """In SQL of each part its own."""
    places: dict[str, list[int]] = {}
    for nth, way in enumerate(ways, 1):
        places.setdefault(way, []).append(nth)
    *others, last = places
    if not others:
        return last
    return f"multiIf({''.join(f'nth IN {literal(places[way])}, {way}, ' for way in others)}{last})"


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
