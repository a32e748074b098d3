"""One input partition: the verdict of every record, its cells, and the position to go on from. state = f(log)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from operator import attrgetter
from typing import Any

from schemas.accept import CHUNK, NO_VERDICT, Control, Refused, accept_all
from schemas.consumed import ConsumerRecord
from schemas.control import MAX_KNOWN, MAX_SOURCES, Close, Gap, Heartbeat, Rules
from schemas.envelope import CountedEvent
from schemas.instants import epoch
from schemas.records import Cell, Correction, DeadLetter, Progress, Seam, SourceGap, Step
from streams.core.breaker import CLOSED, NO_LIMITS, Breaker, Limits, Opened
from streams.core.decisions import NO_CLOCK, Decisions, Sources, SourceState
from streams.core.note import Note
from streams.core.outputs import Outputs
from streams.core.panes import COUNT, PANE, RECORDS, VALUES, VERSION, Pane, SourcePanes

UNDECLARED = "the source is not declared by the rules"

_offset = attrgetter("offset")


@dataclass(slots=True)
class Counts:
    """Verdicts over the whole log below an offset, in records; control records have none."""

    counted: int = 0
    late: int = 0
    duplicates: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What must be durable before `position` with `note` may be committed; taken together, published together."""

    cells: list[Cell]
    corrections: list[Correction]
    dead_letters: list[DeadLetter]
    gaps: list[SourceGap]
    steps: list[Step]
    progress: Progress
    position: int
    note: str
    seam: Seam | None = None


