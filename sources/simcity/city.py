"""The simulated city's streams, merged in the order of arrival, with the clocks of their sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import heappop, heappush, merge
from zoneinfo import ZoneInfo

from schemas.cities import City
from schemas.families import FAMILIES
from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.family import Family
from sources.feed import TICK, heartbeat
from sources.simcity import cases, disputes, hazards, operations, posts, prevention, shifts, tasks
from sources.simcity.calls import Calls, Spike
from sources.simcity.chance import midnight
from sources.simcity.desk import source_of
from sources.simcity.event import CALLS, PATROL, SimEvent
from sources.simcity.fleet import Fleet
from sources.simcity.truth import Truth
from sources.simcity.units import Patrols

Item = tuple[int, str, bytes | None, bytes]
"""Arrival (UTC seconds), topic, key, value. A key of None: a heartbeat, for every partition of the topic."""

Day = Callable[[int, date, City], Iterator[SimEvent]]


@dataclass(frozen=True)
class Work:
    """What the city does of one family: all that begins on a day; and what stands already when its reports begin."""

    family: Family
    day: Day
    begin: Day | None = None


WORK = (
    Work(FAMILIES["case"], cases.day),
    Work(FAMILIES["hazard"], hazards.day, hazards.begin),
    Work(FAMILIES["dispute"], disputes.day),
    Work(FAMILIES["post"], posts.day, posts.begin),
    Work(FAMILIES["prevention"], prevention.day, prevention.begin),
    Work(FAMILIES["operation"], operations.day, operations.begin),
    Work(FAMILIES["patrol"], shifts.day),
)

STREETS = {INCIDENTS: CALLS, PATROLS: PATROL}
SOURCES = STREETS | {work.family.topic.name: source_of(work.family) for work in WORK}
"""The source of each topic."""


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
    families: bool = True,
    fleet: Fleet | None = None,
) -> Iterator[Item]:
    """All the city's sources send from local midnight of `start` over `days`: the same for the same seed.

    scale: times the ordinary number of calls. What would arrive after the end is not sent, and `truth` holds
    exactly what was, each once the next is asked for. Calls are of the source `calls_from`; the heartbeats are
    not. families: what there is beside calls and patrols. fleet: cars beside those of the patrols. Holds about
    one day of events in memory, and what is still to come of cases and the like.
    """
    zone = ZoneInfo(city.tz)
    calls, units = Calls(seed, city, scale, spikes, calls_from), Patrols(seed, city)
    waiting: list[SimEvent] = []
    sources = SOURCES if families else STREETS
    tick = midnight(start, zone)
    for number in range(days):
        day = start + timedelta(days=number)
        for event in calls.day(day):
            heappush(waiting, event)
            for more in tasks.beside(event) if families else ():
                heappush(waiting, more)
        for event in units.day(day) if patrols else ():
            heappush(waiting, event)
        for event in _work(city, seed, day, number == 0, patrols) if families else ():
            heappush(waiting, event)
        begin, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
        for event in merge(_due(waiting, end), fleet.reports(seed, city, begin, end) if fleet else ()):
            while tick <= event.arrival:
                yield from _heartbeats(tick, sources)
                tick += TICK
            yield event.arrival, event.topic, event.key, event.encode(zone)
            if truth:  # once the next one is asked for: the last one may not have been sent
                truth.add(event)
    end = midnight(start + timedelta(days=days), zone)
    for at in range(tick, end + 1, TICK):
        yield from _heartbeats(at, sources)


def _due(waiting: list[SimEvent], end: int) -> Iterator[SimEvent]:
    """Takes out those that arrive before `end`, in this order."""
    while waiting and waiting[0].arrival < end:
        yield heappop(waiting)


def _work(city: City, seed: int, day: date, is_first: bool, patrols: bool) -> Iterator[SimEvent]:
    for work in WORK if patrols else [work for work in WORK if work.family.topic.name != PATROLS]:
        if is_first and work.begin is not None:
            yield from work.begin(seed, day, city)
        yield from work.day(seed, day, city)


def _heartbeats(at: int, sources: dict[str, str]) -> Iterator[Item]:
    for topic, source in sources.items():
        yield at, topic, None, heartbeat(source, at)
