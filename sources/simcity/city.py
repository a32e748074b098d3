"""The simulated city's two streams, merged in the order of arrival, with the clocks of their sources."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from heapq import heappop, heappush
from zoneinfo import ZoneInfo

from schemas.cities import City
from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from sources.feed import TICK, heartbeat
from sources.simcity.calls import Calls, Spike
from sources.simcity.event import CALLS, PATROL, SimEvent
from sources.simcity.truth import Truth
from sources.simcity.units import Patrols

Item = tuple[int, str, bytes | None, bytes]
"""Arrival (UTC seconds), topic, key, value. A key of None: a heartbeat, for every partition of the topic."""

SOURCES = {INCIDENTS: CALLS, PATROLS: PATROL}


def events(
    city: City,
    seed: int,
    start: date,
    days: int,
    scale: float = 1.0,
    patrols: bool = True,
    spikes: tuple[Spike, ...] = (),
    truth: Truth | None = None,
    calls_from: str = CALLS,
) -> Iterator[Item]:
    """All the city's sources send from local midnight of `start` over `days`: the same for the same seed.

    scale: times the ordinary number of calls. What would arrive after the end is not sent, and `truth` holds
    exactly what was. Calls are of the source `calls_from`; the heartbeats are not. Holds about one day of events in
    memory.
    """
    zone = ZoneInfo(city.tz)
    calls, units = Calls(seed, zone, scale, spikes, calls_from), Patrols(seed, city)
    waiting: list[SimEvent] = []
    tick = _midnight(start, zone)
    for number in range(days):
        day = start + timedelta(days=number)
        for event in calls.day(day):
            heappush(waiting, event)
        for event in units.day(day) if patrols else ():
            heappush(waiting, event)
        end = _midnight(day + timedelta(days=1), zone)
        while waiting and waiting[0].arrival < end:
            event = heappop(waiting)
            while tick <= event.arrival:
                yield from _heartbeats(tick)
                tick += TICK
            if truth:
                truth.add(event)
            yield event.arrival, event.topic, event.key, event.encode(zone)
    end = _midnight(start + timedelta(days=days), zone)
    for at in range(tick, end + 1, TICK):
        yield from _heartbeats(at)


def _heartbeats(at: int) -> Iterator[Item]:
    for topic, source in SOURCES.items():
        yield at, topic, None, heartbeat(source, at)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp())
