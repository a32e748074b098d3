"""Reads the panes topic back: what a consumer who follows the rules finds there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.reading import pane_record
from schemas.records import Cell
from schemas.topics import PANES


async def records(bootstrap: str, topic: str) -> AsyncIterator[tuple[bytes | None, bytes | None]]:
    """Key and value of every committed record of a topic, up to its end at the call."""
    async with AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, isolation_level="read_committed"
    ) as consumer:
        await consumer._client.set_topics([topic])
        parts = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        for part in parts:
            consumer.seek(part, 0)
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                for record in batch:
                    yield record.key, record.value


async def _totals(bootstrap: str) -> dict[tuple[str, str, int], int]:
    newest: dict[tuple[object, ...], Cell] = {}
    async for _, value in records(bootstrap, PANES):
        if value is None:
            continue  # compaction's mark, no value
        cell = pane_record(value)
        if isinstance(cell, Cell):
            name = (cell.log, cell.partition, cell.source, cell.pane, cell.key)
            if name not in newest or newest[name].version < cell.version:
                newest[name] = cell
    totals: dict[tuple[str, str, int], int] = {}
    for cell in newest.values():
        key = (cell.dims["beat"], cell.dims["category"], cell.pane)
        totals[key] = totals.get(key, 0) + cell.count
    return totals


def totals(bootstrap: str) -> dict[tuple[str, str, int], int]:
    """Count by beat, category and pane start, from the greatest version of each cell."""
    return asyncio.run(_totals(bootstrap))
