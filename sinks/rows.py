"""From records of Kafka to rows of the store. Pure: what is refused or a control record gives no row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from schemas.accept import CHUNK, NO_VERDICT, accept_all
from schemas.incidents import Reported
from schemas.instants import epoch
from schemas.measures import RESTATABLE
from schemas.records import Cell, Correction, DeadLetter, PaneRecord, Progress, Seam, SourceGap

EVENT_COLUMNS = (
    "log", "topic", "partition", "offset", "source", "id", "subject", "time", "type", "beat", "category",
    "facet", "count", "values", "now_category", "now_beat", "reported_at", "unit", "received",
)  # fmt: skip
CELL_COLUMNS = (
    "log", "topic", "partition", "source", "pane", "type", "beat", "category", "facet",
    "version", "records", "count", "values",
)  # fmt: skip
PROGRESS_COLUMNS = (
    "log", "topic", "partition", "read", "counted", "late", "duplicates", "dead", "clocks", "boundaries",
)  # fmt: skip
CORRECTION_COLUMNS = (
    "log", "topic", "partition", "offset", "verdict", "source", "id", "subject", "time", "type", "beat",
    "category", "facet", "count", "values", "now_category", "now_beat", "reported_at",
)  # fmt: skip
DEAD_LETTER_COLUMNS = (
    "log", "topic", "partition", "offset", "reason", "detail", "control", "source", "excerpt", "received",
)  # fmt: skip
SEAM_COLUMNS = ("log", "topic", "partition", "start_offset", "end_offset", "source", "since", "until")
SOURCE_GAP_COLUMNS = (
    "log", "topic", "partition", "offset", "source", "since", "until", "cause", "at", "why",
)  # fmt: skip
UNREAD_COLUMNS = ("log", "topic", "partition", "start_offset", "end_offset")
POSITION_COLUMNS = ("log", "topic", "partition", "position")

Row = tuple[Any, ...]

decode_pane = msgspec.json.Decoder(PaneRecord).decode
decode_correction = msgspec.json.Decoder(Correction).decode
decode_dead_letter = msgspec.json.Decoder(DeadLetter).decode


class Record(Protocol):
    """What of a Kafka record is read: `timestamp` in milliseconds, by the broker's clock."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...


def event_rows(log: str, topic: str, partition: int, records: Sequence[Record]) -> list[Row]:
    """A row of `EVENT_COLUMNS` for each accepted event."""
    rows: list[Row] = []
    for start in range(0, len(records), CHUNK):
        some = records[start : start + CHUNK]
        events, epochs = accept_all([record.value for record in some])
        for record, event, time in zip(some, events, epochs, strict=True):
            if time == NO_VERDICT:
                continue
            if event.__class__ is Reported:
                # nearly all are: nothing is asked that its class does not already tell
                data = event.data
                rows.append((
                    log, topic, partition, record.offset, event.source, event.id, event.subject,
                    time, RESTATABLE, data.beat, data.category, data.origin, data.count, (), "", "", 0, "",
                    max(0, record.timestamp // 1000),
                ))  # fmt: skip
            else:
                received = max(0, record.timestamp // 1000)
                rows.append((log, topic, partition, record.offset, *_event_fields(event, time), received))
    return rows


def _event_fields(event: Any, time: int) -> Row:
    """From `source` to `unit`."""
    data = event.data
    reported_at = getattr(data, "reported_at", None)
    return (
        event.source, event.id, event.subject, time, *event.cell_key(), event.count, event.values(),
        getattr(data, "now_category", ""), getattr(data, "now_beat", ""),
        0 if reported_at is None else epoch(reported_at),
        getattr(data, "unit", None) or "",
    )  # fmt: skip


def cell_row(cell: Cell) -> Row:
    return (
        cell.log, cell.topic, cell.partition, cell.source, cell.pane, cell.type, cell.beat, cell.category,
        cell.facet, cell.version, cell.records, cell.count, cell.values,
    )  # fmt: skip


def progress_row(progress: Progress) -> Row:
    return (
        progress.log, progress.topic, progress.partition, progress.read,
        progress.counted, progress.late, progress.duplicates, progress.dead,
        msgspec.json.encode(progress.clocks).decode(), msgspec.json.encode(progress.boundaries).decode(),
    )  # fmt: skip


def seam_rows(seam: Seam) -> list[Row]:
    """A row for each source whose figures it may touch; one without a source where it touches none."""
    spans = seam.spans or {"": (0, 0)}
    return [
        (seam.log, seam.topic, seam.partition, seam.start, seam.end, source, since, until)
        for source, (since, until) in spans.items()
    ]


def source_gap_row(gap: SourceGap) -> Row:
    return (
        gap.log, gap.topic, gap.partition, gap.offset, gap.source, gap.since, gap.until, gap.cause, gap.at, gap.why,
    )  # fmt: skip


def correction_row(correction: Correction) -> Row:
    return (
        correction.log, correction.topic, correction.partition, correction.offset, correction.verdict,
        correction.source, correction.id, correction.subject, correction.time, correction.type,
        correction.beat, correction.category, correction.facet, correction.count, correction.values,
        correction.now_category or "", correction.now_beat or "", correction.reported_at or 0,
    )  # fmt: skip


def dead_letter_row(letter: DeadLetter) -> Row:
    return (
        letter.log, letter.topic, letter.partition, letter.offset, letter.reason, letter.detail,
        int(letter.control), letter.source, letter.excerpt, letter.received,
    )  # fmt: skip
