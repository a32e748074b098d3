"""The events behind a figure: each raw row, what became of it, and what it adds, so that the sum is the figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from figures.periods import Period
from schemas.categories import TREE, UNKNOWN
from schemas.cities import City
from schemas.family import BEAT
from schemas.measures import Measure
from schemas.named import dims_of, numbers_of
from schemas.numbers import COUNT
from sinks import dims
from sinks.bind import literal
from sinks.store import Store

SECONDS_AT_ONCE = 86_400
"""Raw rows are read a day at a time, so that a year needs no more memory than a day."""

_OLD_NAME = "facet"
"""What the third dimension of every type was called before dimensions had names of their own."""

Spot = tuple[str, int, int]
"""Log, partition and offset."""

Codes = tuple[str, ...]
"""In the order of the type's dimensions."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event, as it counts here. `adds` is what it adds to the figure: seconds for a measure of minutes, of another
    sum its integers, else its count; negative where a correction takes it away, 0 where it counts elsewhere or nowhere.
    `payload` is the event as it was accepted, as JSON; empty where the store is older than that.

    verdict: counted, late; repeat (an id that counts at its first row), restated (now elsewhere, or from
    elsewhere now here); and, adding nothing, duplicate, dead, pending, lost (in a gap: aggregate never had it).
    """

    time: int
    verdict: str
    adds: int
    source: str
    id: str
    subject: str
    type: str
    dims: dict[str, str]
    numbers: dict[str, int]
    log: str
    topic: str
    partition: int
    offset: int
    payload: str

    @property
    def codes(self) -> tuple[str, ...]:
        """In the order of the type's dimensions."""
        return tuple(self.dims.values())

    @property
    def beat(self) -> str:
        return self.dims[BEAT]


def filters(measure: Measure) -> tuple[str, ...]:
    """What a figure's events can be told apart by."""
    return (*measure.dimensions, "source")


def checked_filters(measure: Measure, where: Mapping[str, str]) -> dict[str, str]:
    """The filters by the names that the measure's type has now. Raises ValueError for a name that it has not."""
    found = {}
    for name, value in where.items():
        known = measure.event.dims[2] if name == _OLD_NAME and len(measure.event.dims) > 2 else name
        if known not in filters(measure):
            raise ValueError(f"{name!r} is none of {', '.join(filters(measure))}")
        found[known] = value
    return found


def behind(
    store: Store, measure: Measure, city: City, tz: str, span: Period, where: Mapping[str, str]
) -> Iterator[Line]:
    """The lines of a figure in order of time. Blocks on the store, a day of rows at a time."""
    wanted = _Filter(measure, city, tz, where)
    for part in _parts(store, measure, city, span):
        repeats, moves = _repeats(store, measure, city, part), _moves(store, measure, city, part)
        for row in _rows(store, measure, city, part):
            for line in _lines(row, measure, repeats, moves):
                if wanted.takes(line):
                    yield line


