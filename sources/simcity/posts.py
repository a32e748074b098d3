"""Posts of the simulated city: 66 on its streets, 24 more in a campaign of posts, and 65 at schools; who stands there
when, and what checks find.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from figures.calendars import Calendar
from schemas.cities import City
from schemas.clock import Days
from schemas.families.posts import FAMILY
from sources.simcity.campaigns import of_posts
from sources.simcity.desk import BEGIN, HOUR, Desk, station
from sources.simcity.event import SimEvent

_MINUTE = 60
_KINDS = {"armed": (8, 6, 1), "station": (10, 4, 1), "street": (20, 2, 0), "checkpoint": (28, 4, 1)}
"""How many of each kind, with how many officers and vehicles; as one report has it 66 in all."""

_SUMMER, _SCHOOLS = 24, 65
_EVENING = ((18, 0, 23, 30),)
_DUTY = {"station": ((8, 0, 20, 0),)}
_PEAKS = ((7, 10, 8, 0), (16, 30, 17, 20))
_LATE, _AWAY = 0.012, 0.015


@dataclass(frozen=True)
class Post:
    """Its duty: hours and minutes of beginning and end."""

    subject: str
    beat: str
    kind: str
    officers: int
    vehicles: int
    duty: tuple[tuple[int, int, int, int], ...]
    days: Days = "all"


def posts(city: City, of_summer: bool) -> list[Post]:
    """Those of a day without and with a campaign of posts."""
    beats = list(city.beats)
    kinds = [(kind, officers, cars) for kind, (n, officers, cars) in _KINDS.items() for _ in range(n)]
    found = [
        Post(
            f"post-{number:03d}",
            beats[number % len(beats)],
            kind,
            officers,
            cars,
            _DUTY.get(kind, _EVENING),
        )
        for number, (kind, officers, cars) in enumerate(kinds, start=1)
    ]
    if of_summer:
        found += [
            Post(f"cool-{number:03d}", beats[number % len(beats)], "summer", 4, 1, _EVENING)
            for number in range(1, _SUMMER + 1)
        ]
    found += [
        Post(f"school-{number:03d}", beats[number * 5 % len(beats)], "school", 2, 0, _PEAKS, "school")
        for number in range(1, _SCHOOLS + 1)
    ]
    return found


def begin(seed: int, on: date, city: City) -> Iterator[SimEvent]:
    """The list of posts as it stands when the city's reports begin."""
    desk = Desk(FAMILY, seed, on, city, BEGIN)
    yield from _list(desk, city, posts(city, bool(of_posts(city, on))))


def day(seed: int, on: date, city: City) -> Iterator[SimEvent]:
    """Every duty of a local day; and on the first and after the last of a campaign of posts what is listed for it."""
    desk = Desk(FAMILY, seed, on, city)
    today, yesterday = of_posts(city, on), of_posts(city, on - timedelta(days=1))
    of_summer = [post for post in posts(city, True) if post.kind == "summer"]
    if today and not yesterday:
        yield from _list(desk, city, of_summer)
    if yesterday and not today:
        for post in of_summer:
            yield from desk.tell("delisted", desk.at(0), post.subject, _about(city, post, yesterday))
    calendar = Calendar.of(city)
    for post in posts(city, bool(today)):
        if calendar.has(on, post.days):
            for hours in post.duty:
                yield from _duty(desk, city, post, hours)


def _list(desk: Desk, city: City, listed: list[Post]) -> Iterator[SimEvent]:
    for post in listed:
        duty = ",".join(f"{h1:02d}:{m1:02d}-{h2:02d}:{m2:02d}" for h1, m1, h2, m2 in post.duty)
        yield from desk.tell(
            "listed", desk.at(0), post.subject, _about(city, post, of_posts(city, desk.day)),
            duty=duty, duty_days=post.days, officers=post.officers, kit="ready",
        )  # fmt: skip


def _about(city: City, post: Post, campaign: str) -> dict[str, object]:
    return {
        "beat": post.beat,
        "kind": post.kind,
        "operation": campaign if post.kind == "summer" else "",
        "unit": station(city, post.beat),
    }


def _duty(desk: Desk, city: City, post: Post, hours: tuple[int, int, int, int]) -> Iterator[SimEvent]:
    """Staffed some minutes before it begins, and left after its end; rarely too late, or away for a while."""
    about = _about(city, post, of_posts(city, desk.day))
    begins, ends = desk.at(*hours[:2]), desk.at(*hours[2:])
    since = begins - desk.random.randint(1, 10) * _MINUTE
    if desk.chance(_LATE):
        since = begins + desk.random.randint(16, 40) * _MINUTE
    until = ends + desk.random.randint(0, 8) * _MINUTE
    spans = [(since, until)]
    if desk.chance(_AWAY):
        away = since + desk.random.randint(10, 30) * _MINUTE
        spans = [(since, away), (away + desk.random.randint(8, 25) * _MINUTE, until)]
    for staffed, left in spans:
        if staffed < left:
            yield from desk.tell(
                "staffed", staffed, post.subject, about, officers=post.officers, vehicles=post.vehicles, kit="ready"
            )
            yield from desk.tell("left", left, post.subject, about, staffed_at=staffed)
    if post.kind == "checkpoint" and desk.chance(0.25):
        yield from _check(desk, post, about, since, min(until, since + 2 * HOUR))


def _check(desk: Desk, post: Post, about: dict[str, object], since: int, until: int) -> Iterator[SimEvent]:
    """A check of some hours; one report has 86 drunk drivers of a month at such posts."""
    yield from desk.tell("check", until, post.subject, about, since=since, vehicles=desk.random.randint(60, 320))
    for result, mean in (("drink_driving", 0.3), ("drunk_driving", 0.08), ("traffic", 1.5)):
        if found := desk.how_many(mean):
            at = desk.random.randint(since + 1, until)
            yield from desk.tell("result", at, post.subject, about, result=result, count=found)
