"""The one kafka-python producer: idempotent, acknowledged by all replicas, and no failure goes unnoticed."""

from __future__ import annotations

import gc
import logging
import socket
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError
from kafka.partitioner.default import murmur2

from runtime.errors import Unreachable
from runtime.kafka import client_options, topic_ids
from runtime.settings import Settings

BATCH_BYTES = 131_072
LINGER_MS = 100
"""A file at full speed fills batches in that time; who sends as time passes flushes."""
PATIENCE_MS = 5_000
"""How long a broker may take to answer at the start; after that it counts as unreachable."""
REQUEST_MS = 30_000
RECONNECT_MS = 1_000
DELIVERY_MS = 120_000
MAX_PENDING = 50_000
"""Records sent and not yet known to be durable; at this many `send` waits, so memory stays bounded."""


class Undelivered(Unreachable):
    """The broker did not take a record within the delivery time-out."""


def partition_of(key: bytes, partitions: int) -> int:
    """Where every Kafka client puts a key, in a topic of so many partitions."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


class Producer:
    """Sends records in the order of calls. One that fails is raised by a later `send`, `flush` or `close`.

    A key always goes to the same partition, the one that every Kafka client would choose for it.
    """

    def __init__(self, settings: Settings, topics: Sequence[str], linger_ms: int = LINGER_MS) -> None:
        """Connect and learn the partitions. Raises Unreachable in seconds, WrongUse for a missing topic."""
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # its errors are raised here, in one line
        _knock(client_options(settings)["bootstrap_servers"])
        topic_ids(settings, topics)  # a producer that asks for a topic may make it, with wrong settings
        self._kafka = _connect(settings, linger_ms)
        self._pending: deque[Any] = deque()
        self._moved = time.monotonic()
        self._places: dict[tuple[str, bytes], int] = {}
        try:
            self.partitions: dict[str, int] = {}
            self.look_again(topics)
        except BaseException:
            self.abandon()
            raise

    def look_again(self, topics: Iterable[str]) -> None:
        """Learn the partitions of topics, which may have grown. Keys that were placed stay where they are."""
        self.partitions = {topic: self._count(topic) for topic in topics}

    def _count(self, topic: str) -> int:
        try:
            return len(self._kafka.partitions_for(topic))
        except KafkaError as error:
            raise Unreachable(f"Kafka does not tell the partitions of {topic} ({error!r}); try again") from None

    def partition(self, topic: str, key: bytes) -> int:
        """The partition of a key."""
        place = self._places.get((topic, key))
        if place is None:
            place = self._places[(topic, key)] = partition_of(key, self.partitions[topic])
        return place

    def send(self, topic: str, partition: int, key: bytes, value: bytes | None) -> None:
        """Queue one record; without a value it takes its key out of a compacted topic.

        May block while the broker is slower than the caller. Raises Undelivered, also for an earlier record: whoever
        sends now and then hears of a broker that is gone within the delivery time-out.
        """
        pending, now = self._pending, time.monotonic()
        if not pending:
            self._moved = now
        while pending and pending[0].is_done:
            _known(pending.popleft())
            self._moved = now
        if now - self._moved > DELIVERY_MS / 1000:  # the client itself waits for its first producer id for ever
            raise Undelivered(f"the broker has taken no record for {DELIVERY_MS / 1000:g} s; check the broker")
        try:
            pending.append(self._kafka.send(topic, value, key, None, partition))
        except KafkaError as error:
            raise Undelivered(f"cannot write to topic {topic}: {error!r}; check the broker") from error
        if len(pending) >= MAX_PENDING:
            self._settle(len(pending) // 2)

    def flush(self) -> None:
        """Block until every record sent so far is durable. Raises Undelivered."""
        try:
            self._kafka.flush(timeout=DELIVERY_MS / 1000)
        except KafkaError as error:
            raise Undelivered(f"the broker did not take all records: {error!r}; check the broker") from error
        self._settle(len(self._pending))

    def _settle(self, count: int) -> None:
        """Wait for the oldest `count` records."""
        for _ in range(count):
            _known(self._pending.popleft())

    def close(self) -> None:
        """Flush and disconnect. Raises Undelivered."""
        try:
            self.flush()
        except BaseException:
            self.abandon()
            raise
        self._kafka.close()

    def abandon(self) -> None:
        """Disconnect now, whatever is still on its way. Blocks for seconds at most."""
        sender = self._kafka._sender  # the client's own close flushes first, and stays half open where that fails
        sender.force_close()
        sender.join(PATIENCE_MS / 1000)
        self._kafka.close(timeout=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abandon()


def _known(future: Any) -> None:
    """Waits until a record is durable. Raises Undelivered."""
    if future.succeeded():
        return
    try:
        future.get(timeout=DELIVERY_MS / 1000)
    except KafkaError as error:
        raise Undelivered(f"the broker refused a record: {error!r}; check the broker") from error


@contextmanager
def calm_collector() -> Iterator[None]:
    """Fewer runs of the garbage collector: with many records on the way they cost a third of it."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _knock(servers: Sequence[str]) -> None:
    """Raise Unreachable at once where nothing listens, instead of after the client's patience."""
    for server in servers:
        host, _, port = server.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE_MS / 1000).close()
        except OSError:
            continue
        return
    raise Unreachable(f"no Kafka broker listens at {', '.join(servers)}: start it, or set CITYWATCH_KAFKA")


def _connect(settings: Settings, linger_ms: int) -> Any:
    options = client_options(settings)
    try:
        return KafkaProducer(
            **options,
            enable_idempotence=True,
            acks="all",
            compression_type="lz4",
            batch_size=BATCH_BYTES,
            linger_ms=linger_ms,
            bootstrap_timeout_ms=PATIENCE_MS,
            max_block_ms=PATIENCE_MS * 2,
            request_timeout_ms=REQUEST_MS,
            delivery_timeout_ms=DELIVERY_MS,
            reconnect_backoff_max_ms=RECONNECT_MS,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
    except (KafkaError, OSError) as error:
        servers = ", ".join(options["bootstrap_servers"])
        raise Unreachable(f"no Kafka broker answers at {servers}: start it, or set CITYWATCH_KAFKA") from error
