"""The worlds are worth something: each defect planted here is found in some world, within a few hundred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import msgspec
import pytest

from schemas.consumed import ConsumerRecord
from schemas.records import Cell
from streams.core.decisions import SourceState
from streams.core.note import Note
from streams.core.panes import PANE, VERSION, Pane, SourcePanes
from streams.core.partition import Partition, Snapshot
from tests.streams.core.generated import generated_logs
from tests.streams.core.lab import Worker, Wrong, run_logs, with_names

WITHIN = 300

RARE = ("OwnerEveryEventVouches", "OwnerCellsOfHalfAPane", "OwnerLatenessReopens")
"""Planted defects that take most worlds to be found: at full size."""


def renote(partition: Partition, taken: Snapshot, **changes: object) -> Snapshot:
    return replace(taken, note=msgspec.structs.replace(noted(taken), **changes).encode())


def noted(taken: Snapshot) -> Note:
    note = Note.decode(taken.note, taken.progress.log)
    assert note is not None
    return with_names(note, taken.progress)


class StateAtRead(Partition):
    """The note holds the decisions as they are now, not as they were at the position."""

    def snapshot(self) -> Snapshot:
        return renote(self, super().snapshot(), decisions=self.decisions)


class CountsNotInNote(Partition):
    def snapshot(self) -> Snapshot:
        return renote(self, super().snapshot(), counted=0, late=0, duplicates=0, dead=0)


class BoundariesOnlyAtRead(Partition):
    """A re-read begins with the decisions of the position but clocks that are not there yet."""

    def snapshot(self) -> Snapshot:
        taken = super().snapshot()
        note = noted(taken)
        rough = {name: SourceState(state.lateness, state.max_ahead) for name, state in note.named.sources.items()}
        return renote(self, taken, decisions=msgspec.structs.replace(note.named, sources=rough))


class OldestPanesPosition(Partition):
    """The position of the pane with the earliest event time, not of the one whose first record came first."""

    def snapshot(self) -> Snapshot:
        taken = super().snapshot()
        panes = [(start, pane.first) for feed in self._feeds.values() for start, pane in feed.panes.items()]
        return replace(taken, position=min(panes)[1]) if panes else taken


class PositionAtRead(Partition):
    """Ids and cells of open panes are forgotten by a restart."""

    def snapshot(self) -> Snapshot:
        return renote(self, replace(super().snapshot(), position=self.next_offset), decisions=self.decisions)


class RereadCountsAgain(Partition):
    def _forget(self) -> None:
        if self.next_offset < self._resume and self._note:
            return
        self._closed.clear()


class RereadIsGivenOut(Partition):
    """No skipping: what a re-read closes is published once more, from the panes it could not rebuild."""

    def __init__(self, log: str, topic: str, partition: int, position: int = 0, note: Note | None = None) -> None:
        self._position = position
        super().__init__(log, topic, partition, position, note)

    def _forget(self) -> None:
        closed = list(self._closed)
        super()._forget()
        self._closed = closed

    def snapshot(self) -> Snapshot:
        self._taken = min(self._taken, self._position)
        taken = super().snapshot()
        self._position = self.next_offset
        return taken


class EventsMoveTheClock(Partition):
    def _judge(self, records: Sequence[ConsumerRecord]) -> None:
        for record in records:
            super()._judge([record])
            for name, feed in list(self._feeds.items()):
                if feed.panes and feed.clock < max(feed.panes):
                    feed.tick(max(feed.panes))
                    self._settle(name, feed)


class VersionOfTheSnapshot(Partition):
    """Cells are versioned by where the snapshot stood, not by their last record."""

    def snapshot(self) -> Snapshot:
        taken = super().snapshot()
        at = self.next_offset - 1
        return replace(taken, cells=[msgspec.structs.replace(cell, version=at) for cell in taken.cells])


class OnlyOpenCells(Partition):
    """Panes that closed since the last snapshot take their last values with them."""

    def snapshot(self) -> Snapshot:
        self._closed.clear()
        return super().snapshot()


class RetiresWhatIsOpen(Partition):
    """A dropped source closes at the newest pane that happens to be open."""

    def __init__(self, log: str, topic: str, partition: int, position: int = 0, note: Note | None = None) -> None:
        super().__init__(log, topic, partition, position, note)
        self._feeds = {name: _ForgetfulFeed(feed.state) for name, feed in self._feeds.items()}

    def _judge(self, records: Sequence[ConsumerRecord]) -> None:
        for record in records:
            super()._judge([record])
            for name, feed in self._feeds.items():
                if not isinstance(feed, _ForgetfulFeed):
                    self._feeds[name] = _ForgetfulFeed(feed.state)
                    self._feeds[name].panes = feed.panes


class _ForgetfulFeed(SourcePanes):
    def retire(self) -> None:
        self.declared = False
        if self.panes:
            self.close(max(self.panes) + PANE)


class LatenessReopens(Partition):
    """A greater lateness takes the boundary back."""

    def _judge(self, records: Sequence[ConsumerRecord]) -> None:
        for record in records:
            before = {name: feed.lateness for name, feed in self._feeds.items()}
            super()._judge([record])
            for name, feed in self._feeds.items():
                if feed.lateness > before.get(name, feed.lateness) and feed.clock >= 0:
                    feed.boundary = (feed.clock - feed.lateness) // PANE * PANE
                    feed._state = self._decisions = None


class FutureHeartbeatsTick(Partition):
    """The broker's timestamp is not looked at."""

    def _judge(self, records: Sequence[ConsumerRecord]) -> None:
        super()._judge([_Unstamped(record) for record in records])


class _Unstamped:
    def __init__(self, record: ConsumerRecord) -> None:
        self.offset, self.timestamp, self.value = record.offset, -1, record.value


