"""Reads the input topics as they are: every record of every partition, once, without a consumer group."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from runtime.errors import Unreachable
from runtime.kafka import aiokafka_options, stop_consumer, topic_ids
from runtime.settings import Settings

T = TypeVar("T")
TP = TypeVar("TP")
"""Topic and partition as a client names them."""

STALL_SECONDS = 15.0


LogPartition = tuple[str, str, int]
"""Log, topic and partition, as a plain tuple or as a `Place`."""


class Place(NamedTuple):
    """One partition of one log."""

    log: str
    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class OffsetRange:
    """Offsets `[begin, end)` of a partition. What a broker holds of it ends where an open transaction begins."""

    begin: int
    end: int


class Record(NamedTuple):
    """`timestamp` is the broker's, in milliseconds."""

    offset: int
    timestamp: int
    value: bytes | None
    key: bytes | None = None


Visit = Callable[[Place, Sequence[Record]], None]
Advance = Callable[[int], None]


def extents(settings: Settings, topics: Collection[str]) -> dict[Place, OffsetRange]:
    """Each partition of the topics. Blocks on the broker; raises Unreachable, or WrongUse for a missing topic."""
    logs = topic_ids(settings, topics)

    async def ask(consumer: Any) -> dict[Place, OffsetRange]:
        places = {}
        for topic in topics:
            for partition in sorted(consumer.partitions_for_topic(topic) or ()):
                places[_part(topic, partition)] = Place(logs[topic], topic, partition)
        begins = await consumer.beginning_offsets(list(places))
        ends = await _ends(consumer, list(places))
        return {place: OffsetRange(begins[part], ends[part]) for part, place in places.items()}

    return with_consumer(settings, topics, ask)


def ends(settings: Settings, topics: Collection[str]) -> dict[Place, int]:
    """The offset behind the last record of each partition. Blocks on the broker."""
    return {place: extent.end for place, extent in extents(settings, topics).items()}


async def ends_reaching(
    settings: Settings, consumer: Any, wanted: Mapping[TP, int], places: Mapping[TP, LogPartition]
) -> dict[TP, int]:
    """Where partitions end, told to a running consumer that wants to begin at these positions.

    The embedded broker answers from before its last batch; where that is below what is wanted, what a fetch tells is
    asked for, which is right on every broker. Raises KafkaError, Unreachable.
    """
    told: dict[TP, int] = await consumer.end_offsets(list(wanted))
    if below := [part for part, position in wanted.items() if position > told[part]]:
        fetched = await asyncio.to_thread(ends, settings, sorted({places[part][1] for part in below}))
        for part in below:
            place = Place(*places[part])
            if place not in fetched:
                raise Unreachable(f"the broker does not tell where {place.topic}/{place.partition} ends")
            told[part] = fetched[place]
    return told


def read(settings: Settings, parts: Mapping[Place, OffsetRange], visit: Visit, advance: Advance | None = None) -> None:
    """Give `visit` every committed record of these extents, in order within a partition. Blocks until done.

    `advance` is told how many offsets were passed. Raises Unreachable when the broker stops giving records.
    """
    wanted = {place: extent for place, extent in parts.items() if extent.begin < extent.end}

    async def run(consumer: Any) -> None:
        places = {_part(place.topic, place.partition): place for place in wanted}
        consumer.assign(list(places))
        at = {}
        for part, place in places.items():
            consumer.seek(part, wanted[place].begin)
            at[part] = wanted[place].begin
        deadline = time.monotonic() + STALL_SECONDS
        while at:
            fetched = await consumer.getmany(*at, timeout_ms=500)
            for part, records in fetched.items():
                end = wanted[places[part]].end
                visit(places[part], [Record(r.offset, r.timestamp, r.value, r.key) for r in records if r.offset < end])
            for part in list(at):
                place = places[part]
                position = min(await consumer.position(part), wanted[place].end)
                if position > at[part]:
                    deadline = time.monotonic() + STALL_SECONDS
                    if advance is not None:
                        advance(position - at[part])
                at[part] = position
                if position >= wanted[place].end:
                    consumer.pause(part)
                    del at[part]
            if at and time.monotonic() > deadline:
                part, position = next(iter(at.items()))
                raise Unreachable(
                    f"Kafka gives no records of {part.topic} {part.partition} from offset {position} on;"
                    " is its leader up, or a transaction left open?"
                )

    if wanted:
        with_consumer(settings, sorted({place.topic for place in wanted}), run)


async def _ends(consumer: Any, parts: Sequence[Any]) -> dict[Any, int]:
    """The offset behind the last committed record of each partition.

    The embedded broker answers the question for the end with the start of the last batch; what comes with a fetch
    is right on every broker.
    """
    near = await consumer.end_offsets(parts)
    consumer.assign(parts)
    for part in parts:
        consumer.seek(part, near[part])
    deadline = time.monotonic() + STALL_SECONDS
    while unknown := [part for part in parts if consumer.last_stable_offset(part) is None]:
        await consumer.getmany(*unknown, timeout_ms=100)
        if time.monotonic() > deadline:
            raise Unreachable(
                f"Kafka does not tell the end of {unknown[0].topic} {unknown[0].partition}; is its leader up?"
            )
    return {part: consumer.last_stable_offset(part) for part in parts}


def _part(topic: str, partition: int) -> Any:
    from aiokafka import TopicPartition

    return TopicPartition(topic, partition)


def unreadable() -> tuple[type[Exception], ...]:
    """What reading a record raises that stands in the log and is damaged there."""
    from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
    from cramjam import DecompressionError

    return CorruptRecordException, UnsupportedCodecError, DecompressionError


def with_consumer(settings: Settings, topics: Collection[str], use: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
    """What `use` gives, which gets a consumer of committed records without a group. Blocks; raises Unreachable.

    Every reader of the log is an aiokafka client, as aggregate is: what that one could read, all can.
    """
    from aiokafka import AIOKafkaConsumer
    from aiokafka.errors import KafkaError

    async def work() -> T:
        consumer = AIOKafkaConsumer(
            **aiokafka_options(settings),
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=4 << 20,
            fetch_max_wait_ms=50,
        )
        await consumer.start()
        try:
            # without a subscription the client knows no topics until it is told to look
            consumer._client.set_topics(topics)
            await consumer._client.force_metadata_update()
            return await use(consumer)
        finally:
            await stop_consumer(consumer)

    try:
        return asyncio.run(work())
    except unreadable() as error:
        named = [topic for topic in topics if f"'{topic}'" in str(error)]
        raise Unreachable(
            f"Kafka holds a record of {', '.join(named or topics)} that cannot be read"
            f" ({type(error).__name__}: {error}); look at the disk of its broker"
        ) from None
    except (KafkaError, OSError) as error:
        raise Unreachable(
            f"reading Kafka failed ({type(error).__name__}); is the broker up? see `citywatch doctor`"
        ) from None
