"""What a log means, worked out in one plain pass: nothing closes, nothing is dropped, nothing is of streams/core.

It reads the meaning that `worlds` gave each record, never its bytes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

FIVE_MINUTES = 300

CellId = tuple[str, int, str, str, str, str]
"""Source, pane, type, beat, category, facet."""

Value = tuple[int, int, int, tuple[int, ...]]
"""Version, records, count, values."""

Gap = tuple[int, str, int, int, str, int, str]
"""Offset, source, since, until, cause, second of its arrival, why."""


@dataclass(frozen=True, slots=True)
class Said:
    """A well-formed event."""

    source: str
    id: str
    time: int
    cell: tuple[str, str, str, str]
    count: int = 1
    values: tuple[int, ...] = ()
    restates: bool = False


@dataclass(frozen=True, slots=True)
class Ticked:
    """A heartbeat."""

    source: str
    clock: int
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An operator's word on a span of a source."""

    source: str
    since: int
    until: int
    filled: bool
    why: str


@dataclass(frozen=True, slots=True)
class Ruled:
    """A rules record: lateness, max_ahead and max_step of each declared source."""

    rules: dict[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Closed:
    """A close record."""

    source: str
    boundary: int


@dataclass(frozen=True, slots=True)
class Broken:
    """Not well-formed, for this reason."""

    reason: str


Meaning = Said | Ticked | Told | Ruled | Closed | Broken


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A record of a world: what a fetch gives, and what it means."""

    offset: int
    timestamp: int
    value: bytes | None
    meaning: Meaning


@dataclass
class _Source:
    lateness: int = 900
    ahead: int = 3600
    step: int = 900
    clock: int | None = None
    boundary: int = 0
    declared: bool = True
    newest: int | None = None
    shown: set[int] = field(default_factory=set)

    def show(self, pane: int) -> None:
        """An event in the 13 panes after the clock's own shows that the source was there."""
        if self.clock is not None and 1 <= pane // FIVE_MINUTES - self.clock // FIVE_MINUTES <= 13:
            self.shown.add(pane)

    def unshown(self, end: int) -> list[tuple[int, int]]:
        """Spans between the clock and `end` that are longer than a step, and in which nothing was shown."""
        assert self.clock is not None
        own = self.clock // FIVE_MINUTES * FIVE_MINUTES
        found, at = [], self.clock
        for pane in range(own + FIVE_MINUTES, end, FIVE_MINUTES):
            if pane in self.shown:
                found.append((at, pane))
                at = pane + FIVE_MINUTES
        found.append((at, end))
        return [span for span in found if span[1] - span[0] > self.step]

    def settle(self) -> None:
        if self.clock is not None:
            self.boundary = max(self.boundary, (self.clock - self.lateness) // FIVE_MINUTES * FIVE_MINUTES)


@dataclass
class Truth:
    """Everything the log says, at every offset.

    verdicts: of each record, by offset: counted, late, duplicate, control, or the reason why it is dead.
    cells: every value each cell ever had. restated: offsets of counted restatements. gaps: what nobody vouches for, and
    operators' words.
    """

    verdicts: dict[int, str] = field(default_factory=dict)
    cells: dict[CellId, list[Value]] = field(default_factory=dict)
    restated: set[int] = field(default_factory=set)
    gaps: list[Gap] = field(default_factory=list)
    _offsets: list[int] = field(default_factory=list)
    _totals: list[tuple[int, int, int, int]] = field(default_factory=list)
    _first: dict[tuple[str, int, int], int] = field(default_factory=dict)
    _boundaries: list[dict[str, int]] = field(default_factory=list)
    _clocks: list[dict[str, int]] = field(default_factory=list)
    forgets: tuple[int, ...] = ()

    def totals(self, read: int) -> tuple[int, int, int, int]:
        """Counted, late, duplicates and dead among the records below an offset."""
        below = bisect_left(self._offsets, read)
        return self._totals[below - 1] if below else (0, 0, 0, 0)

    def boundaries(self, read: int) -> dict[str, int]:
        below = bisect_left(self._offsets, read)
        return self._boundaries[below - 1] if below else {}

    def clocks(self, read: int) -> dict[str, int]:
        below = bisect_left(self._offsets, read)
        return self._clocks[below - 1] if below else {}

    def values(self, read: int) -> dict[CellId, Value]:
        """Each cell as the records below an offset make it."""
        found = {}
        for cell, history in self.cells.items():
            below = bisect_left(history, (read,))
            if below:
                found[cell] = history[below - 1]
        return found

    def needed(self, read: int) -> int:
        """The first record below `read` that stands in a pane which is still open at `read`; else `read`. A pane with
        cells from before what was forgotten last is needed from there."""
        closed = self.boundaries(read)
        forgotten = max((at for at in self.forgets if at <= read), default=0)
        opened = [
            first
            for (source, pane, _), first in self._first.items()
            if forgotten <= first < read and pane >= closed[source]
        ]
        seeded = any(
            history[0][0] < forgotten and pane >= closed[source]
            for (source, pane, *_), history in self.cells.items()
            if source in closed
        )
        return min([*opened, *([forgotten] if seeded else [])], default=read)


def judge(records: list[LogRecord], most_free: int = 64, most_known: int = 128, forgets: tuple[int, ...] = ()) -> Truth:
    """The truth of one partition's log. At each offset in `forgets` the ids below it are not known any more."""
    truth = Truth(forgets=forgets)
    sources: dict[str, _Source] = {}
    ruled = False
    seen: set[tuple[str, int, str, int]] = set()
    tally: Counter[str] = Counter()

    def admitted(name: str) -> _Source | None:
        known = sources.get(name)
        if known is None and not ruled and len(sources) < most_free:
            known = sources[name] = _Source()
        return known if known and known.declared else None

    def said(offset: int, event: Said) -> str:
        source = admitted(event.source)
        if source is None:
            return "undeclared_source"
        if source.clock is not None and event.time > source.clock + source.ahead:
            return "future"
        pane = event.time // FIVE_MINUTES * FIVE_MINUTES
        if pane < source.boundary:
            return "late"
        source.newest = pane if source.newest is None else max(source.newest, pane)
        era = sum(1 for at in forgets if at <= offset)
        if (event.source, pane, era) not in truth._first and not (era and seeded(event.source, pane)):
            source.show(pane)
        truth._first.setdefault((event.source, pane, era), offset)
        name = (event.source, pane, event.id, era)
        if name in seen:
            return "duplicate"
        seen.add(name)
        if event.restates:
            truth.restated.add(offset)
            return "counted"
        history = truth.cells.setdefault((event.source, pane, *event.cell), [])
        _, records, count, values = history[-1] if history else (0, 0, 0, (0,) * len(event.values))
        added = tuple(a + b for a, b in zip(values, event.values, strict=True))
        history.append((offset, records + 1, count + event.count, added))
        return "counted"

    def seeded(source: str, pane: int) -> bool:
        return any((cell[0], cell[1]) == (source, pane) for cell in truth.cells)

    def say(record: LogRecord, source: str, since: int, until: int, cause: str, why: str = "") -> None:
        whole = since // FIVE_MINUTES * FIVE_MINUTES, -(-until // FIVE_MINUTES) * FIVE_MINUTES
        truth.gaps.append((record.offset, source, *whole, cause, max(0, record.timestamp // 1000), why))

    def ticked(record: LogRecord, beat: Ticked) -> str:
        source = admitted(beat.source)
        if source is None:
            return "undeclared_source"
        if record.timestamp >= 0 and beat.clock - record.timestamp // 1000 > source.ahead:
            return "future"
        vouched = beat.clock if beat.since is None else beat.since
        if source.clock is None:
            say(record, beat.source, 0, vouched, "start")
        else:
            for since, until in source.unshown(vouched):
                say(record, beat.source, since, until, "jump")
        source.clock = beat.clock if source.clock is None else max(source.clock, beat.clock)
        source.settle()
        return "control"

    def told(record: LogRecord, word: Told) -> str:
        if word.source not in sources:
            return "undeclared_source"
        say(record, word.source, word.since, word.until, "filled" if word.filled else "declared", word.why)
        return "control"

    def set_rules(rules: dict[str, tuple[int, int, int]]) -> str:
        nonlocal ruled
        if len(rules.keys() | sources.keys()) > most_known:
            return "too_many_sources"
        ruled = True
        for name, (lateness, ahead, step) in rules.items():
            source = sources.setdefault(name, _Source())
            source.lateness, source.ahead, source.step, source.declared = lateness, ahead, step, True
            source.settle()
        for name, source in sources.items():
            if name not in rules:
                source.declared = False
                if source.newest is not None:
                    source.boundary = max(source.boundary, source.newest + FIVE_MINUTES)
        return "control"

    def closed(order: Closed) -> str:
        if order.source not in sources:
            return "undeclared_source"
        source = sources[order.source]
        source.boundary = max(source.boundary, order.boundary)
        return "control"

    for record in records:
        match record.meaning:
            case Said() as event:
                verdict = said(record.offset, event)
            case Ticked() as beat:
                verdict = ticked(record, beat)
            case Told() as word:
                verdict = told(record, word)
            case Ruled(rules):
                verdict = set_rules(rules)
            case Closed() as order:
                verdict = closed(order)
            case Broken(reason):
                verdict = reason
        truth.verdicts[record.offset] = verdict
        tally[verdict if verdict in ("counted", "late", "duplicate", "control") else "dead"] += 1
        truth._offsets.append(record.offset)
        truth._totals.append((tally["counted"], tally["late"], tally["duplicate"], tally["dead"]))
        truth._boundaries.append({name: source.boundary for name, source in sources.items()})
        truth._clocks.append({name: source.clock for name, source in sources.items() if source.clock is not None})
    return truth
