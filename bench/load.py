"""Writes a topic in batches, as fast as the broker takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaProducer

_BATCH = 256 * 1024


async def _load(bootstrap: str, topic: str, records: Iterable[tuple[int, bytes]]) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        max_batch_size=_BATCH,
    ) as producer:
        batches: dict[int, Any] = {}
        for partition, value in records:
            batch = batches.get(partition)
            if batch is None:
                batch = batches[partition] = producer.create_batch()
            if batch.append(key=None, value=value, timestamp=None) is None:
                batch.close()
                await producer.send_batch(batch, topic, partition=partition)
                batch = batches[partition] = producer.create_batch()
                batch.append(key=None, value=value, timestamp=None)
        for partition, batch in batches.items():
            batch.close()
            await producer.send_batch(batch, topic, partition=partition)


def load(bootstrap: str, topic: str, records: Iterable[tuple[int, bytes]]) -> None:
    """Write `(partition, value)` records in their order. Blocks until the broker has all of them."""
    asyncio.run(_load(bootstrap, topic, records))
