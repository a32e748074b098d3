"""A source that writes at its own pace in a thread of its own, whatever happens to those who read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from kafka import KafkaProducer

from schemas.families.incidents import INCIDENTS
from tests.parts.server import await_until

AT_ONCE = 0.05
"""Seconds between two bursts."""

DELIVERY_MS = 90_000


class SteadyFeed:
    """Writes `(partition, value)` records, so many a second, until it is stopped or they end."""

    def __init__(self, bootstrap: str, records: Iterable[tuple[int, bytes]], per_second: float) -> None:
        self.sent = 0
        self._records = iter(records)
        self._per_second = per_second
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap, acks="all", linger_ms=5, delivery_timeout_ms=DELIVERY_MS
        )
        self._failed: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def flowing(self) -> bool:
        """Whether there is more to come."""
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def flow(self, records: int, seconds: float = 60.0) -> None:
        """Waits until so many more were sent."""
        until = self.sent + records
        await_until(lambda: self.sent >= until, seconds, f"{until} records to be sent (now {self.sent})")

    def finish(self, seconds: float = 120.0) -> None:
        """Waits until the last one is sent."""
        self._thread.join(seconds)
        assert not self._thread.is_alive(), f"the feed still runs after {seconds:.0f} s, {self.sent} sent"

    def stop(self) -> None:
        """No more; raises what went wrong when a record was not taken by the broker."""
        self._stop.set()
        self.finish()
        self._producer.close()
        if self._failed is not None:
            raise self._failed

    def _run(self) -> None:
        try:
            self._write()
        except BaseException as failed:  # noqa: BLE001 - told by `stop`, in the thread of the test
            self._failed = failed

    def _write(self) -> None:
        begun, pending = time.monotonic(), []
        for partition, value in self._records:
            pending.append(self._producer.send(INCIDENTS, value, partition=partition, key=b"test"))
            self.sent += 1
            ahead = begun + self.sent / self._per_second - time.monotonic()
            if ahead > AT_ONCE and self._stop.wait(ahead):
                break
            if self._stop.is_set():
                break
        self._producer.flush(timeout=DELIVERY_MS / 1000)
        for each in pending:
            each.get(timeout=1)


@contextmanager
def feeding(bootstrap: str, records: Iterable[tuple[int, bytes]], per_second: float) -> Iterator[SteadyFeed]:
    """A feed that flows while this lasts. Afterwards the broker has every record that was sent."""
    feed = SteadyFeed(bootstrap, records, per_second)
    feed.start()
    try:
        yield feed
    finally:
        feed.stop()
