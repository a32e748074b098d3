"""Operations of the simulated city: campaigns, nights, inspections, listed areas, duties, rosters and results."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from schemas.cities import Campaign, City
from schemas.families.operations import FAMILY
from sources.simcity.campaigns import operation
from sources.simcity.chance import midnight
from sources.simcity.desk import BEGIN, DAY, HOUR, Desk
from sources.simcity.event import SimEvent
from sources.simcity.locations import Locations

DUTIES, TEAMS = 77, 10
"""As one report has it: duties with milestones; teams of another."""

NIGHTS = ((7, 22), (7, 23), (7, 24))
"""Three nights of unified action in a year, by the date of their evenings."""

POLICE = ("patrol", "station", "criminal", "traffic")
_SUPERVISION = ("inspection", "bulletin", "listed", "interview", "award")


def begin(seed: int, on: date, city: City) -> Iterator[SimEvent]:
    """What stands when the city's reports begin: running campaigns, listed areas, duties, the roster."""
    desk = Desk(FAMILY, seed, on, city, BEGIN)
    for name, campaign in city.campaigns.items():
        if campaign.first < on <= campaign.last:
            yield from _campaign(desk, city, name, campaign, desk.at(0))
    locations = Locations(city)
    for area in city.areas:
        yield from _area(desk, area, desk.at(0), locations.of_area(area))
    for number in range(1, DUTIES + 1):
        yield from _duty(desk, f"duty-{number:02d}-{on:%y%m%d}")
    for unit, police, beat in _roster(city):
        about = {"beat": beat, "police": police, "unit": unit, "operation": ""}
        yield from desk.tell("roster", desk.at(0), "", about, begins=desk.at(0))


def day(seed: int, on: date, city: City) -> Iterator[SimEvent]:
    """The work of a local day."""
    desk = Desk(FAMILY, seed, on, city)
    for name, campaign in city.campaigns.items():
        if campaign.first == on:
            yield from _campaign(desk, city, name, campaign, desk.at(0))
    if (on.month, on.day) in NIGHTS:
        about = {"beat": "B01", "operation": operation(city, on), "zh": "集中统一行动", "en": "Unified action"}
        yield from desk.tell("night", desk.at(12), f"night-{on}", about, begins=desk.at(18), ends=desk.at(30))
    if on.weekday() == 0:
        mark = {"beat": "B01", "kind": "meeting", "operation": operation(city, on)}
        yield from desk.tell("note", desk.at(9), "", mark, zh="工作例会", en="Weekly meeting")
    yield from _inspections(desk)
    yield from _results(desk, city)
    for _ in range(desk.how_many(0.3)):
        yield from desk.tell("supervision", desk.moment(), "", desk.where(), kind=desk.random.choice(_SUPERVISION))
    if desk.chance(0.04):
        yield from _area(desk, f"A{on.toordinal() % 900 + 100}", desk.moment())


def _campaign(desk: Desk, city: City, name: str, campaign: Campaign, at: int) -> Iterator[SimEvent]:
    zone = ZoneInfo(city.tz)
    about = {"beat": "B01", "operation": name, "zh": campaign.zh, "en": campaign.en}
    begins, ends = midnight(campaign.first, zone), midnight(campaign.last + timedelta(days=1), zone)
    yield from desk.tell("campaign", at, name, about, begins=begins, ends=ends)


def _area(desk: Desk, area: str, listed: int, beat: str | None = None) -> Iterator[SimEvent]:
    """Listed, put right, looked at, accepted; checked within every week, but for one week in fifty."""
    subject, about = f"area-{area}", desk.where(beat) | {"area": area, "level": desk.random.choice(("city", "county"))}
    accepted = listed + desk.random.randint(50, 110) * DAY
    due = listed + 90 * DAY
    yield from desk.tell("area_listed", listed, subject, about, due=due)
    yield from desk.tell("area_rectifying", listed + desk.random.randint(1, 5) * DAY, subject, about, due=due)
    yield from desk.tell("area_review", accepted - 7 * DAY, subject, about, due=due)
    yield from desk.tell("area_accepted", accepted, subject, about, listed_at=listed)
    checked = listed
    while True:
        checked += desk.random.randint(4 * DAY, 7 * DAY - HOUR) + (5 * DAY if desk.chance(0.02) else 0)
        if checked >= accepted:
            return
        yield from desk.tell("area_checked", checked, subject, about)


def _duty(desk: Desk, subject: str) -> Iterator[SimEvent]:
    """Due in one of the next ten weeks; nine of ten are done by then."""
    about, given = desk.where(), desk.at(9)
    due = given + desk.random.randint(1, 10) * 7 * DAY
    yield from desk.tell("task_assigned", given, subject, about, due=due)
    done = due - desk.random.randint(HOUR, 6 * DAY) if desk.chance(0.9) else due + desk.random.randint(HOUR, 9 * DAY)
    yield from desk.tell("task_done", done, subject, about, assigned_at=given)


def _inspections(desk: Desk) -> Iterator[SimEvent]:
    for _ in range(desk.how_many(1)):
        team = desk.random.randint(1, TEAMS)
        about = desk.where()
        where = {"beat": about["beat"], "operation": about["operation"], "county": f"C{team:02d}"}
        at = desk.moment()
        yield from desk.tell(
            "inspection", at, "", where, team=f"TEAM-{team:02d}",
            manner="covert" if desk.chance(0.5) else "open", count=desk.random.randint(1, 6),
        )  # fmt: skip
        if desk.chance(0.5):
            subject, found = desk.subject(), where | {"unit": about["unit"], "kind": "duty_room"}
            opened = at + HOUR
            yield from desk.tell("finding_opened", opened, subject, found, due=opened + 14 * DAY)
            if desk.chance(0.97):
                closed = desk.later(opened, 5 * DAY)
                yield from desk.tell("finding_closed", closed, subject, found, opened_at=opened)


def _roster(city: City) -> list[tuple[str, str, str]]:
    """Twelve pairs of a unit and its kind of police, as one report has it, each with its beat."""
    beats = list(city.beats)
    return [(f"SQUAD-{number:02d}", POLICE[number % 4], beats[number * 2]) for number in range(1, 13)]


def _results(desk: Desk, city: City) -> Iterator[SimEvent]:
    """Each has some on most days. Once in a while one has none for days: truly quiet, or a feed that is dead."""
    for number, (unit, police, beat) in enumerate(_roster(city)):
        if (desk.day.toordinal() + 11 * number) % 90 < 4:  # its quiet days
            continue
        about = {"beat": beat, "police": police, "unit": unit, "operation": operation(city, desk.day)}
        for _ in range(1 + desk.how_many(0.4)):
            yield from desk.tell("result", desk.moment(), "", about)
