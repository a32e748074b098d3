"""What a partition gives out: corrections, dead letters, gaps and steps as they come up, cells and progress at a
snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from schemas.accept import blank
from schemas.consumed import ConsumerRecord
from schemas.envelope import CellKey, CountedEvent
from schemas.family import type_of
from schemas.named import dims_of, numbers_of
from schemas.records import Cell, Correction, DeadLetter, SourceGap, Step
from schemas.steps import step_of
from streams.core.panes import COUNT, RECORDS, VALUES, VERSION, CellState

_CORRECTION_BYTES = 1_500
_LETTER_BYTES = 340
_GAP_BYTES = 900
_STEP_BYTES = 900


@dataclass(slots=True)
class Outputs:
    """The records of one partition of one log, and those that wait for the next snapshot."""

    log: str
    topic: str
    partition: int
    corrections: list[Correction] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    gaps: list[SourceGap] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    _excerpts: int = 0

    @property
    def bytes(self) -> int:
        """Estimated memory of what waits, for the longest ids, codes and excerpts."""
        return (
            len(self.corrections) * _CORRECTION_BYTES
            + len(self.dead_letters) * _LETTER_BYTES
            + self._excerpts
            + len(self.gaps) * _GAP_BYTES
            + len(self.steps) * _STEP_BYTES
        )

    def clear(self) -> None:
        """Forget what waits."""
        self.corrections, self.dead_letters, self.gaps, self.steps = [], [], [], []
        self._excerpts = 0

    def gap(
        self,
        record: ConsumerRecord,
        source: str,
        cause: Literal["start", "jump", "declared", "filled"],
        since: int,
        until: int,
        why: str = "",
    ) -> None:
        """A span of a source on which a control record decides."""
        self.gaps.append(
            SourceGap(
                log=self.log,
                topic=self.topic,
                partition=self.partition,
                offset=record.offset,
                source=source,
                since=since,
                until=until,
                cause=cause,
                at=max(0, record.timestamp // 1000),
                why=why,
            )
        )

    def refuse(self, record: ConsumerRecord, reason: str, detail: str, *, control: bool, source: str) -> None:
        """A dead letter; `control` for a control record."""
        excerpt = blank(record.value)
        self._excerpts += len(excerpt)
        self.dead_letters.append(
            DeadLetter(
                log=self.log,
                topic=self.topic,
                partition=self.partition,
                offset=record.offset,
                reason=reason,
                detail=detail,
                control=control,
                source=source,
                excerpt=excerpt,
                received=max(0, record.timestamp // 1000),
            )
        )

    def correct(self, offset: int, verdict: str, event: CountedEvent, at: int) -> None:
        """An accepted event that no cell holds: late, or restating another."""
        declared = type_of(event.__class__)
        key = event.cell_key()
        self.corrections.append(
            Correction(
                log=self.log,
                topic=self.topic,
                partition=self.partition,
                offset=offset,
                verdict=verdict,
                source=event.source,
                id=event.id,
                subject=event.subject,
                time=at,
                type=declared.name,
                dims=dims_of(key),
                numbers=numbers_of(declared.name, event.count, event.values()),
                now=declared.now(event),
                reported_at=declared.at(event),
            )
        )

    def step(self, offset: int, event: CountedEvent, at: int) -> None:
        """An accepted event that is a step in the life of its subject, or moves or cancels one."""
        self.steps.append(step_of(self.log, self.topic, self.partition, offset, event, at))

    def cell(self, source: str, start: int, key: CellKey, state: CellState) -> Cell:
        """The absolute value of a cell now."""
        return Cell(
            log=self.log,
            topic=self.topic,
            partition=self.partition,
            source=source,
            pane=start,
            type=key[0],
            dims=dims_of(key),
            version=state[VERSION],
            records=state[RECORDS],
            numbers=numbers_of(key[0], state[COUNT], state[VALUES]),
        )
