"""What a worker does with its partitions: batches are judged, what was judged becomes durable, states outlive a
rebalance. Each of these is a room of its own; here is when they act.

All of it runs in the app's loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from aiokafka.errors import KafkaError
from faust.types import TP

from streams.core.breaker import NO_LIMITS, Limits
from streams.edge.batch import FetchedBatch, Positions
from streams.edge.breaker import BreakerSupervision
from streams.edge.clock import SYSTEM, Clock
from streams.edge.early_close import EarlyClose
from streams.edge.health import Health
from streams.edge.held import HeldStates
from streams.edge.judging import Judging
from streams.edge.keeping import Keeping
from streams.edge.positions import Kept, Origin
from streams.edge.publication import Publication
from streams.edge.publisher import Publisher
from streams.edge.rereading import Rereading
from streams.edge.watchdog import Watchdog

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds a publication may take before reading waits for it: this bounds what is fed and not yet durable."""

ASKING_SECONDS = 10.0
"""For asking to close panes early: one input partition without a leader must not keep what is judged from all."""

LOOK_SECONDS = 1.0


class Counting:
    """Holds one `Partition` per assigned input partition and keeps what it vouches for in order.

    The agent calls `take`, the consumer the rest of `Keeper`; `run` and `watch` are tasks of the app.
    """

    def __init__(
        self,
        logs: Mapping[str, str],
        publisher: Publisher,
        positions: Positions,
        interval: float,
        early_close: EarlyClose,
        health: Health,
        limits: Limits = NO_LIMITS,
        clock: Clock = SYSTEM,
    ) -> None:
        self._interval = interval
        self._early_close = early_close
        self._clock = clock
        self._states = HeldStates()
        breaker = BreakerSupervision(limits)
        rereading = Rereading(self._states, positions, health)
        self._judging = Judging(logs, self._states, rereading, breaker)
        self._publication = Publication(self._states, publisher, positions, rereading, health, clock)
        self._keeping = Keeping(self._states, positions, rereading, clock)
        self._watchdog = Watchdog(self._states, positions, breaker, health, clock)

    async def take(self, batch: FetchedBatch) -> None:
        """Judges a batch; waits while a publication is late. Raises CheckFailed when a partition never gets on."""
        await self._publication.in_time(PATIENCE)
        if self._judging.take(batch):
            self._watchdog.fed(batch.tp)

    async def run(self) -> None:
        """Publishes while there is news, at most every `interval` seconds. Ends only with an error."""
        while True:
            await self._states.news.wait()
            begun = self._clock.monotonic()
            await self._publication.publish()
            await self._close_early()
            await asyncio.sleep(max(0.0, begun + self._interval - self._clock.monotonic()))

    async def watch(self) -> None:
        """Keeps the gauges current; raises CheckFailed when records wait and nothing moves."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._keeping.expire()
            self._watchdog.look(self._publication.since)

    async def give_up(self, seconds: float) -> None:
        """Publishes and commits what there is, within `seconds`. No partition is held from then on; the states whose
        snapshots are acknowledged are kept, should theirs come back."""
        try:
            await asyncio.wait_for(self._publication.publish(), seconds)
        except TimeoutError:
            log.warning(
                "could not publish within %.1f s before giving up partitions; others will read it again",
                seconds,
            )
        finally:
            self._watchdog.forget()
            self._keeping.set_aside()

    def kept(self) -> Mapping[TP, Kept]:
        """The states that may go on, should their partitions come back."""
        self._watchdog.forget()
        return self._keeping.kept()

    def resume(self, begun: Mapping[TP, Origin]) -> None:
        """The new assignment: the states that go on get its epoch, the others are forgotten."""
        self._keeping.resume(begun)

    async def _close_early(self) -> None:
        try:
            async with asyncio.timeout(ASKING_SECONDS):
                held = self._states.partitions()
                await self._early_close.at_limit(held)
                await self._early_close.idle(held)
        except TimeoutError:
            log.warning("asking to close a pane early is not acknowledged, it is asked again; has it a leader?")
        except KafkaError as failed:
            log.error("asking to close a pane early failed, it is asked again: %r", failed)
            await self._publication.renew()
