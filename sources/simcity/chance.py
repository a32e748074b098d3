"""How chance falls in the simulated city: how many, when, and how long until it arrives."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from random import Random
from zoneinfo import ZoneInfo

from sources.simcity.event import SimEvent

REPEATED = 0.003
_DELAYED = 0.006
_FORGOTTEN = 0.001


def delay(random: Random) -> int:
    """Seconds from an event to its arrival: mostly a few, sometimes minutes, rarely beyond the lateness."""
    luck = random.random()
    if luck < _FORGOTTEN:
        return random.randint(1_500, 7_200)
    return random.randint(180, 720) if luck < _FORGOTTEN + _DELAYED else random.randint(1, 9)


def again(event: SimEvent, random: Random) -> SimEvent:
    """The same event sent a second time, as retries do."""
    return replace(event, arrival=event.arrival + random.randint(0, 120), repeat=True)


MOST = 500.0
"""The greatest mean that is drawn at once: `exp` of some 745 below 0 is 0."""


def poisson(random: Random, mean: float) -> int:
    """By Knuth's product of chances; a great mean is the sum of smaller ones."""
    if mean > MOST:
        return poisson(random, MOST) + poisson(random, mean - MOST)
    count, chance, floor = 0, random.random(), math.exp(-mean)
    while chance > floor:
        count += 1
        chance *= random.random()
    return count


def hours(day: date, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """Start (UTC seconds) and number of each local hour."""
    for hour in range(24):
        yield int(datetime.combine(day, time(hour), zone).timestamp()), hour


def midnight(day: date, zone: ZoneInfo) -> int:
    """UTC seconds."""
    return int(datetime.combine(day, time(), zone).timestamp())
