"""What citywatch writes on its own topics: cells and progress, corrections, dead letters. One JSON object a record."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from schemas.control import MAX_STEP
from schemas.envelope import CellKey
from schemas.named import key_of, values_of
from schemas.numbers import COUNT


class Cell(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="cell"):
    """The absolute value of one cell. The greatest version of the same identity rules; a repeat is identical.

    Identity: log, topic, partition, source, pane (UTC epoch seconds of its start), type, dims. `dims` are codes by
    the dimensions of the type; one that is not there is as ''. `version` is the offset of the last record in it.
    `records` counts records, `numbers` are the additive numbers of the type by their names, `count` (what its events
    report) always among them; one that is not there is 0. Where a crash came between a cell and its progress, and a
    seam after it, one version may have two values: the one with more records rules, which has all of the other.
    """

    log: str
    topic: str
    partition: int
    source: str
    pane: int
    type: str
    dims: dict[str, str]
    version: int
    records: int
    numbers: dict[str, int]

    @property
    def rank(self) -> tuple[int, int]:
        """Of one identity the value with the greatest rules."""
        return self.version, self.records

    @property
    def key(self) -> CellKey:
        """Type and codes, in the order of the type's declaration."""
        return key_of(self.type, self.dims)

    @property
    def count(self) -> int:
        return self.numbers[COUNT.name]

    @property
    def values(self) -> tuple[int, ...]:
        """The numbers beside the count, in the order of the type's declaration."""
        return values_of(self.type, self.numbers)


class SourceRules(Struct, frozen=True):
    """What a partition goes by for one source: seconds, the start of the latest pane that was ever open, and which
    panes ahead of the clock have events (bit n: the nth after the clock's own; -1: a version before this one)."""

    lateness: int
    max_ahead: int
    declared: bool
    newest: int
    max_step: int = MAX_STEP
    ahead: int = -1


class Progress(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="progress"):
    """How far a partition is judged: every cell of the records below `read` stands before this record.

    The four verdicts are counted over the whole log up to `read`. Panes of a source before its boundary are closed.
    `ruled` and `rules` are the rest of what decides at `read` (None: written by a version without them). Open panes
    hold `open_cells` cells, which stand on this topic since `since` (Unix seconds; 0: no pane is open).
    """

    log: str
    topic: str
    partition: int
    read: int
    counted: int
    late: int
    duplicates: int
    dead: int
    clocks: dict[str, int]
    boundaries: dict[str, int]
    open_panes: int
    bytes: int
    ruled: bool = False
    rules: dict[str, SourceRules] | None = None
    since: int = 0
    open_cells: int = 0


class Seam(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="seam"):
    """Judging of a partition went on at `end` from durable cells: the ids counted below it were not known any more.

    Records in [start, end) were never judged, because they were gone or somebody chose so; none where both are equal.
    `spans`: by source the event times that those may have had, as [from, to) in Unix seconds; from 0: any.
    """

    log: str
    topic: str
    partition: int
    start: int
    end: int
    spans: dict[str, tuple[int, int]] = {}


class SourceGap(Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="source_gap"):
    """A span of event time of one source, `[since, until)` in Unix seconds, on which the record at `offset` decides.

    cause: `start` (its first heartbeat: nothing before `until` is known, by this partition), `jump` (its clock went
    over it in one step), `declared` and `filled` (an operator's word, with `why`). `at`: when that record came to the
    broker, in Unix seconds. Of `declared` and `filled` the last one by (at, log, partition, offset) rules, over all.
    """

    log: str
    topic: str
    partition: int
    offset: int
    source: str
    since: int
    until: int
    cause: Literal["start", "jump", "declared", "filled"]
    at: int
    why: str = ""


class Correction(Struct, frozen=True, gc=False, kw_only=True):
    """An accepted event that no cell holds: a late one (`verdict` late), or one that restates (late or counted).

    `dims` and `numbers` are those of a cell. `now`: of an event that moves another the new codes, by the dimensions
    that change. `reported_at`: of one that moves or cancels another the time of that one, in Unix seconds.
    """

    log: str
    topic: str
    partition: int
    offset: int
    verdict: str
    source: str
    id: str
    subject: str
    time: int
    type: str
    dims: dict[str, str]
    numbers: dict[str, int]
    now: dict[str, str] = {}
    reported_at: int | None = None

    @property
    def key(self) -> CellKey:
        """Type and codes, in the order of the type's declaration."""
        return key_of(self.type, self.dims)

    @property
    def count(self) -> int:
        return self.numbers[COUNT.name]

    @property
    def values(self) -> tuple[int, ...]:
        """The numbers beside the count, in the order of the type's declaration."""
        return values_of(self.type, self.numbers)


class DeadLetter(Struct, frozen=True, gc=False, kw_only=True):
    """A refused record: where it stands, why, and its first characters with person-like values blanked.

    `received`: when it came to the broker, in Unix seconds; 0 where that is not known.
    """

    log: str
    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    control: bool
    source: str
    excerpt: str
    received: int = 0


PaneRecord = Cell | Progress | Seam | SourceGap
"""What stands on the panes topic."""
