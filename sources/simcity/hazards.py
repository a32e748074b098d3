"""Hazards of the simulated city: places checked, hazards found and removed, notices, inspections, dangerous goods.

In the summer campaign a month brings what one report has: 169 hazards, 71 notices, 89 violations, 800 inspections.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from schemas.cities import City
from schemas.families.hazards import FAMILY
from sources.simcity.desk import BEGIN, DAY, HOUR, Desk
from sources.simcity.event import SimEvent

HAZMAT_FIRMS = 142
_OTHER_SITES = 160
_SITE_KINDS = ("small_hotel", "hotel", "ktv", "bar", "internet_cafe", "rental", "night_stall", "entertainment")
_KINDS = ("fire_exit", "wiring", "gas", "e_bike_charging", "guard_rail", "deep_water", "locks")
_NIGHT = (3, 2, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 2, 5, 8, 9, 8, 6)


def begin(seed: int, on: date, city: City) -> Iterator[SimEvent]:
    """The list of premises as it stands when the city's reports begin."""
    desk = Desk(FAMILY, seed, on, city, BEGIN)
    for number in range(HAZMAT_FIRMS + _OTHER_SITES):
        subject, about = _site(desk, number)
        yield from desk.tell("site_listed", desk.at(0, number % 10), subject, about, operation="")


def day(seed: int, on: date, city: City) -> Iterator[SimEvent]:
    """All that becomes of what is found on a local day, and the work of that day."""
    desk = Desk(FAMILY, seed, on, city)
    for _ in range(desk.how_many(9)):
        kind = desk.random.choice(("urban_fringe", "urban_village", "waterside", "school", "rental"))
        count = desk.random.randint(1, 6)
        yield from desk.tell("place_checked", desk.moment(), desk.subject(), desk.where(), site_kind=kind, count=count)
    for _ in range(desk.how_many(4)):
        yield from _hazard(desk)
    for _ in range(desk.how_many(2.1)):
        yield from desk.tell(
            "violation", desk.moment(), desk.subject(), desk.where(),
            kind=desk.random.choice(_KINDS), site_kind=desk.random.choice(_SITE_KINDS),
        )  # fmt: skip
    for _ in range(desk.how_many(19)):
        subject, about = _site(desk, desk.random.randrange(HAZMAT_FIRMS + _OTHER_SITES))
        yield from desk.tell("inspected", desk.moment(), subject, about)
    for _ in range(desk.how_many(0.3)):
        yield from desk.tell(
            "sweep", desk.moment(_NIGHT), desk.subject(), desk.where(), site_kind=desk.random.choice(_SITE_KINDS),
            method=desk.random.choice(("surprise", "targeted", "dragnet")), officers=desk.random.randint(40, 90),
        )  # fmt: skip
    for _ in range(desk.how_many(0.8)):
        yield from _goods(desk)


def _site(desk: Desk, number: int) -> tuple[str, dict[str, object]]:
    """The listed site of a number: the same on every day."""
    beat = f"B{number * 7 % 27 + 1:02d}"
    kind = "hazmat_firm" if number < HAZMAT_FIRMS else _SITE_KINDS[number % len(_SITE_KINDS)]
    return f"site-{number:03d}", desk.where(beat) | {"site_kind": kind}


def _hazard(desk: Desk) -> Iterator[SimEvent]:
    """Found; 42 of a hundred times with a notice; nearly always removed, mostly before its notice is due."""
    subject, found = desk.subject(), desk.moment()
    about = desk.where() | {"kind": desk.random.choice(_KINDS), "site_kind": desk.random.choice(_SITE_KINDS)}
    yield from desk.tell("opened", found, subject, about)
    if desk.chance(0.01):
        yield from desk.tell("withdrawn", desk.later(found, DAY), subject, {"beat": about["beat"], "opened_at": found})
        return
    removed = desk.later(found, 2 * DAY)
    if desk.chance(0.42):
        issued, notice = found + desk.random.randint(600, 8 * HOUR), f"notice-{subject}"
        due = issued + 7 * DAY
        yield from desk.tell("notice_issued", issued, subject, about, notice=notice, due=due)
        removed = issued + DAY + desk.random.randrange(5 * DAY)
        if desk.chance(0.08):
            removed = due + desk.random.randint(HOUR, 4 * DAY)
        yield from desk.tell("notice_met", removed, subject, about, notice=notice, issued_at=issued)
    if desk.chance(0.97):
        yield from desk.tell("closed", removed + 600, subject, about, opened_at=found)


def _goods(desk: Desk) -> Iterator[SimEvent]:
    """A lot of dangerous goods from its making to its end; one in fifty is lost on the way."""
    subject, at = desk.subject(), desk.moment()
    about = desk.where(desk.random.choice(("B20", "B23", "B24"))) | {
        "kind": desk.random.choice(("detonator", "fertiliser", "solvent"))
    }
    for state in ("produced", "moving", "stored", "in_use"):
        yield from desk.tell("item_state", at, subject, about, state=state)
        at = desk.later(at, 2 * DAY if state == "stored" else 10 * HOUR)
        if desk.chance(0.005):
            return
    yield from desk.tell("item_disposed", at, subject, about, outcome="used_up")
