"""Rows that wait for the store, and the positions that they lead to. Bounded by whoever fills it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from runtime import metrics
from runtime.log import LogPartition
from schemas import reading
from schemas.consumed import ConsumerRecord
from schemas.records import Cell, Progress, Seam, SourceGap, Step
from schemas.topics import ALARMS, CORRECTIONS, DEAD_LETTERS, INPUTS, PANES
from sinks.rows import (
    EVENT_COLUMNS,
    TableRow,
    alarm_row,
    cell_row,
    correction_row,
    dead_letter_row,
    event_rows,
    progress_row,
    seam_rows,
    source_gap_row,
)

ROW_BYTES = 400
"""What a row takes in memory beside the text of its record, as measured."""

log = logging.getLogger(__name__)

_OFFSET, _PAYLOAD = EVENT_COLUMNS.index("offset"), EVENT_COLUMNS.index("payload")


@dataclass
class InsertBatch:
    """What was read since the last flush. `ends`: the position after the last record taken, per place."""

    events: list[list[Any]] = field(default_factory=lambda: [[] for _ in EVENT_COLUMNS])
    """The columns of raw events, in the order of `EVENT_COLUMNS`."""
    spans: dict[LogPartition, tuple[int, int]] = field(default_factory=dict)
    """First and last offset of the raw events of each place."""
    cells: dict[TableRow, Cell] = field(default_factory=dict)
    progress: dict[LogPartition, Progress] = field(default_factory=dict)
    corrections: list[TableRow] = field(default_factory=list)
    dead_letters: list[TableRow] = field(default_factory=list)
    seams: list[TableRow] = field(default_factory=list)
    source_gaps: list[TableRow] = field(default_factory=list)
    alarms: list[TableRow] = field(default_factory=list)
    unread: list[TableRow] = field(default_factory=list)
    """Ranges of offsets that were gone before they were read."""
    ends: dict[LogPartition, int] = field(default_factory=dict)
    arrivals: list[float] = field(default_factory=list)
    """Broker time in seconds of the oldest record of each take, for the latency."""
    size: int = 0
    """Bytes in memory, estimated."""

    @property
    def rows(self) -> int:
        listed = (self.events[0], self.corrections, self.dead_letters, self.seams, self.source_gaps, self.alarms)
        return sum(map(len, listed)) + len(self.cells) + len(self.progress)

    def take(self, place: LogPartition, records: Sequence[ConsumerRecord], end: int) -> list[TableRow]:
        """Add what the records of one partition say; gives the event rows among them.

        A record of ours that cannot be read is skipped with a line in the log: it names no row.
        """
        topic_log, topic, partition = place
        taken: list[TableRow] = []
        if topic in INPUTS:
            taken = event_rows(topic_log, topic, partition, records)
            self.add_events(place, taken)
            self.size += sum(len(row[_PAYLOAD]) for row in taken)
        else:
            self._take_results(topic, partition, records)
        if records:
            self.size += sum(len(record.value or b"") for record in records) + ROW_BYTES * len(records)
            self.arrivals.append(records[0].timestamp / 1000)
        self.ends[place] = end
        return taken

    def add_events(self, place: LogPartition, rows: Sequence[TableRow]) -> None:
        """Add raw events of one place, in the order of their offsets."""
        if not rows:
            return
        for column, values in zip(self.events, zip(*rows, strict=True), strict=True):
            column.extend(values)
        first, last = rows[0][_OFFSET], rows[-1][_OFFSET]
        known = self.spans.get(place, (first, last))
        self.spans[place] = min(known[0], first), max(known[1], last)

    def _take_results(self, topic: str, partition: int, records: Sequence[ConsumerRecord]) -> None:
        add = _ADDERS[topic]
        for record in records:
            try:
                add(self, record.value)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, TypeError) as foreign:
                metrics.UNREADABLE.labels("sink").inc()
                log.error("%s/%d@%d is not ours and is skipped: %s", topic, partition, record.offset, foreign)

    def _add_pane(self, value: bytes | None) -> None:
        said = reading.pane_record(value)  # type: ignore[arg-type]
        if isinstance(said, Progress):
            place = (said.log, said.topic, said.partition)
            known = self.progress.get(place)
            if known is None or said.read >= known.read:
                self.progress[place] = said
            return
        if isinstance(said, Seam):
            self.seams += seam_rows(said)
            return
        if isinstance(said, SourceGap):
            self.source_gaps.append(source_gap_row(said))
            return
        if isinstance(said, Step):
            return  # the raw row of the event has all of it
        identity = (said.log, said.topic, said.partition, said.source, said.pane, said.key)
        older = self.cells.get(identity)
        if older is None or said.rank >= older.rank:
            self.cells[identity] = said

    def _add_correction(self, value: bytes | None) -> None:
        self.corrections.append(correction_row(reading.correction(value)))  # type: ignore[arg-type]

    def _add_dead_letter(self, value: bytes | None) -> None:
        self.dead_letters.append(dead_letter_row(reading.dead_letter(value)))  # type: ignore[arg-type]

    def _add_alarm(self, value: bytes | None) -> None:
        self.alarms.append(alarm_row(reading.alarm(value)))  # type: ignore[arg-type]

    def cell_rows(self) -> list[TableRow]:
        return [cell_row(cell) for cell in self.cells.values()]

    def progress_rows(self) -> list[TableRow]:
        return [progress_row(progress) for progress in self.progress.values()]

    def position_rows(self) -> list[TableRow]:
        return [(*place, end) for place, end in self.ends.items()]


_ADDERS: dict[str, Callable[[InsertBatch, Any], None]] = {
    PANES: InsertBatch._add_pane,
    CORRECTIONS: InsertBatch._add_correction,
    DEAD_LETTERS: InsertBatch._add_dead_letter,
    ALARMS: InsertBatch._add_alarm,
}
