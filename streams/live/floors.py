"""Days of a city below its floors, from the live figures."""

from __future__ import annotations

from itertools import dropwhile

from figures.floors import Day, below
from figures.known import Known
from figures.periods import Period, period_of
from schemas.alarms import Alarm
from schemas.clock import Floor
from schemas.clocks import FLOORS
from schemas.control import PANE
from schemas.measures import MEASURES, Measure
from streams.live.alarms import Seen
from streams.live.figures import total
from streams.live.state import CityState, LiveState

DAYS, LONGEST = 8, 700
"""Days that are looked at: the last ones, those since the look before, as a replay may pass many at once, and those
before them as far as they are below, as a run of them is one alarm; after a start all that are known, as nobody knows
who has looked before. So many at most: live figures reach further."""

AGAIN = LONGEST * 86_400
"""Seconds before the clock in which a day that was told is looked at again: what comes late may take it back, and in a
replay it may come long after the days that follow."""


def advance(state: LiveState) -> list[Alarm]:
    """What has changed. Hold the state's lock."""
    return [
        alarm
        for city in state.every
        for floor in FLOORS.values()
        if (number := city.city.floor(floor.of))
        for alarm in _look(state, city, floor, number)
    ]


def _look(state: LiveState, city: CityState, floor: Floor, number: int) -> list[Alarm]:
    measure = MEASURES[floor.measure]
    known = city.known(measure)
    if known.as_of is None or not state.alarms.is_heard(city.city, measure.topic):
        return []
    now = known.as_of - PANE  # figures go up to the end of the pane in which the clock stands
    known_to = known.spans[-1].end if known.spans else 0  # the slowest partition may be far behind
    looked = state.alarms.looked_to(city.city, floor)
    if not state.alarms.is_new(city.city, floor, Seen(now, known_to, city.revisions[measure.type])):
        return []
    grace = max(state.alarms.lateness(source) for source in city.city.sources)
    since = looked - grace if looked is not None else 0
    told = state.alarms.first_holding(city.city, floor, measure.name, now - AGAIN)
    since = since if told is None else min(since, told)
    days = _days(city, measure, known, number, max(since, known.spans[0].start if known.spans else now))
    if len(days) == LONGEST:  # where a run began that was below before them is not known
        days = [*dropwhile(lambda day: _is_below(day, number), days)] or days[-1:]
    found, why = below(days, number, now, grace), f"below {number} on the day"
    return state.alarms.settle(city.city, floor, measure.name, days[0].period.start, found, now, why)


def _days(city: CityState, measure: Measure, known: Known, number: int, since: int) -> list[Day]:
    assert known.as_of is not None
    at, found = known.as_of - 1, [_day(city, measure, known, known.as_of - 1)]
    while len(found) < LONGEST and (len(found) < DAYS or found[0].period.start > since or _is_below(found[0], number)):
        at = found[0].period.start - 1
        found.insert(0, _day(city, measure, known, at))
    return found


def _is_below(day: Day, number: int) -> bool:
    return day.value is not None and day.value < number


def _day(city: CityState, measure: Measure, known: Known, at: int) -> Day:
    whole = period_of(at, "day", city.city.tz)
    so_far = Period(whole.start, min(whole.end, known.as_of or 0))
    return Day(whole, total(city, measure, so_far) if known.covers(so_far) else None)
