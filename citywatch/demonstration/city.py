"""The simulated city: yesterday and today at once and then the present as it comes; and, as a source of its own that
may come after it, the history. Of that the calls alone: patrols are many.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain

from citywatch.demonstration.days import history, present
from citywatch.demonstration.pace import Stopped, throttle
from citywatch.supervisor import stop_signals
from runtime.producer import Producer, calm_collector
from runtime.settings import load_settings
from schemas.cities import load_cities
from schemas.families.incidents import INCIDENTS
from sources.feed import Feed, RecordWriter, heartbeat
from sources.simcity.city import SOURCES, Item, events
from sources.simcity.event import ARCHIVE, CALLS, CITY

SEED = 20
BEHIND_ROLES = 5
"""How much less of the processor the history gets than the roles, so that the present stays live."""

_DAY = 86_400

HEARTBEAT = 1.0
"""Seconds between two heartbeats, once the present is reached."""


class Stream:
    """Sends items in their order, each when its time of arrival has come; `sources` by their topics."""

    def __init__(self, producer: RecordWriter, sources: Mapping[str, str], stop: threading.Event) -> None:
        self._producer = producer
        self._stop = stop
        self._sources = sources
        self._feeds = {topic: Feed(producer, source, (topic,)) for topic, source in sources.items()}
        self._beat = 0.0
        self.sent = 0

    def run(self, items: Iterable[Item]) -> None:
        """Blocks until all are sent or it is stopped; all that was sent is then durable."""
        now = time.time()
        for arrival, topic, key, value in items:
            if self._stop.is_set() or (arrival > now and not self._reached(arrival)):
                break
            if (feed := self._feeds.get(topic)) is None:
                continue
            if key is None and feed.clock is not None and arrival - feed.clock > _DAY:
                feed.jump(arrival)  # between two stretches of days nothing is known
            elif key is None:
                feed.advance(arrival)
            else:
                feed.send(topic, key, value)
                self.sent += 1
        for feed in self._feeds.values():
            feed.finish()

    def _reached(self, arrival: int) -> bool:
        """Waits for the time, whose ticks go out meanwhile; False when it was stopped before."""
        for feed in self._feeds.values():
            feed.go_live()
        while (now := time.time()) < arrival:
            self._tick(int(now))
            self._producer.flush()
            if self._stop.wait(min(HEARTBEAT, 0.1)):
                return False
        return True

    def _tick(self, now: int) -> None:
        """A heartbeat of each source into every partition: the feeds' own come once a minute of event
        time."""
        real = time.monotonic()
        if real - self._beat < HEARTBEAT:
            return
        self._beat = real
        for topic, source in self._sources.items():
            value = heartbeat(source, now)
            for partition in range(self._producer.partitions[topic]):
                self._producer.send(topic, partition, source.encode(), value)


def paced(items: Iterable[Item], days: int, seconds: float, stop: threading.Event) -> Iterator[Item]:
    """The items of so many days, day by day over at least so many seconds; no more of them once `stop` is set."""
    hold, begun = throttle(seconds, stop), set[int]()
    for item in items:
        if (day := item[0] // _DAY) not in begun:
            try:
                hold(len(begun), days)
            except Stopped:
                return
            begun.add(day)
        yield item


def main(part: str, today: date, seconds: float) -> int:
    """Sends one part of the city: `present`, or `history`, over at least so many seconds. Blocks until all is sent, or
    until a signal."""
    settings = load_settings()
    city = load_cities(settings.cities).by_name[CITY]
    is_past = part == "history"
    if is_past:
        os.nice(BEHIND_ROLES)
    sources = {INCIDENTS: ARCHIVE} if is_past else SOURCES
    with stop_signals() as stop, calm_collector(), Producer(settings, tuple(sources)) as producer:
        stream = Stream(producer, sources, stop)
        stretches = history(today) if is_past else [present(today)]
        calls_from = ARCHIVE if is_past else CALLS
        items = chain.from_iterable(
            events(city, SEED, each.start, each.days, patrols=not is_past, calls_from=calls_from) for each in stretches
        )
        stream.run(paced(items, sum(each.days for each in stretches), seconds, stop) if is_past else items)
    print(f"city: {stream.sent:,} events of its {part} sent", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], date.fromisoformat(sys.argv[2]), float(sys.argv[3])))
