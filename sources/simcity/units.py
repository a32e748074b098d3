"""Patrol units of the simulated city: where they spend their minutes, and the stops they make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from schemas.cities import City
from schemas.control import PANE
from schemas.families.patrols import PATROLS
from sources.simcity.event import PATROL, SimEvent

_STATES = ("patrolling", "patrolling_ready", "on_scene", "off_street")
_NEXT = {
    "patrolling": (0, 5, 4, 1),
    "patrolling_ready": (6, 0, 3, 1),
    "on_scene": (6, 3, 0, 1),
    "off_street": (7, 3, 0, 0),
}
_MINUTES = {"patrolling": 40, "patrolling_ready": 25, "on_scene": 22, "off_street": 30, "on_post": 120}
_STOPS_AN_HOUR = 0.5


@dataclass(frozen=True)
class Unit:
    """A car in its beats, or a post. Its name says nothing about who is in it."""

    name: str
    mode: str
    beats: tuple[str, ...]


def units(city: City) -> list[Unit]:
    """A car for each sector (area), two on main roads (line), and posts at two places (point)."""
    sectors = {code: tuple(beat for beat, place in city.beats.items() if place.sector == code) for code in city.sectors}
    cars = [Unit(f"CAR-{number:02d}", "area", beats) for number, beats in enumerate(sectors.values(), start=1)]
    every = tuple(city.beats)
    roads = [Unit("ROAD-01", "line", every[::2]), Unit("ROAD-02", "line", every[1::2])]
    posts = [Unit("POST-01", "point", ("B01",)), Unit("POST-02", "point", ("B03",))]
    return [*cars, *roads, *posts]


class Patrols:
    """All unit states and stops of a day, by seed and day alone."""

    def __init__(self, seed: int, city: City) -> None:
        self._seed = seed
        self._zone = ZoneInfo(city.tz)
        self._units = units(city)

    def day(self, day: date) -> Iterator[SimEvent]:
        """Every event that units report about a local day, in no order."""
        # Intervals end a second before a pane does, the day's last too: each lies in the pane of its time.
        start = int(datetime.combine(day, time(), self._zone).timestamp()) - 1
        end = int(datetime.combine(day + timedelta(days=1), time(), self._zone).timestamp()) - 1
        for number, unit in enumerate(self._units):
            yield from self._unit(number, unit, day, start, end)

    def _unit(self, number: int, unit: Unit, day: date, start: int, end: int) -> Iterator[SimEvent]:
        random = Random(f"unit {self._seed} {day} {unit.name}")
        serial = 0
        for state, beat, since, until in _states(random, unit, start, end):
            stops = state == "patrolling"
            for first, last in in_panes(since, until):
                facts: list[tuple[str, str, int, dict[str, object]]] = [
                    ("p", "patrol.status.v1", last, {"state": state, "since": first})
                ]
                if stops and random.random() < _STOPS_AN_HOUR * (last - first) / 3600:
                    kind = random.choice(("stop_traffic", "stop_traffic", "stop_suspicious"))
                    facts.append(("s", "patrol.stop.v1", random.randint(first + 1, last), {"kind": kind}))
                for letter, kind_of_event, epoch, more in facts:
                    serial += 1
                    yield SimEvent(
                        arrival=epoch + random.randint(1, 5),
                        order=number * 10_000 + serial,
                        topic=PATROLS,
                        type=kind_of_event,
                        epoch=epoch,
                        source=PATROL,
                        id=f"{letter}-{self._seed}.{day:%y%m%d}.{number:02d}.{serial:05d}",
                        subject="",
                        data={"beat": beat, "unit": unit.name, "mode": unit.mode, **more},
                    )


def _states(random: Random, unit: Unit, start: int, end: int) -> Iterator[tuple[str, str, int, int]]:
    """State, beat and the interval it lasted; the intervals fill the day."""
    state = "on_post" if unit.mode == "point" else random.choice(("patrolling", "patrolling_ready"))
    place, at = random.randrange(len(unit.beats)), start
    while at < end:
        until = min(end, at + max(60, round(random.expovariate(1 / (_MINUTES[state] * 60)))))
        yield state, unit.beats[place], at, until
        at = until
        if unit.mode == "point":
            state = "off_street" if state == "on_post" and random.random() < 0.4 else "on_post"
        else:
            state = random.choices(_STATES, _NEXT[state])[0]
            place = (place + random.randint(0, 1)) % len(unit.beats)


def in_panes(since: int, until: int) -> Iterator[tuple[int, int]]:
    """The interval in parts that end with their pane's last second at the latest."""
    while since < until:
        last = min(until, (since + 1) // PANE * PANE + PANE - 1)
        yield since, last
        since = last
