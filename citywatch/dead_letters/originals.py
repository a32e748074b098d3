"""Refused records as the log still has them, read at their offsets."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection
from typing import Any, NamedTuple

from runtime.errors import Unreachable
from runtime.log import STALL_SECONDS, OffsetRange, Place, extents, unreadable, with_consumer
from runtime.settings import Settings
from schemas.topics import INPUTS

STRIDE = 5_000
"""Offsets that are read over rather than sought past."""


class Original(NamedTuple):
    key: bytes | None
    value: bytes | None


class Unreadable(NamedTuple):
    """The log holds the record, and nobody can read it: `why` in words."""

    why: str


Found = Original | Unreadable | None
"""What stands at an offset; None where the log, or this part of it, is gone."""


class Originals:
    """The input logs as they are now. Making it blocks on the broker; raises Unreachable."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._there = extents(settings, INPUTS)

    def came_later(self, place: Place, offset: int) -> bool:
        """Whether the record was written after this was made."""
        return place in self._there and offset >= self._there[place].end

    def read(self, place: Place, offsets: Collection[int]) -> dict[int, Found]:
        """Each offset with what stands there, in rising order. Blocks on the broker; raises Unreachable."""
        extent = self._there.get(place, OffsetRange(0, 0))
        found: dict[int, Found] = dict.fromkeys(sorted(offsets))
        held = [offset for offset in found if extent.begin <= offset < extent.end]
        if held:
            found |= with_consumer(self._settings, [place.topic], lambda consumer: _pick(consumer, place, held))
        return found


async def _pick(consumer: Any, place: Place, offsets: Collection[int]) -> dict[int, Found]:
    """The records at these rising offsets. One that cannot be read is found out by being asked for alone."""
    from aiokafka import TopicPartition

    part = TopicPartition(place.topic, place.partition)
    consumer.assign([part])
    found: dict[int, Found] = dict.fromkeys(offsets)
    wanted = deque(offsets)
    position: int | None = None
    alone = False
    deadline = time.monotonic() + STALL_SECONDS
    while wanted:
        if position is None or not position <= wanted[0] < position + STRIDE:
            position = wanted[0]
            consumer.seek(part, position)
        try:
            fetched = await consumer.getmany(part, timeout_ms=500, max_records=1 if alone else None)
        except unreadable() as error:
            if alone:
                found[wanted.popleft()] = Unreadable(type(error).__name__)
                deadline = time.monotonic() + STALL_SECONDS
            alone, position = True, None
            continue
        for record in fetched.get(part, ()):
            if record.offset in found:
                found[record.offset] = Original(record.key, record.value)
        now = await consumer.position(part)
        if now > position:
            alone, position, deadline = False, now, time.monotonic() + STALL_SECONDS
        while wanted and wanted[0] < position:  # else compacted, or of a transaction that was given up
            wanted.popleft()
        if wanted and time.monotonic() > deadline:
            where = f"{place.topic} {place.partition} from offset {position} on"
            raise Unreachable(f"Kafka gives no records of {where}; is its leader up?")
    return found
