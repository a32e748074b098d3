"""What was judged becomes durable: snapshot, acknowledgement of all its values, commit of what they vouch for.

One synchronous snapshot of every partition with news; all of its values acknowledged; then their positions with their
notes. One publication is under way at a time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from aiokafka.errors import KafkaError
from faust.types import TP

from streams.core.partition import Snapshot
from streams.edge.batch import Positions
from streams.edge.clock import Clock
from streams.edge.health import Health
from streams.edge.held import Held, HeldStates
from streams.edge.positions import Committed, Vouched
from streams.edge.publisher import Publisher
from streams.edge.rereading import Rereading

log = logging.getLogger(__name__)

Taken = Mapping[TP, tuple[Held, Snapshot]]


class Publication:
    """Publishes and commits the states. `since`: when the snapshot that is under way was taken; None when none is."""

    def __init__(
        self,
        states: HeldStates,
        publisher: Publisher,
        positions: Positions,
        rereading: Rereading,
        health: Health,
        clock: Clock,
    ) -> None:
        self._states = states
        self._publisher = publisher
        self._positions = positions
        self._rereading = rereading
        self._health = health
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._settled = asyncio.Event()
        self.since: float | None = None

    async def in_time(self, patience: float) -> None:
        """Waits while the one under way takes longer than so many seconds."""
        while self.since is not None and self._clock.monotonic() - self.since > patience:
            await self._settled.wait()

    async def publish(self) -> None:
        """Ends when all that there is now is committed, or begins anew what failed. Raises KafkaError when the broker
        cannot be reached then, CheckFailed as `Rereading.begin`."""
        async with self._one_at_a_time:
            self._states.news.clear()
            taken = {tp: (held, held.partition.snapshot()) for tp, held in self._states.to_publish().items()}
            if not taken:
                return
            arrived = {tp: held.arrived for tp, (held, _) in taken.items()}
            for held, _ in taken.values():
                held.arrived, held.unacknowledged, held.uncommitted = None, True, True
            since = self.since = self._clock.monotonic()
            self._settled.clear()
            try:
                await self._publisher.publish([snapshot for _, snapshot in taken.values()])
                took = self._clock.monotonic() - since
                for tp, (held, snapshot) in taken.items():
                    held.unacknowledged = False
                    self._health.published(tp, snapshot, arrived[tp], self._clock.time(), took)
                await self.commit(taken)
            except KafkaError as failed:
                await self._start_over(taken, failed)
            finally:
                self.since = None
                self._settled.set()

    async def renew(self) -> None:
        """A new producer, when no snapshot is under way with the one there is. Raises KafkaError."""
        async with self._one_at_a_time:
            await self._publisher.renew()

    async def commit(self, taken: Taken) -> None:
        """Commits what acknowledged snapshots vouch for, where the partition is still ours in the same epoch."""
        vouched = {tp: Vouched(held.epoch, shot.position, shot.note) for tp, (held, shot) in taken.items()}
        for tp in await self._positions.commit_vouched(vouched):
            held, shot = taken[tp]
            held.committed, held.uncommitted = Committed(shot.position, shot.note), False
            self._health.committed(tp)
            self._rereading.progressed(tp)

    async def _start_over(self, taken: Taken, failed: KafkaError) -> None:
        """A snapshot that was not acknowledged is gone: its partitions begin anew, with a new producer."""
        log.error("publishing failed: %r", failed)
        for tp, (held, _) in taken.items():
            if self._states.get(tp) is held:
                self._rereading.begin(tp, held.epoch, "publishing failed")
        await self._publisher.renew()
