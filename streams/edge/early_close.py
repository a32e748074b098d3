"""Panes that close early: the oldest at the memory limit, and those of a source whose clock stands still.

That is a decision, so it goes through the log. A pane that stays open holds the position of its partition: every
restart would read all of the log since its first record.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from faust.types import TP

from runtime.metrics import EARLY_CLOSES, IDLE_CLOSES
from schemas.control import PANE, Close, CloseData
from streams.core.partition import Partition
from streams.edge.publisher import Publisher

log = logging.getLogger(__name__)


class EarlyClose:
    """Asks, in the input partition itself, to close a pane, once until that pane has closed.

    limit: bytes of open panes. patience: seconds that a source's clock may stand still.
    """

    def __init__(self, publisher: Publisher, limit: int, patience: int) -> None:
        self._publisher = publisher
        self._limit = limit
        self._patience = patience
        self._asked: dict[TP, tuple[str, int]] = {}
        self._asked_idle: dict[TP, tuple[str, int]] = {}

    async def idle(self, partitions: Mapping[TP, Partition]) -> None:
        """Asks each partition that is through with its re-read. Waits for the acknowledgement. Raises KafkaError."""
        for tp, partition in partitions.items():
            if partition.to_judge_again or partition.stopped is not None:
                continue
            overdue = partition.overdue(self._patience)
            if overdue is None or self._asked_idle.get(tp) == overdue:
                continue
            source, start = overdue
            log.warning("%s/%d: the clock of %s stands still: closing its panes up to %d", *tp, source, start)
            await self._publisher.send(tp.topic, tp.partition, _close(tp, source, start + PANE))
            self._asked_idle[tp] = overdue
            IDLE_CLOSES.labels(tp.topic, str(tp.partition)).inc()

    async def at_limit(self, partitions: Mapping[TP, Partition]) -> None:
        """Asks the partition that holds most. Waits for the acknowledgement. Raises KafkaError."""
        held = {tp: partition.bytes for tp, partition in partitions.items()}
        total = sum(held.values())
        if total <= self._limit:
            return
        tp = max(held, key=held.__getitem__)
        oldest = partitions[tp].oldest()
        if oldest is None or self._asked.get(tp) == oldest:
            return
        source, start = oldest
        log.warning(
            "%s/%d: %d bytes of open panes, limit %d: closing %s at %d",
            *tp,
            total,
            self._limit,
            source,
            start,
        )
        await self._publisher.send(tp.topic, tp.partition, _close(tp, source, start + PANE))
        self._asked[tp] = oldest
        EARLY_CLOSES.inc()


def _close(tp: TP, source: str, boundary: int) -> bytes:
    event = Close(
        specversion="1.0",
        source="citywatch",
        id=f"close-{tp.topic}-{tp.partition}-{boundary}"[:64],
        time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        data=CloseData(source=source, boundary=boundary),
    )
    return msgspec.json.encode(event)
