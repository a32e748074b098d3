"""The metrics of `aggregate`. Nothing here is called per record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from typing import Any

from faust.types import TP

from runtime.metrics import (
    CLOCK,
    COMMIT_AGE,
    DEAD_LETTERS,
    EVENT_LATENCY,
    HEARTBEAT_AGE,
    LAG,
    LAG_SECONDS,
    OPEN_PANES,
    POSITION_BEHIND,
    PUBLISH_LATENCY,
    RECORDS,
    RESTARTS,
    STATE_BYTES,
)
from runtime.readiness import PROGRESS_SECONDS, Readiness
from schemas.acceptance import is_fixture
from schemas.refused import REASONS
from streams.core.partition import Partition, Snapshot
from streams.edge.clock import SYSTEM, Clock

ROLE = "aggregate"
for _reason in REASONS:
    DEAD_LETTERS.labels(_reason)  # at 0 from the start: an increase is only seen from a number that was there

STOPPED = "too many refused records have stopped it: `citywatch resume` shows why and lets it go on"
VERDICTS = ("counted", "late", "duplicates", "dead")


class Health:
    """What is known about each partition beside its state, and what the role waits for."""

    def __init__(self, readiness: Readiness, clock: Clock = SYSTEM) -> None:
        self._readiness = readiness
        self._clock = clock
        self._committed_at: dict[TP, float] = {}
        self._arrived: dict[TP, float] = {}
        self._judged: dict[TP, int | None] = {}
        self._clocks: dict[TP, dict[str, tuple[int, float]]] = {}

    def published(self, tp: TP, taken: Snapshot, arrived: float | None, now: float, seconds: float) -> None:
        """A snapshot was acknowledged `seconds` after it was taken; `arrived`: broker time of its oldest."""
        place = (tp.topic, str(tp.partition))
        for verdict in VERDICTS:
            RECORDS.labels(*place, verdict).set(getattr(taken.progress, verdict))
        OPEN_PANES.labels(*place).set(taken.progress.open_panes)
        STATE_BYTES.labels(*place).set(taken.progress.bytes)
        POSITION_BEHIND.labels(*place).set(taken.progress.read - taken.position)
        PUBLISH_LATENCY.observe(seconds)
        if arrived is not None:
            self._arrived[tp] = arrived
            EVENT_LATENCY.observe(max(0.0, now - arrived))
        for reason, n in Counter(letter.reason for letter in taken.dead_letters).items():
            DEAD_LETTERS.labels(reason).inc(n)
        known = self._clocks.setdefault(tp, {})
        rules = taken.progress.rules or {}
        for source, clock in taken.progress.clocks.items():
            if is_fixture(source.partition("/")[0]):
                continue  # of years ago, and it stands still: `citywatch acceptance` reads it, and no alarm
            if source in rules and not rules[source].declared:
                self._forget_source(tp, source)
            elif known.get(source, (None, 0.0))[0] != clock:
                known[source] = (clock, self._clock.monotonic())
                CLOCK.labels(source, *place).set(clock)

    def committed(self, tp: TP) -> None:
        self._committed_at[tp] = self._clock.monotonic()
        self._readiness.moved(tp)

    def waits(self, group: str, publishing_since: float | None) -> None:
        """Once a second: what the broker owes to the member of the group, and to a publication under way."""
        self._readiness.turned()
        late = publishing_since is not None and self._clock.monotonic() - publishing_since > PROGRESS_SECONDS
        published = "what is published is not acknowledged; do all partitions have a leader and enough replicas?"
        self._readiness.told("kafka", group or (published if late else ""))

    def restarted(self, tp: TP) -> None:
        RESTARTS.labels(tp.topic, str(tp.partition)).inc()

    def observe(self, tp: TP, partition: Partition | None, unread: int, silent: str) -> None:
        """Once a second: what changes by waiting. `silent`: what the broker owes to this partition, in words."""
        self._readiness.told("kafka", silent, tp)
        place = (tp.topic, str(tp.partition))
        waiting = unread > 0 or (partition is not None and partition.has_news)
        LAG.labels(ROLE, *place).set(unread)
        now, wall = self._clock.monotonic(), self._clock.time()
        LAG_SECONDS.labels(ROLE, *place).set(max(0.0, wall - self._arrived.get(tp, wall)) if unread else 0.0)
        committed_at = self._committed_at.setdefault(tp, now)
        COMMIT_AGE.labels(ROLE, *place).set(now - committed_at if waiting else 0.0)
        self._tell_progress(tp, partition, unread)
        for source, (_, moved) in self._clocks.get(tp, {}).items():
            HEARTBEAT_AGE.labels(source, *place).set(now - moved)

    def _tell_progress(self, tp: TP, partition: Partition | None, unread: int) -> None:
        """A partition is on its way again after a start until all that is durable was judged again."""
        at = None if partition is None else partition.next_offset
        if at != self._judged.get(tp):
            self._judged[tp] = at
            self._readiness.moved(tp)
        left = unread if partition is None else partition.to_judge_again
        again = f"its open panes are read again, {left} records are left" if left else ""
        stopped = STOPPED if partition is not None and partition.stopped is not None else ""
        self._readiness.told("panes", again or stopped, tp)
        unpublished = partition is not None and partition.has_news
        what = f"{unread} records wait" if unread else "what was judged waits for its commit" if unpublished else ""
        self._readiness.pending(tp, what)

    def keep_only(self, assigned: Set[TP]) -> None:
        """Forgets partitions that are another worker's now: two workers must not show one."""
        self._readiness.holds(set(assigned))
        for tp in (self._committed_at.keys() | self._clocks.keys()) - assigned:
            self.forget(tp)

    def forget(self, tp: TP) -> None:
        """Takes the gauges of a partition away."""
        place = (tp.topic, str(tp.partition))
        for gauge in (LAG, LAG_SECONDS, COMMIT_AGE):
            _remove(gauge, ROLE, *place)
        for gauge in (OPEN_PANES, STATE_BYTES, POSITION_BEHIND):
            _remove(gauge, *place)
        for verdict in VERDICTS:
            _remove(RECORDS, *place, verdict)
        for source in self._clocks.pop(tp, {}):
            self._forget_source(tp, source)
        self._committed_at.pop(tp, None)
        self._arrived.pop(tp, None)
        self._judged.pop(tp, None)

    def _forget_source(self, tp: TP, source: str) -> None:
        self._clocks.get(tp, {}).pop(source, None)
        for gauge in (CLOCK, HEARTBEAT_AGE):
            _remove(gauge, source, tp.topic, str(tp.partition))


def _remove(gauge: Any, *labels: str) -> None:
    if labels in gauge._metrics:
        gauge.remove(*labels)
