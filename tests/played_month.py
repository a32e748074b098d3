"""Days of the simulated city as a list of records, in steps of simulated hours, for a city that has floors.

Planted beside what the city does by itself: a year of telecom fraud before it, which was falling; a unit whose shifts
are not reported on some days, and on one of them days late.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from runtime.producer import Producer, partition_of
from runtime.settings import Settings
from schemas.cities import City, load_cities
from schemas.families.cases import FAMILY as CASE
from schemas.families.patrols import PATROLS
from schemas.topics import INPUTS
from sources.feed import Feed
from sources.simcity.city import SOURCES, events
from sources.simcity.event import CITY as SIMULATED

CITY = "lakeside"
"""The simulated city under a name of its own, with floors: the shipped one has none."""

CASES = CASE.topic.name
PARTITIONS = 4
DAY = 86_400
UNIT, OFFICERS_A_DAY = "CAR-05", 72
"""The unit that is missing now and then; officers of all shifts that begin on a day, without one missing."""

FRAUDS = {"2025-04": 6, "2025-05": 6, "2025-06": 3, "2026-03": 2, "2026-04": 4, "2026-05": 5}
"""Telecom frauds of the months before, of others one: April and May are below the year before, June will not be."""

FIRST_FRAUD = date(2025, 3, 1)


class Sent(NamedTuple):
    topic: str
    partition: int
    key: bytes
    value: bytes


@dataclass
class Played:
    """What a feed writes to: keeps it."""

    partitions: dict[str, int] = field(default_factory=lambda: dict.fromkeys(INPUTS, PARTITIONS))
    records: list[Sent] = field(default_factory=list)

    def partition(self, topic: str, key: bytes) -> int:
        return partition_of(key, self.partitions[topic])

    def send(self, topic: str, partition: int, key: bytes, value: bytes) -> None:
        self.records.append(Sent(topic, partition, key, value))

    def flush(self) -> None:
        """There is nothing to wait for."""

    def taken(self) -> list[Sent]:
        found, self.records = self.records, []
        return found


@dataclass(frozen=True)
class Days:
    """`missing`: days, from 0, on which the unit reports no shift; `late`: days on which it does so two days later."""

    start: date
    number: int
    seed: int = 7
    step_hours: int = 6
    scale: float = 1.0
    patrols: bool = True
    frauds: bool = True
    missing: tuple[int, ...] = ()
    late: tuple[int, ...] = ()


def declared(directory: Path) -> Path:
    """The directory of city files, with this city's in it."""
    directory.mkdir(parents=True, exist_ok=True)
    shipped = resources.files("schemas").joinpath("city_data")
    for kind in ("toml", "geojson"):
        text = shipped.joinpath(f"{SIMULATED}.{kind}").read_text("utf-8")
        (directory / f"{CITY}.{kind}").write_text(text.replace(SIMULATED, CITY), "utf-8")
    with (directory / f"{CITY}.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[floors]\nofficers = {OFFICERS_A_DAY}\n")
    return directory


def steps(days: Days, cities: Path) -> Iterator[list[Sent]]:
    """What is sent in each step of simulated time, with the clocks of the sources; what was before it in the first."""
    city = load_cities(cities).by_name[CITY]
    played = Played()
    feeds = {topic: Feed(played, own(source), (topic,)) for topic, source in SOURCES.items()}
    begin = _midnight(days.start, city)
    end = begin
    if days.frauds:
        _write(feeds, _frauds(days, city))
    for item in _all_of_them(days, city):
        if item[0] >= end:
            for feed in feeds.values() if end > begin else ():
                feed.finish()
            if end > begin:
                yield played.taken()
            end += days.step_hours * 3_600
        _write(feeds, [item])
    for feed in feeds.values():
        feed.finish()
    yield played.taken()


def write(settings: Settings, records: Sequence[Sent]) -> None:
    """Until all are durable."""
    producer = Producer(settings, INPUTS)
    try:
        for each in records:
            producer.send(*each)
    finally:
        producer.close()


def own(source: str) -> str:
    """The source of this city for one of the simulated one."""
    return source.replace(f"{SIMULATED}/", f"{CITY}/")


Item = tuple[int, str, bytes | None, bytes]


def _write(feeds: dict[str, Feed], items: Iterable[Item]) -> None:
    for arrival, topic, key, value in items:
        if key is None:
            feeds[topic].advance(arrival)
        else:
            feeds[topic].send(topic, key, value.replace(f'"{SIMULATED}/'.encode(), f'"{CITY}/'.encode()))


def _all_of_them(days: Days, city: City) -> Iterator[Item]:
    waiting: list[Item] = []
    begin = _midnight(days.start, city)
    simulated = events(city, days.seed, days.start, days.number, days.scale, patrols=days.patrols)
    for item in simulated:
        while waiting and waiting[0][0] <= item[0]:
            yield waiting.pop(0)
        if item[1] == PATROLS and b'"patrol.shift_began' in item[3] and f'"{UNIT}"'.encode() in item[3]:
            day = (_time(item[3]) - begin) // DAY
            if day in days.late:
                waiting.append((item[0] + 2 * DAY, *item[1:]))
            if day in (*days.late, *days.missing):
                continue
        yield item


def _frauds(days: Days, city: City) -> Iterator[Item]:
    """One clock a day is enough: each vouches for all since the first."""
    zone = ZoneInfo(city.tz)
    day = FIRST_FRAUD
    while day < days.start:
        at = _midnight(day, city)
        yield at + 10 * 3_600, CASES, None, b""
        if day.day <= FRAUDS.get(f"{day:%Y-%m}", 1):
            event = {
                "specversion": "1.0", "type": "case.opened.v1", "source": own(SOURCES[CASES]), "id": f"before-{day}",
                "time": datetime.fromtimestamp(at + 10 * 3_600 - 60, zone).isoformat(), "subject": f"case-before-{day}",
                "data": {"beat": "B01", "category": "110401"},
            }  # fmt: skip
            yield at + 10 * 3_600, CASES, b"B01", json.dumps(event).encode()
        day += timedelta(days=1)


def _time(value: bytes) -> int:
    said: dict[str, Any] = json.loads(value)
    return int(datetime.fromisoformat(said["time"]).timestamp())


def _midnight(day: date, city: City) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(city.tz)).timestamp())


def together(played: Iterable[Sequence[Sent]]) -> list[Sent]:
    return list(chain.from_iterable(played))
