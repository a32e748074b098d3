"""The role `sink`: raw events and the results of aggregate, from Kafka into the store."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from math import nan

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from runtime import deployment, metrics, role_pages
from runtime.errors import CitywatchError, Unreachable, WrongUse
from runtime.kafka import Untrusted, topic_ids
from runtime.log import LogPartition
from runtime.readiness import Readiness
from runtime.rest import Rest
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.topics import CORRECTIONS, DEAD_LETTERS, INPUTS, OUTPUTS, PANES, RAISED
from sinks.batch import InsertBatch
from sinks.conflicts import ConflictWatch
from sinks.conservation import DAY, Conservation, Outside
from sinks.intake import Intake
from sinks.log_gaps import LogGapWatch
from sinks.migrate import migrate
from sinks.publisher import Publisher
from sinks.store import Busy, Rejected, Store
from sinks.store_factory import chdb_path, open_store, open_when_free
from sinks.unknown import UnknownCodes
from sinks.writer import write

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.4
"""Rows wait no longer than this for others, as long as the store keeps up."""
POSITION_SECONDS = 1.0
"""Positions alone (nothing but heartbeats came) are written this often."""
MAX_ROWS = 100_000
MAX_BYTES = 32 * 1024 * 1024
"""A batch at either limit takes no more: with the one being written, that bounds memory."""
STOP_SECONDS = 10.0
"""For the last flush. Past it the process ends: what is not in the store is read again."""
WATCH_SECONDS = 30.0
"""How often the topics' ids are looked at."""
SHOW_SECONDS = 1.0
LOOK_AHEAD_SECONDS = 5.0
"""How often a sink that reads nothing asks how far behind it is."""
AUDIT_SECONDS = 4.0
"""Between two looks at the balance: an imbalance is known after three of them."""
CONFLICTS_REST = Rest(times=20.0, least=10.0, most=300.0)
"""Between two looks at the ids in conflict."""
PUBLISH_REST = Rest(times=4.0, least=1.0, most=60.0)
"""Between two looks at what is not published."""
PUBLISH_AGAIN = 5.0
"""After one that failed."""
REFUSED_SECONDS = 15.0
"""How long refused rows are tried again before the sink stops: a deploy may be changing the tables, and a sink that
died at once, again and again, would take the live figures with it."""
FIRST_WAIT = 0.2
LONGEST_WAIT = 2.0
"""For a store that does not answer: to ask costs nothing, and a backlog waits for it."""
LONGEST_WAIT_BUSY = 10.0
"""For one that answers and has no room: every try sends it a batch."""


def run(settings: Settings) -> int:
    """Runs until SIGTERM or SIGINT, then writes what it has, commits and leaves the group; gives exit code 0.

    Call it in the main thread. Raises Unreachable and WrongUse within seconds when the broker, a topic or the
    store is not there at the start; later it waits for them, as long as it takes. Raises Rejected when the
    store refuses rows for good: nothing of them is committed.
    """
    logs = topic_ids(settings, (*INPUTS, *OUTPUTS, *RAISED))
    readiness = Readiness("sink")
    pages = role_pages.serve(settings, readiness)
    try:
        with _owned_store(settings) as store:
            metrics.STORE_UP.set(1)
            asyncio.run(_serve(settings, store, logs, readiness))
    finally:
        pages.close()
    return 0


async def _serve(settings: Settings, store: Store, logs: Mapping[str, str], readiness: Readiness) -> None:
    audited = open_store(settings) if chdb_path(settings) is None else store
    await Sink(settings, store, audited, logs, readiness).serve()  # aiokafka wants to be made where the loop runs


@contextmanager
def _owned_store(settings: Settings) -> Iterator[Store]:
    """The store, migrated. An embedded one is opened here, and served to the other processes while this lasts."""
    path = chdb_path(settings)
    if path is None:
        store = open_store(settings)
        try:
            migrate(store, settings)
            yield store
        finally:
            store.close()
        return
    from sinks.chdb_store import Chdb
    from sinks.owner import Owner

    owned = open_when_free(path)
    assert isinstance(owned, Chdb)
    migrate(owned, settings)  # before anybody else sees it
    owner = Owner(owned)
    _register(settings, owner.url)
    try:
        yield owned
    finally:
        _unregister(settings, owner.url)
        owner.close()
        owned.close()


