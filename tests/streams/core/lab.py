"""Takes a world through workers that crash, return and haunt; holds what they leave against the oracle."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field
from random import Random

from msgspec.structs import replace

from schemas.families import TYPES
from schemas.records import Cell, Correction, DeadLetter, Progress, SourceGap, Step
from streams.core.decisions import Decisions, Nameless
from streams.core.note import LIMIT, Note
from streams.core.partition import Partition, Snapshot
from tests.lives import CALL, declaring
from tests.streams.core.generated import GeneratedLogs, Log
from tests.streams.core.oracle import CellId, Gap, Said, Truth, Value, judge

TOPIC = "citywatch.incidents"


class Wrong(AssertionError):
    """A promise is broken; the text says in which world."""


def cell_id(cell: Cell) -> CellId:
    return (cell.source, cell.pane, *first_codes(cell.key))


def first_codes(key: tuple[str, ...]) -> tuple[str, str, str, str]:
    """Type, beat, category and origin of a key."""
    kind, beat, category, origin, *further = key
    assert not any(further)  # the generated events are of before there were more dimensions
    return kind, beat, category, origin


def cell_value(cell: Cell) -> Value:
    return (cell.version, cell.records, cell.count, cell.values)


def gap_value(gap: SourceGap) -> Gap:
    return (gap.offset, gap.source, gap.since, gap.until, gap.cause, gap.at, gap.why)


def gap_name(gap: Gap) -> tuple[int, str, int]:
    """What a store knows it by: offset, source, since."""
    return gap[:3]


def with_names(note: Note, progress: Progress | None) -> Note:
    """A note that had no room for names of sources gets them from a progress record."""
    if isinstance(note.decisions, Decisions):
        return note
    found = note.decisions.named(progress.rules or ()) if progress is not None else None
    if found is None:
        raise Wrong("the progress has not the names of the note")
    return replace(note, decisions=found)


@dataclass
class Broker:
    """What is durable of one partition: the outputs in the order they were written, and the commit."""

    log: Log
    truth: Truth
    committed: tuple[int, str] | None = None
    panes: list[Cell | Progress] = field(default_factory=list)
    corrections: dict[int, Correction] = field(default_factory=dict)
    dead_letters: dict[int, DeadLetter] = field(default_factory=dict)
    gaps: dict[tuple[int, str, int], Gap] = field(default_factory=dict)
    steps: dict[int, Step] = field(default_factory=dict)
    best: dict[CellId, Value] = field(default_factory=dict)
    versions: dict[tuple[CellId, int], Value] = field(default_factory=dict)

    def publish(self, snapshot: Snapshot, stop_after: int | None = None) -> None:
        """Write a snapshot's records, or only the first of them."""
        records: list[Correction | DeadLetter | SourceGap | Cell | Step | Progress] = [
            *snapshot.corrections, *snapshot.dead_letters, *snapshot.gaps, *snapshot.cells, *snapshot.steps,
            snapshot.progress,
        ]  # fmt: skip
        for record in records[:stop_after]:
            if isinstance(record, Correction):
                self._same(self.corrections.setdefault(record.offset, record), record)
            elif isinstance(record, DeadLetter):
                self._same(self.dead_letters.setdefault(record.offset, record), record)
            elif isinstance(record, Step):
                self._same(self.steps.setdefault(record.offset, record), record)
            elif isinstance(record, SourceGap):
                gap = gap_value(record)
                self._same(self.gaps.setdefault(gap_name(gap), gap), gap)
            else:
                self.panes.append(record)
                if isinstance(record, Cell):
                    self._hold(record)
                else:
                    self._check_progress(record)

    def commit(self, snapshot: Snapshot) -> None:
        if len(snapshot.note.encode()) >= LIMIT:
            raise Wrong(f"a note of {len(snapshot.note)} bytes")
        needed = self.truth.needed(snapshot.progress.read)
        if snapshot.position > needed:
            raise Wrong(f"position {snapshot.position} is past {needed}, which an open pane needs")
        self.committed = (snapshot.position, snapshot.note)

    def newest(self) -> Progress | None:
        """The progress that judged furthest."""
        told = [record for record in self.panes if isinstance(record, Progress)]
        return max(told, key=lambda progress: progress.read, default=None)

    def _hold(self, cell: Cell) -> None:
        name, value = cell_id(cell), cell_value(cell)
        self._same(self.versions.setdefault((name, cell.version), value), value)
        self.best[name] = max(self.best.get(name, value), value)

    def _check_progress(self, progress: Progress) -> None:
        read = progress.read
        totals = (progress.counted, progress.late, progress.duplicates, progress.dead)
        if totals != self.truth.totals(read):
            raise Wrong(f"at {read} the verdicts are {totals}, not {self.truth.totals(read)}")
        if progress.boundaries != self.truth.boundaries(read) or progress.clocks != self.truth.clocks(read):
            raise Wrong(f"at {read} boundaries or clocks differ")
        if missing := {gap for gap in self.truth.gaps if gap[0] < read} - {*self.gaps.values()}:
            raise Wrong(f"progress {read} stands before the gap {sorted(missing)[0]}")
        if missing_steps := self._steps(read).keys() - self.steps.keys():
            raise Wrong(f"progress {read} stands before the step {min(missing_steps)}")
        for name, value in self.truth.values(read).items():
            if self.best.get(name, (-1,)) < value:
                raise Wrong(f"progress {read} stands before {name} of version {value[0]}")

    def _steps(self, read: int) -> dict[int, Said]:
        """The accepted steps of the log below an offset."""
        accepted = {offset for offset, verdict in self.truth.verdicts.items() if verdict in ("counted", "late")}
        return {
            record.offset: record.meaning
            for record in self.log.records
            if record.offset in accepted and record.offset < read and isinstance(record.meaning, Said)
            and TYPES[record.meaning.cell[0]].kind.told is not None
        }  # fmt: skip

    @staticmethod
    def _same(one: object, other: object) -> None:
        if one != other:
            raise Wrong(f"two values for one name: {one} and {other}")

    def check_end(self) -> None:
        """All records judged: the outputs are what the oracle says, no more and no less."""
        end = self.log.end
        if self.best != self.truth.values(end):
            raise Wrong(f"cells differ: {sorted(set(self.best.items()) ^ set(self.truth.values(end).items()))[:4]}")
        if self.gaps != {gap_name(gap): gap for gap in self.truth.gaps}:
            raise Wrong(f"gaps differ: {sorted({*self.gaps.values()} ^ {*self.truth.gaps})[:4]}")
        steps = self._steps(end)
        if self.steps.keys() != steps.keys():
            raise Wrong(f"steps differ at {sorted(self.steps.keys() ^ steps.keys())[:4]}")
        for offset, said in steps.items():
            told = self.steps[offset]
            codes = first_codes((told.type, *told.dims.values()))
            if (told.source, told.id, told.time, codes) != (said.source, said.id, said.time, said.cell):
                raise Wrong(f"step {offset} is {told}, not {said}")
            if (told.effect != "adds") != said.restates or bool(told.now) != (told.effect == "moves"):
                raise Wrong(f"step {offset} restates: {said.restates}; it is {told}")
        verdicts = self.truth.verdicts
        late = {offset for offset, verdict in verdicts.items() if verdict == "late"}
        found = {offset: record.verdict for offset, record in self.corrections.items()}
        if found != {**dict.fromkeys(late, "late"), **dict.fromkeys(self.truth.restated, "counted")}:
            raise Wrong(f"corrections differ at {sorted(found.keys() ^ (late | self.truth.restated))[:4]}")
        alive = ("counted", "late", "duplicate", "control")
        dead = {offset: verdict for offset, verdict in verdicts.items() if verdict not in alive}
        reasons = {offset: letter.reason for offset, letter in self.dead_letters.items()}
        if reasons != dead:
            raise Wrong(f"dead letters differ: {sorted(reasons.items() ^ dead.items())[:4]}")


