"""The sink as the process that it is, and topics filled with what a world's aggregate would have written."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self

import msgspec
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from citywatch.cli import call
from runtime import kafka
from runtime.settings import Settings
from schemas.families.incidents import INCIDENTS
from schemas.instants import rfc3339
from schemas.records import Correction, DeadLetter
from schemas.topics import CORRECTIONS, DEAD_LETTERS, INPUTS, OUTPUTS, PANES, RAISED
from sinks.rows import CORRECTION_COLUMNS, DEAD_LETTER_COLUMNS, TableRow
from sinks.store import Store
from tests.forked import Forked
from tests.parts.server import await_until, free_port
from tests.sinks.generated import RESTATING, GeneratedSource, Raw, result_batch

ROOT = Path(__file__).parents[2]
PARTITIONS = 3


class RunningSink:
    """`citywatch up sink` in a process of its own; a context manager that kills what still runs."""

    def __init__(self, directory: Path, bootstrap: str, store_url: str) -> None:
        self.log_path = directory / "sink.log"
        self.settings = Settings(
            kafka=bootstrap,
            clickhouse=store_url,
            data=directory / "data",
            metrics=f"127.0.0.1:{free_port(neighbours=3)}",
        )
        self._process: Forked | None = None

    def start(self) -> Self:
        known = {
            "CITYWATCH_KAFKA": str(self.settings.kafka),
            "CITYWATCH_CLICKHOUSE": str(self.settings.clickhouse),
            "CITYWATCH_DATA": str(self.settings.data),
            "CITYWATCH_METRICS": self.settings.metrics,
            "CITYWATCH_SESSION_TIMEOUT": "3",
        }
        self._process = Forked(partial(call, ["up", "sink"]), os.environ | known, self.log_path, ROOT)
        return self

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Sends a signal and waits; the exit status."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(30)

    def wait(self, timeout: float) -> int:
        """The exit status of a sink that ends by itself."""
        assert self._process is not None
        return self._process.wait(timeout)

    @property
    def log(self) -> str:
        return self.log_path.read_text("utf-8", "replace")

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def holds_partitions(self) -> bool:
        """Whether it knows the positions of all topics that it reads."""
        host, port = self.settings.metrics_address("sink")
        try:
            with urllib.request.urlopen(f"http://{host}:{port}/readyz", timeout=2) as page:
                return bool(json.load(page)["partitions"] == PARTITIONS * len((*INPUTS, *OUTPUTS, *RAISED)))
        except OSError:
            return False

    def rss(self) -> int:
        """Resident bytes."""
        assert self._process is not None
        pages = Path(f"/proc/{self._process.pid}/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def __enter__(self) -> Self:
        return self if self._process else self.start()

    def __exit__(self, *exc: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def make_topics(bootstrap: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    names = (*INPUTS, *OUTPUTS, *RAISED)
    admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names])
    await_until(lambda: not any(topic["error_code"] for topic in admin.describe_topics(names)), 20, "the topics")
    admin.close()


class TopicWriter:
    """Writes worlds into the topics, all of them into one log of their own source each."""

    def __init__(self, settings: Settings) -> None:
        self.logs = kafka.topic_ids(settings, (*INPUTS, *OUTPUTS))
        self._producer = KafkaProducer(bootstrap_servers=settings.kafka, acks="all", linger_ms=5)
        self._ends: dict[tuple[str, int], int] = {}

    def raw(self, world: GeneratedSource) -> GeneratedSource:
        """The world's rows, behind what is there already; gives the world as it stands in the log."""
        placed = GeneratedSource(world.name, [], self.logs[INCIDENTS])
        for row in sorted(world.rows, key=lambda row: (row.partition, row.offset)):
            offset = self._ends.get((INCIDENTS, row.partition), 0)
            if offset % 7 == 3:
                self._send(INCIDENTS, row.partition, _heartbeat(world.source, row.time))
                offset += 1
            if offset % 11 == 5:
                self._send(INCIDENTS, row.partition, b"not json")
                offset += 1
            self._send(INCIDENTS, row.partition, _event(world, row))
            placed.rows.append(replace(row, offset=offset))
        self._producer.flush()
        return placed

    def results(self, world: GeneratedSource, ends: Sequence[float] = (0.5, 1.0)) -> None:
        """What aggregate writes once it has read parts of each partition, in this order."""
        for partition in sorted({row.partition for row in world.rows}):
            offsets = [row.offset for row in world.rows if row.partition == partition]
            for part in ends:
                last = offsets[max(0, int(part * len(offsets)) - 1)]
                batch = result_batch(world, partition, last + 1)
                for cell in batch.cells.values():
                    self._send(PANES, partition, msgspec.json.encode(cell))
                for row in batch.corrections:
                    self._send(CORRECTIONS, partition, _encoded(Correction, CORRECTION_COLUMNS, row))
                for row in batch.dead_letters:
                    self._send(DEAD_LETTERS, partition, _encoded(DeadLetter, DEAD_LETTER_COLUMNS, row))
                for progress in batch.progress.values():
                    self._send(PANES, partition, msgspec.json.encode(progress))
        self._producer.flush()

    def await_stored(self, store: Store, timeout: float = 60.0) -> None:
        """Until the store vouches for everything that was sent."""

        def stored() -> bool:
            rows = store.query("SELECT log, topic, partition, position FROM positions_latest")
            positions = {(log, topic, int(partition)): int(position) for log, topic, partition, position in rows}
            return all(
                positions.get((self.logs[topic], topic, partition), 0) >= end
                for (topic, partition), end in self._ends.items()
            )

        await_until(stored, timeout, "the store to hold everything that was sent")

    def close(self) -> None:
        self._producer.close()

    def _send(self, topic: str, partition: int, value: bytes) -> None:
        self._producer.send(topic, value, partition=partition)
        self._ends[topic, partition] = self._ends.get((topic, partition), 0) + 1


def _heartbeat(source: str, time: int) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "type": "citywatch.heartbeat.v1",
            "source": source,
            "id": f"h{time}",
            "time": rfc3339(time),
        }
    ).encode()


def _event(world: GeneratedSource, row: Raw) -> bytes:
    data: dict[str, object] = {"beat": row.beat, "category": row.category, "origin": row.facet}
    if row.type == "incident.reported":
        data["count"] = row.count
    else:
        data["reported_at"] = rfc3339(row.time - (row.values[0] if row.values else 0))
    if row.type == "incident.reclassified":
        data |= {"now_category": row.now_category, "now_beat": row.now_beat}
    return json.dumps(
        {
            "specversion": "1.0", "type": f"{row.type}.v1", "source": world.source, "id": row.id,
            "time": rfc3339(row.time), "subject": row.subject, "data": data,
        }
    ).encode()  # fmt: skip


def _encoded(kind: type[msgspec.Struct], columns: Sequence[str], row: TableRow) -> bytes:
    said = dict(zip(columns, row, strict=True))
    if kind is Correction:  # in the form of before, which is read on
        if said["type"] not in RESTATING:
            said |= {"now_category": None, "now_beat": None, "reported_at": None}
        return msgspec.json.encode(said)
    return msgspec.json.encode(msgspec.convert(said, kind, strict=False))
