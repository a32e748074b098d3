"""What leaves `aggregate`: a producer of our own that writes snapshots and awaits every acknowledgement."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownError

from runtime.errors import WrongUse
from schemas.records import Seam
from schemas.topics import CORRECTIONS, DEAD_LETTERS, PANES
from streams.core.partition import Snapshot

log = logging.getLogger(__name__)

BATCH_BYTES = 256 * 1024
STOP_SECONDS = 3.0


class Publisher:
    """An idempotent producer. A record goes to the partition of its input, so snapshots stay in order."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._encode = msgspec.json.Encoder().encode
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connects. Raises KafkaError."""
        try:
            self._producer = await self._started(enable_idempotence=True)
        except UnknownError:
            # The embedded broker gives aiokafka no producer ids. Absolute values may be written twice, and
            # aiokafka has one batch of a partition under way at a time, so their order stays.
            log.info("the broker gives no producer ids; publishing without them")
            self._producer = await self._started(enable_idempotence=False)

    async def _started(self, enable_idempotence: bool) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **self._options,
            client_id="citywatch-aggregate",
            enable_idempotence=enable_idempotence,
            acks="all",
            linger_ms=0,
            max_batch_size=BATCH_BYTES,
            compression_type="lz4",
        )
        try:
            await producer.start()
        except KafkaError:
            await producer.stop()
            raise
        return producer

    async def stop(self) -> None:
        """Ends within a few seconds; what is not acknowledged by then may or may not be written."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        try:
            await asyncio.wait_for(producer.stop(), STOP_SECONDS)
        except (TimeoutError, KafkaError) as late:
            log.warning("the producer did not end in order: %r", late)

    async def renew(self) -> None:
        """A new producer in place of one that failed: an idempotent one cannot go on after a lost batch."""
        await self.stop()
        await self.start()

    async def publish(self, snapshots: Sequence[Snapshot]) -> None:
        """Writes snapshots until all is acknowledged. Waits while the broker is away. Raises KafkaError.

        Progress is written last: whoever sees it finds all that it vouches for; a seam is written first.
        """
        await asyncio.gather(
            *(
                self._write(topic, taken.progress.partition, values)
                for taken in snapshots
                for topic, values in ((CORRECTIONS, taken.corrections), (DEAD_LETTERS, taken.dead_letters))
                if values
            )
        )
        await asyncio.gather(
            *(
                self._write(
                    PANES, taken.progress.partition, (*_seams(taken), *taken.gaps, *taken.cells, taken.progress)
                )
                for taken in snapshots
            )
        )

    async def send(self, topic: str, partition: int, value: bytes) -> None:
        """Writes one record and waits for its acknowledgement. Raises KafkaError."""
        assert self._producer is not None
        await self._producer.send_and_wait(topic, value, partition=partition)

    async def _write(self, topic: str, partition: int, values: Iterable[msgspec.Struct]) -> None:
        producer = self._producer
        assert producer is not None
        await self._check_partition(producer, topic, partition)
        encode = self._encode
        batch = producer.create_batch()
        sent = []
        for value in values:
            record = encode(value)
            if batch.append(key=None, value=record, timestamp=None) is None:
                sent.append(await producer.send_batch(batch, topic, partition=partition))
                batch = producer.create_batch()
                batch.append(key=None, value=record, timestamp=None)
        sent.append(await producer.send_batch(batch, topic, partition=partition))
        await asyncio.gather(*sent)

    @staticmethod
    async def _check_partition(producer: AIOKafkaProducer, topic: str, partition: int) -> None:
        if partition in await producer.partitions_for(topic):
            return
        await producer.client.force_metadata_update()
        if partition not in await producer.partitions_for(topic):
            raise WrongUse(f"topic {topic} has no partition {partition}, its input has; run `citywatch topics`")


def _seams(taken: Snapshot) -> tuple[Seam, ...]:
    return () if taken.seam is None else (taken.seam,)
