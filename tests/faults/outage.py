"""A long outage of ClickHouse while events flow: what every role takes of memory, and how the backlog goes in."""

from __future__ import annotations

import asyncio
import os
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from aiokafka import AIOKafkaProducer

from runtime.log import Place, ends
from runtime.pages import live
from runtime.settings import Settings
from schemas.families.incidents import INCIDENTS
from schemas.topics import INPUTS, OUTPUTS
from sinks.positions import positions
from sinks.store_factory import open_store
from tests.faults.gate import Gate
from tests.faults.workers import Worker, Workers
from tests.parts.server import HOST, await_until

PARTITIONS = 4
BURST_SECONDS = 0.1
LOOK_SECONDS = 0.2
DRAIN_SECONDS = 600.0


class Pour:
    """Writes records at a rate, in bursts, in a thread of its own that costs the machine little. A context manager:
    leaving it ends the writing."""

    def __init__(self, bootstrap: str, records: Iterator[tuple[int, bytes]], per_second: float) -> None:
        self.sent = 0
        self._ended = False
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(bootstrap, records, per_second), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._thread.join()

    @property
    def flowing(self) -> bool:
        """Whether there is more to come. Raises what went wrong."""
        if self._failed is not None:
            raise self._failed
        return self._thread.is_alive()

    def _run(self, bootstrap: str, records: Iterator[tuple[int, bytes]], per_second: float) -> None:
        try:
            asyncio.run(self._pour(bootstrap, records, per_second))
        except BaseException as failed:  # noqa: BLE001 - told by `flowing`, in the caller's thread
            self._failed = failed

    async def _pour(self, bootstrap: str, records: Iterator[tuple[int, bytes]], per_second: float) -> None:
        burst = max(1, int(per_second * BURST_SECONDS))
        async with AIOKafkaProducer(
            bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, compression_type="lz4", linger_ms=20
        ) as producer:
            begun, waiting = time.monotonic(), []
            for partition, value in records:
                if self._ended:
                    break
                waiting.append(await producer.send(INCIDENTS, value, partition=partition))
                if len(waiting) >= burst:
                    await asyncio.gather(*waiting)
                    self.sent += len(waiting)
                    waiting.clear()
                    await asyncio.sleep(max(0.0, begun + self.sent / per_second - time.monotonic()))
            await asyncio.gather(*waiting)
            self.sent += len(waiting)


@dataclass(frozen=True)
class Sample:
    """One look. `seconds`: since the start. `megabytes`: resident, by role. `shown`: where analyse reads the panes.
    `unread`: records of the input that the sink says it has not read."""

    seconds: float
    away: bool
    sent: int
    megabytes: dict[str, float]
    shown: int
    unread: int


@dataclass
class Course:
    """What was seen. `rows`: raw rows that went in during the `seconds` after the store had come back."""

    samples: list[Sample] = field(default_factory=list)
    rows: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Raw rows a second; the cells went in beside them."""
        return self.rows / self.seconds

    def away(self, after: float = 0.0) -> list[Sample]:
        """Samples of the outage, from so many seconds into it."""
        gone = [sample for sample in self.samples if sample.away]
        return [sample for sample in gone if sample.seconds >= gone[0].seconds + after]

    def growth(self, role: str, after: float) -> float:
        """MB by which the role came to exceed what it took so many seconds into the outage."""
        seen = [sample.megabytes[role] for sample in self.away(after)]
        return max(seen) - seen[0]


def outage(
    workers: Workers,
    gate: Gate,
    pour: Pour,
    away: tuple[int, int],
    every: float = 1.0,
    tell: Callable[[Sample], None] = lambda _: None,
) -> Course:
    """Watches the only worker of each role while `pour` flows. The gate to the store is cut while what was sent is
    between the two numbers of `away`. Blocks until all is sent and what was missed is stored."""
    settings = workers.deployment.settings
    roles = {worker.role: worker for worker in workers.living()}
    await_until(lambda: tells_lag(roles["sink"]), 60, "the sink to read all partitions")
    course, begun = Course(), time.monotonic()

    def watch(until: Callable[[], bool], gone: bool = False) -> None:
        while not until():
            now = time.monotonic() - begun
            if not course.samples or now - course.samples[-1].seconds >= every:
                found = {role: megabytes(worker) for role, worker in roles.items()}
                course.samples.append(Sample(now, gone, pour.sent, found, shown(settings), unread(roles["sink"])))
                tell(course.samples[-1])
            time.sleep(LOOK_SECONDS)

    watch(lambda: pour.sent >= away[0])
    before = raw_rows(workers)
    gate.cut()
    watch(lambda: pour.sent >= away[1] or not pour.flowing, gone=True)
    missed = ends(settings, (*INPUTS, *OUTPUTS))
    opened = time.monotonic()
    gate.open()
    watch(lambda: is_stored(settings, missed) or time.monotonic() > opened + DRAIN_SECONDS)
    course.seconds, course.rows = time.monotonic() - opened, raw_rows(workers) - before
    assert is_stored(settings, missed), f"the backlog was not stored within {DRAIN_SECONDS:.0f} s"
    watch(lambda: not pour.flowing)
    return course


def megabytes(worker: Worker) -> float:
    """Resident memory."""
    pages = int(Path(f"/proc/{worker.pid}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def shown(settings: Settings) -> int:
    """How far the live figures have come in the topic of panes."""
    page = live(settings)
    assert page is not None, "analyse answers"
    return sum(int(at["position"]) for at in page["panes"])


LAG = 'citywatch_lag_records{{partition="{}",role="sink",topic="{}"}}'


def unread(sink: Worker) -> int:
    """Records of the input that the sink says it has not read."""
    return int(sum(sink.metrics(LAG.format(number, INCIDENTS)) for number in range(PARTITIONS)))


def tells_lag(sink: Worker) -> bool:
    """Whether the sink says of every partition how much it has not read: it reads them all."""
    with urllib.request.urlopen(f"http://{HOST}:{sink.metrics_port}/metrics", timeout=10) as page:
        text = page.read().decode()
    return all(LAG.format(number, INCIDENTS) in text for number in range(PARTITIONS))


def raw_rows(workers: Workers) -> int:
    """Raw rows in the store."""
    ((rows,),) = workers.deployment.query("SELECT count() FROM events")
    return int(rows)


def is_stored(settings: Settings, wanted: dict[Place, int]) -> bool:
    """Whether the store vouches for all that is below."""
    with closing(open_store(settings)) as store:
        found = positions(store)
    return all(found.get(place, 0) >= end for place, end in wanted.items())
