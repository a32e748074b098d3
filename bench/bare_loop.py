"""(c) The least a Python consumer can do: aiokafka `getmany`, msgspec, a dict; nothing checked or kept.

Usage: python -m bench.bare_loop BOOTSTRAP TOPIC EVENTS
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.contest import Outcome, Stopwatch, report


class Data(msgspec.Struct, frozen=True):
    beat: str = ""
    category: str = ""


class Event(msgspec.Struct):
    type: str
    time: datetime
    data: Data = Data()


async def run(bootstrap: str, topic: str, events: int) -> Outcome:
    decode = msgspec.json.Decoder(Event).decode
    counts: dict[tuple[str, str, int], int] = {}
    watch = Stopwatch()
    seen = 0
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = consumer.partitions_for_topic(topic) or await _partitions(consumer, topic)
        consumer.assign([TopicPartition(topic, partition) for partition in partitions])
        while seen < events:
            batches = await consumer.getmany(timeout_ms=1000)
            watch.start()
            for records in batches.values():
                for record in records:
                    event = decode(record.value)
                    if event.type != "incident.reported.v1":
                        continue
                    key = (event.data.beat, event.data.category, int(event.time.timestamp()) // 300)
                    counts[key] = counts.get(key, 0) + 1
                    seen += 1
        watch.lap()
    finally:
        await consumer.stop()
    return watch.outcome(sum(counts.values()))


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    await consumer._client.force_metadata_update()
    await consumer._client.set_topics([topic])
    return set(consumer.partitions_for_topic(topic) or ())


if __name__ == "__main__":
    report(asyncio.run(run(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
