"""Where a restart cannot read its open panes again, they go on from durable cells: only repeats of older ids differ.

CITYWATCH_WORLDS sets how many worlds (default 300, of which a third is taken here).
"""

from __future__ import annotations

import os
from random import Random

import msgspec
import pytest

from schemas.records import Cell, Progress, Seam
from streams.core.decisions import Decisions
from streams.core.note import Note
from streams.core.partition import Partition, Snapshot
from streams.edge.positions import note_at
from tests.streams.core.lab import TOPIC, Broker, Worker, Wrong, cell_id
from tests.streams.core.oracle import judge
from tests.streams.core.worlds import Log, make_world

WORLDS = int(os.environ.get("CITYWATCH_WORLDS", "300")) // 3


class Trimmed(Broker):
    """A broker whose retention took what open panes need: restarts have the newest progress and the cells before it.

    What is gone stays so: until a start that went on without it has committed, no other start can read it again.
    """

    gone = False

    def commit(self, snapshot: Snapshot) -> None:
        super().commit(snapshot)
        self.gone = False

    def newest(self) -> Progress | None:
        said = [record for record in self.panes if isinstance(record, Progress)]
        return max(said, key=lambda progress: progress.read, default=None)

    def cells_at(self, position: int, decisions: Decisions) -> list[Cell]:
        best: dict[object, Cell] = {}
        for said in self.panes:
            if isinstance(said, Cell) and said.version < position:
                boundary = decisions.sources[said.source].boundary
                known = best.get(cell_id(said))
                if said.pane >= boundary and (known is None or said.version >= known.version):
                    best[cell_id(said)] = said
        return list(best.values())

    def forget(self, at: int) -> None:
        """From here on the oracle knows no ids below `at` either; what was judged before stays."""
        self.gone = True
        self.truth = judge(self.log.records, forgets=(*self.truth.forgets, at))


class Restored(Worker):
    """Starts from the committed note; where that is seeded, with its cells; after a trim from the newest progress."""

    broker: Trimmed
    trimmed = False

    def start(self) -> Partition:
        log = self.broker.log
        newest = self.broker.newest()
        if (self.trimmed or self.broker.gone) and newest is not None:
            note = note_at(newest, newest.read, None)
            assert note is not None
            self.broker.forget(newest.read)
            seam = Seam(log=log.name, topic=TOPIC, partition=0, start=newest.read, end=newest.read)
            return self._open(newest.read, note, seam)
        if self.broker.committed is None:
            return Partition(log.name, TOPIC, 0, log.start)
        position, text = self.broker.committed
        committed = Note.decode(text, log.name)
        assert committed is not None
        return self._open(position, committed, None)

    def _open(self, position: int, note: Note, seam: Seam | None) -> Partition:
        seeds = self.broker.cells_at(position, note.decisions) if note.seeded else []
        if len(seeds) != note.seeded:
            raise Wrong(f"{len(seeds)} cells at {position}, the note speaks of {note.seeded}")
        log = self.broker.log
        return Partition(log.name, TOPIC, 0, position, note, seeds=seeds, seam=seam)


class RestoredAfterTrim(Restored):
    trimmed = True


def run(log: Log, seed: int) -> int:
    """One log through crashes, some of them with its records gone; how often durable cells were gone on from."""
    rng = Random(seed)
    broker = Trimmed(log, judge(log.records))
    seams = 0
    owner: Worker = Restored(broker, rng)
    faults = 0.2
    while not owner.done or owner.waiting or owner.partition.has_news:
        lot = rng.random()
        if lot < faults:
            owner.take()
            owner.publish(crash=True)
            kind = RestoredAfterTrim if rng.random() < 0.4 else Restored
            owner = kind(broker, rng)
            seams = len(broker.truth.forgets)
            faults *= 0.9
        elif lot < 0.7:
            owner.feed(60)
        else:
            owner.take()
            owner.publish()
    broker.check_end()
    return seams


def run_all() -> int:
    seams = 0
    for seed in range(WORLDS):
        for log in make_world(seed).logs:
            try:
                seams += run(log, seed)
            except Wrong as wrong:
                raise Wrong(f"seed {seed}, {log.name}: {wrong}") from None
    return seams


def test_open_panes_go_on_from_their_durable_cells_after_any_crash() -> None:
    seams = run_all()
    print(f"\n{WORLDS} worlds, {seams} seams: all as the oracle says")
    assert seams > WORLDS


@pytest.mark.parametrize("planted", ["no seeds", "seeds of now"])
def test_wrong_cells_to_go_on_from_are_found(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Trimmed.cells_at

    def wrong(self: Trimmed, position: int, decisions: Decisions) -> list[Cell]:
        if planted == "seeds of now":
            return right(self, 1 << 60, decisions)
        return [msgspec.structs.replace(cell, records=0, count=0) for cell in right(self, position, decisions)]

    monkeypatch.setattr(Trimmed, "cells_at", wrong)
    with pytest.raises(Wrong):
        run_all()
