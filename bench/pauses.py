"""`make bench-pauses`: how long live figures stand still when a worker joins, is restarted, or is killed.

Two aggregate workers on Apache Kafka, default lateness, panes full from the start. Seen from outside: a consumer of the
panes topic notes when each partition's progress moves. A pause is the longest time for which one partition's did not.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import msgspec
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from rich.console import Console
from rich.table import Table

from bench.events import event, heartbeat, partition_of
from bench.load import load
from runtime.errors import Unreachable
from schemas.families.incidents import INCIDENTS
from schemas.records import Progress
from schemas.topics import PANES
from tests.faults.workers import Worker, Workers
from tests.parts.kafka import KafkaBroker
from tests.parts.server import await_until

RATES = (1_000, 100)
PARTITIONS = 4
HISTORY_SECONDS = 20 * 60
"""Lateness is 15 minutes, a pane 5: so long before now lies the first event that an open pane needs."""
BEATS = tuple(f"B{number:02d}" for number in range(1, 28))
CATEGORIES = ("110201", "110202", "110301", "200101", "300101", "500104", "910101", "990000")
STEADY_SECONDS = 5.0
"""How long all partitions have to move before and after what is measured."""
CURRENT_SECONDS = 1.0
"""A partition is in full service when its progress covers what stood in the log so long ago."""
SUPERVISOR_SECONDS = 0.5
"""What `citywatch up` waits before it starts a role again that died."""
PATIENCE = 120.0


class Noted(msgspec.Struct):
    """Of a committed note, what it says about the re-read."""

    read: int


@dataclass
class Follower:
    """Notes when each partition's progress moved, and how far; and where the log ended, again and again."""

    bootstrap: str
    moved: dict[int, list[tuple[float, int]]] = field(default_factory=lambda: {n: [] for n in range(PARTITIONS)})
    ends: list[tuple[float, dict[int, int]]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def follow_panes(self) -> None:
        decode = msgspec.json.Decoder(Progress).decode
        parts = [TopicPartition(PANES, number) for number in range(PARTITIONS)]
        with KafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False) as consumer:
            consumer.assign(parts)
            consumer.seek_to_end()
            while not self.stop.is_set():
                for found in consumer.poll(100).values():
                    now = time.monotonic()
                    for record in found:
                        if b'"kind":"progress"' in record.value[:30]:
                            self._note(decode(record.value), now)

    def _note(self, progress: Progress, now: float) -> None:
        moved = self.moved[progress.partition]
        if progress.topic == INCIDENTS and (not moved or progress.read > moved[-1][1]):
            moved.append((now, progress.read))

    def follow_ends(self) -> None:
        parts = [TopicPartition(INCIDENTS, number) for number in range(PARTITIONS)]
        with KafkaConsumer(bootstrap_servers=self.bootstrap) as consumer:
            while not self.stop.wait(0.1):
                ends = {part.partition: end for part, end in consumer.end_offsets(parts).items()}
                self.ends.append((time.monotonic(), ends))

    def current(self) -> bool:
        """Whether every partition's progress covers what stood in the log `CURRENT_SECONDS` ago."""
        then = [ends for at, ends in self.ends if at <= time.monotonic() - CURRENT_SECONDS]
        return bool(then) and all(
            self.moved[partition] and self.moved[partition][-1][1] >= end for partition, end in then[-1].items()
        )

    def longest_pause(self, begun: float, ended: float) -> float:
        """The longest time within these moments for which one partition's figures did not move."""
        longest = 0.0
        for moved in self.moved.values():
            times = [begun, *(at for at, _ in moved if begun < at < ended), ended]
            longest = max(longest, *(later - earlier for earlier, later in pairwise(times)))
        return longest


