"""What the tests of the running role share: a worker process, the input topics, the outputs."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from schemas.families.incidents import INCIDENTS
from schemas.topics import CORRECTIONS, DEAD_LETTERS, PANES, TOPICS
from tests.forked import Forked
from tests.parts import Broker
from tests.parts.server import ROOT, await_until, free_port
from tests.streams.edge.role import main
from tests.streams.edge.stream import Identity

GROUP = "citywatch-aggregate"
SESSION_SECONDS = 3


class Worker:
    """One aggregate process with a log of its own; a context manager that kills it."""

    def __init__(self, broker: Broker, folder: Path, **settings: str) -> None:
        self.metrics = free_port(neighbours=3)
        self.log_path = folder / f"worker-{self.metrics}.log"
        environment = {
            **os.environ,
            "CITYWATCH_KAFKA": broker.bootstrap,
            "CITYWATCH_METRICS": f"127.0.0.1:{self.metrics}",
            "CITYWATCH_SESSION_TIMEOUT": str(SESSION_SECONDS),
            **settings,
        }
        self.process = Forked(main, environment, self.log_path, ROOT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def ready(self) -> Self:
        """Waits until it has joined its group and reads."""
        await_until(lambda: "aggregate is ready" in self.log or self._ended(), 60, "a worker to be ready")
        assert not self._ended(), self.log
        return self

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self, seconds: float = 10.0) -> int:
        """SIGTERM; gives the exit code."""
        self.process.terminate()
        return self.process.wait(seconds)

    def end(self, seconds: float = 30.0) -> int:
        """Waits until it ends by itself; gives the exit code."""
        return self.process.wait(seconds)

    def _ended(self) -> bool:
        return self.process.poll() is not None


class Topics:
    """The topics of a broker: made, filled and looked at. No client stays open: brokers are killed in between."""

    def __init__(self, broker: Broker, partitions: int) -> None:
        self.broker = broker
        self.partitions = partitions
        self.sent: Counter[tuple[str, int]] = Counter()
        with self.admin() as admin:
            admin.create_topics([NewTopic(topic.name, partitions, 1) for topic in TOPICS.values()])

    def admin(self) -> KafkaAdminClient:
        return KafkaAdminClient(bootstrap_servers=self.broker.bootstrap)

    def send(self, records: Iterable[tuple[int, bytes]], topic: str = INCIDENTS, at: int | None = None) -> None:
        """Writes `(partition, value)` records in their order and waits until the broker has them. `at`: the Unix second
        of their arrival, else it is now."""
        stamp = None if at is None else 1000 * at
        with closing(KafkaProducer(bootstrap_servers=self.broker.bootstrap, acks="all", linger_ms=5)) as producer:
            for partition, value in records:
                producer.send(topic, value, partition=partition, timestamp_ms=stamp)
                self.sent[topic, partition] += 1
            producer.flush(timeout=60)

    def ends(self, topic: str = INCIDENTS) -> dict[int, int]:
        """End offset of each partition, as Apache Kafka tells it; Tansu tells where its last batch begins."""
        with self._consumer() as consumer:
            return {tp.partition: end for tp, end in consumer.end_offsets(self._all(topic)).items()}

    def read(self, topic: str) -> list[dict[str, Any]]:
        """Every record of an output topic, in the order of each partition."""
        found: list[dict[str, Any]] = []
        with self._consumer() as consumer:
            tps = self._all(topic)
            consumer.assign(tps)
            consumer.seek_to_beginning(*tps)
            ends = consumer.end_offsets(tps)
            while any(consumer.position(tp) < max(ends[tp], consumer.highwater(tp) or 0) for tp in tps):
                for records in consumer.poll(500).values():
                    found += [json.loads(record.value) for record in records]
        return found

    def committed(self) -> dict[tuple[str, int], Any]:
        """Positions and metadata of the aggregate's group."""
        with self.admin() as admin:
            offsets = admin.list_group_offsets([GROUP]).get(GROUP, {})
        return {(tp.topic, tp.partition): found for tp, found in offsets.items() if found.offset >= 0}

    def judged_to(self, ends: Mapping[tuple[str, int], int]) -> bool:
        """Whether the furthest progress of each partition stands at these offsets."""
        reads = {(p["topic"], p["partition"]): p["read"] for p in self.progress()}
        return all(reads.get(place) == end for place, end in ends.items())

    def await_judged(self, ends: Mapping[tuple[str, int], int] | None = None, seconds: float = 60.0) -> None:
        """Waits until all that was sent (or what is below `ends`) is judged, published and told."""
        await_until(lambda: self.judged_to(ends or self.sent), seconds, f"progress at {ends or self.sent}", every=0.3)

    def progress(self) -> list[dict[str, Any]]:
        """The furthest progress of each input partition."""
        furthest: dict[tuple[str, str, int], dict[str, Any]] = {}
        for record in self.read(PANES):
            key = (record["log"], record["topic"], record["partition"])
            if record["kind"] == "progress" and record["read"] >= furthest.get(key, record)["read"]:
                furthest[key] = record
        return list(furthest.values())

    def cells(self) -> Counter[Identity]:
        """Records per cell by greatest version. Fails where one version has two values."""
        best: dict[tuple[str, Identity], tuple[int, int]] = {}
        for cell in self.read(PANES):
            if cell["kind"] != "cell":
                continue
            key = (cell["topic"], cell["partition"], cell["pane"], cell["type"])
            codes = tuple(cell["dims"].values())
            assert not any(codes[3:])  # the generated events are of before there were more dimensions
            identity = (*key, *codes[:3])
            value = (cell["version"], cell["records"])
            before = best.get((cell["log"], identity), value)
            assert before[0] != value[0] or before == value, f"two values of one version: {before}, {value}"
            best[cell["log"], identity] = max(before, value)
        return Counter({identity: records for (_, identity), (_, records) in best.items()})

    def verdicts(self) -> Counter[tuple[int, str]]:
        """Verdict counts of the furthest progress, without zeros."""
        names = ("counted", "late", "duplicates", "dead")
        return Counter({(p["partition"], name): p[name] for p in self.progress() for name in names if p[name]})

    def offsets(self, topic: str) -> set[tuple[int, int]]:
        """Partition and offset of each distinct correction or dead letter."""
        assert topic in (CORRECTIONS, DEAD_LETTERS)
        return {(record["partition"], record["offset"]) for record in self.read(topic)}

    def _consumer(self) -> KafkaConsumer:
        return KafkaConsumer(
            bootstrap_servers=self.broker.bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )

    def _all(self, topic: str) -> Sequence[TopicPartition]:
        return [TopicPartition(topic, partition) for partition in range(self.partitions)]
