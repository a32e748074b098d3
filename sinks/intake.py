"""Reads the topics in the sink's consumer group, from positions that the store itself vouches for.

Where reading starts is in the store, beside the rows: a store that was emptied is filled again from the start
of the logs, and a topic made anew is another log. What is committed to Kafka is a copy, to watch the lag by.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    GroupAuthorizationFailedError,
    IllegalStateError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from runtime.errors import CitywatchError, Unreachable
from runtime.kafka import LogWatch, aiokafka_options, stop_consumer
from runtime.log import LogPartition, ends_reaching
from runtime.readiness import group_wait, silence
from runtime.settings import Settings
from sinks.rows import TableRow

log = logging.getLogger(__name__)

FETCH_BYTES = 1024 * 1024
LOOK_FOR_PARTITIONS_MS = 10_000
"""How soon partitions that were added are heard of; aiokafka would take five minutes."""

AT_ONCE = 10_000
"""Records taken at once: some tens of milliseconds of work between two looks at the event loop."""

PAUSE = 0.5
"""Seconds before reading is tried again when the broker or the store is away."""

LOOK_SECONDS = 2.0
"""For the answer where partitions end."""

_NEVER = 2**31 - 1
_BEYOND = 1 << 62

Take = tuple[LogPartition, Sequence[Any], int]
"""Records of one partition and the position after them."""


class Intake(ConsumerRebalanceListener):  # type: ignore[misc]
    """One member of the group. `positions` gives the stored position of each place; it runs in a thread."""

    def __init__(
        self, settings: Settings, logs: Mapping[str, str], positions: Callable[[], Mapping[LogPartition, int]]
    ) -> None:
        self._settings = settings
        self._logs = logs
        self._positions = positions
        self._next: dict[TopicPartition, int] = {}
        self._unread: list[TableRow] = []
        self._newest: dict[TopicPartition, float] = {}
        self._last: dict[TopicPartition, int] = {}
        self._watch = LogWatch(settings, logs)
        self._consumer = AIOKafkaConsumer(
            **aiokafka_options(settings),
            group_id=settings.group_sink,
            client_id="citywatch-sink",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            session_timeout_ms=int(settings.session_timeout * 1000),
            heartbeat_interval_ms=int(settings.session_timeout * 1000 / 6),
            # while the store is away nothing is polled for as long as that takes, and the group is kept
            max_poll_interval_ms=_NEVER,
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=200,
            metadata_max_age_ms=LOOK_FOR_PARTITIONS_MS,
        )
        self._watch.mind(self._consumer._client)

    async def start(self) -> None:
        """Joins the group. Raises Unreachable."""
        try:
            await self._consumer.start()
        except KafkaError as failed:
            raise Unreachable(f"Kafka does not let the sink in ({type(failed).__name__}); is it up?") from None
        self._consumer.subscribe(topics=list(self._logs), listener=self)

    async def stop(self) -> None:
        """Leaves the group."""
        await stop_consumer(self._consumer)

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """What was read of them may still be written: rows are absolute, whoever writes them."""
        self._next.clear()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Positions are looked up by the next `take`: here the store's absence would hold up the group."""
        self._next.clear()

    def place(self, tp: TopicPartition) -> LogPartition:
        return (self._logs[tp.topic], tp.topic, tp.partition)

    async def take(self, patience: float) -> list[Take]:
        """What came within `patience` seconds, at most about `AT_ONCE` records.

        Nothing while the store or the broker is away. Raises CitywatchError when reading cannot go on.
        """
        try:
            await self._seek_new()
            if not self._next:
                await asyncio.sleep(min(patience, 0.05))
                return []
            found = await self._consumer.getmany(
                *self._next, timeout_ms=max(1, int(patience * 1000)), max_records=AT_ONCE
            )
            if not await self._watch.is_sure():
                self._next.clear()  # what came is read again when somebody tells
                return []
            return [take for tp in list(self._next) if (take := await self._taken(tp, found.get(tp, ())))]
        except (TopicAuthorizationFailedError, GroupAuthorizationFailedError) as denied:
            raise CitywatchError(f"Kafka does not let the sink read ({denied}); see its ACLs") from None
        except (KafkaError, Unreachable) as passing:
            log.warning("reading waits: %s", passing)
            await asyncio.sleep(PAUSE)
            return []

    async def _taken(self, tp: TopicPartition, records: Sequence[Any]) -> Take | None:
        """What was read of a partition, if it follows what was read before."""
        start, end = self._next[tp], self._end(tp)
        if end is None or end == start:
            return None
        if end < start or (records and records[0].offset < start):
            self._next.pop(tp)  # thrown back: look the position up again
            return None
        if not records or records[0].offset > start:
            # transactions leave gaps; a position that was thrown forward to what retention has left is loud
            first = (await self._consumer.beginning_offsets([tp]))[tp]
            if first > start:
                self._leave_out(tp, start, first)
        self._next[tp] = end
        if records:
            self._newest[tp] = records[-1].timestamp / 1000
        return self.place(tp), records, end

    async def commit(self, ends: Mapping[LogPartition, int]) -> None:
        """Copies durable positions to Kafka. One that cannot be committed now is covered by a later one."""
        assigned = self._consumer.assignment()
        offsets = {
            tp: end
            for (_, topic, partition), end in ends.items()
            if (tp := TopicPartition(topic, partition)) in assigned
        }
        if not offsets:
            return
        try:
            await self._consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError):
            log.info("the group changed hands before a commit; the store has the positions")
        except KafkaError as failed:
            log.warning("positions were not committed to Kafka (%s); the store has them", type(failed).__name__)

    def lag(self) -> dict[TopicPartition, int]:
        """Records behind the end of each partition, as far as is known."""
        return {
            tp: max(0, max(self._consumer.highwater(tp) or 0, self._last.get(tp, 0)) - end)
            for tp, end in self._next.items()
            if tp in self._consumer.assignment()
        }

    async def look_ahead(self) -> None:
        """Asks where the partitions end: while nothing is fetched nobody tells, and the lag would stand still."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                self._last = await self._consumer.end_offsets(list(self._next))
        except (KafkaError, TimeoutError) as silent:
            log.info("the broker does not tell where its partitions end: %s", silent or "no answer")

    def partitions(self, topic: str) -> frozenset[int]:
        """Those of a topic that are read here now."""
        assigned = self._consumer.assignment()
        return frozenset(tp.partition for tp in self._next if tp.topic == topic and tp in assigned)

    async def ends(self, topics: Collection[str], partitions: Collection[int]) -> dict[LogPartition, int]:
        """Where these partitions end. Blocks while the broker is away; raises KafkaError."""
        wanted = self._there(topics, partitions)
        found = await self._consumer.end_offsets(wanted) if wanted else {}
        # the embedded broker tells where its last batch begins; what comes with a fetch is right on every broker
        assigned = self._consumer.assignment()
        seen = {tp: self._consumer.highwater(tp) or 0 for tp in wanted if tp in assigned}
        return {self.place(tp): max(end, seen.get(tp, 0)) for tp, end in found.items()}

    async def beginnings(self, topics: Collection[str], partitions: Collection[int]) -> dict[LogPartition, int]:
        """The first offset that each of these partitions holds. Blocks while the broker is away; raises KafkaError."""
        wanted = self._there(topics, partitions)
        found = await self._consumer.beginning_offsets(wanted) if wanted else {}
        return {self.place(tp): begin for tp, begin in found.items()}

    async def first_since(
        self, topics: Collection[str], partitions: Collection[int], seconds: float
    ) -> dict[LogPartition, int]:
        """The first offset of each partition that arrived at or after a moment, in Unix seconds; a number beyond all
        where none did. Blocks while the broker is away; raises KafkaError."""
        wanted = self._there(topics, partitions)
        found = await self._consumer.offsets_for_times(dict.fromkeys(wanted, int(seconds * 1000))) if wanted else {}
        return {self.place(tp): _BEYOND if at is None else at.offset for tp, at in found.items()}

    def _there(self, topics: Collection[str], partitions: Collection[int]) -> list[TopicPartition]:
        return [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in sorted((self._consumer.partitions_for_topic(topic) or set()).intersection(partitions))
        ]

    def awaited(self) -> tuple[str, Mapping[TopicPartition, str]]:
        """What is waited for from the broker, in words: as a member of the group, and by partitions."""
        wait = group_wait(self._consumer)
        return wait, {} if wait else silence(self._consumer, self._consumer.assignment())

    def age(self, tp: TopicPartition) -> float:
        """Seconds since the newest record read of a partition arrived at the broker; 0 when none was."""
        newest = self._newest.get(tp)
        return 0.0 if newest is None else max(0.0, time.time() - newest)

    async def _seek_new(self) -> None:
        """Positions for partitions that were assigned since the last call."""
        new = [tp for tp in self._consumer.assignment() if tp not in self._next]
        if not new or not await self._watch.look():
            return
        stored = await asyncio.to_thread(self._positions)
        first = await self._consumer.beginning_offsets(new)
        places = {tp: self.place(tp) for tp in new}
        starts = {tp: stored.get(place, 0) for tp, place in places.items()}
        last = await ends_reaching(self._settings, self._consumer, starts, places)
        for tp, start in starts.items():
            if tp not in self._consumer.assignment():
                return
            if start > last[tp]:
                raise CitywatchError(
                    f"{tp.topic}/{tp.partition} ends at {last[tp]}, but the store holds up to {start}: the "
                    "log lost records, or it is another one; look at the broker, or run `citywatch reset`"
                )
            if 0 < start < first[tp]:
                self._leave_out(tp, start, first[tp])
            self._consumer.seek(tp, max(start, first[tp]))
            self._next[tp] = max(start, first[tp])

    def _leave_out(self, tp: TopicPartition, start: int, first: int) -> None:
        log.error("%s/%d: offsets %d to %d are gone by retention before the sink read them", *tp, start, first - 1)
        self._unread.append((*self.place(tp), start, first))

    def unread(self) -> list[TableRow]:
        """The ranges of offsets that were gone before they were read, since the last call. To be stored with the
        positions above them."""
        found, self._unread = self._unread, []
        return found

    def _end(self, tp: TopicPartition) -> int | None:
        """The position after what was taken; control batches count, so records alone do not tell it."""
        try:
            return self._consumer._subscription.subscription.assignment.state_value(tp).position  # type: ignore[no-any-return]
        except AttributeError:
            return None
