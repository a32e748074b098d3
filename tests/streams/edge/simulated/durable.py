"""What is durable, looked at as it is written: nothing vouches for what is not there, and no value has two faces."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from schemas.families.incidents import INCIDENTS
from schemas.reading import pane_record
from schemas.records import Cell, Correction, DeadLetter, Progress, Step
from schemas.topics import CORRECTIONS, PANES
from streams.core.note import Note
from tests.streams.edge.simulated.broker import Place
from tests.streams.edge.stream import Identity, Judged

_CORRECTION = msgspec.json.Decoder(Correction)
_DEAD_LETTER = msgspec.json.Decoder(DeadLetter)

Offsets = dict[int, set[int]]


class Wrong(AssertionError):
    """A promise is broken."""


class Durable:
    """All that was written and committed, by input partition."""

    def __init__(self, log: str) -> None:
        self.late: Offsets = defaultdict(set)
        self.dead: Offsets = defaultdict(set)
        self.steps: Offsets = defaultdict(set)
        self.furthest: dict[int, Progress] = {}
        self.covered: Counter[int] = Counter()
        self._log = log
        self._cells: dict[int, dict[Identity, Cell]] = defaultdict(dict)
        self._versions: dict[tuple[Identity, int], Cell] = {}
        self._records: Counter[int] = Counter()

    def wrote(self, place: Place, value: bytes) -> None:
        """A record of an output. Raises Wrong."""
        topic, partition = place
        if topic == PANES:
            said = pane_record(value)
            if isinstance(said, Cell):
                self._cell(said)
            elif isinstance(said, Progress):
                self._progress(said)
            elif isinstance(said, Step):
                self.steps[partition].add(said.offset)
        elif topic == CORRECTIONS:
            self.late[partition].add(_CORRECTION.decode(value).offset)
        else:
            self.dead[partition].add(_DEAD_LETTER.decode(value).offset)

    def committed(self, tp: TopicPartition, position: OffsetAndMetadata) -> None:
        """A position that the group took. Raises Wrong."""
        note = Note.decode(position.metadata, self._log)
        if note is None:
            raise Wrong(f"partition {tp.partition}: position {position.offset} was committed without its note")
        furthest = self.furthest.get(tp.partition)
        if furthest is None or furthest.read < note.read:
            raise Wrong(f"partition {tp.partition}: committed up to {note.read}, durable is {furthest}")
        self.covered[tp.partition] = note.read

    def _cell(self, cell: Cell) -> None:
        type_, beat, category, origin, *_ = cell.key
        name = (INCIDENTS, cell.partition, cell.pane, type_, beat, category, origin)
        if (known := self._versions.setdefault((name, cell.version), cell)) != cell:
            raise Wrong(f"two values of one version: {known} and {cell}")
        cells = self._cells[cell.partition]
        before = cells.get(name)
        if before is None or cell.rank > before.rank:
            self._records[cell.partition] += cell.records - (before.records if before is not None else 0)
            cells[name] = cell

    def _progress(self, progress: Progress) -> None:
        number = progress.partition
        there = (self._records[number], _below(self.late[number], progress), _below(self.dead[number], progress))
        said = (progress.counted, progress.late, progress.dead)
        if there[0] < said[0] or there[1:] != said[1:]:
            raise Wrong(f"partition {number}: progress {progress.read} says {said} where {there} are there")
        if (steps := _below(self.steps[number], progress)) != progress.counted + progress.late:
            raise Wrong(f"partition {number}: progress {progress.read} says {said} where {steps} steps are there")
        if number not in self.furthest or progress.read >= self.furthest[number].read:
            self.furthest[number] = progress

    def differences(self, expected: Judged, partitions: Iterable[int]) -> list[str]:
        """What is lost, doubled or different at the end."""
        cells = Counter({name: cell.records for held in self._cells.values() for name, cell in held.items()})
        verdicts = Counter(
            {
                (number, verdict): getattr(self.furthest[number], verdict)
                for number in partitions
                for verdict in ("counted", "late", "duplicates", "dead")
                if number in self.furthest and getattr(self.furthest[number], verdict)
            }
        )
        found = [*_different("cell", expected.cells, cells), *_different("verdict", expected.verdicts, verdicts)]
        for verdict, written in (("late", self.late), ("dead", self.dead)):
            have = sum(map(len, written.values()))
            if have != expected.total(verdict):
                found.append(f"{verdict} records: expected {expected.total(verdict)}, found {have}")
        return found


def _below(offsets: set[int], progress: Progress) -> int:
    return sum(offset < progress.read for offset in offsets)


def _different(what: str, want: Mapping[Any, int], have: Mapping[Any, int]) -> Iterator[str]:
    for name in sorted(want.keys() | have.keys()):
        if want.get(name, 0) != have.get(name, 0):
            yield f"{what} {name}: expected {want.get(name, 0)}, found {have.get(name, 0)}"
