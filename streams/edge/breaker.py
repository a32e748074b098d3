"""Partitions that too many dead letters have stopped: tells them, and looks ahead for the record that lets them go on.

A stopped partition keeps its place. What comes after it is read and not judged: among it stands, when somebody has
run `citywatch resume`, a resume record. Then the partition is read again from its committed position, and passes.
"""

from __future__ import annotations

import logging
from collections.abc import Set

from faust.types import TP

from runtime.metrics import BREAKER_OPEN
from schemas.accept import Refused, accept
from schemas.control import Resume
from streams.core.breaker import Limits, Opened
from streams.core.partition import Partition
from streams.edge.batch import FetchedBatch
from streams.edge.positions import Origin

log = logging.getLogger(__name__)

_MARK = b"citywatch.resume"
"""Stands in the value of every resume record: most others need not be decoded to tell."""


class BreakerSupervision:
    """What this worker knows of resume records, how far it has looked for them, and which stops it has told."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._passes: dict[tuple[str, TP], int] = {}
        self._looked: dict[TP, int] = {}
        self._told: dict[TP, int | None] = {}

    def passes(self, log_id: str, tp: TP) -> int:
        """The offset of the last resume record that was seen in a partition of this log."""
        return self._passes.get((log_id, tp), 0)

    def begins(self, tp: TP) -> None:
        """The partition is read from its committed position: nothing is looked through yet."""
        self._looked.pop(tp, None)

    def expects(self, tp: TP, partition: Partition) -> int:
        """Where the next batch has to begin."""
        return self._looked.get(tp, partition.next_offset)

    def look(self, partition: Partition, batch: FetchedBatch) -> bool:
        """Looks through what a stopped partition leaves alone. True: a resume record stands there."""
        if partition.stopped is None:
            return False
        stop = partition.next_offset
        self._looked[batch.tp] = batch.end
        for record in batch.records:
            if record.offset >= stop and _is_resume(record.value):
                self._passes[partition.log, batch.tp] = record.offset
                log.warning("%s/%d: goes on at offset %d, by the resume record at %d", *batch.tp, stop, record.offset)
                return True
        return False

    def observe(self, tp: TP, partition: Partition | None, origin: Origin | None) -> None:
        """Once a second: keeps the gauge, and tells each stop once, in one line."""
        stop = self._stop(partition, origin)
        BREAKER_OPEN.labels(tp.topic, str(tp.partition)).set(stop is not None)
        offset, opened = stop or (None, None)
        if offset is not None and self._told.get(tp) != offset:
            log.error(
                "%s/%d: STOPPED before offset %d: %s; nothing further is judged there. Look at them with"
                " `citywatch deadletters list`, mend the feed, then run `citywatch resume`",
                *tp,
                offset,
                opened,
            )
        self._told[tp] = offset

    def keep_only(self, assigned: Set[TP]) -> None:
        """Takes the gauges of partitions away that are another worker's now."""
        for tp in self._told.keys() - assigned:
            del self._told[tp]
            BREAKER_OPEN.remove(tp.topic, str(tp.partition))

    def _stop(self, partition: Partition | None, origin: Origin | None) -> tuple[int, Opened] | None:
        """Where and why a partition stands. Before its first batch the note at its origin tells."""
        if partition is not None:
            return (partition.next_offset, partition.stopped) if partition.stopped is not None else None
        note = origin.note if origin is not None and any(self.limits) else None
        return (note.read, note.breaker.opened) if note is not None and note.breaker.opened is not None else None


def _is_resume(value: bytes | None) -> bool:
    if value is None or _MARK not in value:
        return False
    try:
        return isinstance(accept(value), Resume)
    except Refused:
        return False
