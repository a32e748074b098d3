"""The Faust app of `aggregate`: one agent over batches of the input topics; no tables, web or producer."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import faust
from faust.app.base import BootStrategy
from faust.tables.manager import TableManager
from mode import ServiceT

from runtime.kafka import LogWatch, aiokafka_options
from runtime.readiness import Readiness
from runtime.settings import Settings
from schemas.topics import INPUTS
from streams.core.breaker import Limits
from streams.edge.batch import FetchedBatch, Reader
from streams.edge.counting import Counting
from streams.edge.early_close import EarlyClose
from streams.edge.health import Health
from streams.edge.publisher import Publisher
from streams.edge.quiet import quieten_clients
from streams.edge.transport import BatchConsumer, BatchTransport

QUEUED_BATCHES = 2

NEVER_GIVES_UP = 365 * 86_400.0
"""Seconds that Faust lets a seek wait for the broker. Past them it would stay in the group and read nothing."""


class BatchSchema(faust.Schema):  # type: ignore[type-arg]
    """Hands a batch through: its records are decoded by the core."""

    def loads_key(self, *args: Any, **kwargs: Any) -> None:
        return None

    def loads_value(self, app: Any, message: Any, **kwargs: Any) -> Any:
        return message.value


class NoTables(TableManager):
    """Starts at once: Faust waits a second for tables to be declared."""

    async def on_start(self) -> None:
        await self._update_channels()
        await self.recovery.start()


class ReaderBoot(BootStrategy):
    """Starts the consumer, the agent and what binds them; positions, values and metrics are ours."""

    enable_kafka_producer = False
    enable_web = False

    def kafka_consumer(self) -> Iterable[ServiceT]:
        return [self.app.consumer]


class ReaderApp(faust.App):
    """An app without folders of its own."""

    BootStrategy = ReaderBoot

    def _create_directories(self) -> None:
        """There is no state on disk: the log is the state."""


@dataclass
class Aggregate:
    """The parts of a worker. `app` is started and stopped by the caller, `publisher` before and after it."""

    app: ReaderApp
    consumer: BatchConsumer
    counting: Counting
    publisher: Publisher


def build(settings: Settings, logs: Mapping[str, str], readiness: Readiness) -> Aggregate:
    """A worker that reads the input topics, whose logs are given. Call it in the loop that runs it."""
    quieten_clients()
    options = aiokafka_options(settings)
    url = f"kafka://{options['bootstrap_servers'].split(',')[0]}"
    app = ReaderApp(
        settings.group_aggregate,
        broker=url,
        autodiscover=False,
        broker_session_timeout=settings.session_timeout,
        broker_heartbeat_interval=min(1.0, settings.session_timeout / 3),
        broker_request_timeout=NEVER_GIVES_UP,
        table_standby_replicas=0,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_buffer_maxsize=QUEUED_BATCHES,
        stream_wait_empty=True,
        web_enabled=False,
        TableManager=NoTables,
    )
    watch = LogWatch(settings, {topic: logs[topic] for topic in INPUTS})
    reader = Reader(options, logs, settings.session_timeout, watch)
    app.transport = BatchTransport(url, app, reader)
    app.finalize()
    consumer = cast(BatchConsumer, app.consumer)
    publisher = Publisher(options)
    health = Health(readiness)
    limits = Limits(settings.breaker_run, settings.breaker_ratio)
    early_close = EarlyClose(publisher, settings.memory_limit, settings.idle_close)
    counting = Counting(logs, publisher, consumer, settings.publish_interval, early_close, health, limits)
    consumer.keeper = counting

    @app.agent(app.topic(*INPUTS, schema=BatchSchema(), acks=False))
    async def aggregate(batches: AsyncIterable[FetchedBatch]) -> None:
        try:
            async for batch in batches:
                await counting.take(batch)
        except Exception as failed:
            # Faust's supervisor would start the agent again, without the batch it failed on
            await app.crash(failed)
            raise

    app.task(counting.run)
    app.task(counting.watch)
    return Aggregate(app, consumer, counting, publisher)