class Worker:
    """One owner of a partition. `ghost`: it lost the partition and does not know."""

    kind: type[Partition] = Partition

    def __init__(self, broker: Broker, rng: Random) -> None:
        self.broker = broker
        self.rng = rng
        self.ghost = False
        self.nameless = False
        self.waiting: deque[Snapshot] = deque()
        self.partition = self.start()

    def start(self) -> Partition:
        log = self.broker.log
        if self.broker.committed is None:
            return self.kind(log.name, TOPIC, 0, log.start)
        position, text = self.broker.committed
        return self.kind(log.name, TOPIC, 0, position, self.noted(text))

    def noted(self, text: str) -> Note:
        """What was committed, with the names of the newest progress where it had no room for them."""
        note = Note.decode(text, self.broker.log.name)
        if note is None:
            raise Wrong("a note does not come back")
        self.nameless = isinstance(note.decisions, Nameless)
        return with_names(note, self.broker.newest())

    @property
    def done(self) -> bool:
        return self.partition.next_offset >= self.broker.log.end

    def feed(self, most: int) -> None:
        log = self.broker.log
        start = self.partition.next_offset
        end = min(log.end, start + self.rng.randint(1, most))
        low, high = (bisect_left(log.records, edge, key=lambda record: record.offset) for edge in (start, end))
        self.partition.feed(log.records[low:high], end)

    def take(self) -> None:
        if self.partition.has_news:
            self.waiting.append(self.partition.snapshot())

    def publish(self, crash: bool = False) -> None:
        """Publish and commit what waits, oldest first; a crash may come at any moment on the way."""
        while self.waiting:
            snapshot = self.waiting.popleft()
            if crash and self.rng.random() < 0.5:
                outputs = (snapshot.cells, snapshot.corrections, snapshot.dead_letters, snapshot.gaps, snapshot.steps)
                total = sum(len(output) for output in outputs) + 1
                self.broker.publish(snapshot, self.rng.randint(0, total))
                return
            self.broker.publish(snapshot)
            if crash and self.rng.random() < 0.5:
                return
            self.broker.commit(snapshot)


