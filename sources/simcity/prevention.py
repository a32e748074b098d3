"""Prevention in the simulated city: what the public is told, fraud warnings, sites, sensors at the water, registers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from schemas.cities import City
from schemas.families.prevention import FAMILY
from sources.simcity.desk import BEGIN, HOUR, Desk
from sources.simcity.event import SimEvent

SENSORS = {"sensor-01": "B11", "sensor-02": "B11", "sensor-03": "B12", "sensor-04": "B13", "sensor-05": "B14",
           "sensor-06": "B17"}  # fmt: skip
"""Those that watch the water, and where."""

HEARTBEAT = 240
"""Seconds between two signs of life of a sensor."""

_SITES = 93
_CHANNELS = {"leaflet": 8, "app": 6, "social": 5, "broadcast": 2, "web": 2, "newspaper": 1}
_OUTCOMES = {"warned": 60, "dissuaded": 30, "blocked": 8, "lost": 2}
_FIRST = date(2019, 1, 1)


def begin(seed: int, on: date, city: City) -> Iterator[SimEvent]:
    """Sites, sensors and rescue poles as they stand when the city's reports begin."""
    desk = Desk(FAMILY, seed, on, city, BEGIN)
    for number in range(1, _SITES + 1):
        subject, about = _site(number, city)
        yield from desk.tell("site_listed", desk.at(0), subject, about)
        yield from desk.tell("site_online", desk.at(0, 1), subject, about)
    for subject, beat in SENSORS.items():
        yield from desk.tell("sensor_listed", desk.at(0), subject, {"beat": beat, "kind": "drowning"})
    for number, beat in enumerate(sorted(set(SENSORS.values())), start=1):
        about = {"beat": beat, "kind": "pole", "town": f"T{number:02d}"}
        yield from desk.tell("asset_deployed", desk.at(0), f"poles-{number:02d}", about, count=100)


def day(seed: int, on: date, city: City) -> Iterator[SimEvent]:
    """The work of a local day, and what its sensors saw."""
    desk = Desk(FAMILY, seed, on, city)
    yield from _told(desk)
    yield from _warnings(desk)
    yield from _installed(desk)
    yield from _sites(desk, city)
    for subject, beat in SENSORS.items():
        yield from _sensor(desk, subject, {"beat": beat, "kind": "drowning"})
    yield from _registers(desk)


def _told(desk: Desk) -> Iterator[SimEvent]:
    for _ in range(desk.how_many(5)):
        channel = desk.random.choices(list(_CHANNELS), list(_CHANNELS.values()))[0]
        audience = desk.random.choice(("public", "elderly", "students", "merchants", "villages"))
        items = desk.random.randint(40, 260) if channel == "leaflet" else 0
        yield from desk.tell(
            "outreach", desk.moment(), "", desk.where(),
            channel=channel, audience=audience, items=items, reached=items * 3 or desk.random.randint(50, 900),
        )  # fmt: skip
    for _ in range(desk.how_many(1.5)):
        partner = desk.random.choice(("community", "firm", "school", "hospital"))
        reached = desk.random.randint(8, 60)
        yield from desk.tell(
            "talk", desk.at(19, desk.random.randrange(150)), "", desk.where(),
            kind="night_talk", partner=partner, reached=reached,
        )  # fmt: skip
    for _ in range(desk.how_many(2)):
        about = desk.where()
        yield from desk.tell(
            "pledge", desk.moment(), desk.subject(), {"beat": about["beat"], "operation": about["operation"]},
            kind=desk.random.choice(("hotel", "shop", "venue", "firm")),
        )  # fmt: skip


def _installed(desk: Desk) -> Iterator[SimEvent]:
    """Lockers where telephones were stolen: what is counted there before and after can be compared."""
    if desk.chance(0.08):
        about = {"beat": desk.where()["beat"], "kind": "locker", "against": "theft_other"}
        yield from desk.tell("measure_installed", desk.moment(), desk.subject(), about)


def _warnings(desk: Desk) -> Iterator[SimEvent]:
    """One report has 7,839 of a campaign; each event tells some of them."""
    for _ in range(desk.how_many(9)):
        outcome = desk.random.choices(list(_OUTCOMES), list(_OUTCOMES.values()))[0]
        saved = outcome in ("dissuaded", "blocked")
        yield from desk.tell(
            "fraud_warning", desk.moment(), "", desk.where(),
            outcome=outcome, channel=desk.random.choice(("platform", "call", "visit")),
            count=1 if saved else desk.random.randint(3, 15), amount=desk.random.randint(10, 900) * 10_000 * saved,
        )  # fmt: skip


def _site(number: int, city: City) -> tuple[str, dict[str, object]]:
    beats = list(city.beats)
    kind = "safe_house" if number % 3 else "merchant_alliance"
    partner = "firm" if number % 2 else "community"
    return f"house-{number:03d}", {"beat": beats[number * 4 % len(beats)], "kind": kind, "partner": partner}


def _sites(desk: Desk, city: City) -> Iterator[SimEvent]:
    """Now and then one does not work for some hours."""
    for number in sorted(desk.random.sample(range(1, _SITES + 1), desk.how_many(1))):
        subject, about = _site(number, city)
        gone = desk.moment()
        yield from desk.tell("site_offline", gone, subject, about)
        yield from desk.tell("site_online", desk.later(gone, 5 * HOUR), subject, about)


def _sensor(desk: Desk, subject: str, about: dict[str, object]) -> Iterator[SimEvent]:
    """Its signs of life, with a silence of some minutes once in fifty days; and what it saw, nearly all in summer."""
    silent = range(0)
    if desk.chance(0.02):
        since = desk.moment()
        silent = range(since, since + desk.random.randint(400, 3_000))
    for at in range(desk.at(0) + desk.random.randrange(20), desk.at(24), HEARTBEAT):
        if at not in silent:
            yield from desk.tell("sensor_heartbeat", at, subject, about)
    for _ in range(desk.how_many(0.12 if 5 <= desk.day.month <= 9 else 0.005)):
        seen, alert = desk.moment(), f"alert-{desk.subject()}"
        yield from desk.tell("sensor_alert", seen, subject, about, alert=alert)
        later = {"alert": alert, "alerted_at": seen}
        spoke = seen + desk.random.randint(2, 8)
        yield from desk.tell("sensor_voice", spoke, subject, about, **later)
        yield from desk.tell("sensor_answered", desk.later(spoke, 60), subject, about, **later)
        if desk.chance(0.08):  # nobody says how it ended
            continue
        outcome = "persuaded" if desk.chance(0.9) else "false_alarm"
        yield from desk.tell(
            "sensor_resolved", desk.later(spoke, 600), subject, about,
            **later, outcome=outcome, persuaded=desk.random.randint(1, 3) if outcome == "persuaded" else 0,
        )  # fmt: skip


def _registers(desk: Desk) -> Iterator[SimEvent]:
    """The shield against fraud grows day by day; once a month the public is asked how safe it feels."""
    days = (desk.day - _FIRST).days
    for kind, value in (("registered", 60_000 + 57 * days), ("protected", 80_000 + 66 * days)):
        yield from desk.tell("register", desk.at(8), f"shield-{kind}", {"beat": "B01"}, kind=kind, value=value)
    if desk.day.day == 25:
        scores = [desk.random.randint(6_000, 10_000) for _ in range(200)]
        yield from desk.tell(
            "survey", desk.at(17), "", {"beat": "B01"},
            answers=len(scores), score=sum(scores), squares=sum(score * score for score in scores),
        )  # fmt: skip
