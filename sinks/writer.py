"""Writes a batch into the store, in the order that makes a crash between any two steps harmless."""

from __future__ import annotations

import time
from collections.abc import Sequence

from citywatch import metrics
from sinks.batch import Batch
from sinks.repeats import keep_repeats, keep_restated
from sinks.rows import (
    CELL_COLUMNS,
    CORRECTION_COLUMNS,
    DEAD_LETTER_COLUMNS,
    EVENT_COLUMNS,
    POSITION_COLUMNS,
    PROGRESS_COLUMNS,
    Row,
)
from sinks.store import Store


def write(store: Store, batch: Batch) -> None:
    """Make a batch durable. Blocks; raises Unreachable or Rejected, and may then simply be called again.

    1. Rows: raw events, cells, corrections, dead letters; every table takes a repeated row for the same row.
    2. Copies for ids and incidents that now stand in several places: after the rows, so that they are seen.
    3. Progress: whoever reads it finds the cells that it vouches for.
    4. Positions: everything below them is there.
    """
    started = time.monotonic()
    _insert(store, "events", EVENT_COLUMNS, batch.events)
    _insert(store, "cells", CELL_COLUMNS, batch.cell_rows())
    _insert(store, "corrections", CORRECTION_COLUMNS, batch.corrections)
    _insert(store, "dead_letters", DEAD_LETTER_COLUMNS, batch.dead_letters)
    keep_repeats(store, batch.events)
    keep_restated(store, batch.events, batch.corrections)
    _insert(store, "progress", PROGRESS_COLUMNS, batch.progress_rows())
    _insert(store, "sink_positions", POSITION_COLUMNS, batch.position_rows())
    metrics.SINK_FLUSH.observe(time.monotonic() - started)
    now = time.time()
    for arrival in batch.arrivals:
        metrics.SINK_LATENCY.observe(max(0.0, now - arrival))


def _insert(store: Store, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    if rows:
        store.insert(table, columns, list(zip(*rows, strict=True)))
        metrics.SINK_ROWS.labels(table).inc(len(rows))
