"""The events behind a figure: each raw row, what became of it, and what it adds, so that the sum is the figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from figures.periods import Period
from figures.queries.parts import parts, within
from figures.queries.repeated import Judged, Spot, repeats
from figures.queries.where import Where
from runtime.log import Place
from schemas.control import PANE
from schemas.family import BEAT
from schemas.measures import Measure
from schemas.named import dims_of, numbers_of
from schemas.numbers import COUNT
from sinks import dims
from sinks.bind import literal
from sinks.store import Store

FIRST_ROWS, MOST_ROWS = 500, 20_000
"""Raw rows are read in spans of about so many: few at first, so that the first line is there at once whatever is asked
for, and never more than fit easily into memory. Each span is a query, so one that is broken off costs no more."""

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


def behind(store: Store, tz: str, span: Period, where: Where, *, payload: bool = True) -> Iterator[Line]:
    """The lines of a figure in order of time. Blocks on the store, for a part of the span at a time.

    payload: False leaves it out of the lines, which is quicker.
    """
    judged = Judged(store)
    matching = f"{where.of_type()} AND {_matching(where, span, _any_restated(store, where, span))}"
    for part in parts(store, "events", "time", matching, span, FIRST_ROWS, MOST_ROWS):
        repeated, restated = _touched(store, where, part)
        of_ids = repeats(store, _within("time", where, part), judged) if repeated else {}
        moves = _moves(store, where, part) if restated else {}
        for row in _rows(store, where, part, restated=restated, payload=payload):
            for line in _lines(row, where.measure, judged, of_ids, moves):
                if where.takes(line.codes) and is_asked_hour(where.measure, line.time, tz):
                    yield line


def is_asked_hour(measure: Measure, time: int, tz: str) -> bool:
    """Whether events of this moment count, by the local hour of its pane."""
    return measure.hours is None or measure.takes_hour(datetime.fromtimestamp(time // PANE * PANE, ZoneInfo(tz)).hour)


def _lines(
    row: tuple[Any, ...],
    measure: Measure,
    judged: Judged,
    of_ids: Mapping[Spot, tuple[str, bool]],
    moves: Mapping[Spot, Codes | None],
) -> Iterator[Line]:
    log, topic, partition, offset, at, source, name, subject, kind, *rest = row
    *columns, count, values, payload, dead, late = rest
    spot = (log, int(partition), int(offset))
    codes = dims.codes(measure.event, *columns)
    numbers = numbers_of(kind, int(count), [*values, *[0] * (len(measure.event.places) - len(values))])
    amount = numbers[measure.summed or COUNT.name]

    def line(verdict: str, adds: int, here: Codes = codes) -> Line:
        return Line(
            int(at), verdict, adds, source, name, subject, kind, dims_of((kind, *here)), numbers, log, topic,
            int(partition), int(offset), payload,
        )  # fmt: skip

    not_judged = "dead" if dead else judged.verdict(Place(log, topic, int(partition)), int(offset))
    if not_judged is not None:
        yield line(not_judged, 0)
        return
    verdict, first = of_ids.get(spot, ("late" if late else "counted", True))
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


def _touched(store: Store, where: Where, span: Period) -> tuple[bool, bool]:
    """Whether ids of the span are repeated, and events of it restated: where none is, there is nothing to look up."""
    ((repeated,),) = store.query(f"SELECT count() FROM repeated_events WHERE {_within('time', where, span)}")
    return bool(repeated), _any_restated(store, where, span)


def _any_restated(store: Store, where: Where, span: Period) -> bool:
    ((restated,),) = store.query(f"SELECT count() FROM restated_events WHERE {_within('time', where, span)}")
    return bool(restated)


def _rows(store: Store, where: Where, span: Period, *, restated: bool, payload: bool) -> list[tuple[Any, ...]]:
    place = "(log, topic, partition, offset)"
    of_topic = f"topic = {literal(where.measure.topic)}"
    return store.query(
        f"SELECT log, topic, partition, offset, toUInt32(time) AS at, source, id, subject, type, {dims.SQL},"
        f" count, values, {'payload' if payload else literal('')},"
        f" {place} IN (SELECT log, topic, partition, offset FROM dead_letters WHERE {of_topic}) AS dead,"
        f" {place} IN (SELECT log, topic, partition, offset FROM corrections"
        f" WHERE verdict = 'late' AND {_within('time', where, span)}) AS late"
        f" FROM events FINAL WHERE {_within('time', where, span)} AND {_matching(where, span, restated)}"
        " ORDER BY at, log, partition, offset"
    )


def _matching(where: Where, span: Period, restated: bool) -> str:
    """Of rows that the filter takes as they came, or where a restatement puts them."""
    if where.takes_all or not restated:
        return where.of_codes()
    return (
        f"(({where.of_codes()}) OR (log, topic, partition, offset) IN ("
        "SELECT log, topic, partition, offset FROM restated"
        f" WHERE {_within('pane', where, span)} AND NOT cancels AND {where.of_codes('to_')}))"
    )


def _moves(store: Store, where: Where, span: Period) -> dict[Spot, Codes | None]:
    """Where restatements put events; None where one is cancelled."""
    rows = store.query(
        "SELECT log, partition, offset, cancels, to_beat, to_category, to_facet, to_further FROM restated"
        f" WHERE {_within('pane', where, span)}"
    )
    return {
        (log, int(partition), int(offset)): None if cancels else dims.codes(where.measure.event, *columns)
        for log, partition, offset, cancels, *columns in rows
    }


def _within(column: str, where: Where, span: Period) -> str:
    return f"{where.of_type()} AND {within(column, span)}"
