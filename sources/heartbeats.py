"""The heartbeat role: clocks for sources that send none of their own."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType

from runtime.errors import WrongUse
from runtime.producer import Producer
from runtime.settings import Settings
from schemas.cities import Source, load_cities
from sources.feed import heartbeat

INTERVAL = 5.0
"""Seconds between two heartbeats of a source."""


def role_sources(settings: Settings) -> dict[str, Source]:
    """Sources declared with `heartbeats = "role"`. Raises WrongUse."""
    try:
        cities = load_cities(settings.cities)
    except ValueError as wrong:
        raise WrongUse(str(wrong)) from None
    found = {name: cities.source(name) for name in cities.by_source}
    return {name: source for name, source in found.items() if source and source.heartbeats == "role"}


def run(settings: Settings, stop: threading.Event | None = None, interval: float = INTERVAL) -> int:
    """Send every such source's clock (now, less its declared delay) to every partition of its topics.

    Blocks until SIGTERM, SIGINT, or `stop`; returns the exit code. Raises Unreachable when the broker is
    lost.
    """
    sources = role_sources(settings)
    stop = stop or _stop_on_signals()
    if not sources:
        return 0
    topics = sorted({topic for source in sources.values() for topic in source.topics})
    with Producer(settings, topics, linger_ms=0) as producer:
        while not stop.is_set():
            producer.look_again(topics)  # a partition without heartbeats never closes a pane
            send(producer, sources, time.time())
            producer.flush()
            stop.wait(interval)
    return 0


def send(producer: Producer, sources: dict[str, Source], now: float) -> int:
    """One heartbeat of each source into each partition of its topics; returns how many. May block."""
    sent = 0
    for name, source in sources.items():
        value = heartbeat(name, int(now) - source.delay)
        for topic in source.topics:
            for partition in range(producer.partitions[topic]):
                producer.send(topic, partition, name.encode(), value)
                sent += 1
    return sent


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return stop