class _Filter:
    """Which lines belong to the figure."""

    def __init__(self, measure: Measure, city: City, tz: str, where: Mapping[str, str]) -> None:
        self._measure = measure
        self._city = city
        self._zone = ZoneInfo(tz)
        self._where = where

    def takes(self, line: Line) -> bool:
        city, measure = self._city, self._measure
        coded = measure.event.coded
        node = UNKNOWN if coded is None else city.node(line.dims[coded])
        if not measure.takes_node(node) or not measure.takes_codes(line.codes):
            return False
        if not measure.takes_hour(datetime.fromtimestamp(line.time // 300 * 300, self._zone).hour):
            return False
        known = {
            **line.dims,
            "class": TREE[node].path[0],
            "category": node,
            "sector": city.sector(line.beat),
            "beat": line.beat if line.beat in city.beats else UNKNOWN,
            "source": line.source,
        }
        return all(known[name] == value for name, value in self._where.items())


def _lines(
    row: tuple[Any, ...], measure: Measure, repeats: Mapping[Spot, tuple[str, bool]], moves: Mapping[Spot, Codes | None]
) -> Iterator[Line]:
    log, topic, partition, offset, at, source, name, subject, kind, *rest = row
    *columns, count, values, payload, dead, late, judged, lost = rest
    spot = (log, int(partition), int(offset))
    codes = dims.codes(measure.event, *columns)
    numbers = numbers_of(kind, int(count), [*values, *[0] * (len(measure.event.places) - len(values))])
    amount = numbers[measure.summed or COUNT.name]

    def line(verdict: str, adds: int, here: Codes = codes) -> Line:
        return Line(
            int(at), verdict, adds, source, name, subject, kind, dims_of((kind, *here)), numbers, log, topic,
            int(partition), int(offset), payload,
        )  # fmt: skip

    if dead or lost or not judged:
        yield line("dead" if dead else "lost" if lost else "pending", 0)
        return
    verdict, first = repeats.get(spot, ("late" if late else "counted", True))
    if verdict == "duplicate" or (verdict == "late" and not first):
        yield line("duplicate", 0)
        return
    yield line(verdict, amount)
    if not first:
        yield line("repeat", -amount)
        return
    if spot in moves:
        yield line("restated", -amount)
        here = moves[spot]
        if here is not None:
            yield line("restated", amount, here)


def _parts(store: Store, measure: Measure, city: City, span: Period) -> Iterator[Period]:
    """Days of the span that have rows: a day that has none costs as much to ask as any other."""
    days = store.query(
        f"SELECT DISTINCT intDiv(toUInt32(time) - {span.start}, {SECONDS_AT_ONCE}) AS day FROM events"
        f" WHERE {_within('time', measure, city, span)} ORDER BY day"
    )
    for (day,) in days:
        start = span.start + int(day) * SECONDS_AT_ONCE
        yield Period(start, min(span.end, start + SECONDS_AT_ONCE))


def _rows(store: Store, measure: Measure, city: City, span: Period) -> list[tuple[Any, ...]]:
    place = "(log, topic, partition, offset)"
    return store.query(
        f"SELECT log, topic, partition, offset, toUInt32(time) AS at, source, id, subject, type, {dims.SQL},"
        " count, values, payload,"
        f" {place} IN (SELECT log, topic, partition, offset FROM dead_letters) AS dead,"
        f" {place} IN (SELECT log, topic, partition, offset FROM corrections WHERE verdict = 'late') AS late,"
        " offset < read AS judged, arrayExists((x, y) -> (x <= offset) AND (offset < y), starts, ends) AS lost"
        f" FROM (SELECT * FROM (SELECT * FROM events FINAL WHERE {_within('time', measure, city, span)}) AS l"
        " ANY LEFT JOIN (SELECT log, topic, partition, read FROM progress_latest) AS r USING log, topic, partition"
        ") AS l ANY LEFT JOIN (SELECT log, topic, partition, starts, ends FROM seams_by_partition) AS r"
        " USING log, topic, partition"
        " ORDER BY at, log, partition, offset"
    )


def _repeats(store: Store, measure: Measure, city: City, span: Period) -> dict[Spot, tuple[str, bool]]:
    rows = store.query(
        f"SELECT log, partition, offset, verdict, first FROM repeats WHERE {_within('pane', measure, city, span)}"
    )
    return {
        (log, int(partition), int(offset)): (verdict, bool(first)) for log, partition, offset, verdict, first in rows
    }


def _moves(store: Store, measure: Measure, city: City, span: Period) -> dict[Spot, Codes | None]:
    """Where restatements put events; None where one is cancelled."""
    rows = store.query(
        "SELECT log, partition, offset, cancels, to_beat, to_category, to_facet, to_further FROM restated"
        f" WHERE {_within('pane', measure, city, span)}"
    )
    return {
        (log, int(partition), int(offset)): None if cancels else dims.codes(measure.event, *columns)
        for log, partition, offset, cancels, *columns in rows
    }


def _within(column: str, measure: Measure, city: City, span: Period) -> str:
    return (
        f"source IN {literal(sorted(city.sources))} AND type = {literal(measure.type)}"
        f" AND {column} >= toDateTime({span.start}, 'UTC') AND {column} < toDateTime({span.end}, 'UTC')"
    )