@dataclass
class SteadyLoad:
    """Events at a steady rate, each a second's share after the other, with heartbeats in every partition."""

    bootstrap: str
    rate: int
    stop: threading.Event = field(default_factory=threading.Event)

    def history(self) -> Iterator[tuple[int, bytes]]:
        """`(partition, value)` of the time before now."""
        now = int(time.time())
        for second in range(now - HISTORY_SECONDS, now):
            yield from ((partition, heartbeat(second)) for partition in range(PARTITIONS))
            yield from (self._event(second * self.rate + number, second) for number in range(self.rate))

    def run(self) -> None:
        with KafkaProducer(bootstrap_servers=self.bootstrap, acks="all", linger_ms=5) as producer:
            begun, sent = time.time(), 0
            while not self.stop.is_set():
                now = time.time()
                while begun + sent / self.rate <= now:
                    number = int(begun) * self.rate + sent
                    if sent % self.rate == 0:
                        for partition in range(PARTITIONS):
                            producer.send(INCIDENTS, heartbeat(int(now)), partition=partition)
                    partition, value = self._event(number, int(now))
                    producer.send(INCIDENTS, value, partition=partition)
                    sent += 1
                self.stop.wait(0.01)

    @staticmethod
    def _event(number: int, at: int) -> tuple[int, bytes]:
        beat = BEATS[number % len(BEATS)]
        return partition_of(beat, PARTITIONS), event(number, at, beat, CATEGORIES[number % len(CATEGORIES)])


def to_read_again(bootstrap: str, group: str) -> int:
    """Records between the committed positions and what their notes say was read: what a new owner reads again."""
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        committed = admin.list_group_offsets(group)[group]
    notes = [(msgspec.json.decode(at.metadata, type=Noted), at.offset) for at in committed.values() if at.metadata]
    return sum(max(0, note.read - position) for note, position in notes)


def measure(rate: int, scratch: Path, say: Console) -> dict[str, float]:
    """Seconds, by what happened; and the records that an owner of all partitions reads again."""
    with (
        KafkaBroker(scratch / "kafka", lasting=True) as kafka,
        Workers(kafka, f"chdb://{scratch / 'chdb'}", scratch, imports_anew=True, partitions=str(PARTITIONS)) as workers,
        ExitStack() as threads,
    ):
        bootstrap = kafka.bootstrap
        feed, follower = SteadyLoad(bootstrap, rate), Follower(bootstrap)
        say.print(f"{rate:,} events/s: writing the {HISTORY_SECONDS // 60} minutes before now")
        load(bootstrap, INCIDENTS, feed.history())
        for run, stop in (
            (feed.run, feed.stop),
            (follower.follow_panes, follower.stop),
            (follower.follow_ends, follower.stop),
        ):
            thread = threading.Thread(target=run, daemon=True)
            thread.start()
            threads.callback(thread.join)
            threads.callback(stop.set)
        workers.start("aggregate")
        await_until(follower.current, PATIENCE, "the first worker to catch up")
        found: dict[str, float] = {}
        second: list[Worker] = []

        def join() -> None:
            second[:] = [workers.start("aggregate")]

        def restart() -> None:
            second.pop().terminate()
            join()

        def kill() -> None:
            second.pop().kill()
            time.sleep(SUPERVISOR_SECONDS)
            join()

        for name, happens in (("join", join), ("restart", restart), ("kill", kill)):
            say.print(f"{rate:,} events/s: {name}")
            pause, service = _watched(follower, happens)
            found[f"{name}_pause_s"] = pause
            if name == "kill":
                found["kill_to_full_service_s"] = service
        found["records_read_again"] = to_read_again(bootstrap, workers.deployment.settings.group_aggregate)
        return found


def _watched(follower: Follower, happens: Callable[[], None]) -> tuple[float, float]:
    """The longest pause from a moment on, and after how long all partitions were, and stayed, in full service."""
    time.sleep(STEADY_SECONDS)
    begun = time.monotonic()
    happens()
    service = begun
    while time.monotonic() < max(service, begun) + STEADY_SECONDS + 8.0:  # a rebalance may still be to come
        if not follower.current():
            service = time.monotonic()
            if service > begun + PATIENCE:
                raise TimeoutError("the workers did not come back to full service")
        time.sleep(0.05)
    return follower.longest_pause(begun, time.monotonic()), service - begun


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-pauses", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    asked = parser.parse_args()
    if missing := KafkaBroker.missing():
        raise Unreachable(f"the benchmark needs {missing}; run `make parts`")
    found = {}
    for rate in RATES:
        with tempfile.TemporaryDirectory() as scratch:
            seconds = measure(rate, Path(scratch), Console(stderr=True))
        found[rate] = {name: round(value, 2) for name, value in seconds.items()}
    if asked.json:
        print(json.dumps(found))
        return 0
    table = Table(title="Two workers, 4 partitions, lateness 15 min")
    table.add_column("")
    for rate in found:
        table.add_column(f"{rate:,} events/s", justify="right")
    for name in found[RATES[0]]:
        table.add_row(name, *(f"{figures[name]:,}" for figures in found.values()))
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
