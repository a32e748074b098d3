"""The simulated city: its history at once, the last hours so that eyes can follow, then the present as it
comes.

The history is what comparisons need: the same month a year ago, the month before, and this month. Its calls
alone; patrols, which are many, from yesterday on.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from citywatch.demonstration.pace import CatchUp
from citywatch.supervisor import stop_signals
from runtime.producer import Producer
from runtime.settings import Settings, load_settings
from schemas.cities import City, load_cities
from sources.feed import Feed, heartbeat
from sources.simcity.city import SOURCES, Item, events
from sources.simcity.event import CITY

SEED = 20
BEHIND = 6 * 3600
"""Seconds before now from which the city's clock can be watched."""

HEARTBEAT = 1.0
"""Seconds of real time between two heartbeats, once the clock can be watched."""

FOREVER = 3650


@dataclass(frozen=True)
class Stretch:
    """Days of the city, from local midnight of `start`."""

    start: date
    days: int
    patrols: bool


def stretches(today: date, history: bool) -> list[Stretch]:
    """What is sent before and up to the present, in the order of time."""
    yesterday = today - timedelta(days=1)
    present = Stretch(yesterday, FOREVER, patrols=True)
    if not history:
        return [present]
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    year_ago = month.replace(year=month.year - 1)
    past = [Stretch(year_ago, today.day + 1, patrols=False)]
    if before < yesterday:
        past.append(Stretch(before, (yesterday - before).days, patrols=False))
    return [*past, present]


class Stream:
    """Sends items in their order; from `clock.start` on each waits until the clock has reached it."""

    def __init__(self, producer: Producer, clock: CatchUp, stop: threading.Event) -> None:
        self._producer = producer
        self._clock = clock
        self._stop = stop
        self._feeds = {topic: Feed(producer, source, (topic,)) for topic, source in SOURCES.items()}
        self._beat = 0.0
        self.sent = 0

    def run(self, items: Iterator[Item]) -> None:
        """Blocks until it is stopped; all that was sent is then durable."""
        for arrival, topic, key, value in items:
            if arrival >= self._clock.start and not self._reached(arrival):
                break
            if self._stop.is_set():
                break
            feed = self._feeds[topic]
            if key is None:
                feed.advance(arrival)
            else:
                feed.send(topic, key, value)
                self.sent += 1
        for feed in self._feeds.values():
            feed.finish()

    def _reached(self, arrival: int) -> bool:
        """Waits for the clock, whose ticks go out meanwhile; False when it was stopped before."""
        for feed in self._feeds.values():
            feed.go_live()
        while (now := self._clock.time()) < arrival:
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
        for topic, source in SOURCES.items():
            value = heartbeat(source, now)
            for partition in range(self._producer.partitions[topic]):
                self._producer.send(topic, partition, source.encode(), value)


def main(seconds: float, history: bool) -> int:
    """Blocks until a signal. `seconds`: how long the last hours take until the present is reached."""
    settings = load_settings()
    city = load_cities(settings.cities).by_name[CITY]
    with stop_signals() as stop:
        sent = simulate(settings, city, CatchUp(BEHIND, seconds), history, stop)
    print(f"city: {sent:,} events sent", flush=True)
    return 0


def simulate(settings: Settings, city: City, clock: CatchUp, history: bool, stop: threading.Event) -> int:
    """Sends the city until `stop` is set; the number of events sent. Blocks."""
    today = datetime.fromtimestamp(clock.start, ZoneInfo(city.tz)).date()
    with Producer(settings, tuple(SOURCES)) as producer:
        stream = Stream(producer, clock, stop)
        stream.run(
            item
            for stretch in stretches(today, history)
            for item in events(city, SEED, stretch.start, stretch.days, patrols=stretch.patrols)
        )
        return stream.sent


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), history=sys.argv[2] == "history"))
