"""A broker without a network: the log of each partition, and what a producer of aiokafka's is to its user.

What a request comes to is drawn: it is written and told, not written, written and not told, or nothing comes of it for
long. What is under way when its worker dies may still be written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextvars import Context
from dataclasses import dataclass
from random import Random
from typing import Any

from aiokafka.errors import KafkaConnectionError, KafkaError, ProducerClosed, RequestTimedOutError

from schemas.families.incidents import INCIDENTS
from schemas.topics import OUTPUTS
from tests.streams.edge.simulated.schedule import Faults
from tests.streams.edge.stream import START

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Record:
    offset: int
    timestamp: int
    value: bytes


class Log:
    """One partition. Offsets below `beginning` are gone."""

    def __init__(self) -> None:
        self.beginning = 0
        self.records: list[Record] = []

    @property
    def end(self) -> int:
        return len(self.records)

    def append(self, value: bytes, timestamp: int) -> Record:
        self.records.append(Record(self.end, timestamp, value))
        return self.records[-1]


class Broker:
    """Logs, and the faults of the moment. `wrote` is told of each record of an output."""

    def __init__(self, partitions: int, draw: Random, faults: Faults, wrote: Callable[[Place, bytes], None]) -> None:
        self.partitions = range(partitions)
        self.draw = draw
        self.faults = faults
        self.ahead = 0.0
        self._wrote = wrote
        self.logs = {(topic, number): Log() for topic in (INCIDENTS, *OUTPUTS) for number in self.partitions}

    def input(self, partition: int) -> Log:
        return self.logs[INCIDENTS, partition]

    def write(self, topic: str, partition: int, values: Iterable[bytes]) -> None:
        log = self.logs[topic, partition]
        for value in values:
            log.append(value, int(1000 * self.now()))
            if topic != INCIDENTS:
                self._wrote((topic, partition), value)

    def now(self) -> float:
        """Unix seconds of the broker."""
        return START + self.ahead + asyncio.get_running_loop().time()

    async def way(self) -> None:
        """There or back."""
        await asyncio.sleep(self.draw.choice((0.0, 0.001, 0.01, 0.05, self.draw.random() / 4)))


class BatchBuilder:
    """What `AIOKafkaProducer.create_batch` gives."""

    def __init__(self, room: int) -> None:
        self.values: list[bytes] = []
        self._room = room

    def append(self, *, key: None, value: bytes, timestamp: None) -> object | None:
        if len(self.values) == self._room:
            return None
        self.values.append(value)
        return self


class Producer:
    """An idempotent one: the batches of a partition in their order, one under way; none after one that has failed."""

    def __init__(self, broker: Broker, alive: Callable[[], bool]) -> None:
        self._broker = broker
        self._alive = alive
        self._last: dict[Place, asyncio.Task[None]] = {}
        self._failed: KafkaError | None = None
        self._room = broker.draw.choice((2, 7, 1000))

    async def start(self) -> None:
        await self._broker.way()
        if self._broker.draw.random() < self._broker.faults.connecting:
            raise KafkaConnectionError("no broker answers")

    async def stop(self) -> None:
        if self._last:
            await asyncio.wait(self._last.values())
        self._failed = self._failed or ProducerClosed()

    async def partitions_for(self, topic: str) -> set[int]:
        return set(self._broker.partitions)

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(self._room)

    async def send_batch(self, batch: BatchBuilder, topic: str, partition: int) -> asyncio.Future[None]:
        await asyncio.sleep(0)
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        before = self._last.get((topic, partition))
        request = self._deliver(before, topic, partition, batch.values, told)
        self._last[topic, partition] = asyncio.get_running_loop().create_task(request, context=Context())
        return told

    async def send_and_wait(self, topic: str, value: bytes, partition: int) -> None:
        batch = BatchBuilder(1)
        batch.append(key=None, value=value, timestamp=None)
        await (await self.send_batch(batch, topic, partition))

    async def _deliver(
        self,
        before: asyncio.Task[None] | None,
        topic: str,
        partition: int,
        values: list[bytes],
        told: asyncio.Future[None],
    ) -> None:
        if before is not None:
            await before
        broker, faults, draw = self._broker, self._broker.faults, self._broker.draw
        await broker.way()
        if self._failed is not None or not self._alive():
            _tell(told, self._failed)
            return
        lost, late, silent = (draw.random() < each for each in (faults.not_written, faults.slow, faults.not_told))
        if late:
            await asyncio.sleep(draw.random() * faults.slow_seconds)
        if not lost:
            broker.write(topic, partition, values)
        if lost or silent:
            await asyncio.sleep(draw.choice((0.0, draw.random() * faults.slow_seconds)))
            self._failed = RequestTimedOutError("not written" if lost else "written, and not told")
        await broker.way()
        _tell(told, self._failed)


def _tell(told: asyncio.Future[None], failed: KafkaError | None) -> None:
    if told.done():
        return
    if failed is None:
        told.set_result(None)
    else:
        told.set_exception(failed)
        told.exception()  # whoever has died does not ask


class PanesConsumer:
    """What `DurablePanes` asks of aiokafka's consumer."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._at = 0

    def assign(self, parts: list[Any]) -> None:
        """There is nothing to fetch ahead."""

    async def beginning_offsets(self, parts: list[Any]) -> dict[Any, int]:
        await self._broker.way()
        return {part: self._broker.logs[part].beginning for part in parts}

    async def end_offsets(self, parts: list[Any]) -> dict[Any, int]:
        await self._broker.way()
        return {part: self._broker.logs[part].end for part in parts}

    async def offsets_for_times(self, times: dict[Any, int]) -> dict[Any, Record | None]:
        return {
            part: next((record for record in self._broker.logs[part].records if record.timestamp >= at), None)
            for part, at in times.items()
        }

    def seek(self, part: Any, offset: int) -> None:
        self._at = offset

    async def getmany(self, part: Any, timeout_ms: int) -> dict[Any, list[Record]]:
        await self._broker.way()
        found = self._broker.logs[part].records[self._at : self._at + 50]
        self._at += len(found)
        return {part: found}

    async def position(self, part: Any) -> int:
        return self._at

    async def stop(self) -> None:
        """Nothing is open."""
