"""What `/live` says of clocks: how many alarms stand, and the last ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from schemas.alarms import Alarm
from schemas.cities import City
from schemas.live import AlarmView, ClockView
from streams.live.alarms import LiveAlarms

SHOWN = 20
"""Alarms of a clock that are told; all are counted, and `citywatch alarms list` has them."""


def clock_views(city: City, alarms: LiveAlarms) -> Iterator[ClockView]:
    """Of each clock that a source of the city feeds. Hold the state's lock."""
    of_clock: defaultdict[str, list[Alarm]] = defaultdict(list)
    for alarm in alarms.standing(city):
        of_clock[alarm.clock].append(alarm)
    for clock in alarms.watched(city):
        found = of_clock[clock.name]
        expired = sum(alarm.state == "expired" for alarm in found)
        yield ClockView(
            clock=clock.name,
            zh=clock.zh,
            en=clock.en,
            says_zh=clock.says_zh,
            says_en=clock.says_en,
            warned=len(found) - expired,
            expired=expired,
            alarms=[_view(alarm) for alarm in found[:SHOWN]],
        )


def _view(alarm: Alarm) -> AlarmView:
    return AlarmView(
        id=alarm.id,
        source=alarm.source,
        subject=alarm.subject,
        beat=alarm.beat,
        state="expired" if alarm.state == "expired" else "warned",
        begin=alarm.begin,
        due=alarm.due,
        raised_at=alarm.raised_at,
    )