def _register(settings: Settings, url: str) -> None:
    running = deployment.read(settings) or deployment.Running(pid=os.getpid())
    deployment.write(settings, msgspec.structs.replace(running, store=url))


def _unregister(settings: Settings, url: str) -> None:
    running = deployment.read(settings)
    if running is None or running.store != url:
        return
    if running.pid == os.getpid():
        deployment.remove(settings)
    else:
        deployment.write(settings, msgspec.structs.replace(running, store=None))


class Sink:
    """Reads one batch while the one before is being written. At most these two are in memory.

    `audited` is another connection to the store, or the same: what asks it there holds no flush up.
    """

    def __init__(
        self, settings: Settings, store: Store, audited: Store, logs: Mapping[str, str], readiness: Readiness
    ) -> None:
        self._settings = settings
        self._readiness = readiness
        self._store = store
        self._logs = logs
        self._stop = asyncio.Event()
        self._log_gaps = LogGapWatch(store)
        self._intake = Intake(settings, logs, self._stored_positions)
        self._conservation = Conservation(audited, settings.keep_raw)
        self._batch = InsertBatch()
        metrics.UNREADABLE.labels("sink")  # at 0 from the start: an increase is only seen from there
        self._unwritten = InsertBatch()
        """What is being written."""
        self._since = time.monotonic()
        self._committed = time.monotonic()
        self._shown = 0.0
        self._looked_ahead = time.monotonic()
        self._shown_places: set[TopicPartition] = set()
        try:
            cities = load_cities(settings.cities)
        except (ValueError, OSError) as wrong:
            raise WrongUse(str(wrong)) from None
        self._unknown = UnknownCodes(cities)
        self._conflicts = ConflictWatch(audited, cities)
        self._publisher = Publisher(settings, audited, lambda: self._publishes)
        self._publishes = False
        """Whether that falls to this one: of a group of sinks one has partition 0."""

    async def serve(self) -> None:
        """Until a signal comes or something cannot go on."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        await self._intake.start()
        watch = asyncio.create_task(self._watch_topics())
        audit = asyncio.create_task(self._audit())
        conflicts = asyncio.create_task(self._watch_conflicts())
        publish = asyncio.create_task(self._publish())
        writing: asyncio.Task[None] | None = None
        _tune_collector()
        metrics.UP.labels("sink").set_to_current_time()
        log.info("sink is ready")
        try:
            while not self._stop.is_set():
                for task in (watch, audit, conflicts, publish):
                    if task.done():
                        task.result()
                if writing is not None and writing.done():
                    writing.result()
                    writing = None
                if writing is None and self._due():
                    writing = asyncio.create_task(self._flush(self._next_batch()))
                await self._read(writing)
            await self._last_flush(writing)
        finally:
            self._publishes = False  # its thread goes on beyond the task: what it has asked is somebody else's soon
            for task in (watch, audit, conflicts, publish):
                task.cancel()
            await self._leave()

    async def _read(self, writing: asyncio.Task[None] | None) -> None:
        """Adds what comes to the batch; a full one waits for the store and reads nothing."""
        if self._full():
            if writing is not None:
                await asyncio.wait({writing}, timeout=FLUSH_SECONDS)
            if time.monotonic() - self._looked_ahead > LOOK_AHEAD_SECONDS:
                await self._intake.look_ahead()
                self._looked_ahead = time.monotonic()
            self._show_lag()  # a store that is away is when its age is looked at
            return
        takes = await self._intake.take(patience=0.05)
        self._batch.unread += self._intake.unread()
        for place, records, end in takes:
            if not self._batch.ends:
                self._since = time.monotonic()
            self._unknown.look(self._batch.take(place, records, end))
            self._readiness.moved(place[1:])
        self._show_lag()

    def _due(self) -> bool:
        age = time.monotonic() - self._since
        if not self._batch.ends:
            return False
        return self._full() or age >= (FLUSH_SECONDS if self._batch.rows else POSITION_SECONDS)

    def _full(self) -> bool:
        return self._batch.rows >= MAX_ROWS or self._batch.size >= MAX_BYTES

    def _next_batch(self) -> InsertBatch:
        batch, self._batch = self._batch, InsertBatch()
        return batch

    async def _flush(self, batch: InsertBatch) -> None:
        """Durable first, committed after; for ever, while the store is away. Raises Rejected."""
        wait = FIRST_WAIT
        self._unwritten = batch
        refused_since: float | None = None
        while True:
            try:
                with self._conservation.writing(batch.cells.values()):
                    await asyncio.to_thread(write, self._store, batch)
                break
            except Rejected as refused:
                now = time.monotonic()
                refused_since = refused_since or now
                if now - refused_since >= REFUSED_SECONDS:
                    log.critical("the store refuses rows for good, nothing of them is committed: %s", refused)
                    raise
                self._readiness.waits("store", f"{batch.rows} rows wait, one is refused: {refused}")
                log.error("the store refuses a row, trying again in %.1f s: %s", wait, refused)
                longest = LONGEST_WAIT
            except Unreachable as away:
                refused_since = None
                metrics.STORE_UP.set(0)
                self._readiness.waits("store", f"{batch.rows} rows wait: {away}")
                log.warning("%d rows wait for the store, trying again in %.1f s: %s", batch.rows, wait, away)
                longest = LONGEST_WAIT_BUSY if isinstance(away, Busy) else LONGEST_WAIT
            metrics.SINK_RETRIES.inc()
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))
            wait = min(2 * wait, longest)
        metrics.STORE_UP.set(1)
        self._readiness.has("store")
        for _, topic, partition in batch.ends:
            self._readiness.moved((topic, partition))
        await self._intake.commit(batch.ends)
        self._committed = time.monotonic()
        self._unwritten = InsertBatch()

    async def _last_flush(self, writing: asyncio.Task[None] | None) -> None:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                if writing is not None:
                    await writing
                if self._batch.ends:
                    await self._flush(self._next_batch())
        except TimeoutError:
            print(
                f"citywatch: the store took nothing for {STOP_SECONDS:.0f} s; what it lacks is read again",
                file=sys.stderr,
                flush=True,
            )
            os._exit(0)  # a thread that waits for the store would keep the process

    async def _leave(self) -> None:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._intake.stop()
        except TimeoutError:
            log.warning("left the group without a word: the broker does not answer")

    async def _watch_topics(self) -> None:
        """A topic that was made anew is another log: its rows must not be taken for the old one's."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                now = await asyncio.to_thread(topic_ids, self._settings, self._logs)
            except (Unreachable, Untrusted):  # a certificate that is being replaced ends nothing that runs
                continue
            for topic, known in self._logs.items():
                if now[topic] != known:
                    raise CitywatchError(f"topic {topic} was made anew while the sink ran; start the sink again")
            with suppress(Unreachable, Rejected, KafkaError):  # what is away now is asked again in half a minute
                begins = await self._intake.beginnings(INPUTS, self._intake.partitions(PANES))
                await asyncio.to_thread(self._log_gaps.look, begins)

    async def _audit(self) -> None:
        """Compares what is stored with the verdicts, for as long as the sink runs."""
        horizon = (self._settings.keep_raw - 1) * DAY
        while True:
            await asyncio.sleep(AUDIT_SECONDS)
            partitions = self._intake.partitions(PANES)
            try:
                ends = await self._intake.ends((CORRECTIONS, DEAD_LETTERS), partitions)
                kept = await self._intake.first_since(INPUTS, partitions, time.time() - horizon)
                outside = Outside(ends, kept)
                await _in_own_thread(lambda: self._conservation.look(partitions, outside))  # noqa: B023
                if not self._unwritten.rows:
                    self._readiness.has("store")
            except KafkaError as away:
                log.warning("the balance is looked at later: %s", away)
            except Unreachable as away:
                # this tells of a store that is away also where nothing has to be written
                self._readiness.waits("store", str(away))
                log.warning("the balance is looked at later: %s", away)
            except Exception:
                # rows go on being stored; that nobody looks is an alarm of its own: citywatch_audit_age_seconds
                log.exception("the balance cannot be looked at")

    async def _watch_conflicts(self) -> None:
        """Ids in conflict are not looked for where the rows are written: which row counts is known only later."""
        while True:
            began = time.monotonic()
            try:
                await _in_own_thread(self._conflicts.look)
            except (Unreachable, Rejected) as away:
                log.warning("ids in conflict are looked for later: %s", away)
            await asyncio.sleep(CONFLICTS_REST.since(began))

    async def _publish(self) -> None:
        """What is published comes from the store, so it waits for no flush and no flush for it."""
        told = ""
        while True:
            began = time.monotonic()
            if not self._publishes:
                await _in_own_thread(self._publisher.rest)
            else:
                try:
                    await _in_own_thread(self._publisher.look)
                    told = ""
                except (Unreachable, Rejected, WrongUse) as away:
                    if told != (told := str(away)):
                        log.warning("adjustments and codes are published later: %s", away)
                    await asyncio.sleep(PUBLISH_AGAIN)
                    continue
                except Exception:
                    # rows go on being stored; that nothing is published is told by citywatch_adjustments_age_seconds
                    log.exception("adjustments and codes cannot be published")
                    await asyncio.sleep(PUBLISH_AGAIN)
                    continue
            await asyncio.sleep(PUBLISH_REST.since(began))

    def _stored_positions(self) -> Mapping[LogPartition, int]:
        try:
            rows = self._store.query("SELECT log, topic, partition, position FROM positions_latest")
        except Unreachable as away:
            self._readiness.waits("store", f"the positions of its partitions are asked for: {away}")
            raise
        self._readiness.has("store")
        return {(topic_log, topic, int(partition)): int(position) for topic_log, topic, partition, position in rows}

    def _show_lag(self) -> None:
        now = time.monotonic()
        if now - self._shown < SHOW_SECONDS:
            return
        self._shown = now
        waits = now - self._committed if self._batch.rows or self._unwritten.rows else 0.0
        lag = self._intake.lag()
        for tp in self._shown_places - lag.keys():
            _hide("sink", tp.topic, str(tp.partition))  # another worker's now: two must not show one
        self._shown_places = set(lag)
        for tp, behind in lag.items():
            labels = ("sink", tp.topic, str(tp.partition))
            metrics.LAG.labels(*labels).set(behind)
            metrics.LAG_SECONDS.labels(*labels).set(self._intake.age(tp) if behind else 0)
            metrics.COMMIT_AGE.labels(*labels).set(waits)
        self._publishes = 0 in self._intake.partitions(PANES)
        metrics.ADJUSTMENTS_AGE.set(self._publisher.age if self._publishes else nan)
        self._tell_progress(lag)

    def _tell_progress(self, lag: Mapping[TopicPartition, int]) -> None:
        self._readiness.turned()
        wait, silent = self._intake.awaited()
        self._readiness.told("kafka", wait)
        self._readiness.holds({(tp.topic, tp.partition) for tp in lag})
        held = {place[1:] for batch in (self._batch, self._unwritten) if batch.rows for place in batch.ends}
        for tp, behind in lag.items():
            place = (tp.topic, tp.partition)
            self._readiness.told("kafka", silent.get(tp, ""), place)
            unwritten = "what was read waits for the store" if place in held else ""
            self._readiness.pending(place, f"{behind} records wait" if behind else unwritten)


async def _in_own_thread(work: Callable[[], object]) -> None:
    """Runs it in a thread that nobody waits for on the way out: a store that is stuck would keep the process."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def tell(failed: Exception | None) -> None:
        if done.cancelled():
            return
        if failed is None:
            done.set_result(None)
        else:
            done.set_exception(failed)

    def run() -> None:
        failed: Exception | None = None
        try:
            work()
        except Exception as raised:  # noqa: BLE001  it is raised where it is awaited
            failed = raised
        except BaseException as raised:  # noqa: BLE001  else whoever awaits it would wait for ever
            failed = RuntimeError(f"a look ended with {type(raised).__name__}")
            failed.__cause__ = raised
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(tell, failed)

    threading.Thread(target=run, name="look", daemon=True).start()
    await done


def _hide(*labels: str) -> None:
    for gauge in (metrics.LAG, metrics.LAG_SECONDS, metrics.COMMIT_AGE):
        gauge.remove(*labels)


def _tune_collector() -> None:
    """Records are many small objects that live for one batch: default thresholds cost a third of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
