"""A worker of `aggregate` in one process with others: the real rooms of the edge between a reader and a publisher that
lack only the network. What Faust and aiokafka do around them is told in a few lines: flow, queue, rebalance, seek.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Set
from contextvars import Context, ContextVar
from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition
from faust.types import TP

from runtime.errors import CheckFailed
from schemas.families.incidents import INCIDENTS
from streams.edge.batch import FetchedBatch, Reader
from streams.edge.clock import Clock
from streams.edge.counting import Counting
from streams.edge.durable import DurablePanes
from streams.edge.early_close import EarlyClose
from streams.edge.group import NOTHING_KEPT, GroupPositions
from streams.edge.positions import Kept, Origin, Vouched
from streams.edge.publisher import Publisher
from streams.edge.transport import GIVE_UP_SHARE
from tests.streams.edge.simulated.broker import Broker, PanesConsumer, Producer
from tests.streams.edge.simulated.group import SESSION_SECONDS, Group, Member

if TYPE_CHECKING:
    from streams.core.partition import Partition, Snapshot
    from tests.streams.edge.simulated.schedule import Schedule

LOG = "log-1"
LOGS = {INCIDENTS: LOG}
QUEUED = 2
IDLE_SECONDS = 300
WITHOUT_PROGRESS = "times without progress"
NOTHING_CAME = "records wait and none came"

WORKER: ContextVar[Worker] = ContextVar("worker")
"""Whose task this is; what the broker does is nobody's."""


class Sabotage(RuntimeError):
    """Something fails while records are judged."""


class Failing(list[Any]):
    """Records, the second half of which cannot be read."""

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            raise Sabotage
        return super().__getitem__(index)


class SimulatedPublisher(Publisher):
    """The real one, with a producer that needs no network."""

    def __init__(self, broker: Broker, worker: Worker) -> None:
        super().__init__({})
        self._broker = broker
        self._worker = worker

    async def _started(self, enable_idempotence: bool) -> Any:
        producer = Producer(self._broker, lambda: self._worker.alive)
        await producer.start()
        return producer


class SimulatedPanes(DurablePanes):
    """The real one, with a consumer that needs no network."""

    async def _connect(self) -> None:
        self._consumer = PanesConsumer(self._options["broker"])


class SameLogs:
    """No topic is ever made anew."""

    async def look(self) -> bool:
        return True


class NoHealth:
    """Shows nothing: several workers of one process would share its gauges."""

    def published(self, tp: TP, taken: Snapshot, arrived: float | None, now: float, seconds: float) -> None: ...
    def committed(self, tp: TP) -> None: ...
    def waits(self, group: str, publishing_since: float | None) -> None: ...
    def restarted(self, tp: TP) -> None: ...
    def observe(self, tp: TP, partition: Partition | None, unread: int, silent: str) -> None: ...
    def keep_only(self, assigned: Set[TP]) -> None: ...
    def forget(self, tp: TP) -> None: ...


class Consumer:
    """What `BatchConsumer` is to who holds the states."""

    def __init__(self, worker: Worker, broker: Broker) -> None:
        self.group = GroupPositions(Reader({"broker": broker}, LOGS, SESSION_SECONDS, SameLogs()), SimulatedPanes)  # type: ignore[arg-type]
        self._worker = worker
        self._broker = broker

    @property
    def newest_epoch(self) -> int:
        return self.group.newest_epoch

    def assignment(self) -> Set[TP]:
        return dict.fromkeys(TP(INCIDENTS, number) for number in self._worker.member.share).keys()

    def awaited(self, tps: Set[TP]) -> tuple[str, Mapping[TP, str]]:
        return "", {}

    def origin(self, tp: TP) -> Origin | None:
        return self.group.origin(tp)

    def unread(self, tp: TP, next_offset: int | None) -> int:
        origin = self.group.origin(tp)
        if origin is None:
            return 0
        at = origin.position if next_offset is None else next_offset
        return max(0, self._broker.input(tp.partition).end - at)

    async def seek_to_origins(self, tps: Set[TP], kept: Mapping[TP, Kept] = NOTHING_KEPT) -> dict[TP, Origin]:
        try:
            return await self.group.seek_to_origins(self._worker.member, tps, kept)
        except Exception as failed:
            self._worker.crash(failed)
            raise

    async def commit_vouched(self, vouched: Mapping[TP, Vouched]) -> set[TP]:
        await asyncio.sleep(0)
        return await self.group.commit_vouched(self._worker.member, vouched)


