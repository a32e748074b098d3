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
from schemas.topics import CORRECTIONS, DEAD_LETTERS, INPUTS, OUTPUTS, PANES
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
        self._connecting = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()

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
            # now, not with the first late or refused record: a broker that does not answer then would keep all else
            await producer.client.set_topics((*INPUTS, *OUTPUTS))
        except (KafkaError, asyncio.CancelledError):
            await producer.stop()
            raise
        return producer

    async def stop(self) -> None:
        """Ends within a few seconds; what is not acknowledged by then may or may not be written."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        ending = asyncio.create_task(producer.stop())
        self._ending.add(ending)
        ending.add_done_callback(self._ended)
        if not (await asyncio.wait({ending}, timeout=STOP_SECONDS))[0]:
            log.warning("the producer does not end within %.0f s; it does when the broker answers", STOP_SECONDS)

    def _ended(self, ending: asyncio.Task[None]) -> None:
        self._ending.discard(ending)
        if not ending.cancelled() and (late := ending.exception()) is not None:
            log.warning("the producer did not end in order: %r", late)

    async def renew(self) -> None:
        """A new producer in place of one that failed: an idempotent one cannot go on after a lost batch."""
        await self.stop()
        await self.start()

    async def publish(self, snapshots: Sequence[Snapshot]) -> None:
        """Writes snapshots until all is acknowledged. Waits while the broker is away. Raises KafkaError.

        Progress is written last: whoever sees it finds all that it vouches for; a seam is written first.
        """
        producer = await self._connected()
        await asyncio.gather(
            *(
                self._write(producer, topic, taken.progress.partition, values)
                for taken in snapshots
                for topic, values in ((CORRECTIONS, taken.corrections), (DEAD_LETTERS, taken.dead_letters))
                if values
            )
        )
        await asyncio.gather(
            *(
                self._write(
                    producer,
                    PANES,
                    taken.progress.partition,
                    (*_seams(taken), *taken.gaps, *taken.cells, *taken.steps, taken.progress),
                )
                for taken in snapshots
            )
        )

    async def send(self, topic: str, partition: int, value: bytes) -> None:
        """Writes one record and waits for its acknowledgement. Raises KafkaError."""
        producer = await self._connected()
        await producer.send_and_wait(topic, value, partition=partition)

    async def _connected(self) -> AIOKafkaProducer:
        """The producer; a new one where giving up partitions has cut a renewal short."""
        async with self._connecting:
            if self._producer is None:
                await self.start()
        return self._producer

    async def _write(
        self, producer: AIOKafkaProducer, topic: str, partition: int, values: Iterable[msgspec.Struct]
    ) -> None:
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
