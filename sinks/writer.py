"""Writes a batch into the store, in the order that makes a crash between any two steps harmless."""

from __future__ import annotations

import time
from collections.abc import Sequence

from runtime import metrics
from sinks.batch import InsertBatch
from sinks.repeats import keep_repeats, keep_restated
from sinks.rows import (
    ALARM_COLUMNS,
    CELL_COLUMNS,
    CORRECTION_COLUMNS,
    DEAD_LETTER_COLUMNS,
    EVENT_COLUMNS,
    POSITION_COLUMNS,
    PROGRESS_COLUMNS,
    SEAM_COLUMNS,
    SOURCE_GAP_COLUMNS,
    UNREAD_COLUMNS,
    TableRow,
)
from sinks.store import Columns, Rejected, Store

_OFFSETS = ("offset", "version", "read", "position")
"""Columns that tell where in its partition a row comes from."""


def write(store: Store, batch: InsertBatch) -> None:
    """Make a batch durable. Blocks; raises Unreachable or Rejected, and may then simply be called again.

    1. Rows: raw events, cells, corrections, dead letters, seams, gaps of sources, alarms, ranges that were gone
       unread; every
       table takes a repeated row for the same row.
    2. Copies for ids and incidents that now stand in several places: after the rows, so that they are seen.
    3. Progress: whoever reads it finds the cells that it vouches for.
    4. Positions: everything below them is there.
    """
    started = time.monotonic()
    _insert(store, "events", EVENT_COLUMNS, batch.events)
    _insert_rows(store, "cells", CELL_COLUMNS, batch.cell_rows())
    _insert_rows(store, "corrections", CORRECTION_COLUMNS, batch.corrections)
    _insert_rows(store, "dead_letters", DEAD_LETTER_COLUMNS, batch.dead_letters)
    _insert_rows(store, "seams", SEAM_COLUMNS, batch.seams)
    _insert_rows(store, "source_gaps", SOURCE_GAP_COLUMNS, batch.source_gaps)
    _insert_rows(store, "alarms", ALARM_COLUMNS, batch.alarms)
    _insert_rows(store, "unread", UNREAD_COLUMNS, batch.unread)
    keep_repeats(store, batch.spans)
    keep_restated(store, batch.spans, batch.corrections)
    _insert_rows(store, "progress", PROGRESS_COLUMNS, batch.progress_rows())
    _insert_rows(store, "sink_positions", POSITION_COLUMNS, batch.position_rows())
    metrics.SINK_FLUSH.observe(time.monotonic() - started)
    now = time.time()
    for arrival in batch.arrivals:
        metrics.SINK_LATENCY.observe(max(0.0, now - arrival))


def _insert_rows(store: Store, table: str, names: Sequence[str], rows: Sequence[TableRow]) -> None:
    _insert(store, table, names, list(zip(*rows, strict=True)))


def _insert(store: Store, table: str, names: Sequence[str], columns: Columns) -> None:
    if not columns or not columns[0]:
        return
    try:
        store.insert(table, names, columns)
    except Rejected as refused:
        place = _place(names, columns, _first_refused(store, table, names, columns))
        raise Rejected(f"{place} for {table}: {refused}", refused.code) from None
    metrics.SINK_ROWS.labels(table).inc(len(columns[0]))


def _first_refused(store: Store, table: str, names: Sequence[str], columns: Columns) -> int:
    """Which row the store refuses, in some twenty inserts. Those before it are stored: that harms nothing."""
    first, end = 0, len(columns[0])
    while end - first > 1:
        middle = (first + end) // 2
        try:
            store.insert(table, names, [column[first:middle] for column in columns])
            first = middle
        except Rejected:
            end = middle
    return first


def _place(names: Sequence[str], columns: Columns, row: int) -> str:
    """Topic, partition and offset that a row comes from; of an alarm its id."""
    said = {name: column[row] for name, column in zip(names, columns, strict=True)}
    if "topic" not in said:
        return str(said["id"])
    offset = next(said[name] for name in _OFFSETS if name in said)
    return f"{said['topic']}/{said['partition']}@{offset}"
