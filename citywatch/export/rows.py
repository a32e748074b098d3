"""What is exported: cells, adjustments, events; their columns as their topics name them, and their rows by parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal

from figures.periods import Period
from figures.queries.parts import parts, within
from schemas.families import TYPES
from schemas.named import dims_of
from schemas.topics import ADJUSTMENTS, INPUTS, PANES
from sinks import dims
from sinks.bind import literal
from sinks.store import Store

ROWS_AT_ONCE = 50_000

Kind = Literal["text", "integer", "moment", "codes", "numbers"]
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Export:
    """One kind of export. `topics`: whoever goes on from the file reads these from its positions on."""

    name: str
    table: str
    time: str
    topics: tuple[str, ...]
    columns: tuple[tuple[str, Kind], ...]
    select: str
    group: str = ""


_PLACE: tuple[tuple[str, Kind], ...] = (("log", "text"), ("topic", "text"), ("partition", "integer"))
_TOLD: tuple[tuple[str, Kind], ...] = (("dims", "codes"), ("numbers", "numbers"))

EXPORTS = {
    each.name: each
    for each in (
        Export(
            "cells",
            "cells_latest",
            "pane",
            (PANES,),
            (*_PLACE, ("source", "text"), ("pane", "moment"), ("type", "text"), ("version", "integer"),
             ("records", "integer"), *_TOLD),
            "log, topic, partition, source, toUInt32(pane) AS at, type, version, records",
        ),
        Export(
            "adjustments",
            "adjustments",
            "pane",
            (ADJUSTMENTS,),
            (("source", "text"), ("pane", "moment"), ("type", "text"), ("records", "integer"), *_TOLD),
            "source, toUInt32(pane) AS at, type, sum(records)",
            f"GROUP BY source, pane, type, {dims.SQL} HAVING sum(records) != 0 OR sum(count) != 0"
            " OR arrayExists(x -> x != 0, sumForEach(values))",
        ),
        Export(
            "events",
            "events FINAL",
            "time",
            INPUTS,
            (*_PLACE, ("offset", "integer"), ("source", "text"), ("id", "text"), ("subject", "text"),
             ("time", "moment"), ("type", "text"), ("event", "text"), *_TOLD),
            "log, topic, partition, offset, source, id, subject, toUInt32(time) AS at, type, payload",
        ),
    )
}  # fmt: skip


def batches(store: Store, what: Export, sources: Sequence[str] | None, span: Period) -> Iterator[list[Row]]:
    """The rows in order of time, a part of the span at a time; values in the order of `columns`. Blocks on the store.

    sources: None for all that there are. Adjustments are the absolute sums of what repeats, late rows and restatements
    add to a cell identity.
    """
    of_sources = "1" if sources is None else f"source IN {literal(sorted(sources))}"
    # what all adjustments are has to be found anew for each question, so one is asked
    spans = [span] if what.group else parts(store, what.table, what.time, of_sources, span, ROWS_AT_ONCE, ROWS_AT_ONCE)
    counted = "sum(count), sumForEach(values)" if what.group else "count, values"
    for part in spans:
        rows = store.query(
            f"SELECT {what.select}, {dims.SQL}, {counted} FROM {what.table}"
            f" WHERE {of_sources} AND {within(what.time, part)} {what.group}"
            f" ORDER BY at, source, type, {dims.SQL}{', log, topic, partition' if what.columns[0][0] == 'log' else ''}"
        )
        kind = [name for name, _ in what.columns].index("type")
        found = [_row(row, row[kind]) for row in rows]
        if found:
            yield found


def _row(row: Sequence[Any], kind: str) -> Row:
    *told, first, second, third, further, count, values = row
    declared = TYPES[kind]
    codes = dims_of((kind, *dims.codes(declared, first, second, third, further)))
    numbers = dict(zip_longest(declared.number_names, (int(count), *map(int, values)), fillvalue=0))
    return (*told, codes, numbers)
