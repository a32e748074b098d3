"""Writes the archive of Kafka's classes, with which a broker starts in half the time.

It runs a broker for a moment, with a topic that is written and read; half a minute.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import ClassVar

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic

from tests.parts.kafka import CLASSES, KafkaBroker


class _Archiving(KafkaBroker):
    """Writes down at its end which classes it used."""

    stop_seconds: ClassVar[float] = 120.0

    def command(self) -> list[str]:
        java, *rest = super().command()
        return [java, f"-XX:ArchiveClassesAtExit={CLASSES}", *rest]


def main() -> None:
    CLASSES.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder, _Archiving(Path(folder)) as broker:
        servers = broker.bootstrap
        with broker.admin() as admin:
            admin.create_topics([NewTopic("t", 4, 1)])
        with KafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True) as producer:
            producer.send("t", b"one", key=b"k").get(timeout=10)
        with KafkaConsumer("t", bootstrap_servers=servers, group_id="g", auto_offset_reset="earliest") as reader:
            next(reader)
            reader.commit()


if __name__ == "__main__":
    main()
