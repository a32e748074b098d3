"""Reads topics back as they stand, with a plain consumer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.admin import NewTopic

from schemas.topics import INPUTS
from tests.parts import Broker

PARTITIONS = 4


@dataclass(frozen=True)
class Stored:
    """One record of a topic, its value decoded."""

    partition: int
    offset: int
    key: str
    event: dict[str, Any]

    @property
    def is_heartbeat(self) -> bool:
        return str(self.event["type"]).startswith("citywatch.heartbeat")


def make_topics(broker: Broker, topics: Iterable[str] = INPUTS) -> None:
    client = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    try:
        client.create_topics([NewTopic(topic, PARTITIONS, 1) for topic in topics])
    finally:
        client.close()


def read_all(broker: Broker, topic: str) -> list[Stored]:
    """Every record, by partition and offset."""
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, isolation_level="read_committed")
    try:
        places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends = consumer.end_offsets(places)
        found = []
        while any(consumer.position(place) < ends[place] for place in places):
            for place, records in consumer.poll(500, max_records=5_000).items():
                found += [
                    Stored(place.partition, record.offset, record.key.decode(), json.loads(record.value))
                    for record in records
                ]
    finally:
        consumer.close()
    return sorted(found, key=lambda record: (record.partition, record.offset))


def events_of(records: Iterable[Stored]) -> list[Stored]:
    return [record for record in records if not record.is_heartbeat]
