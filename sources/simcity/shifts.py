"""Shifts of the simulated city's units, the forces on its streets, and what they do there beside stops."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from schemas.cities import City
from schemas.families.patrols import FAMILY
from sources.simcity.desk import Desk
from sources.simcity.event import SimEvent
from sources.simcity.units import units

_FORCES = {"police": (14, 2), "auxiliary": (9, 1), "patrol_team": (6, 0), "grid": (4, 0), "volunteer": (8, 0)}
"""Of each kind in each sector on a day: how many, and their vehicles."""

_ACTIVITIES = {"help": 5, "mediation": 3, "check": 4, "in_act": 0.4, "night_check": 0.5}
_LONG = 0.01
_NIGHT = (4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 5, 9, 9, 7)


def day(seed: int, on: date, city: City) -> Iterator[SimEvent]:
    """Shifts that begin on a local day, and the day's forces and activities."""
    desk = Desk(FAMILY, seed, on, city)
    for unit in units(city):
        about: dict[str, object] = {"beat": unit.beats[0], "unit": unit.name, "member": "police", "officers": 2}
        about |= {"vehicles": 0 if unit.mode == "point" else 1}
        for begins, before in ((8, (on - timedelta(days=1), 20)), (20, (on, 8))):
            # who comes back late begins late
            at = desk.at(begins, 45 if _is_long(seed, *before, unit.name) else desk.random.randint(0, 8))
            ended = desk.at(begins + 11, desk.random.randint(30, 55))
            if _is_long(seed, on, begins, unit.name):
                ended = desk.at(begins + 12, desk.random.randint(15, 35))
            yield from desk.tell("shift_began", at, "", about)
            yield from desk.tell("shift_ended", ended, "", about, began_at=at)
    for sector in city.sectors:
        beat = next(code for code, place in city.beats.items() if place.sector == sector)
        for member, (count, vehicles) in _FORCES.items():
            about = desk.where(beat) | {"member": member, "patrol": "public" if member == "volunteer" else "station"}
            on_duty = max(1, count + desk.random.randint(-3, 3))
            yield from desk.tell("deployed", desk.at(18), "", about, count=on_duty, vehicles=vehicles)
    for activity, mean in _ACTIVITIES.items():
        for _ in range(desk.how_many(mean)):
            at = desk.moment(_NIGHT) if activity == "night_check" else desk.moment()
            outcome = "handled" if desk.chance(0.8) else "passed_on"
            yield from desk.tell("activity", at, "", desk.where(), activity=activity, outcome=outcome)


def _is_long(seed: int, day: date, begins: int, unit: str) -> bool:
    """Whether something comes in at the end of this shift."""
    return Random(f"long {seed} {day} {begins} {unit}").random() < _LONG
