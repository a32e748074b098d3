"""The figures of a measure over spans, from cells and adjustments themselves.

They are what the view `figures` says; but an old server takes what narrows a view to the tables under it only where no
`FINAL` and no join is between, and reads all cells there are for a month of them. Here each table is told. And what the
view `adjustments` finds out of repeats and restatements costs a question most of its time before it reads a row: where
there are none it is not asked.
"""

from __future__ import annotations

from figures.periods import Period
from figures.queries.listed import as_figures
from figures.queries.parts import PANE_OF_TIME, within, within_any
from figures.queries.where import Where
from figures.spans import Spans
from schemas.control import PANE
from sinks import dims
from sinks.store import Store


def figures(store: Store, where: Where, spans: Spans) -> str:
    """In SQL what stands in for the view `figures`, as far as `sums` reads it, of the measure's type in these spans.
    Blocks on the store, to see whether events of it are repeated or restated."""
    of_type, codes = where.of_type(), ", ".join(f"{name} AS at_{name}" for name in dims.NAMES)
    summed = f"{codes}, count AS all_count, values AS all_values"
    if _are_repeated_or_restated(store, where, spans):
        beside = (
            f"SELECT source, type, pane, {summed}, records AS n, reason AS why FROM adjustments"
            f" WHERE {of_type} AND {within_any('pane', spans)}"
        )
    else:
        beside = (
            f"SELECT source, type, {PANE_OF_TIME} AS pane, {summed}, toInt64(1) AS n, 'late' AS why"
            f" FROM corrections FINAL WHERE verdict = 'late' AND {of_type} AND {within_any(PANE_OF_TIME, spans)}"
        )
    return as_figures(
        where,
        f"SELECT source, type, pane, {summed}, toInt64(records) AS n, '' AS why FROM cells FINAL"
        f" WHERE {of_type} AND {within_any('pane', spans)} UNION ALL {beside}",
    )


def _are_repeated_or_restated(store: Store, where: Where, spans: Spans) -> bool:
    """Whether the store has copies of such rows, with times of these spans or beside them."""
    if not spans:
        return False
    copied = f"{where.of_type()} AND {within('time', Period(spans[0].start, spans[-1].end + PANE))}"
    tables = (f"SELECT count() AS n FROM {table} WHERE {copied}" for table in ("repeated_events", "restated_events"))
    ((number,),) = store.query(f"SELECT sum(n) FROM ({' UNION ALL '.join(tables)})")
    return int(number) > 0
