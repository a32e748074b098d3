"""Faust's aiokafka driver, delivering batches of raw records and leaving positions to us.

Everything else of Faust stays: the app, agents, consumer groups, rebalancing, the consumer's own thread.
What is overridden, and why:

- `getmany`, `_fetch_records`: one message carries all records of one partition with their fetch range.
- `perform_seek`: Faust's forgets offset 0 and brings no note (see `group`); it runs after every assignment.
- `commit`, `force_commit`: Faust's commits with empty metadata, which would erase the note.
- `_read_offset`: Faust drops messages below it in silence.
- `wait_empty`: publishes and commits while that is still accepted, before partitions are given up.

The states of partitions that come back with the next assignment are kept (`Keeper`); `StayingAssignor` sees to it that
most do.

Methods of `BatchConsumer` run in the app's loop, those of `BatchConsumerThread` in the consumer's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from time import monotonic
from typing import Any, TypeVar

import aiokafka
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import ConsumerStoppedError, OffsetOutOfRangeError
from aiokafka.structs import TopicPartition
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, AppT, ConsumerMessage
from mode.threads import WorkerThread
from yarl import URL

from runtime.errors import CheckFailed
from runtime.readiness import group_wait, silence
from streams.edge.assignor import StayingAssignor
from streams.edge.batch import FetchedBatch, Keeper, Reader
from streams.edge.group import NOTHING_KEPT, GroupPositions
from streams.edge.positions import Kept, Origin, Vouched
from streams.edge.records import drain, is_drained

BATCH_RECORDS = 8_000
"""About so many records are handed over at once: the loop is free again after some 25 ms."""

FETCH_BYTES = 1 << 20
FETCH_WAIT_MS = 100
"""A fetch that waits for one partition keeps the others of its broker waiting, so it waits shortly."""

LOOK_FOR_PARTITIONS_MS = 10_000
"""How soon partitions that were added are heard of."""

GIVE_UP_SHARE = 0.6
"""Of the session time-out: what a worker may take to publish before partitions are taken from it."""

REASSIGNING_PAUSE = 0.05
Result = TypeVar("Result")


class NoOffsets(dict[TP, int | None]):
    """Faust's read offsets, always unknown: it would drop what is below them in silence."""

    def __getitem__(self, tp: TP) -> int | None:
        return None

    def __setitem__(self, tp: TP, offset: int | None) -> None:
        return