@dataclass
class Run:
    """How a world went: starts of workers, those of a note without names, workers that became ghosts."""

    starts: int = 0
    nameless: int = 0
    ghosts: int = 0


def run_logs(world: GeneratedLogs, worker: type[Worker] = Worker) -> Run:
    """Take a world through its faults. Raises Wrong, with the seed, at the first broken promise."""
    rng = Random(world.seed ^ 0x5EED)
    run = Run()
    with declaring(CALL):
        for log in world.logs:
            try:
                _run_log(log, rng, run, worker)
            except Wrong as wrong:
                raise Wrong(f"seed {world.seed}, {log.name}: {wrong}") from None
    return run


def _run_log(log: Log, rng: Random, run: Run, kind: type[Worker]) -> None:
    broker = Broker(log, judge(log.records))
    _check_undisturbed(broker, kind)
    most = rng.choice((3, 20, 100, 600))
    faults = rng.choice((0.02, 0.1, 0.25))
    ghosts: list[Worker] = []

    def begin() -> Worker:
        run.starts += 1
        worker = kind(broker, rng)
        run.nameless += worker.nameless
        return worker

    owner = begin()
    while not owner.done or owner.waiting or owner.partition.has_news:
        chance = rng.random()
        if chance < faults:
            if rng.random() < 0.4:
                ghosts.append(owner)
                run.ghosts += 1
            else:
                owner.take()
                owner.publish(crash=True)
            owner = begin()
            faults *= 0.9
        elif chance < 0.65:
            owner.feed(most)
        elif chance < 0.85:
            owner.take()
        else:
            owner.take()
            owner.publish()
        for ghost in ghosts:
            _haunt(ghost, rng, most)
    for ghost in ghosts:
        ghost.take()
        ghost.publish()
    last = begin()
    while not last.done:
        last.feed(most)
    last.take()
    last.publish()
    broker.check_end()
    _check_same_state(owner.partition, last.partition)


def _haunt(ghost: Worker, rng: Random, most: int) -> None:
    """A worker that lost its partition goes on: it reads, publishes late, commits older positions."""
    chance = rng.random()
    if chance < 0.1:
        ghost.feed(most)
    elif chance < 0.2:
        ghost.take()
    elif chance < 0.25:
        ghost.publish()


def _check_undisturbed(faulty: Broker, kind: type[Worker]) -> None:
    """One worker, one batch, one snapshot: the undisturbed run equals the oracle too."""
    broker = Broker(faulty.log, faulty.truth)
    worker = kind(broker, Random(0))
    worker.partition.feed(broker.log.records, broker.log.end)
    worker.take()
    worker.publish()
    broker.check_end()


def _check_same_state(one: Partition, other: Partition) -> None:
    """Two workers that have read the same log stand alike, whatever each went through."""
    mine, its = one.snapshot(), other.snapshot()
    if (mine.progress, mine.position, mine.note) != (its.progress, its.position, its.note):
        raise Wrong(f"two workers at one offset differ: {mine.progress} {mine.position}; {its.progress} {its.position}")
    if any((mine.cells, its.cells, mine.gaps, its.gaps, mine.steps, its.steps)):
        raise Wrong("a snapshot without news gives cells, gaps or steps")
