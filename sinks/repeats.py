"""Keeps what the views on repeated ids and restated incidents need in small tables of their own.

Both are written after the rows that make them necessary: of two writers whose rows belong together, the one
that finishes later sees both. Doing it again adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from schemas.effects import Adds
from schemas.families import TYPES
from sinks import dims
from sinks.bind import literal
from sinks.rows import CORRECTION_COLUMNS, NOW, TableRow
from sinks.store import Store

Spans = Mapping[tuple[str, str, int], tuple[int, int]]
"""First and last offset, per log, topic and partition."""

_COPIED = f"log, topic, partition, offset, source, id, subject, time, type, {dims.SQL}, count, values"
_COPIED_REPEATS = f"{_COPIED}, {', '.join(NOW)}, received"
_PLACE = "log, topic, partition, offset"
_CORRECTION_TYPE = CORRECTION_COLUMNS.index("type")

RESTATING = tuple(name for name, declared in TYPES.items() if declared.restates)
"""Types that move or cancel what an event of another type has added."""

RESTATED = tuple(sorted({declared.effect.of for declared in TYPES.values() if not isinstance(declared.effect, Adds)}))
"""Those other types."""


def keep_repeats(store: Store, events: Spans) -> int:
    """Copy all raw rows of each id that stands in these spans and elsewhere too; gives the number of such ids.

    Blocks on the store: one look-up by hash, and one copy when something is repeated.
    """
    if not events:
        return 0
    hashes = [
        hash_
        for (hash_,) in store.query(
            f"SELECT hash FROM event_ids WHERE hash IN "
            f"(SELECT cityHash64(source, id) FROM events WHERE {_within(events)}) "
            "GROUP BY hash HAVING count() > 1 AND (min(offset) != max(offset) "
            "OR min(partition) != max(partition) OR min(log) != max(log))"
        )
    ]
    for some in _chunks(hashes):
        store.command(
            f"INSERT INTO repeated_events ({_COPIED_REPEATS}) SELECT {_COPIED_REPEATS} FROM events WHERE ({_PLACE}) IN "
            f"(SELECT {_PLACE} FROM event_ids WHERE hash IN {literal(some)})"
        )
    return len(hashes)


def keep_restated(store: Store, events: Spans, corrections: Sequence[TableRow]) -> None:
    """Copy the raw reports of incidents that a restatement names, whichever of the two was stored last."""
    if any(row[_CORRECTION_TYPE] in RESTATING for row in corrections):
        store.command(
            f"INSERT INTO restated_events ({_COPIED}) SELECT {_COPIED} FROM events WHERE ({_PLACE}) IN "
            f"(SELECT {_PLACE} FROM event_subjects WHERE hash IN "
            f"(SELECT cityHash64(source, subject) FROM corrections "
            f"WHERE ({_within(_spans(corrections))}) AND type IN {literal(RESTATING)}))"
        )
    if events:
        store.command(
            f"INSERT INTO restated_events ({_COPIED}) SELECT {_COPIED} FROM events "
            f"WHERE ({_within(events)}) AND type IN {literal(RESTATED)} AND (source, subject) IN "
            f"(SELECT source, subject FROM corrections WHERE type IN {literal(RESTATING)})"
        )


def _spans(rows: Iterable[TableRow]) -> Spans:
    """Rows begin with log, topic, partition, offset."""
    spans: dict[tuple[str, str, int], tuple[int, int]] = {}
    for log, topic, partition, offset, *_ in rows:
        first, last = spans.get((log, topic, partition), (offset, offset))
        spans[log, topic, partition] = (min(first, offset), max(last, offset))
    return spans


def _within(spans: Spans) -> str:
    return " OR ".join(
        f"(log = {literal(log)} AND topic = {literal(topic)} AND partition = {partition} "
        f"AND offset BETWEEN {first} AND {last})"
        for (log, topic, partition), (first, last) in sorted(spans.items())
    )


def _chunks(items: list[int], size: int = 5_000) -> Iterable[list[int]]:
    """A statement of an old server may have 256 KiB."""
    return (items[start : start + size] for start in range(0, len(items), size))