class Worker:
    """`alive` until it is killed, has crashed or has left. `wrong`: why it must not have crashed."""

    def __init__(self, name: str, broker: Broker, group: Group, schedule: Schedule, clock: Clock) -> None:
        self.name = name
        self.alive = True
        self.crashed = False
        self.lost_batch = False
        self.ended = asyncio.Event()
        self.wrong: BaseException | None = None
        self.tasks: set[asyncio.Task[Any]] = set()
        self.member = Member(broker, group)
        self._broker = broker
        self._group = group
        self._draw = broker.draw
        self._queue: asyncio.Queue[FetchedBatch] = asyncio.Queue(QUEUED)
        self._flow = asyncio.Event()
        self._consumer = Consumer(self, broker)
        self._publisher = SimulatedPublisher(broker, self)
        early_close = EarlyClose(self._publisher, schedule.memory_limit, IDLE_SECONDS)
        self._counting = Counting(
            LOGS,
            self._publisher,
            self._consumer,
            schedule.interval,
            early_close,
            NoHealth(),  # type: ignore[arg-type]
            clock=clock,
        )

    def start(self) -> None:
        token = WORKER.set(self)
        self._spawn(self._run())
        WORKER.reset(token)

    def stop(self) -> None:
        """In order: publishes, commits and leaves the group."""
        token = WORKER.set(self)
        self._spawn(self._leave())
        WORKER.reset(token)

    def kill(self) -> None:
        """Nothing of it happens from now on."""
        self.alive = False
        self.ended.set()
        for task in list(self.tasks):
            task.cancel()
        if self.tasks:  # `asyncio.wait_for` may swallow it
            asyncio.get_running_loop().call_later(0.001, self.kill, context=Context())

    def crash(self, failed: BaseException) -> None:
        """It ends, as the app does. By what a broker may do to it; else it is wrong."""
        if not self.alive:
            return
        self.crashed = True
        if not isinstance(failed, KafkaError) and not (isinstance(failed, CheckFailed) and self._may_give_up(failed)):
            self.wrong = failed
        self.kill()

    def _may_give_up(self, failed: CheckFailed) -> bool:
        """A batch that was lost shows by the next one, and where none comes by records that wait."""
        return WITHOUT_PROGRESS in str(failed) or (self.lost_batch and NOTHING_CAME in str(failed))

    # --- what Faust and aiokafka do

    async def _run(self) -> None:
        await self._publisher.start()
        for work in (self._counting.run(), self._counting.watch(), self._fetch(), self._judge(), self._be_member()):
            self._spawn(work)

    async def _leave(self) -> None:
        self._flow.clear()
        if self.member.share:
            await self._counting.give_up(GIVE_UP_SHARE * SESSION_SECONDS)
        self._group.leave(self.member)
        self.kill()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (failed := task.exception()) is not None:
            self.crash(failed)

    async def _be_member(self) -> None:
        seeking: asyncio.Task[None] | None = None
        while True:
            share = await self._group.join(self.member)
            if seeking is not None:
                seeking.cancel()
            self.member.assigned(share)
            seeking = self._spawn(self._perform_seek())
            await self.member.rejoin.wait()
            self.member.begins_to_rejoin()
            if self.member.share:
                self._flow.clear()
                while not self._queue.empty():
                    self._queue.get_nowait()
                await self._counting.give_up(GIVE_UP_SHARE * SESSION_SECONDS)
            self._consumer.group.end()

    async def _perform_seek(self) -> None:
        self._flow.clear()
        begun = await self._consumer.seek_to_origins(self._consumer.assignment(), self._counting.kept())
        if begun:
            self._counting.resume(begun)
        self._flow.set()

    async def _fetch(self) -> None:
        while True:
            await self._flow.wait()
            ready = [tp for tp, at in self.member.position.items() if at < self._broker.logs[tp].end]
            if not ready:
                await asyncio.sleep(0.4)
                continue
            key = self._draw.choice(ready)
            if self.member.position[key] < self._broker.logs[key].beginning:
                await self._consumer.seek_to_origins({TP(*key)})
                continue
            batch = await self._fetched(key)
            if batch is not None and self._flow.is_set():
                origin = self._consumer.origin(batch.tp)
                lost = self._draw.random() < self._broker.faults.batch_lost
                if lost:
                    self.lost_batch = True
                elif origin is not None and origin.epoch == batch.epoch:
                    await self._queue.put(batch)

    async def _fetched(self, key: TopicPartition) -> FetchedBatch | None:
        start = self.member.position[key]
        await self._broker.way()
        tp = TP(*key)
        if self.member.position.get(key) != start or self._consumer.origin(tp) is None:
            return None
        records: Any = self._broker.logs[key].records[start : start + self._draw.choice((1, 5, 15, 40))]
        end = self.member.position[key] = start + len(records)
        if self._draw.random() < self._broker.faults.judging:
            records = Failing(records)
        return self._consumer.group.batch(tp, start, end, records)

    async def _judge(self) -> None:
        while True:
            batch = await self._queue.get()
            if self._draw.random() < self._broker.faults.batch_late:
                await asyncio.sleep(5 * self._draw.random())
            await self._counting.take(batch)
            await asyncio.sleep(0)


def belongs(task: asyncio.Task[Any]) -> None:
    """Tells the worker, if it is one's, of a task that begins."""
    worker = WORKER.get(None)
    if worker is not None:
        worker.tasks.add(task)
        task.add_done_callback(worker.tasks.discard)
