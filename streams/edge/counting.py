"""The partitions of this worker: feeds batches to the core, publishes snapshots, commits what they vouch for.

All of it runs in the app's loop. Order of a publication: one synchronous snapshot of every partition with
news; all of its values acknowledged; its positions with their notes committed. One is under way at a time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Set
from dataclasses import dataclass
from time import monotonic, time
from typing import Protocol

from aiokafka.errors import KafkaError
from faust.types import TP

from runtime.errors import CheckFailed
from streams.core.breaker import NO_LIMITS, Limits
from streams.core.partition import Partition, Snapshot
from streams.edge.batch import Batch
from streams.edge.breaker import Lookout
from streams.edge.early_close import EarlyClose
from streams.edge.health import Health
from streams.edge.positions import Committed, Kept, Origin, Vouched
from streams.edge.publisher import Publisher

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds a publication may take before reading waits for it: this bounds what is fed and not yet durable."""

RESTARTS_WITHOUT_PROGRESS = 5
STALLED_SECONDS = 60.0

KEPT_SECONDS = 60.0
"""For how long states are kept for an assignment that does not come. Longer than a rebalance takes."""


class Positions(Protocol):
    """What counting needs of the consumer."""

    @property
    def newest_epoch(self) -> int: ...
    def assignment(self) -> Set[TP]: ...
    def awaited(self, tps: Set[TP]) -> tuple[str, Mapping[TP, str]]: ...
    def unread(self, tp: TP, next_offset: int | None) -> int: ...
    def origin(self, tp: TP) -> Origin | None: ...
    async def seek_to_origins(self, tps: Set[TP]) -> object: ...
    async def commit_vouched(self, vouched: Mapping[TP, Vouched]) -> set[TP]: ...


@dataclass(slots=True)
class Held:
    """A partition's state in one assignment epoch.

    committed: what the group holds for it, as far as this worker knows. arrived: broker time of its oldest unpublished.
    unacknowledged: a snapshot was taken and may be lost. uncommitted: its position is not committed.
    """

    epoch: int
    partition: Partition
    committed: Committed | None
    arrived: float | None = None
    unacknowledged: bool = False
    uncommitted: bool = False

    @property
    def to_publish(self) -> bool:
        return self.partition.has_news or self.uncommitted