class DirtyFlagLost(Partition):
    """Cells are thought clean when their last record is just below the batch that was taken last."""

    def snapshot(self) -> Snapshot:
        self._taken += 1
        return super().snapshot()


class CellsOfHalfAPane(Partition):
    """A pane that is opened anew after its early close counts again."""

    def _judge(self, records: Sequence[ConsumerRecord]) -> None:
        for record in records:
            before = {name: feed.boundary for name, feed in self._feeds.items()}
            clocks = {name: feed.clock for name, feed in self._feeds.items()}
            super()._judge([record])
            for name, feed in self._feeds.items():
                if name in before and feed.clock == clocks[name] and feed.declared:
                    feed.boundary, feed._state = before[name], None


class ForgetsWhatCameAhead(Partition):
    """A re-read does not know which panes ahead of the clock had events, where those closed early."""

    def snapshot(self) -> Snapshot:
        taken = super().snapshot()
        note = noted(taken)
        rough = {
            name: msgspec.structs.replace(state, ahead=0, max_step=900) for name, state in note.named.sources.items()
        }
        return renote(self, taken, decisions=msgspec.structs.replace(note.named, sources=rough))


class EveryEventVouches(Partition):
    """What came before the first heartbeat, or too far ahead of the clock, counts as shown too."""

    def _open(self, feed: SourcePanes, start: int, record: ConsumerRecord) -> Pane:
        pane = super()._open(feed, start, record)
        ahead = start // PANE - feed.clock // PANE
        if 0 < ahead < 500:
            feed.ahead |= 1 << ahead
        return pane


class GapsOfOneSnapshotOnly(Partition):
    """What nobody vouches for is given out where it is found in the last record of a batch only."""

    def snapshot(self) -> Snapshot:
        taken = super().snapshot()
        return replace(taken, gaps=taken.gaps[-1:])


class StepsOfOneSnapshotOnly(Partition):
    """A step is given out where it is the last one of a batch only."""

    def snapshot(self) -> Snapshot:
        taken = super().snapshot()
        return replace(taken, steps=taken.steps[-1:])


class LateStepsAreLost(Partition):
    def snapshot(self) -> Snapshot:
        taken = super().snapshot()
        late = {each.offset for each in taken.corrections if each.verdict == "late"}
        return replace(taken, steps=[each for each in taken.steps if each.offset not in late])


def owner(kind: type[Partition]) -> type[Worker]:
    return type(f"Owner{kind.__name__}", (Worker,), {"kind": kind})


class CommitsFirst(Worker):
    """Commits what is not acknowledged yet."""

    def publish(self, crash: bool = False) -> None:
        for snapshot in self.waiting:
            self.broker.commit(snapshot)
        super().publish(crash)


class ProgressFirst(Worker):
    """Writes progress before the cells it speaks for."""

    def publish(self, crash: bool = False) -> None:
        for snapshot in self.waiting:
            self.broker.publish(replace(snapshot, cells=[], corrections=[], dead_letters=[]))
        super().publish(crash)


class GoesOnAfterFailure(Worker):
    """Keeps its state after a publication failed, though the snapshot was taken as published."""

    def take(self) -> None:
        if self.partition.has_news and self.rng.random() < 0.2:
            self.partition.snapshot()
        super().take()


class FeedsAcrossAHole(Worker):
    def feed(self, most: int) -> None:
        if self.rng.random() < 0.05 and self.partition.next_offset >= self.partition._resume:
            skipped = min(self.broker.log.end, self.partition.next_offset + self.rng.randint(1, 5))
            self.partition.feed([], skipped)
        super().feed(most)


class IgnoresTheNote(Worker):
    def start(self) -> Partition:
        log = self.broker.log
        position = self.broker.committed[0] if self.broker.committed else log.start
        return Partition(log.name, "citywatch.incidents", 0, position)


DEFECTS: tuple[type[Worker], ...] = (
    *map(
        owner,
        (
            StateAtRead,
            CountsNotInNote,
            BoundariesOnlyAtRead,
            OldestPanesPosition,
            PositionAtRead,
            RereadCountsAgain,
            RereadIsGivenOut,
            EventsMoveTheClock,
            VersionOfTheSnapshot,
            OnlyOpenCells,
            RetiresWhatIsOpen,
            LatenessReopens,
            FutureHeartbeatsTick,
            DirtyFlagLost,
            CellsOfHalfAPane,
            ForgetsWhatCameAhead,
            EveryEventVouches,
            GapsOfOneSnapshotOnly,
            StepsOfOneSnapshotOnly,
            LateStepsAreLost,
        ),
    ),
    CommitsFirst,
    ProgressFirst,
    GoesOnAfterFailure,
    FeedsAcrossAHole,
    IgnoresTheNote,
)


@pytest.mark.parametrize(
    "defect",
    [pytest.param(each, id=each.__name__, marks=pytest.mark.full if each.__name__ in RARE else ()) for each in DEFECTS],
)
def test_planted_defect_is_found(defect: type[Worker]) -> None:
    for seed in count():
        assert seed < WITHIN, f"{defect.__name__} was not found within {WITHIN} worlds"
        try:
            run_logs(generated_logs(seed), defect)
        except Wrong as wrong:
            print(f"\n{defect.__name__}: {str(wrong)[:150]}")
            return


def test_a_pane_gives_only_cells_with_a_record_since() -> None:
    pane = Pane(0, Partition("log", "topic", 0).decisions)
    pane.cells[("incident.reported", "B01", "1", "citizen")] = [1, 1, 7, ()]
    assert [cell[VERSION] for _, cell in pane.changed(7)] == [7]
    assert list(pane.changed(8)) == []
    assert Cell.__struct_fields__[-4:] == ("dims", "version", "records", "numbers")
