"""Refused records as the log still has them, read at their offsets."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from citywatch.errors import Unreachable
from citywatch.kafka import client_options
from citywatch.proof.log import Extent, Place, extents
from citywatch.settings import Settings
from schemas.topics import INPUTS

STRIDE = 5_000
"""Offsets that are read over rather than sought past."""

STALL_SECONDS = 15.0


class Original(NamedTuple):
    key: bytes | None
    value: bytes | None


class Originals:
    """The input logs of now. Not thread-safe."""

    def __init__(self, consumer: Any, there: dict[Place, Extent]) -> None:
        self._consumer = consumer
        self._there = there
        self._sought: Any = None

    def came_later(self, place: Place, offset: int) -> bool:
        """Whether the record was written after these logs were opened."""
        return place in self._there and offset >= self._there[place].end

    def read(self, place: Place, offsets: Iterable[int]) -> Iterator[tuple[int, Original | None]]:
        """Each offset in rising order with its record; None where the log, or this part of it, is gone. Blocks."""
        from kafka import TopicPartition

        wanted = deque(sorted(offsets))
        extent = self._there.get(place, Extent(0, 0))
        tp = TopicPartition(place.topic, place.partition)
        while wanted:
            if not extent.begin <= wanted[0] < extent.end:
                yield wanted.popleft(), None
                continue
            for record in self._records_from(tp, wanted[0]):
                while wanted and wanted[0] < record.offset:
                    yield wanted.popleft(), None  # compacted, or of a transaction that was given up
                if wanted and wanted[0] == record.offset:
                    yield wanted.popleft(), Original(record.key, record.value)

    def _records_from(self, tp: Any, offset: int) -> Sequence[Any]:
        consumer = self._consumer
        if self._sought != tp:
            consumer.assign([tp])
        if self._sought != tp or not (position := consumer.position(tp)) <= offset < position + STRIDE:
            consumer.seek(tp, offset)
            self._sought = tp
        deadline = time.monotonic() + STALL_SECONDS
        while True:
            records: Sequence[Any] = consumer.poll(timeout_ms=500).get(tp, ())
            if records:
                return records
            if time.monotonic() > deadline:
                raise Unreachable(
                    f"Kafka gives no records of {tp.topic} {tp.partition} from offset {offset} on; is its leader up?"
                )


@contextmanager
def originals(settings: Settings) -> Iterator[Originals]:
    """Opens the input logs for reading. Raises Unreachable."""
    from kafka import KafkaConsumer
    from kafka.errors import KafkaError

    there = extents(settings, INPUTS)
    try:
        consumer = KafkaConsumer(
            **client_options(settings),
            client_id="citywatch",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            fetch_max_wait_ms=100,
        )
    except (KafkaError, OSError) as error:
        raise Unreachable(f"Kafka does not let us read ({type(error).__name__}); is it up?") from None
    try:
        yield Originals(consumer, there)
    except KafkaError as error:
        raise Unreachable(f"reading Kafka failed ({type(error).__name__}); try again") from None
    finally:
        consumer.close()
