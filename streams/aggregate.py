"""The role `aggregate`: gives every input record its verdict and publishes cells while they fill."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from aiokafka.errors import KafkaError

from runtime import metrics
from runtime.errors import CitywatchError, Unreachable
from runtime.kafka import bootstrap, topic_ids
from runtime.readiness import Readiness
from runtime.settings import Settings
from schemas.topics import INPUTS, OUTPUTS

if TYPE_CHECKING:
    from streams.edge.app import Aggregate

log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
"""For leaving in order. Past it the process just ends: what is not committed is read again."""


def run(settings: Settings) -> int:
    """Runs until SIGTERM or SIGINT, then publishes, commits and leaves the group; gives the exit code 0.

    Call it in the main thread. Raises Unreachable and WrongUse within seconds when the broker or a topic
    is not there, CitywatchError when the role cannot go on.
    """
    logs = topic_ids(settings, (*INPUTS, *OUTPUTS))
    readiness = Readiness("aggregate")
    page = metrics.serve(settings, readiness)
    try:
        asyncio.run(_serve(settings, logs, readiness))
    finally:
        page.shutdown()
    return 0


async def _serve(settings: Settings, logs: Mapping[str, str], readiness: Readiness) -> None:
    from streams.edge.app import build  # Faust takes half a second, and what is wrong should be told before

    worker = build(settings, logs, readiness)
    stop = _stop_event()
    try:
        await worker.publisher.start()
        await _until_stopped(worker, stop)
    except KafkaError as failed:
        raise Unreachable(f"Kafka at {bootstrap(settings)} does not answer ({failed}); is it up?") from None
    finally:
        await _leave(worker)
    if worker.app.crash_reason is not None:
        raise _told(worker.app.crash_reason)


async def _until_stopped(worker: Aggregate, stop: asyncio.Event) -> None:
    """Starts the app and waits for a signal or a crash."""
    starting = asyncio.create_task(worker.app.start())
    watching = asyncio.create_task(_watch_group(worker))
    ends = {asyncio.create_task(stop.wait()), asyncio.create_task(worker.app._crashed.wait())}
    try:
        await asyncio.wait({starting, *ends}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            _tune_collector()
            metrics.UP.labels("aggregate").set_to_current_time()
            log.info("aggregate is ready")
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (starting, watching, *ends):
            task.cancel()


async def _watch_group(worker: Aggregate) -> None:
    while True:
        await asyncio.sleep(1.0)
        if (refused := worker.consumer.refused()) is not None:
            await worker.app.crash(refused)
            return


async def _leave(worker: Aggregate) -> None:
    """Publishes, commits and leaves the group; past the deadline it ends the process."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await worker.app.stop()
            await worker.publisher.stop()
    except TimeoutError:
        reason = worker.app.crash_reason
        told = f"{_told(reason)}" if reason else f"left without order after {STOP_SECONDS:.0f} s; nothing is lost"
        print(f"citywatch: {told}", file=sys.stderr, flush=True)
        os._exit(1 if reason else 0)  # threads of clients that wait for a broker would keep it


def _told(reason: BaseException) -> CitywatchError:
    if isinstance(reason, CitywatchError):
        return reason
    return CitywatchError(f"aggregate cannot go on ({type(reason).__name__}: {reason}); see its log")


def _stop_event() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def _tune_collector() -> None:
    """Every Cython record is tracked: with default thresholds the collector takes a third of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
