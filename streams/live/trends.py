"""Streaks of months that ended in a city, from the live figures."""

from __future__ import annotations

from figures.clocks import Episode
from figures.known import Known
from figures.periods import Period, date_of, period_of, year_before
from figures.streaks import MonthPair
from figures.trends import Month, ended, over
from schemas.alarms import Alarm
from schemas.clock import Trend
from schemas.clocks import TRENDS
from schemas.control import PANE
from schemas.measures import MEASURES, Measure
from streams.live.alarms import Seen
from streams.live.figures import total
from streams.live.state import CityState, LiveState

MONTHS = 10
"""Complete months that are looked at: with the year before them less than what is kept."""


def advance(state: LiveState) -> list[Alarm]:
    """What has changed. Hold the state's lock."""
    return [
        alarm
        for city in state.every
        for trend in TRENDS.values()
        if MEASURES[trend.measure].topic in city.topics
        for alarm in _look(state, city, trend)
    ]


def _look(state: LiveState, city: CityState, trend: Trend) -> list[Alarm]:
    measure = MEASURES[trend.measure]
    known = city.known(measure)
    if known.as_of is None or not state.alarms.is_heard(city.city, measure.topic):
        return []
    now = known.as_of - PANE  # figures go up to the end of the pane in which the clock stands
    known_to = known.spans[-1].end if known.spans else 0  # the slowest partition may be far behind
    if not state.alarms.is_new(city.city, trend, Seen(now, known_to, city.revisions[measure.type])):
        return []
    grace = max(state.alarms.lateness(source) for source in city.city.sources)
    months = _months(city, measure, known, known.as_of)
    since = months[trend.least].period.start
    found = ended(months, trend.direction, trend.least, now, grace)
    older = state.alarms.standing_before(city.city, trend, measure.name, since)
    found += over(months, trend.direction, [_episode(alarm) for alarm in older], now, grace)
    why = f"not {trend.direction} beside the same month of the year before"
    return state.alarms.settle(city.city, trend, measure.name, since, found, now, why)


def _episode(alarm: Alarm) -> Episode:
    return Episode(alarm.begin, "expired", None, alarm.due, None, "", "", alarm.raised_at)


def _months(city: CityState, measure: Measure, known: Known, as_of: int) -> list[Month]:
    found: list[Month] = []
    at = period_of(as_of - 1, "month", city.city.tz).start
    while len(found) < MONTHS:
        whole = period_of(at - 1, "month", city.city.tz)
        before = year_before(whole, city.city.tz)
        name = f"{date_of(whole.start, None, city.city.tz):%Y-%m}"
        pair = MonthPair(name, _value(city, measure, known, whole), _value(city, measure, known, before))
        found.insert(0, Month(whole, pair))
        at = whole.start
    return found


def _value(city: CityState, measure: Measure, known: Known, span: Period) -> int | None:
    return total(city, measure, span) if known.covers(span) else None
