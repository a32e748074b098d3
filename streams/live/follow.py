"""Reads the panes topic by assignment: all partitions, no group, from the sink's positions on."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from runtime import kafka, metrics
from runtime.errors import Unreachable
from runtime.log import LogPartition, ends_reaching
from runtime.readiness import Readiness, silence
from runtime.settings import Settings
from schemas.reading import pane_record
from schemas.records import PaneRecord
from schemas.topics import PANES
from streams.live.state import LiveState

_log = logging.getLogger("citywatch.analyse")

_AT_ONCE = 5000
_WAIT_MS = 100
_LOOK_FOR_PARTITIONS = 5.0


class Follower:
    """Feeds the state with what stands in the panes topic, and keeps `state.read` at what it holds.

    An async context manager. `poll` returns after at most a fraction of a second, with or without news.
    """

    def __init__(self, settings: Settings, state: LiveState, log: str, readiness: Readiness) -> None:
        self._settings = settings
        self._state = state
        self._readiness = readiness
        self._log_id = log
        self._consumer: Any = AIOKafkaConsumer(
            **kafka.aiokafka_options(settings),
            client_id="citywatch-analyse",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=_WAIT_MS,
            max_partition_fetch_bytes=4 * 1024 * 1024,
            metadata_max_age_ms=int(_LOOK_FOR_PARTITIONS * 1000),
        )
        self._watch = kafka.LogWatch(settings, {PANES: log})
        self._watch.mind(self._consumer._client)
        metrics.UNREADABLE.labels("analyse")  # at 0 from the start: an increase is only seen from there
        self._partitions: set[TopicPartition] = set()
        self._goal: dict[TopicPartition, int] = {}
        """Where each partition ended when it was taken over: before that, figures are older than the topic."""
        self._newest: dict[TopicPartition, float] = {}
        """Broker time in seconds of the newest record read."""
        self._looked = 0.0

    async def __aenter__(self) -> Self:
        try:
            await self._consumer.start()
        except KafkaError as error:
            await kafka.stop_consumer(self._consumer)
            raise Unreachable(f"Kafka does not answer ({type(error).__name__}); check CITYWATCH_KAFKA") from None
        return self

    async def __aexit__(self, *exc: type[BaseException] | BaseException | TracebackType | None) -> None:
        await kafka.stop_consumer(self._consumer)

    async def start(self, stored: Mapping[LogPartition, int]) -> None:
        """Goes to where the store ends, in each partition; to the beginning where the store has nothing of
        this log. Raises Unreachable when the topic cannot be read.
        """
        first = TopicPartition(PANES, 0)
        self._consumer.assign({first})  # the client learns of topics that it is assigned
        try:
            await self._consumer.beginning_offsets({first})
        except KafkaError as error:
            raise Unreachable(f"topic {PANES} cannot be read ({error!r}); is Kafka up?") from None
        await self._look(stored)
        if not self._partitions:
            raise Unreachable(f"topic {PANES} has no partitions yet; run `citywatch topics`")

    async def poll(self) -> None:
        """Takes what has arrived. Raises Unreachable when the log no longer has what comes next, CheckFailed and
        WrongUse when the topic was made anew, or is gone."""
        if time.monotonic() - self._looked > _LOOK_FOR_PARTITIONS:
            await self._look({})
        try:
            fetched = await self._consumer.getmany(timeout_ms=_WAIT_MS, max_records=_AT_ONCE)
        except KafkaError as error:
            raise Unreachable(f"topic {PANES} cannot be read on ({error!r}); start analyse again") from None
        if not await self._watch.is_sure():
            for partition in fetched:  # it is read again when somebody tells
                self._consumer.seek(partition, self._state.read[self._place(partition.partition)])
            return
        for partition, records in fetched.items():
            if records[0].offset > self._state.read[self._place(partition.partition)]:
                self._refuse_loss(await self._consumer.beginning_offsets([partition]))
            decoded = self._decoded(partition, records)
            position = await self._consumer.position(partition)
            with self._state.lock:
                self._state.take(decoded)
                self._state.read[self._place(partition.partition)] = position
            self._newest[partition] = records[-1].timestamp / 1000
            self._readiness.moved(tuple(partition))

    def tell_progress(self) -> None:
        """Once a second: how far behind each partition is, and what it waits for."""
        self._readiness.turned()
        self._readiness.holds({(PANES, each.partition) for each in self._partitions})
        silent = silence(self._consumer, self._partitions)
        for partition in self._partitions:
            place, read = (PANES, partition.partition), self._state.read[self._place(partition.partition)]
            records = max(0, (self._consumer.highwater(partition) or 0) - read)
            missing = max(0, self._goal[partition] - read)
            self._readiness.told("kafka", silent.get(partition, ""), place)
            self._readiness.told("panes", f"{missing} records are read at the start" if missing else "", place)
            self._readiness.pending(place, f"{records} records wait" if records else "")
            labels = ("analyse", PANES, str(partition.partition))
            metrics.LAG.labels(*labels).set(records)
            age = time.time() - self._newest.get(partition, time.time()) if records else 0.0
            metrics.LAG_SECONDS.labels(*labels).set(max(0.0, age))

    def _place(self, partition: int) -> LogPartition:
        return (self._log_id, PANES, partition)

    async def _look(self, stored: Mapping[LogPartition, int]) -> None:
        """Takes over partitions that are new. Raises Unreachable when one has lost records that were not read,
        CheckFailed when they are of a topic that was made anew."""
        self._looked = time.monotonic()
        partitions = {TopicPartition(PANES, number) for number in self._consumer.partitions_for_topic(PANES) or ()}
        places = {partition: self._place(partition.partition) for partition in partitions}
        wanted = {each: self._state.read.get(place, stored.get(place, 0)) for each, place in places.items()}
        is_known = partitions <= self._partitions
        if self._partitions and not is_known and not await self._watch.look():
            return
        try:
            begin = await self._consumer.beginning_offsets(partitions)
            end = {} if is_known else await ends_reaching(self._settings, self._consumer, wanted, places)
        except (KafkaError, Unreachable) as error:
            if self._partitions:
                _log.warning("the ends of topic %s are not known (%r); it is asked again", PANES, error)
                return
            raise Unreachable(f"the ends of topic {PANES} are not known ({error!r}); try again") from None
        if is_known:
            self._refuse_loss(begin)
            return
        self._consumer.assign(partitions)
        for partition, place in places.items():
            position = wanted[partition]
            if not begin[partition] <= position <= end[partition]:
                position = begin[partition]
                _log.warning("%s-%d has no offset %d: starting at %d", *partition, wanted[partition], position)
            self._consumer.seek(partition, position)
            self._state.read[place] = position
            self._state.handover.begun.setdefault(place, position)
            self._goal.setdefault(partition, end[partition])
        self._partitions = partitions

    def _refuse_loss(self, begin: Mapping[TopicPartition, int]) -> None:
        for partition, first in begin.items():
            if (position := self._state.read[self._place(partition.partition)]) < first:
                raise Unreachable(
                    f"{PANES}-{partition.partition} lost offsets {position} to {first} before they were read; "
                    "start analyse again, it takes them from the store"
                )

    def _decoded(self, partition: TopicPartition, records: Sequence[ConsumerRecord]) -> list[PaneRecord]:
        found: list[PaneRecord] = []
        for record in records:
            try:
                found.append(pane_record(record.value or b""))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as wrong:
                metrics.UNREADABLE.labels("analyse").inc()
                _log.error("%s-%d offset %d is no record of citywatch: %s", *partition, record.offset, wrong)
        return found
