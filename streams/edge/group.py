"""Positions of this worker in its consumer group: where each assignment of a partition begins, and what is committed.

All of it runs in the loop of the aiokafka consumer that is given; what only looks may be called from any thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Set
from typing import Any

from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust.transport.consumer import ensure_TP
from faust.types import TP

from runtime.log import OffsetRange
from schemas.consumed import ConsumerRecord
from streams.edge.batch import FetchedBatch, Reader
from streams.edge.durable import DurablePanes
from streams.edge.positions import Kept, Origin, Vouched, committed_positions, origin_of

THROWN_OUT = -1
"""The generation of a member that is none: Kafka accepts its commits while the group is empty."""

NOTHING_KEPT: Mapping[TP, Kept] = {}


class GroupPositions:
    """The assignment epochs of one consumer. `newest_epoch`: the newest that was given out."""

    def __init__(self, reader: Reader, durable: Callable[[Mapping[str, Any]], DurablePanes] = DurablePanes) -> None:
        self.newest_epoch = 0
        self._reader = reader
        self._durable = durable
        self._origins: dict[TP, Origin] = {}
        self._undelivered: set[TP] = set()

    def origin(self, tp: TP) -> Origin | None:
        """Where this assignment of a partition began; None when it is not ours."""
        return self._origins.get(tp)

    def batch(self, tp: TP, start: int, end: int, records: list[ConsumerRecord]) -> FetchedBatch:
        """What was fetched as a batch of the epoch of now; the first of an epoch carries its origin."""
        origin = self._origins[tp]
        first = tp in self._undelivered
        self._undelivered.discard(tp)
        return FetchedBatch(tp, origin.epoch, start, end, records, origin if first else None)

    def end(self) -> None:
        """The assignment has ended: no partition is ours."""
        self._origins.clear()
        self._undelivered.clear()

    async def seek_to_origins(self, consumer: Any, tps: Set[TP], kept: Mapping[TP, Kept]) -> dict[TP, Origin]:
        """Begins a new assignment epoch of each partition: finds its position and note and seeks there.

        Partitions that were revoked meanwhile, or begun in a newer epoch, are left out. Raises WrongUse, CheckFailed,
        Unreachable, KafkaError.
        """
        wanted = [TopicPartition(*tp) for tp in tps]
        await self._reader.watch.look()
        found = committed_positions(await consumer._coordinator.fetch_committed_offsets(wanted))
        beginnings = await consumer.beginning_offsets(wanted)
        ends = await consumer.end_offsets(wanted)
        origins: dict[TopicPartition, Origin] = {}
        async with self._durable(self._reader.options) as durable:
            for tp in wanted:
                place = (self._reader.logs[tp.topic], tp.topic, tp.partition)
                committed, extent = found.get((tp.topic, tp.partition)), OffsetRange(beginnings[tp], ends[tp])
                self.newest_epoch += 1
                state = kept.get(ensure_TP(tp))
                origins[tp] = await origin_of(place, self.newest_epoch, committed, extent, durable, state)
        assigned = _assigned_now(consumer)
        begun = {}
        for tp, begin in origins.items():
            if tp in assigned and self._is_newest(begin, ensure_TP(tp)):
                consumer.seek(tp, begin.position)
                begun[ensure_TP(tp)] = begin
        self._origins.update(begun)
        self._undelivered.update(begun)
        return begun

    async def commit_vouched(self, consumer: Any, vouched: Mapping[TP, Vouched]) -> set[TP]:
        """Commits positions with their notes; gives the partitions for which the group took them.

        Whether they are still ours is checked in the step that builds the request: same epoch, assigned, and
        a member of the group. Waits while the broker is away. Raises KafkaError where a retry is no help.
        """
        coordinator = consumer._coordinator
        while True:
            await coordinator.ensure_coordinator_known()
            async with coordinator._commit_lock:
                offsets = self._still_ours(consumer, vouched)
                if not offsets:
                    return set()
                assignment = consumer._subscription.subscription.assignment
                request = asyncio.ensure_future(coordinator._do_commit_offsets(assignment, offsets))
                request.add_done_callback(_heard)
                try:
                    await asyncio.shield(request)
                except (
                    UnknownMemberIdError,
                    IllegalGenerationError,
                    RebalanceInProgressError,
                    CommitFailedError,
                ):
                    return set()  # somebody else reads them now, from an older position: harmless
                except KafkaError as error:
                    if not error.retriable:
                        raise
                else:
                    return {ensure_TP(tp) for tp in offsets}
            await asyncio.sleep(coordinator._retry_backoff_ms / 1000)

    def _is_newest(self, begin: Origin, tp: TP) -> bool:
        """A slow one that was overtaken must not put its epoch in place of that of those who go by the newer."""
        known = self._origins.get(tp)
        return known is None or known.epoch < begin.epoch

    def _still_ours(self, consumer: Any, vouched: Mapping[TP, Vouched]) -> dict[TopicPartition, OffsetAndMetadata]:
        if consumer._coordinator.generation == THROWN_OUT:
            return {}
        assigned = consumer.assignment()
        return {
            TopicPartition(*tp): OffsetAndMetadata(own.position, own.note)
            for tp, own in vouched.items()
            if tp in self._origins and self._origins[tp].epoch == own.epoch and TopicPartition(*tp) in assigned
        }


def _heard(request: asyncio.Future[None]) -> None:
    """Nobody may wait for it any more; asyncio would tell its failure as one that was overlooked."""
    if not request.cancelled():
        request.exception()


def _assigned_now(consumer: Any) -> Set[TopicPartition]:
    if consumer._subscription.reassignment_in_progress:
        return frozenset()
    assigned: Set[TopicPartition] = consumer.assignment()
    return assigned
