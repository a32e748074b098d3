"""One source's stream to the broker: its events in their order, and its clock in front of them.

Only heartbeats move a source's clock, and verdicts depend on where they stand in each partition. A feed
therefore writes the clock into a partition before the first event there that comes after a tick. At full
speed it writes it nowhere else, because between two events of a partition a heartbeat changes nothing; a live
feed writes every tick into every partition at once, so that quiet beats move on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from schemas.instants import rfc3339

TICK = 60
"""Seconds of a source's clock from one heartbeat to the next."""


def heartbeat(source: str, epoch: int, since: int | None = None) -> bytes:
    """The control record: the source's clock stands at `epoch`, and it vouches without a break since `since`.

    Both in UTC seconds; without `since` the record says nothing of it.
    """
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "type": "citywatch.heartbeat.v1",
            "source": source,
            "id": f"h-{epoch}",
            "time": rfc3339(epoch),
            "data": {} if since is None else {"since": rfc3339(min(since, epoch))},
        }
    )


class RecordWriter(Protocol):
    """What a feed writes to, as `runtime.producer.Producer`. `partitions`: how many each topic has."""

    partitions: dict[str, int]

    def partition(self, topic: str, key: bytes) -> int:
        """The partition of a key."""

    def send(self, topic: str, partition: int, key: bytes, value: bytes) -> None:
        """Take one record; those of a partition stay in order. May block. Raises Undelivered."""

    def flush(self) -> None:
        """Block until every record is durable. Raises Undelivered."""


class Feed:
    """Sends one source's events and clock. Order within a partition is the order of the calls.

    tick: seconds of the clock from one heartbeat to the next.
    """

    def __init__(
        self, producer: RecordWriter, source: str, topics: Sequence[str], live: bool = False, tick: int = TICK
    ) -> None:
        self._producer = producer
        self._source = source
        self._key = source.encode()
        self._topics = tuple(topics)
        self._live = live
        self._step = tick
        self._clock: int | None = None
        self._told: int | None = None
        self._since = 0
        self._beat = b""
        self._behind: dict[str, set[int]] = {topic: set() for topic in self._topics}
        self.events = 0
        self.heartbeats = 0

    @property
    def clock(self) -> int | None:
        """The source's clock, UTC epoch seconds; None before the first `advance`."""
        return self._clock

    @property
    def told(self) -> int | None:
        """The clock that the next event is judged by: that of the last heartbeat; None before the first."""
        return self._told

    def go_live(self) -> None:
        """From now on every tick goes into every partition at once."""
        if not self._live:
            self._live = True
            self._catch_up()

    def advance(self, epoch: int) -> None:
        """The source's clock has reached `epoch`; it never goes back. May block. Raises Undelivered."""
        if self._clock is None:
            self._since = epoch
        elif epoch <= self._clock:
            return
        self._clock = epoch
        if self._told is None or epoch // self._step > self._told // self._step:
            self._tick(epoch)

    def jump(self, epoch: int) -> None:
        """The clock goes on at `epoch`: from where it stands until then the source vouches for nothing.

        Every partition is told where it stood. May block. Raises Undelivered.
        """
        if self._clock is not None:
            if epoch <= self._clock:
                return
            if self._told != self._clock:
                self._tick(self._clock)
            self._catch_up()
        self._clock = self._since = epoch
        self._tick(epoch)

    def send(self, topic: str, key: bytes, value: bytes) -> None:
        """Send an event, after the clock if its partition lacks it. May block. Raises Undelivered."""
        partition = self._producer.partition(topic, key)
        behind = self._behind[topic]
        if partition in behind:
            self._send_clock(topic, partition)
            behind.discard(partition)
        self._producer.send(topic, partition, key, value)
        self.events += 1

    def finish(self) -> None:
        """Write the last clock into every partition and wait until all is durable. Raises Undelivered."""
        if self._clock is not None:
            self._tick(self._clock)
            self._catch_up()
        self._producer.flush()

    def _tick(self, epoch: int) -> None:
        self._told = epoch
        self._beat = heartbeat(self._source, epoch, self._since)
        for topic in self._topics:
            self._behind[topic] = set(range(self._producer.partitions[topic]))
        if self._live:
            self._catch_up()

    def _catch_up(self) -> None:
        for topic, behind in self._behind.items():
            for partition in sorted(behind):
                self._send_clock(topic, partition)
            behind.clear()

    def _send_clock(self, topic: str, partition: int) -> None:
        self._producer.send(topic, partition, self._key, self._beat)
        self.heartbeats += 1
