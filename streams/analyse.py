"""The analyse role: live figures and alarms from the panes topic and the store's history.

What may block: the broker at start, the store in a thread of its own. Nothing here commits anything: a
restart reads the store and the topic again and has the same figures.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from figures.queries.facts import load_facts
from runtime import kafka, metrics
from runtime.errors import Unreachable, WrongUse
from runtime.log import LogPartition
from runtime.readiness import Readiness
from runtime.rest import Rest
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.live import NOT_LOADED
from schemas.topics import PANES
from sinks.migrate import NewerStore
from sinks.positions import positions as sink_positions
from sinks.store import Rejected, Store
from streams.live import history
from streams.live.alarm_topic import AlarmPublisher
from streams.live.follow import Follower
from streams.live.pages import serve_live
from streams.live.state import LiveState
from streams.live.stock_views import settle
from streams.live.subject_history import load_again, load_subjects

_log = logging.getLogger("citywatch.analyse")

ROLE = "analyse"
STORE_REST = Rest(times=2.0, least=1.0, most=15.0)
"""Between two looks at the store."""

PROGRESS_EVERY = 1.0
"""Seconds between two looks at what the followed topic waits for."""

ALARM_SECONDS = 0.5
"""Between two looks at what clocks say."""

ALARMS_AGAIN = 5.0
"""After one that failed."""

STARTING = 10.0
"""Seconds in which roles that start together need not find each other: `/ready` says so, and no warning."""

FORGET_EVERY = 3600.0
"""Seconds between two looks at which subjects are over."""

T = TypeVar("T")


def run(settings: Settings) -> int:
    """Runs until SIGTERM or SIGINT. Raises Unreachable and WrongUse in one line."""
    try:
        state = LiveState.of(load_cities(settings.cities), lateness=settings.lateness)
    except (ValueError, OSError) as wrong:
        raise WrongUse(str(wrong)) from None
    log = kafka.topic_ids(settings, [PANES])[PANES]
    readiness = Readiness(ROLE)
    pages = serve_live(settings, readiness, state)
    try:
        asyncio.run(_Analyse(settings, state, log, readiness).run())
    finally:
        pages.close()
    return 0


class _Analyse:
    def __init__(self, settings: Settings, state: LiveState, log: str, readiness: Readiness) -> None:
        self._settings = settings
        self._readiness = readiness
        self._state = state
        self._log = log
        self._stop = asyncio.Event()
        self._store: Store | None = None
        self._follows = False
        self._forgot = self._begun = time.monotonic()
        self._told = ""
        self._steps_to: Mapping[LogPartition, int] = {}

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        self._readiness.waits("history", "the store's history is not loaded yet")
        stored = await asyncio.to_thread(self._asked, sink_positions)
        async with Follower(self._settings, self._state, self._log, self._readiness) as follower:
            await follower.start(stored or {})
            self._follows = True
            metrics.UP.labels(ROLE).set_to_current_time()
            self._readiness.has("kafka")
            await asyncio.gather(
                self._follow(follower), self._watch_store(), self._watch_progress(follower), self._watch_clocks()
            )
        if self._store is not None:
            self._store.close()

    async def _follow(self, follower: Follower) -> None:
        while not self._stop.is_set():
            await follower.poll()

    async def _watch_progress(self, follower: Follower) -> None:
        while not self._stop.is_set():
            follower.tell_progress()
            try:
                await asyncio.wait_for(self._stop.wait(), PROGRESS_EVERY)
            except TimeoutError:
                continue

    async def _watch_clocks(self) -> None:
        publisher = AlarmPublisher(self._settings, self._state)
        while not self._stop.is_set():
            went_well = await asyncio.to_thread(publisher.look)
            try:
                await asyncio.wait_for(self._stop.wait(), ALARM_SECONDS if went_well else ALARMS_AGAIN)
            except TimeoutError:
                continue
        publisher.close()

    async def _watch_store(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            await asyncio.to_thread(self._asked, self._refresh)
            try:
                await asyncio.wait_for(self._stop.wait(), STORE_REST.since(began))
            except TimeoutError:
                continue

    def _asked(self, question: Callable[[Store], T]) -> T | None:
        """The answer of the store; None, and a note that says why, while it cannot be asked. Raises NewerStore at the
        start; what runs already goes on without a store that was upgraded meanwhile."""
        try:
            if self._store is None:
                self._store = history.reach(self._settings)
            answer = question(self._store)
        except (Unreachable, Rejected, NewerStore) as away:
            if isinstance(away, NewerStore) and not self._follows:
                raise
            self._lost(away)
            return None
        metrics.STORE_UP.set(1)
        self._told = ""
        return answer

    def _lost(self, away: Exception) -> None:
        metrics.STORE_UP.set(0)
        if self._store is not None:
            self._store.close()
            self._store = None
        note = f"adjustments are not followed: {away}" if self._state.history_loaded else f"{NOT_LOADED}: {away}"
        is_starting = not self._state.history_loaded and time.monotonic() - self._begun < STARTING
        if note != self._told and not is_starting:
            _log.warning("%s", note)
            self._told = note
        self._state.note = note
        if not self._state.history_loaded:
            self._readiness.waits("history", note)

    def _refresh(self, store: Store) -> None:
        """Loads the history once, then the adjustments whenever the sink has got on."""
        state = self._state
        positions = sink_positions(store)
        if not state.history_loaded:
            began = time.monotonic()
            judged = history.progress(store)
            with state.lock:
                for progress in judged:
                    state.take_progress(progress)
                load_facts(store, state.facts)
            with _nothing_collected():
                history.load_cells(store, state)
                history.load_adjustments(store, state)
            _log.info("history loaded: %d cells in %.1f s", len(state), time.monotonic() - began)
        elif positions != state.adjusted_to:
            history.load_adjustments(store, state)
        with state.lock:
            state.adjusted_to, state.history_loaded, state.note = positions, True, ""
        self._readiness.has("history")
        with state.lock:
            lacks_steps = not (state.has_all_steps or state.handover.is_from_start)
        if lacks_steps and positions != self._steps_to:
            self._load_subjects(store, positions)
        self._look_after_subjects(store, positions)

    def _load_subjects(self, store: Store, positions: Mapping[LogPartition, int]) -> None:
        """After the figures, which do not need them."""
        began = time.monotonic()
        with _nothing_collected():
            load_subjects(store, self._state, positions)
            settle(self._state)
        self._steps_to = positions
        _log.info("%d subjects loaded in %.1f s", len(self._state.subjects), time.monotonic() - began)

    def _look_after_subjects(self, store: Store, positions: Mapping[LogPartition, int]) -> None:
        """What is over is left out now and then; what may have been left out and goes on is loaded again."""
        with self._state.lock:
            unsure = self._state.subjects.unsure()
            if time.monotonic() - self._forgot > FORGET_EVERY:
                self._state.subjects.forget()
                self._forgot = time.monotonic()
        try:
            load_again(store, self._state, positions, unsure)
        except (Unreachable, Rejected):
            with self._state.lock:
                self._state.subjects.doubt(unsure)
            raise


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """While much is made that stays: to look through all of it for garbage again and again would find none."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
