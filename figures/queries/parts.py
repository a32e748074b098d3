"""A span in parts of about so many rows: what is read at once stays small, and what comes first comes soon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from figures.periods import Period
from figures.spans import Spans, joined
from schemas.control import PANE
from sinks.store import Store

STEP = 3600
"""Parts are whole hours, counted before they are read."""


def parts(store: Store, table: str, time: str, condition: str, span: Period, first: int, most: int) -> Iterator[Period]:
    """Parts of the span in which the table has rows, in order: of about `first` rows, then of `most`, or of one hour
    where that has more. `time`: the column that they are told apart by. Blocks on the store at the start."""
    hours = store.query(
        f"SELECT intDiv(toUInt32({time}) - {span.start}, {STEP}) AS hour, count() AS n FROM {table}"
        f" WHERE {within(time, span)} AND {condition} GROUP BY hour ORDER BY hour"
    )
    wanted, start, rows = first, span.start, 0
    for hour, number in hours:
        at = span.start + int(hour) * STEP
        if rows and rows + int(number) > wanted:
            yield Period(start, at)
            wanted, start, rows = most, at, 0
        rows += int(number)
    if rows:
        yield Period(start, span.end)


PANE_OF_TIME = f"toDateTime(intDiv(toUInt32(time), {PANE}) * {PANE}, 'UTC')"
"""In SQL the pane of a row with a time."""


def within(column: str, span: Period) -> str:
    """In SQL: a moment of the span."""
    return f"{column} >= toDateTime({span.start}, 'UTC') AND {column} < toDateTime({span.end}, 'UTC')"


MOST_SPANS = 50
"""In one statement."""


def merged(spans: Iterable[Period]) -> Spans:
    """As few spans as hold these; all between the first and the last where they are many."""
    found = joined(spans)
    return found if len(found) <= MOST_SPANS else (Period(found[0].start, found[-1].end),)


def within_any(column: str, spans: Spans) -> str:
    """In SQL: a moment of one of the spans."""
    return f"({' OR '.join(within(column, each) for each in spans) or '0'})"
