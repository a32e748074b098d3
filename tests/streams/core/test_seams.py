"""Where a restart cannot read its open panes again, they go on from durable cells: only repeats of older ids differ.

CITYWATCH_WORLDS sets how many worlds (default 300, of which a sixth is taken here, and `CRASHED`; at full size a
further sixth).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from random import Random

import msgspec
import pytest

from schemas.instants import rfc3339
from schemas.records import Cell, Seam
from streams.core.decisions import Decisions
from streams.core.note import Note
from streams.core.partition import Partition, Snapshot
from streams.edge.positions import note_at
from tests.streams.core.generated import Body, Log, encode, envelope, generated_logs
from tests.streams.core.lab import TOPIC, Broker, Worker, Wrong, cell_id
from tests.streams.core.oracle import LogRecord, Said, judge

WORLDS = int(os.environ.get("CITYWATCH_WORLDS", "300")) // 6

CRASHED = (338, 679, 757, 799, 814, 859, 948)
"""Worlds in which an id from below a seam comes again after a crash that came before the seam's first commit."""

AT = 1_767_225_600


class Trimmed(Broker):
    """A broker whose retention took what open panes need: restarts have the newest progress and the cells before it.

    What is gone stays so: until a start that went on without it has committed, no other start can read it again.
    """

    gone = False

    def commit(self, snapshot: Snapshot) -> None:
        super().commit(snapshot)
        self.gone = False

    def cells_at(self, position: int, decisions: Decisions) -> list[Cell]:
        best: dict[object, Cell] = {}
        for said in self.panes:
            if isinstance(said, Cell) and said.version < position:
                boundary = decisions.sources[said.source].boundary
                known = best.get(cell_id(said))
                if said.pane >= boundary and (known is None or said.rank >= known.rank):
                    best[cell_id(said)] = said
        return list(best.values())

    def forget(self, at: int) -> None:
        """From here on the oracle knows no ids below `at` either; what was judged before stays.

        Cells that a crash left beyond `at` without their progress know those ids, what comes now does not: one version
        may have two values, and the greater one has to be right in the end.
        """
        self.gone = True
        self.versions.clear()
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
        return self._open(position, self.noted(text), None)

    def _open(self, position: int, note: Note, seam: Seam | None) -> Partition:
        seeds = self.broker.cells_at(position, note.named) if note.seeded else []
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


FIRST, FURTHER = sorted({*range(WORLDS), *CRASHED}), range(WORLDS, 2 * WORLDS)


def run_all(seeds: Iterable[int]) -> int:
    seams = 0
    for seed in seeds:
        for log in generated_logs(seed).logs:
            try:
                seams += run(log, seed)
            except Wrong as wrong:
                raise Wrong(f"seed {seed}, {log.name}: {wrong}") from None
    return seams


@pytest.mark.parametrize(
    "seeds", [pytest.param(FIRST, id="first"), pytest.param(FURTHER, id="further", marks=pytest.mark.full)]
)
def test_open_panes_go_on_from_their_durable_cells_after_any_crash(seeds: Sequence[int]) -> None:
    seams = run_all(seeds)
    print(f"\n{len(seeds)} worlds, {seams} seams: all as the oracle says")
    assert seams > len(seeds)


def reports(*names: str) -> Log:
    """A log with one report of each name in turn, all of one cell."""
    records = []
    for offset, name in enumerate(names):
        data: Body = {"beat": "B01", "category": "110201", "origin": "citizen"}
        body = envelope("incident.reported.v1", "a/110", name, rfc3339(AT), subject="i-1", data=data)
        said = Said("a/110", name, AT, ("incident.reported", "B01", "110201", "citizen"))
        records.append(LogRecord(offset, AT * 1000, encode(body), said))
    return Log("log", 0, len(records), records)


def judge_on(owner: Worker, end: int) -> Snapshot:
    """What it gives out for the records up to `end`."""
    log, start = owner.broker.log, owner.partition.next_offset
    owner.partition.feed(log.records[start:end], end)
    return owner.partition.snapshot()


def test_after_a_seam_that_crashed_before_its_commit_the_next_start_knows_no_more_than_the_seam() -> None:
    log = reports("x", "x", "x")
    broker = Trimmed(log, judge(log.records))
    broker.publish(judge_on(Restored(broker, Random(0)), 1))
    broker.publish(judge_on(RestoredAfterTrim(broker, Random(0)), 2))
    broker.publish(judge_on(Restored(broker, Random(0)), 3))
    broker.check_end()
    assert broker.truth.forgets == (1, 2)
    assert broker.truth.totals(3) == (3, 0, 0, 0), "each start begins anew to know ids"


def test_a_cell_that_a_crash_left_without_its_progress_yields_to_what_is_judged_after_the_seam() -> None:
    log = reports("x", "x", "y")
    broker = Trimmed(log, judge(log.records))
    crashed = Restored(broker, Random(0))
    broker.publish(judge_on(crashed, 1))
    broker.publish(judge_on(crashed, 3), stop_after=1)
    broker.publish(judge_on(RestoredAfterTrim(broker, Random(0)), 3))
    cells = [said for said in broker.panes if isinstance(said, Cell)]
    assert [(cell.version, cell.records) for cell in cells] == [(0, 1), (2, 2), (2, 3)]
    assert max(cells, key=lambda cell: cell.rank) == cells[-1]
    broker.check_end()


@pytest.mark.parametrize("planted", ["no seeds", "seeds of now"])
def test_wrong_cells_to_go_on_from_are_found(planted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Trimmed.cells_at

    def wrong(self: Trimmed, position: int, decisions: Decisions) -> list[Cell]:
        if planted == "seeds of now":
            return right(self, 1 << 60, decisions)
        return [
            msgspec.structs.replace(cell, records=0, numbers=dict.fromkeys(cell.numbers, 0))
            for cell in right(self, position, decisions)
        ]

    monkeypatch.setattr(Trimmed, "cells_at", wrong)
    with pytest.raises(Wrong):
        run_all(FIRST)
