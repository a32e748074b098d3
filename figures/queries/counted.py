"""The figures of a measure over spans, from cells and adjustments themselves.

They are what the view `figures` says; but an old server takes what narrows a view to the tables under it only where no
`FINAL` and no join is between, and reads all cells there are for a month of them. Here each table is told.
"""

from __future__ import annotations

from figures.queries.listed import as_figures
from figures.queries.parts import within_any
from figures.queries.where import Where
from figures.spans import Spans
from sinks import dims


def figures(where: Where, spans: Spans) -> str:
    """In SQL what stands in for the view `figures`, as far as `sums` reads it, of the measure's type in these spans."""
    narrowed = f"{where.of_type()} AND {within_any('pane', spans)}"
    codes = ", ".join(f"{name} AS at_{name}" for name in dims.NAMES)
    carried = f"source, type, pane, {codes}, count AS all_count, values AS all_values"
    return as_figures(
        where,
        f"SELECT {carried}, toInt64(records) AS n, '' AS why FROM cells FINAL WHERE {narrowed}"
        f" UNION ALL SELECT {carried}, records AS n, reason AS why FROM adjustments WHERE {narrowed}",
    )
