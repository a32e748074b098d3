"""Alive and ready are different: a process that answers is alive; it is ready while what it should move is moving.

Progress decides. A partition that has records to read and takes none, publishes none or commits none is not ready;
one with nothing to read is. What a role waits for is kept here by part (kafka, store, panes, history) and, where it
is one, by partition, with the moment since when.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Set
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from msgspec import Struct

PROGRESS_SECONDS = 10.0
"""Records may wait this long without progress, and the broker may be silent this long, before it is told."""

TURN_SECONDS = 15.0
"""A loop that has not turned for so long is stuck: the process answers, and does nothing else."""

Part = Literal["kafka", "store", "panes", "history", "loop"]
Partition = tuple[str, int]
"""Topic and number."""


class Wait(Struct, frozen=True):
    """One thing that a role waits for. `since` as RFC 3339; `topic` and `partition` where it is one partition."""

    part: Part
    since: str
    waits_for: str
    topic: str | None = None
    partition: int | None = None


class Ready(Struct, frozen=True):
    """The body of `/readyz`. `note` says why a role is ready that has nothing to do."""

    role: str
    ready: bool
    partitions: int
    waiting: list[Wait]
    note: str = ""


class Alive(Struct, frozen=True):
    """The body of `/healthz`: seconds since the role's loop turned."""

    role: str
    alive: bool
    turned: float


class _Key(NamedTuple):
    part: Part
    place: Partition | None


class Readiness:
    """What one role waits for. The role tells it, the page asks it; any thread may do either.

    A new one waits for the start, so nothing is ready before it has said so.
    """

    def __init__(self, role: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.role = role
        self._clock = clock
        self._lock = threading.Lock()
        self._turned = clock()
        self._waits: dict[_Key, tuple[float, str]] = {}
        self._moved: dict[Partition, float] = {}
        self._pending: dict[Partition, str] = {}
        self._partitions = 0
        self.waits("kafka", "the role starts")

    # --- what the role tells

    def turned(self) -> None:
        """Its loop has turned. Once a second is enough."""
        self._turned = self._clock()

    def waits(self, part: Part, reason: str, place: Partition | None = None) -> None:
        """It waits, from now on or still, for this part; the moment since when stays the first."""
        with self._lock:
            since, _ = self._waits.get(_Key(part, place), (self._clock(), ""))
            self._waits[_Key(part, place)] = (since, reason)

    def has(self, part: Part, place: Partition | None = None) -> None:
        """It waits for this part no longer."""
        with self._lock:
            self._waits.pop(_Key(part, place), None)

    def told(self, part: Part, reason: str, place: Partition | None = None) -> None:
        """Waits for this part when there is a reason, else no longer."""
        if reason:
            self.waits(part, reason, place)
        else:
            self.has(part, place)

    def moved(self, place: Partition) -> None:
        """A partition got on: records were taken, or what was taken became durable."""
        with self._lock:
            self._moved[place] = self._clock()

    def pending(self, place: Partition, what: str) -> None:
        """What waits in a partition, in words; nothing when all is done. The wait is told when it does not move."""
        with self._lock:
            if what:
                if place not in self._pending:
                    self._moved[place] = self._clock()
                self._pending[place] = what
            else:
                self._moved.pop(place, None)
                self._pending.pop(place, None)

    def holds(self, places: Set[Partition]) -> None:
        """The partitions it has now; what was known of others is forgotten."""
        with self._lock:
            self._partitions = len(places)
            for known in (self._moved, self._pending):
                for place in known.keys() - places:
                    del known[place]
            for key in [key for key in self._waits if key.place is not None and key.place not in places]:
                del self._waits[key]

    # --- what the page asks

    @property
    def ready(self) -> bool:
        return not self._waiting()

    def stalled(self) -> dict[Partition, float]:
        """By partition: seconds since anything moved, while something waits there; else 0."""
        now = self._clock()
        with self._lock:
            return {place: now - self._moved[place] for place in self._pending}

    def readyz(self) -> Ready:
        waiting = sorted(
            self._waiting(), key=lambda each: (each.since, each.part, each.topic or "", each.partition or 0)
        )
        note = "" if waiting or self._partitions else "has no partitions: other workers read them all"
        return Ready(self.role, not waiting, self._partitions, waiting, note)

    def healthz(self) -> Alive:
        turned = self._clock() - self._turned
        return Alive(self.role, turned <= TURN_SECONDS, round(turned, 1))

    def _waiting(self) -> list[Wait]:
        now = self._clock()
        with self._lock:
            found = [_wait(key.part, now - since, reason, key.place) for key, (since, reason) in self._waits.items()]
            stuck = [
                (place, now - self._moved[place], what)
                for place, what in self._pending.items()
                if now - self._moved[place] > PROGRESS_SECONDS
            ]
            turned = now - self._turned
        named = {(each.topic, each.partition) for each in found}
        for place, age, what in stuck:
            if place not in named and (None, None) not in named:  # what the whole role waits for explains it
                found.append(_wait("panes", age, f"{what} and nothing has moved", place))
        if turned > TURN_SECONDS:
            found.append(_wait("loop", turned, "its loop does not turn: the process is stuck", None))
        return found


def _wait(part: Part, age: float, reason: str, place: Partition | None) -> Wait:
    since = datetime.fromtimestamp(time.time() - age, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    topic, partition = place or (None, None)
    return Wait(part, since, reason, topic, partition)


def group_wait(consumer: Any) -> str:
    """What an aiokafka consumer of a group waits for, in words; nothing once it is a settled member."""
    coordinator, subscription = consumer._coordinator, consumer._subscription
    if coordinator is None or coordinator.coordinator_id is None:
        return "no broker tells who coordinates the consumer group; is Kafka up?"
    if subscription.subscription is None or subscription.subscription.assignment is None:
        return "it has not joined its consumer group yet"
    if subscription.reassignment_in_progress:
        return "the consumer group shares out its partitions"
    return ""


def silence(consumer: Any, partitions: Iterable[Any]) -> dict[Any, str]:
    """The partitions of an aiokafka consumer that no broker answers for, each with what is waited for, in words.

    One whose fetched records were not taken yet is not asked for, so its silence says nothing of the broker.
    """
    subscription = consumer._subscription.subscription
    assignment = subscription.assignment if subscription is not None else None
    found = {}
    for tp in partitions:
        if assignment is None or tp not in assignment.tps or tp in consumer._fetcher._records:
            continue
        answered = assignment.state_value(tp).timestamp
        if answered is None:
            found[tp] = "no broker has answered a fetch yet"
        elif (age := time.time() - answered / 1000) > PROGRESS_SECONDS:
            found[tp] = f"no broker has answered a fetch for {age:.0f} s; is Kafka up, and has the partition a leader?"
    return found