class Counting:
    """Holds one `Partition` per assigned input partition and keeps what it vouches for in order."""

    def __init__(
        self,
        logs: Mapping[str, str],
        publisher: Publisher,
        positions: Positions,
        interval: float,
        early_close: EarlyClose,
        health: Health,
        limits: Limits = NO_LIMITS,
    ) -> None:
        self._logs = logs
        self._publisher = publisher
        self._positions = positions
        self._interval = interval
        self._held: dict[TP, Held] = {}
        self._kept: dict[TP, Held] = {}
        self._kept_since = 0.0
        self._ended_epoch = 0
        self._dropped_epoch: dict[TP, int] = {}
        self._restarts: dict[TP, int] = {}
        self._rereads: set[asyncio.Task[object]] = set()
        self._news = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._since: float | None = None
        self._settled = asyncio.Event()
        self._early_close = early_close
        self._lookout = Lookout(limits)
        self._fed_at: dict[TP, float] = {}
        self.health = health

    # --- reading

    async def take(self, batch: Batch) -> None:
        """Feeds a batch; waits while a publication is late. A failure costs state, no record."""
        while self._since is not None and monotonic() - self._since > PATIENCE:
            await self._settled.wait()
        try:
            self._feed(batch)
        except Exception:
            log.exception("%s/%d: cannot judge offsets %d to %d", *batch.tp, batch.start, batch.end)
            self._read_again(batch.tp, batch.epoch, "judging failed")

    def _feed(self, batch: Batch) -> None:
        tp = batch.tp
        if batch.epoch <= max(self._ended_epoch, self._dropped_epoch.get(tp, 0)):
            return
        if batch.origin is not None and not batch.origin.kept:
            log_id, origin = self._logs[tp.topic], batch.origin
            passes = self._lookout.passes(log_id, tp)
            partition = Partition(
                log_id,
                *tp,
                origin.position,
                origin.note,
                self._lookout.limits,
                passes,
                origin.seeds,
                origin.seam,
            )
            self._lookout.begins(tp)
            self._held[tp] = Held(batch.epoch, partition, origin.committed)
        held = self._held.get(tp)
        if held is None or held.epoch < batch.epoch or self._lookout.expects(tp, held.partition) != batch.start:
            # Faust dropped a batch before this one
            self._read_again(tp, batch.epoch, f"a hole before offset {batch.start}")
            return
        if held.epoch > batch.epoch:
            return
        held.partition.feed(batch.records, batch.end)
        self._fed_at[tp] = monotonic()
        if held.partition.has_news:
            if held.arrived is None and batch.records:
                held.arrived = batch.records[0].timestamp / 1000
            self._news.set()
        if self._lookout.look(held.partition, batch):
            self._drop(tp, batch.epoch)
            self._seek(tp)

    def _read_again(self, tp: TP, epoch: int, why: str) -> None:
        """Drops a partition's state and has it read again from what is committed."""
        self._drop(tp, epoch)
        restarts = self._restarts[tp] = self._restarts.get(tp, 0) + 1
        self.health.restarted(tp)
        log.warning("%s/%d: %s; reading again from the committed position", *tp, why)
        if restarts > RESTARTS_WITHOUT_PROGRESS:
            raise CheckFailed(f"{tp.topic}/{tp.partition}: {why}, {restarts} times without progress; see the log")
        self._seek(tp)

    def _drop(self, tp: TP, epoch: int) -> None:
        self._dropped_epoch[tp] = epoch
        self._held.pop(tp, None)

    def _seek(self, tp: TP) -> None:
        task = asyncio.create_task(self._positions.seek_to_origins({tp}))
        self._rereads.add(task)
        task.add_done_callback(self._reread_done)

    def _reread_done(self, task: asyncio.Task[object]) -> None:
        self._rereads.discard(task)
        if not task.cancelled():
            task.exception()  # it has crashed the app, which tells it

    # --- publishing

    async def run(self) -> None:
        """Publishes while there is news, at most every `interval` seconds. Ends only with an error."""
        while True:
            await self._news.wait()
            begun = monotonic()
            await self._publish()
            await self._mind_the_limit()
            await asyncio.sleep(max(0.0, begun + self._interval - monotonic()))

    async def _mind_the_limit(self) -> None:
        try:
            held = {tp: held.partition for tp, held in self._held.items()}
            await self._early_close.at_limit(held)
            await self._early_close.idle(held)
        except KafkaError as failed:
            log.error("asking to close a pane early failed, it is asked again: %r", failed)
            await self._publisher.renew()

    async def watch(self) -> None:
        """Keeps the gauges current; raises CheckFailed when records wait and nothing moves."""
        while True:
            await asyncio.sleep(1.0)
            assigned = self._positions.assignment()
            self.health.keep_only(assigned)
            self._lookout.keep_only(assigned)
            if self._kept and monotonic() - self._kept_since > KEPT_SECONDS:
                self._kept.clear()
            group, silent = self._positions.awaited(assigned)
            self.health.waits(group, self._since)
            for tp in assigned:
                held = self._held.get(tp)
                unread = self._positions.unread(tp, held.partition.next_offset if held else None)
                self.health.observe(tp, held.partition if held else None, unread, silent.get(tp, ""))
                self._lookout.observe(tp, held.partition if held else None, self._positions.origin(tp))
                unread = self._positions.unread(tp, self._lookout.expects(tp, held.partition) if held else None)
                if unread == 0 or self._since is not None:
                    self._fed_at[tp] = monotonic()
                elif monotonic() - self._fed_at.setdefault(tp, monotonic()) > STALLED_SECONDS:
                    raise CheckFailed(
                        f"{tp.topic}/{tp.partition}: {unread} records wait and none came for"
                        f" {STALLED_SECONDS:.0f} s; start the role again, and look at the broker"
                    )

    async def give_up(self, seconds: float) -> None:
        """Publishes and commits what there is, within `seconds`. No partition is held from then on; the states whose
        snapshots are acknowledged are kept, should theirs come back."""
        try:
            await asyncio.wait_for(self._publish(), seconds)
        except TimeoutError:
            log.warning(
                "could not publish within %.1f s before giving up partitions; others will read it again",
                seconds,
            )
        finally:
            self._set_aside()

    def _set_aside(self) -> None:
        """The assignment has ended: its batches are not taken any more, its states are kept."""
        self._ended_epoch = self._positions.newest_epoch
        for tp in self._held:
            self.health.forget(tp)
        self._kept.update(self._held)
        self._kept_since = monotonic()
        self._held.clear()
        self._fed_at.clear()

    def kept(self) -> Mapping[TP, Kept]:
        """The states that may go on. Not one that stands at an open breaker: it waits for a new start."""
        self._set_aside()  # nothing flows; what an overtaken `resume` has put back belongs to the assignment before
        return {
            tp: Kept(held.committed, held.partition.next_offset)
            for tp, held in self._kept.items()
            if not held.unacknowledged and held.partition.stopped is None
        }

    def resume(self, begun: Mapping[TP, Origin]) -> None:
        """The states that go on get the epoch of the new assignment; all others are forgotten."""
        for tp, origin in begun.items():
            if not origin.kept:
                continue
            held = self._kept.get(tp)
            if held is None:  # kept for too long
                self._seek(tp)
                continue
            held.epoch = origin.epoch
            self._held[tp] = held
            if held.to_publish:
                self._news.set()
            log.info("%s/%d: goes on at offset %d with the state it had", *tp, origin.position)
        self._kept.clear()

    async def _publish(self) -> None:
        async with self._one_at_a_time:
            self._news.clear()
            taken = {tp: (held, held.partition.snapshot()) for tp, held in self._held.items() if held.to_publish}
            if not taken:
                return
            arrived = {tp: held.arrived for tp, (held, _) in taken.items()}
            for held, _ in taken.values():
                held.arrived, held.unacknowledged, held.uncommitted = None, True, True
            self._since = monotonic()
            self._settled.clear()
            try:
                await self._publisher.publish([snapshot for _, snapshot in taken.values()])
                for tp, (held, snapshot) in taken.items():
                    held.unacknowledged = False
                    self.health.published(tp, snapshot, arrived[tp], time(), monotonic() - self._since)
                await self._commit(taken)
            except KafkaError as failed:
                await self._start_over(taken, failed)
            finally:
                self._since = None
                self._settled.set()

    async def _commit(self, taken: Mapping[TP, tuple[Held, Snapshot]]) -> None:
        vouched = {tp: Vouched(held.epoch, shot.position, shot.note) for tp, (held, shot) in taken.items()}
        for tp in await self._positions.commit_vouched(vouched):
            held, shot = taken[tp]
            held.committed, held.uncommitted = Committed(shot.position, shot.note), False
            self.health.committed(tp)
            self._restarts.pop(tp, None)

    async def _start_over(self, taken: Mapping[TP, tuple[Held, Snapshot]], failed: KafkaError) -> None:
        """A snapshot that was not acknowledged is gone: its partitions begin anew, with a new producer."""
        log.error("publishing failed: %r", failed)
        for tp, (held, _) in taken.items():
            if self._held.get(tp) is held:
                self._read_again(tp, held.epoch, "publishing failed")
        await self._publisher.renew()