class DaemonThread(WorkerThread):
    """Does not keep the process when stopping takes longer than its deadline."""

    def __init__(self, service: Any, **kwargs: Any) -> None:
        super().__init__(service, **kwargs)
        self.daemon = True


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """The aiokafka consumer, in its own thread and loop."""

    Worker = DaemonThread

    def __post_init__(self) -> None:
        super().__post_init__()
        transport: Any = self.transport
        self.reader: Reader = transport.reader
        self._staying = StayingAssignor()
        self.positions = GroupPositions(self.reader)

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        session_ms = int(self.reader.session_timeout * 1000)
        consumer = aiokafka.AIOKafkaConsumer(
            **self.reader.options,
            client_id="citywatch-aggregate",
            group_id=self.app.conf.id,
            partition_assignment_strategy=[self._staying],
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_partition_fetch_bytes=FETCH_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            session_timeout_ms=session_ms,
            rebalance_timeout_ms=2 * session_ms,
            heartbeat_interval_ms=min(300, session_ms // 3),
            metadata_max_age_ms=LOOK_FOR_PARTITIONS_MS,
        )
        self.reader.watch.mind(consumer._client)
        return consumer

    async def run_in_thread(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Runs `work` in the consumer's loop beside Faust's method queue, where a fetch holds a worker."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.thread_loop))

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        with self._crashing_the_app():
            await super().on_partitions_revoked(revoked)
            self.positions.end()

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        with self._crashing_the_app():
            self._staying.given(generation_id, assigned)
            await super().on_partitions_assigned(assigned, generation_id)

    @contextmanager
    def _crashing_the_app(self) -> Iterator[None]:
        """aiokafka swallows what a rebalance listener raises: the worker would stay, alive and idle."""
        try:
            yield
        except Exception as failed:
            asyncio.run_coroutine_threadsafe(self.app.crash(failed), self.parent_loop)
            raise

    async def seek_to_origins(self, tps: Set[TP], kept: Mapping[TP, Kept] = NOTHING_KEPT) -> dict[TP, Origin]:
        """See `GroupPositions.seek_to_origins`."""
        return await self.positions.seek_to_origins(self._ensure_consumer(), tps, kept)

    async def commit_vouched(self, vouched: Mapping[TP, Vouched]) -> set[TP]:
        """See `GroupPositions.commit_vouched`."""
        committed = await self.positions.commit_vouched(self._ensure_consumer(), vouched)
        self.tp_last_committed_at.update(dict.fromkeys(committed, monotonic()))
        return committed

    def unread(self, tp: TP, next_offset: int | None) -> int:
        """Offsets from `next_offset` (None: where this assignment began) to the end that the last fetch told.

        0 when unknown. May be called from any thread.
        """
        subscription = self._ensure_consumer()._subscription.subscription
        assignment = subscription.assignment if subscription is not None else None
        origin = self.positions.origin(tp)
        if assignment is None or origin is None or TopicPartition(*tp) not in assignment.tps:
            return 0
        end: int | None = assignment.state_value(TopicPartition(*tp)).lso
        return max(0, (end or 0) - (origin.position if next_offset is None else next_offset))

    def group_error(self) -> BaseException | None:
        """What keeps this worker out of its group for good; while nothing is fetched nobody else asks.

        May be called from any thread.
        """
        coordinator = self._consumer._coordinator if self._consumer is not None else None
        if coordinator is None:
            return None
        task = coordinator._coordination_task
        ended: BaseException | None = task.exception() if task.done() and not task.cancelled() else None
        return coordinator._pending_exception or ended

    def awaited(self, tps: Set[TP]) -> tuple[str, Mapping[TP, str]]:
        """What is waited for from the broker, in words: by the member of the group, and by partitions.

        May be called from any thread.
        """
        if self._consumer is None:
            return "the consumer starts", {}
        wait = group_wait(self._consumer)
        silent = {} if wait else silence(self._consumer, [TopicPartition(*tp) for tp in tps])
        return wait, {ensure_TP(tp): why for tp, why in silent.items()}

    async def _fetch_records(
        self,
        consumer: aiokafka.AIOKafkaConsumer,
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> dict[TP, list[FetchedBatch]]:
        """One batch of each partition that has records; waits for the first of them up to `timeout` seconds.

        Where the log does not hold the next offset any more, its origin is looked for anew; that may refuse. Raises
        what the fetch ran into: wrong checksums, missing rights.
        """
        fetcher = consumer._fetcher
        deadline = monotonic() + (timeout or 0.0)
        with fetcher._subscriptions.fetch_context():
            while self.consumer.flow_active:
                if consumer._closed or fetcher._closed:
                    raise ConsumerStoppedError
                consumer._coordinator.check_errors()
                sure = await self.reader.watch.is_sure()
                if fetcher._subscriptions.reassignment_in_progress:
                    await asyncio.sleep(REASSIGNING_PAUSE)
                    break
                try:
                    batches = self._take(fetcher, active_partitions) if sure else {}
                except OffsetOutOfRangeError as gone:
                    await self.seek_to_origins({ensure_TP(tp) for tp in gone.args[0]})
                    continue
                remaining = deadline - monotonic()
                if batches or remaining <= 0:
                    return batches
                waiter = fetcher._create_fetch_waiter()
                done, _ = await asyncio.wait([waiter], timeout=remaining)
                if done:
                    waiter.result()
                else:
                    waiter.cancel()
        return {}

    def _take(self, fetcher: Any, active: Set[TP]) -> dict[TP, list[FetchedBatch]]:
        batches: dict[TP, list[FetchedBatch]] = {}
        for key in list(fetcher._records):
            tp = ensure_TP(key)
            # what is not sought to yet would come from where aiokafka guesses
            if tp not in active or self.positions.origin(tp) is None:
                continue
            fetched = fetcher._records[key]
            if not isinstance(fetched, FetchResult):
                if batches:
                    return batches  # the error is raised next time
                self._drop(fetcher, key)
                fetched.check_raise()
            elif not fetched.check_assignment(key):
                self._drop(fetcher, key)
            else:
                batch = self._batch(tp, fetched)
                if is_drained(fetched._partition_records):
                    self._drop(fetcher, key)
                if batch.end > batch.start:
                    batches[tp] = [batch]
        return batches

    def _batch(self, tp: TP, fetched: FetchResult) -> FetchedBatch:
        start, end, records = drain(fetched._partition_records, BATCH_RECORDS)
        fetched._update_position()
        return self.positions.batch(tp, start, end, records)

    @staticmethod
    def _drop(fetcher: Any, key: TopicPartition) -> None:
        del fetcher._records[key]
        fetcher._notify(fetcher._wait_consume_future)


class BatchConsumer(driver.Consumer):
    """Faust's consumer, seen from the app: batches in, no commits of its own."""

    keeper: Keeper | None = None

    _thread: BatchConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._read_offset = NoOffsets()

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        if not self.flow_active:
            await self.wait(self.can_resume_flow)  # type: ignore[arg-type]
        active = self._get_active_partitions()
        if not active:
            await self.sleep(REASSIGNING_PAUSE)
            return
        fetched: Mapping[TP, Iterable[FetchedBatch]] = await self._getmany(active, timeout)
        for tp, batches in fetched.items():
            for batch in batches:
                if self.should_stop or not self.flow_active:
                    return  # the next assignment reads them again
                # Not the group's generation: one fetch may wait through a whole rebalance and bring what is new.
                origin = self.origin(tp)
                if origin is not None and origin.epoch == batch.epoch:
                    yield tp, self._to_message(tp, batch)

    def _to_message(self, tp: TP, batch: FetchedBatch) -> ConsumerMessage:
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            batch.end - 1,
            batch.records[-1].timestamp / 1000.0 if batch.records else 0.0,
            0,
            None,
            None,
            batch,  # type: ignore[arg-type]
            None,
            0,
            0,
            tp,
            generation_id=self.app.consumer_generation_id,
        )

    async def perform_seek(self) -> None:
        self.stop_flow()  # what is read before Faust resumes would be cleared from its queues by that
        assert self.keeper is not None
        begun = await self.seek_to_origins(self.assignment(), self.keeper.kept())
        if begun:  # else the next rebalance has begun
            self.keeper.resume(begun)

    async def seek_to_origins(self, tps: Set[TP], kept: Mapping[TP, Kept] = NOTHING_KEPT) -> dict[TP, Origin]:
        """Reads partitions again, from their committed positions or where a kept state stands, as a new epoch.
        Failing crashes the app."""
        try:
            return await self._thread.run_in_thread(self._thread.seek_to_origins(tps, kept))
        except Exception as failed:
            await self.app.crash(failed)
            raise

    async def commit_vouched(self, vouched: Mapping[TP, Vouched]) -> set[TP]:
        """See `GroupPositions.commit_vouched`."""
        return await self._thread.run_in_thread(self._thread.commit_vouched(vouched))

    def unread(self, tp: TP, next_offset: int | None) -> int:
        """See `BatchConsumerThread.unread`."""
        return self._thread.unread(tp, next_offset)

    def origin(self, tp: TP) -> Origin | None:
        """See `GroupPositions.origin`."""
        return self._thread.positions.origin(tp)

    @property
    def newest_epoch(self) -> int:
        """The newest assignment epoch that was given out."""
        return self._thread.positions.newest_epoch

    def refused(self) -> CheckFailed | None:
        """Why the group will never let this worker in; None while it may. Faust only starts once it is in."""
        if (failed := self._thread.group_error()) is None:
            return None
        return CheckFailed(
            f"the consumer group does not take this worker ({type(failed).__name__}: {failed}); is one of another"
            " version in it? Stop them all, then start them"
        )

    def awaited(self, tps: Set[TP]) -> tuple[str, Mapping[TP, str]]:
        """See `BatchConsumerThread.awaited`."""
        return self._thread.awaited(tps)

    async def wait_empty(self) -> None:
        """Before partitions are revoked and on the way out. After a crash nothing is published."""
        app: Any = self.app
        if not app.crashed and self.keeper is not None:
            await self.keeper.give_up(GIVE_UP_SHARE * self._thread.reader.session_timeout)

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        return False

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        return False

    def on_buffer_full(self, tp: TP) -> None:
        """A full queue holds the fetch loop by itself; taking partitions out of it would stall them."""

    def on_buffer_drop(self, tp: TP) -> None:
        """See `on_buffer_full`."""

    def close(self) -> None:
        """Faust calls it in the wrong loop when a rebalance meets a stop; the thread closes what it owns."""


class BatchTransport(driver.Transport):
    """The transport to set on `app.transport`."""

    Consumer = BatchConsumer

    def __init__(self, url: str, app: AppT, reader: Reader) -> None:
        super().__init__([URL(url)], app)
        self.reader = reader