class Partition:
    """Judges the records of one partition in the order of its log.

    Starts at a committed position with its note, or at the start of the log without one. From the position up to
    the note's `read` it judges again, counts nothing and gives nothing out: that is durable. A caller that cannot
    publish a snapshot drops the object and starts anew from what is committed.

    Where the records that open panes need are gone, the note says `seeded`: the panes open at the position go on from
    `seeds`, their durable cells below it. `seam` tells so downstream, where this start is the first one to do it.

    At a limit of the breaker it stops behind the record that reached it, and judges no further one; a new object that
    is told how far the log's resume records let it pass (`passes`) goes on.
    """

    def __init__(
        self,
        log: str,
        topic: str,
        partition: int,
        position: int = 0,
        note: Note | None = None,
        limits: Limits = NO_LIMITS,
        passes: int = 0,
        seeds: Iterable[Cell] = (),
        seam: Seam | None = None,
    ) -> None:
        self.log = log
        self.topic = topic
        self.partition = partition
        self.next_offset = position
        self.counts = Counts()
        self._note = note
        self._resume = note.read if note else position
        self._taken = self._resume
        self._ruled = False
        self._feeds: dict[str, SourcePanes] = {}
        self._names: tuple[str, ...] = ()
        self._decisions: Decisions | None = None
        self._closed: list[tuple[str, int, Pane]] = []
        self._outputs = Outputs(log, topic, partition)
        self._breaker = Breaker(limits, note.breaker if note else CLOSED, self._resume, passes)
        self._arrived = 0
        self._judged = 0
        self._chunk: Sequence[ConsumerRecord] = ()
        if note:
            self._ruled = note.decisions.ruled
            self._feeds = {name: SourcePanes(state) for name, state in note.named.sources.items()}
            self._forget()
            self._seed(note, seeds)
        self._seam = seam

    def _seed(self, note: Note, seeds: Iterable[Cell]) -> None:
        for cell in seeds:
            feed = self._feeds.get(cell.source)
            if feed is None or cell.pane < feed.boundary:
                continue
            pane = feed.panes.get(cell.pane)
            if pane is None:
                pane = Pane(self.next_offset, note.named, note.since, seeded=True)
                feed.panes[cell.pane] = pane
            pane.cells[cell.key] = [cell.records, cell.count, cell.version, cell.values]

    # --- what a caller may ask

    @property
    def has_news(self) -> bool:
        """Whether anything was judged since the last snapshot that is not durable already."""
        return self.next_offset > self._taken or (self._seam is not None and self.next_offset >= self._resume)

    @property
    def to_judge_again(self) -> int:
        """Offsets of the re-read that are left: what is below the note's `read` is durable and gives nothing new."""
        return max(0, self._resume - self.next_offset)

    @property
    def stopped(self) -> Opened | None:
        """Why nothing from `next_offset` on is judged: too many dead letters before it. None while it goes on."""
        return self._breaker.opened if self.next_offset >= self._resume else None

    @property
    def decisions(self) -> Decisions:
        """The decision state after the last record fed."""
        if self._decisions is None:
            if len(self._names) < len(self._feeds):
                self._names = tuple(self._feeds)
            states = tuple([feed.state for feed in self._feeds.values()])
            self._decisions = Decisions(self._ruled, Sources(self._names, states))
        return self._decisions

    @property
    def bytes(self) -> int:
        """Estimated memory of the open panes, and of what waits for the next snapshot."""
        return self._pane_bytes + self._outputs.bytes

    @property
    def _pane_bytes(self) -> int:
        return sum(pane.bytes for feed in self._feeds.values() for pane in feed.panes.values())

    @property
    def open_panes(self) -> int:
        return sum(len(feed.panes) for feed in self._feeds.values())

    def oldest(self) -> tuple[str, int] | None:
        """Source and start of the open pane with the earliest event time: the one to close early at a limit."""
        starts = ((start, name) for name, feed in self._feeds.items() for start in feed.panes)
        found = min(starts, default=None)
        return (found[1], found[0]) if found else None

    def overdue(self, patience: int) -> tuple[str, int] | None:
        """Source and start of the latest open pane that a clock which runs would have closed `patience` seconds before
        the newest record arrived; None where there is none."""
        for name, feed in self._feeds.items():
            before = self._arrived - patience - feed.lateness - feed.max_ahead - PANE
            late = [start for start, pane in feed.panes.items() if pane.at < before]
            if late:
                return name, max(late)
        return None

    # --- feeding

    def feed(self, records: Sequence[ConsumerRecord], end: int) -> None:
        """Judge the records of one fetch; `end` is the fetch position behind them. No input raises.

        Where the breaker opens, or is open, the rest is left alone and `next_offset` is the first of it.
        """
        if records:
            self._arrived = records[-1].timestamp // 1000
        if self.next_offset < self._resume:
            again = list(takewhile(lambda record: record.offset < self._resume, records))
            self._judge(again)
            self._forget()
            records = records[len(again) :]
            self.next_offset = min(end, self._resume)
        if self.stopped is None:
            stop = self._judge(records)
            self.next_offset = end if stop is None else stop

    def _forget(self) -> None:
        """What a re-read came to is durable already: not counted again, not given out, not kept."""
        if self._note:
            self.counts = Counts(self._note.counted, self._note.late, self._note.duplicates, self._note.dead)
        self._closed.clear()
        self._outputs.clear()
        self._judged = 0

    def _judge(self, records: Sequence[ConsumerRecord]) -> int | None:
        """The offset behind the record that opened the breaker; None where all were judged."""
        # In small steps: events that die young stay in the processor's caches.
        for first in range(0, len(records), CHUNK):
            stop = self._judge_chunk(records[first : first + CHUNK])
            if stop is not None:
                return stop
        return None

    def _judge_chunk(self, records: Sequence[ConsumerRecord]) -> int | None:
        self._chunk = records
        stop = None
        events, times = accept_all([record.value for record in records])
        counted = duplicates = 0
        source, start, end = "", 0, 0  # where the last event stood: most follow it into its pane
        for record, event, at in zip(records, events, times, strict=True):
            if not (start <= at < end and event.source == source):  # type: ignore[union-attr]  # a refusal has no time
                found = self._find_pane(record, event, at)
                if found is None:
                    end = 0
                    if self._opened_at(record):
                        stop = record.offset + 1
                        break
                    continue
                pane, source, start, end = found
            call: CountedEvent = event  # type: ignore[assignment]  # what stands in a pane counts; no check a record
            ids = pane.ids
            known = len(ids)
            ids.add(call.id)
            if len(ids) == known:
                duplicates += 1
                continue
            counted += 1
            if call.told is not None:
                self._outputs.step(record.offset, call, at)
            added = call.adds()
            if added is None:
                self._outputs.correct(record.offset, "counted", call, at)
                continue
            key, count, values = added
            cell = pane.cells.get(key)
            if cell is None:
                pane.cells[key] = [1, count, record.offset, values]
                continue
            cell[RECORDS] += 1
            cell[COUNT] += count
            cell[VERSION] = record.offset
            if values:
                cell[VALUES] = tuple(map(int.__add__, cell[VALUES], values))
        self.counts.counted += counted
        self.counts.duplicates += duplicates
        self._judged += len(records) if stop is None else bisect_left(records, stop, key=_offset)
        self._chunk = ()
        return stop

    def _opened_at(self, record: ConsumerRecord) -> bool:
        """Whether this record opened the breaker; in a re-read the one that is open already stands at its end."""
        return self._breaker.opened is not None and record.offset >= self._resume

    def _find_pane(self, record: ConsumerRecord, event: Any, at: int) -> tuple[Pane, str, int, int] | None:
        """The open pane of an event, and of which events it would be too, up to the next control record: source
        and [start, end) of their times. None: the record has got its verdict, or is a control record."""
        if at == NO_VERDICT:
            if isinstance(event, Refused):
                self._refuse(record, event.reason, event.detail)
            else:
                self._control(record, event)
            return None
        feed = self._feeds.get(event.source)
        if feed is None or not feed.declared:
            feed = self._admit(event.source)
            if feed is None:
                self._refuse(record, "undeclared_source", UNDECLARED, source=event.source)
                return None
        if at > feed.limit:
            self._refuse(record, "future", f"{at - feed.clock} s ahead of its source's clock", source=event.source)
            return None
        start = at - at % PANE
        if start < feed.boundary:
            self.counts.late += 1
            self._outputs.correct(record.offset, "late", event, at)
            if event.told is not None:
                self._outputs.step(record.offset, event, at)
            return None
        pane = feed.panes.get(start)
        if pane is None:
            pane = self._open(feed, start, record)
        return pane, event.source, start, min(start + PANE, feed.limit + 1)

    def _open(self, feed: SourcePanes, start: int, record: ConsumerRecord) -> Pane:
        """A new pane, with the decisions as they stood just before its first record."""
        pane = feed.panes[start] = Pane(record.offset, self.decisions, record.timestamp // 1000)
        if feed.opened(start):
            self._decisions = None
        return pane

    # --- control records

    def _control(self, record: ConsumerRecord, event: Control) -> None:
        if isinstance(event, Heartbeat):
            self._heartbeat(record, event)
        elif isinstance(event, Rules):
            self._rules(record, event)
        elif isinstance(event, Close):
            self._close(record, event)
        elif isinstance(event, Gap):
            self._gap(record, event)
        elif record.offset >= self._resume:
            self._breaker.clear()

    def _heartbeat(self, record: ConsumerRecord, event: Heartbeat) -> None:
        feed = self._feeds.get(event.source)
        if feed is None or not feed.declared:
            feed = self._admit(event.source)
        if feed is None:
            self._refuse(record, "undeclared_source", UNDECLARED, control=True, source=event.source)
            return
        clock = epoch(event.time)
        ahead = clock - record.timestamp // 1000
        if record.timestamp >= 0 and ahead > feed.max_ahead:
            self._refuse(
                record, "future", f"a clock {ahead} s ahead of the broker's", control=True, source=event.source
            )
            return
        since = event.data.since
        for cause, start, end in feed.tick(clock, None if since is None else epoch(since)):
            self._outputs.gap(record, event.source, cause, start, end)
        self._settle(event.source, feed)

    def _rules(self, record: ConsumerRecord, event: Rules) -> None:
        declared = {rule.source: rule for rule in event.data.sources}
        if len(declared.keys() | self._feeds.keys()) > MAX_KNOWN:
            self._refuse(record, "too_many_sources", f"a log knows at most {MAX_KNOWN} sources", control=True)
            return
        self._ruled = True
        for name, rule in declared.items():
            feed = self._feeds.setdefault(name, SourcePanes(SourceState()))
            feed.rule(rule.lateness, rule.max_ahead, rule.max_step)
        for name, feed in self._feeds.items():
            if name not in declared:
                feed.retire()
            self._settle(name, feed)
        self._decisions = None

    def _close(self, record: ConsumerRecord, event: Close) -> None:
        feed = self._feeds.get(event.data.source)
        if feed is None:
            self._refuse(record, "undeclared_source", "the source to close is not known", control=True)
            return
        feed.close(event.data.boundary)
        self._settle(event.data.source, feed)

    def _gap(self, record: ConsumerRecord, event: Gap) -> None:
        said = event.data
        if said.source not in self._feeds:
            self._refuse(record, "undeclared_source", "the source of the gap is not known", control=True)
            return
        self._outputs.gap(record, said.source, "filled" if said.filled else "declared", said.start, said.end, said.why)

    def _settle(self, source: str, feed: SourcePanes) -> None:
        """After a rule or clock has changed: what it closed is given out with the next snapshot and forgotten."""
        self._decisions = None
        if feed.panes and min(feed.panes) < feed.boundary:
            self._closed.extend((source, start, pane) for start, pane in feed.take_closed())

    def _admit(self, source: str) -> SourcePanes | None:
        """Before the first rules record any source is taken, up to the limit; after it only declared ones."""
        if self._ruled or len(self._feeds) >= MAX_SOURCES:
            return None
        feed = self._feeds[source] = SourcePanes(SourceState())
        self._decisions = None
        return feed

    # --- what leaves

    def _refuse(
        self, record: ConsumerRecord, reason: str, detail: str, control: bool = False, source: str = ""
    ) -> None:
        self.counts.dead += 1
        self._outputs.refuse(record, reason, detail, control=control, source=source)
        if record.offset >= self._resume:
            number = self._judged + bisect_left(self._chunk, record.offset, key=_offset)
            self._breaker.refused(number, record.offset, reason)

    def snapshot(self) -> Snapshot:
        """Take what changed since the last snapshot, with the position and note that it vouches for.

        Cells are those with a record since then. The position is the first offset an open pane still needs.
        Raises RuntimeError while a re-read is below the note's `read`: what is committed vouches for more.
        """
        if self.next_offset < self._resume:
            raise RuntimeError(f"a snapshot at {self.next_offset}, in a re-read up to {self._resume}")
        open_panes = [(name, start, pane) for name, feed in self._feeds.items() for start, pane in feed.panes.items()]
        cells = [
            self._outputs.cell(source, start, key, cell)
            for source, start, pane in (*self._closed, *open_panes)
            for key, cell in pane.changed(self._taken)
        ]
        needed = min((pane for _, _, pane in open_panes), key=lambda pane: pane.first, default=None)
        position, decisions = (needed.first, needed.decisions) if needed else (self.next_offset, self.decisions)
        counts = self.counts
        breaker = self._breaker.state(self._judged, self.next_offset)
        verdicts = (counts.counted, counts.late, counts.duplicates, counts.dead)
        since = max(1, min(pane.at for _, _, pane in open_panes)) if open_panes else 0
        seeded = self._note.seeded if self._note and any(pane.seeded for _, _, pane in open_panes) else 0
        note = Note(self.log, self.next_offset, *verdicts, decisions, breaker=breaker, since=since, seeded=seeded)
        outputs = self._outputs
        progress = self._progress(since)
        taken = Snapshot(
            cells,
            outputs.corrections,
            outputs.dead_letters,
            outputs.gaps,
            outputs.steps,
            progress,
            position,
            note.encode(),
            self._seam,
        )
        self._seam = None
        outputs.clear()
        self._closed.clear()
        self._taken = self.next_offset
        return taken

    def _progress(self, since: int) -> Progress:
        return Progress(
            log=self.log,
            topic=self.topic,
            partition=self.partition,
            read=self.next_offset,
            counted=self.counts.counted,
            late=self.counts.late,
            duplicates=self.counts.duplicates,
            dead=self.counts.dead,
            clocks={name: feed.clock for name, feed in self._feeds.items() if feed.clock != NO_CLOCK},
            boundaries={name: feed.boundary for name, feed in self._feeds.items()},
            open_panes=self.open_panes,
            bytes=self._pane_bytes,
            ruled=self._ruled,
            rules=self.decisions.rules(),
            since=since,
            open_cells=sum(len(pane.cells) for feed in self._feeds.values() for pane in feed.panes.values()),
        )
