"""Disputes of the simulated city: of a hundred found 44 are passed on and 21 resolved within a month, as one report has
it; later most of them are.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from schemas.cities import City
from schemas.families.disputes import FAMILY
from sources.simcity.desk import DAY, HOUR, Desk
from sources.simcity.event import SimEvent

_KINDS = {"family": 34, "neighbour": 24, "debt": 16, "relationship": 12, "labour": 9, "medical": 2, "other": 3}
_TO = {"labour": "labour_office", "medical": "health_office", "debt": "court"}
_RECODINGS = {"family": "relationship", "neighbour": "debt"}


def day(seed: int, on: date, city: City) -> Iterator[SimEvent]:
    """All that becomes of the disputes that are found on a local day."""
    desk = Desk(FAMILY, seed, on, city)
    for _ in range(desk.how_many(4)):
        yield from _dispute(desk)


def _dispute(desk: Desk) -> Iterator[SimEvent]:
    subject, found = desk.subject(), desk.moment()
    kind = desk.random.choices(list(_KINDS), list(_KINDS.values()))[0]
    about = desk.where() | {"kind": kind}
    yield from desk.tell("opened", found, subject, about)
    place = {"beat": about["beat"], "kind": kind, "opened_at": found}
    if desk.chance(0.01):
        yield from desk.tell("withdrawn", desk.later(found, DAY), subject, place)
        return
    if kind in _RECODINGS and desk.chance(0.04):
        yield from desk.tell("recoded", desk.later(found, 2 * DAY), subject, place, now_kind=_RECODINGS[kind])
    passed_on = desk.later(found, 4 * DAY) if desk.chance(0.5) else None
    resolved = desk.later(passed_on or found, 30 * DAY) if desk.chance(0.97) else None
    end = resolved or found + 60 * DAY
    if passed_on:
        yield from desk.tell("transferred", passed_on, subject, about, opened_at=found, to=_TO.get(kind, "mediation"))
    looked = found + desk.random.randint(DAY, 6 * DAY)
    while looked < end - HOUR:
        yield from desk.tell("touched", looked, subject, about)
        looked += desk.random.randint(2 * DAY, 7 * DAY - HOUR)
        if desk.chance(0.04):  # forgotten for some days more
            looked += 4 * DAY
    if resolved:
        yield from desk.tell("resolved", resolved, subject, about, opened_at=found, transferred_at=passed_on)
