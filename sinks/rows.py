"""From records of Kafka to rows of the store. Pure: what is refused or a control record gives no row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from schemas.accept import CHUNK, NO_VERDICT, accept_all
from schemas.alarms import Alarm
from schemas.consumed import ConsumerRecord
from schemas.envelope import CountedEvent
from schemas.families import TYPES
from schemas.family import EventType, type_of
from schemas.instants import epoch
from schemas.records import Cell, Correction, DeadLetter, Progress, Seam, SourceGap
from sinks import dims

NOW = ("now_beat", "now_category", "now_facet", "now_further")
"""The new codes that a re-coding says."""

EVENT_COLUMNS = (
    "log", "topic", "partition", "offset", "source", "id", "subject", "time", "type", *dims.NAMES,
    "count", "values", *NOW, "reported_at", "unit", "payload", "received",
)  # fmt: skip
CELL_COLUMNS = (
    "log", "topic", "partition", "source", "pane", "type", *dims.NAMES, "version", "records", "count", "values",
)  # fmt: skip
PROGRESS_COLUMNS = (
    "log", "topic", "partition", "read", "counted", "late", "duplicates", "dead", "clocks", "boundaries",
)  # fmt: skip
CORRECTION_COLUMNS = (
    "log", "topic", "partition", "offset", "verdict", "source", "id", "subject", "time", "type", *dims.NAMES,
    "count", "values", *NOW, "moves", "reported_at",
)  # fmt: skip
"""`moves`: the places of the dimensions that a re-coding sets; 1 is the beat."""
DEAD_LETTER_COLUMNS = (
    "log", "topic", "partition", "offset", "reason", "detail", "control", "source", "excerpt", "received",
)  # fmt: skip
SEAM_COLUMNS = ("log", "topic", "partition", "start_offset", "end_offset", "source", "since", "until")
SOURCE_GAP_COLUMNS = (
    "log", "topic", "partition", "offset", "source", "since", "until", "cause", "at", "why",
)  # fmt: skip
ALARM_COLUMNS = (
    "id", "clock", "source", "subject", "beat", "state", "begin", "warn_at", "due", "raised_at", "end", "ended_by",
    "why", "withdrawn_by", "version",
)  # fmt: skip
UNREAD_COLUMNS = ("log", "topic", "partition", "start_offset", "end_offset")
POSITION_COLUMNS = ("log", "topic", "partition", "position")

TableRow = tuple[Any, ...]

_encode = msgspec.json.Encoder().encode


def event_rows(log: str, topic: str, partition: int, records: Sequence[ConsumerRecord]) -> list[TableRow]:
    """A row of `EVENT_COLUMNS` for each accepted event."""
    rows: list[TableRow] = []
    for start in range(0, len(records), CHUNK):
        some = records[start : start + CHUNK]
        events, epochs = accept_all([record.value for record in some])
        for record, accepted, time in zip(some, events, epochs, strict=True):
            if time != NO_VERDICT:
                event: Any = accepted  # it has a time, so it counts
                received = max(0, record.timestamp // 1000)
                payload = _encode(event).decode()  # as it was accepted: without extension attributes, with defaults
                rows.append((
                    log, topic, partition, record.offset, event.source, event.id, event.subject, time,
                    *_fields_of(event.__class__)(event), payload, received,
                ))  # fmt: skip
    return rows


_NOTHING_NEW: TableRow = ("", "", "", (), ())
"""Tuples, not lists: rows of nothing but plain values cost the collector nothing."""


@cache
def _fields_of(kind: type[CountedEvent]) -> Callable[[CountedEvent], TableRow]:
    """What gives the columns from `type` to `unit` of an event of a class. Of the most frequent ones nothing is asked
    that their declaration does not already tell."""
    declared = type_of(kind)
    has_unit = "unit" in declared.fields
    begun = getattr(declared.effect, "at", "reported_at")

    def fields(event: CountedEvent) -> TableRow:
        name, *codes = event.cell_key()
        told = getattr(event.data, begun, None)
        at = epoch(told) if told else 0
        unit = event.data.unit or "" if has_unit else ""
        now = _now(declared, declared.now(event))[:-1]
        return name, *dims.stored(codes), event.count, event.values(), *now, at, unit

    def plain_fields(event: CountedEvent) -> TableRow:
        (name, first, second, third, *more), count, values = event.adds()  # type: ignore[misc]  # it adds
        further = dims.further(more) if more else ()
        return name, first, second, third, further, count, values, "", "", "", (), 0, ""

    is_plain = len(declared.dims) >= 3 and not (declared.restates or has_unit or begun in declared.fields)
    return plain_fields if is_plain else fields


def _now(declared: EventType | None, said: Mapping[str, str]) -> TableRow:
    """The columns `NOW` of a re-coding, and `moves`."""
    restated = TYPES.get(getattr(declared.effect, "of", "")) if declared is not None else None
    if not said or restated is None:
        return _NOTHING_NEW
    beat, category, facet, further = dims.stored([said.get(dim, "") for dim in restated.dims])
    return beat, category, facet, further, tuple(place for place, dim in enumerate(restated.dims, 1) if dim in said)


def cell_row(cell: Cell) -> TableRow:
    name, *codes = cell.key
    return (
        cell.log, cell.topic, cell.partition, cell.source, cell.pane, name, *dims.stored(codes),
        cell.version, cell.records, cell.count, cell.values,
    )  # fmt: skip


def progress_row(progress: Progress) -> TableRow:
    return (
        progress.log, progress.topic, progress.partition, progress.read,
        progress.counted, progress.late, progress.duplicates, progress.dead,
        msgspec.json.encode(progress.clocks).decode(), msgspec.json.encode(progress.boundaries).decode(),
    )  # fmt: skip


def seam_rows(seam: Seam) -> list[TableRow]:
    """A row for each source whose figures it may touch; one without a source where it touches none."""
    spans = seam.spans or {"": (0, 0)}
    return [
        (seam.log, seam.topic, seam.partition, seam.start, seam.end, source, since, until)
        for source, (since, until) in spans.items()
    ]


def source_gap_row(gap: SourceGap) -> TableRow:
    return (
        gap.log, gap.topic, gap.partition, gap.offset, gap.source, gap.since, gap.until, gap.cause, gap.at, gap.why,
    )  # fmt: skip


def correction_row(correction: Correction) -> TableRow:
    name, *codes = correction.key
    return (
        correction.log, correction.topic, correction.partition, correction.offset, correction.verdict,
        correction.source, correction.id, correction.subject, correction.time, name, *dims.stored(codes),
        correction.count, correction.values, *_now(TYPES.get(name), correction.now), correction.reported_at or 0,
    )  # fmt: skip


def dead_letter_row(letter: DeadLetter) -> TableRow:
    return (
        letter.log, letter.topic, letter.partition, letter.offset, letter.reason, letter.detail,
        int(letter.control), letter.source, letter.excerpt, letter.received,
    )  # fmt: skip


def alarm_row(alarm: Alarm) -> TableRow:
    return (
        alarm.id, alarm.clock, alarm.source, alarm.subject, alarm.beat, alarm.state, alarm.begin, alarm.warn_at or 0,
        alarm.due or 0, alarm.raised_at, alarm.end or 0, alarm.ended_by, alarm.why, alarm.withdrawn_by, alarm.version,
    )  # fmt: skip
