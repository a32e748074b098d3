"""Publishes what the store has decided: what cells need beside them, and the lists that give their codes names.

Nothing depends on what a killed one knew: records are absolute, what was published stands in the store once the
broker has it, and whoever follows publishes the difference.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence

import msgspec

from runtime import metrics
from runtime.kafka import topic_ids
from runtime.log import OffsetRange, Place, Record, extents, read
from runtime.producer import Producer, partition_of
from runtime.settings import Settings
from schemas.families import TYPES
from schemas.published import Adjustment
from schemas.topics import ADJUSTMENTS, CODES, PUBLISHED
from sinks import listed, published
from sinks.store import ResultRow, Store

log = logging.getLogger(__name__)

AT_ONCE = 20_000
"""Identities that are asked for and published together: some 20 MB."""

LINGER_MS = 5

WATCH_SECONDS = 30.0
"""How often it is looked at whether the topics were made anew: then all is published again."""

_encode = msgspec.json.Encoder().encode
_adjustment = msgspec.json.Decoder(Adjustment)


class Publisher:
    """The one that publishes. `may`: whether this process is still the one; it is asked between two parts of the work.

    Its calls block on the store and the broker, and may come from any thread, one at a time.
    """

    def __init__(self, settings: Settings, store: Store, may: Callable[[], bool]) -> None:
        self._settings = settings
        self._store = store
        self._may = may
        self._producer: Producer | None = None
        self._logs: dict[str, str] = {}
        self._watched = 0.0
        self._version = 0
        self._codes: dict[bytes, bytes] = {}
        self._lists: tuple[tuple[str, int], ...] = ()
        self._state: published.State | None = None
        """The tables as they were before the view was asked and all of it published."""
        self._shown = time.monotonic()

    @property
    def age(self) -> float:
        """Seconds since the topic had all that the store said."""
        return time.monotonic() - self._shown

    def look(self) -> None:
        """Publish what has changed. Raises Unreachable, Rejected, WrongUse where a topic is missing; after any of them
        the next look begins anew."""
        began = time.monotonic()
        try:
            if self._producer is not None and self._made_anew():
                self._drop()
            if self._producer is None:
                self._begin()
            self._publish_lists()
            if not self._publish_adjustments():
                return
        except BaseException:
            self._drop()
            raise
        self._shown = began

    def rest(self) -> None:
        """Another one publishes now."""
        self._shown = time.monotonic()
        self._drop()

    def _begin(self) -> None:
        """Learn what stands on the topics."""
        logs = topic_ids(self._settings, PUBLISHED)
        found = {place.topic: (place, extent) for place, extent in extents(self._settings, PUBLISHED).items()}
        place, extent = found[ADJUSTMENTS]
        self._logs, self._watched = logs, time.monotonic()
        published.forget_other_logs(self._store, logs[ADJUSTMENTS] if extent.end else None)
        self._learn(place, OffsetRange(max(extent.begin, published.learned_to(self._store)), extent.end))
        self._version = max(published.newest_version(self._store), _last_version(self._settings, place, extent))
        self._codes, self._lists, self._state = _newest_of_keys(self._settings, *found[CODES]), (), None
        self._producer = Producer(self._settings, PUBLISHED, LINGER_MS)

    def _learn(self, place: Place, extent: OffsetRange) -> None:
        """Write down what stands there: for a store that knows nothing of it, and of a publisher that was killed before
        it had written down what it sent. What holds no more then gets zeros."""

        def take(_: Place, records: Sequence[Record]) -> None:
            said = [each for record in records if (each := _decoded(place, record)) is not None]
            published.record(self._store, self._logs[ADJUSTMENTS], said)

        if extent.begin < extent.end:
            read(self._settings, {place: extent}, take)
            published.set_learned(self._store, self._logs[ADJUSTMENTS], extent.end)

    def _made_anew(self) -> bool:
        """Whether the topics are others than those that were begun with. They are looked at now and then."""
        if time.monotonic() - self._watched < WATCH_SECONDS:
            return False
        self._watched = time.monotonic()
        return topic_ids(self._settings, PUBLISHED) != self._logs

    def _publish_lists(self) -> None:
        versions = listed.versions(self._store)
        if versions == self._lists:
            return
        now = listed.records(self._store)
        if versions != listed.versions(self._store):
            return  # some are of before, some of after: they are asked again
        self._send(CODES, listed.changes(self._codes, now).items())
        self._codes, self._lists = now, versions

    def _publish_adjustments(self) -> bool:
        """Whether the topic has all that the store says."""
        state = published.state(self._store, self._state)
        if state == self._state:
            return True
        while self._may():
            version = self._next_version()
            rows = published.due(self._store, AT_ONCE)
            if len(rows) < AT_ONCE:
                self._publish(rows, version)
                self._state = state
                return True
            for some in published.all_due(self._store, AT_ONCE):
                if not self._may():
                    break
                self._publish(some, version)
                version = self._version = version + 1
        return False

    def _next_version(self) -> int:
        """To be taken before the store is asked: what another one asked later has a greater one."""
        self._version = max(time.time_ns() // 1000, self._version + 1)
        return self._version

    def _publish(self, rows: Sequence[ResultRow], version: int) -> None:
        """First the broker has them, then the store knows it."""
        if not rows:
            return
        changed = [published.adjustment(row, version) for row in rows]
        self._send(ADJUSTMENTS, [(listed.key_of(each), _encode(each)) for each in changed])
        published.record(self._store, self._logs[ADJUSTMENTS], changed)
        metrics.ADJUSTMENTS_PUBLISHED.inc(len(rows))

    def _send(self, topic: str, records: Collection[tuple[bytes, bytes | None]]) -> None:
        """Until the broker has them."""
        assert self._producer is not None
        for key, value in records:
            # the producer remembers where a key stands, which is meant for few
            self._producer.send(topic, partition_of(key, self._producer.partitions[topic]), key, value)
        if records:
            self._producer.flush()

    def _drop(self) -> None:
        """What is still on its way may arrive or not: it is published again."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.abandon()


def _decoded(place: Place, record: Record) -> Adjustment | None:
    """None for one that is not ours, or of a type that this version does not declare."""
    try:
        said = _adjustment.decode(record.value or b"")
    except msgspec.MsgspecError as foreign:
        metrics.UNREADABLE.labels("sink").inc()
        log.error("%s/%d@%d is not ours and is passed over: %s", *place[1:], record.offset, foreign)
        return None
    return said if said.type in TYPES else None


def _last_version(settings: Settings, place: Place, extent: OffsetRange) -> int:
    """The version of the last record, which compaction never takes away; 0 where there is none."""
    last: list[int] = []

    def take(_: Place, records: Sequence[Record]) -> None:
        last.extend(said.version for record in records if (said := _decoded(place, record)) is not None)

    if extent.begin < extent.end:
        read(settings, {place: OffsetRange(extent.end - 1, extent.end)}, take)
    return max(last, default=0)


def _newest_of_keys(settings: Settings, place: Place, extent: OffsetRange) -> dict[bytes, bytes]:
    """The last value of each key of a partition, those without one left out."""
    found: dict[bytes, bytes] = {}

    def take(_: Place, records: Sequence[Record]) -> None:
        for record in records:
            if record.key is not None:
                found.pop(record.key, None)
                if record.value is not None:
                    found[record.key] = record.value

    read(settings, {place: extent}, take)
    return found
