"""The national report: three nights of unified action, and the areas of disorder that are listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from citywatch.acceptance.events import DAY, event, some
from citywatch.acceptance.question import Report, at, campaign, nights
from citywatch.acceptance.scenario import Fed, Figure, Scenario
from citywatch.acceptance.stood import Stood

NIGHTS = ("2022-07-22", "2022-07-23", "2022-07-24")
PARTS = {
    "deployed": (1_000_000, 900_000, 900_000),
    "suspects": (15_999, 15_000, 14_386),
    "wanted": (900, 900, 814),
    "hazards": (70_000, 70_000, 65_000),
}
"""By night. With the one caught at two in the morning of the 23rd they are what the report prints."""


def _batch(kind: str, name: str, night: str, number: int, data: Mapping[str, object]) -> Iterator[Fed]:
    """In ten events from 19:00 to 05:00."""
    first = at(f"{night} 19:00:00")
    for part in range(10):
        count = number // 10 + (number % 10 if part == 0 else 0)
        yield event(kind, f"{name}-{night}-{part}", first + part * 4_000, {"beat": "B01", "count": count, **data})


def _three_nights() -> Iterator[Fed]:
    tag = {"operation": "three-nights"}
    for place, night in enumerate(NIGHTS):
        opened = {**tag, "opened_at": "2022-07-20T10:00:00+08:00", "site_kind": "rental"}
        yield from _batch("patrol.deployed", "d", night, PARTS["deployed"][place], {**tag, "member": "police"})
        yield from _batch("case.arrest", "a", night, PARTS["suspects"][place], {**tag, "category": "119900"})
        wanted = {**tag, "category": "119900", "kind": "wanted"}
        yield from _batch("case.arrest", "w", night, PARTS["wanted"][place], wanted)
        yield from _batch("hazard.closed", "h", night, PARTS["hazards"][place], opened)
    about = {"beat": "B02", "category": "110203", "kind": "suspect", **tag}
    yield event("case.arrest", "at-two", at("2022-07-23 02:00:00"), about)
    for day in ("2022-07-21", *NIGHTS):  # by day, in no night
        noon = at(f"{day} 12:00:00")
        data = {"beat": "B01", "count": 7_777, "member": "police", "operation": "three-nights"}
        yield event("patrol.deployed", f"noon-{day}", noon, data)
        yield event("case.arrest", f"noon-a-{day}", noon, {"beat": "B01", "count": 55, "category": "119900"})
    yield from some("case.arrest", "later", 40, "2022-07-26", "2022-07-30", {"category": "119900"})


def _of(measure: str, *which: str, take: str = "value", by: str = "") -> Report:
    first, last = (which[0], which[-1]) if which else (NIGHTS[0], NIGHTS[-1])
    return Report(measure, nights(first, last), take, by)


def _of_kind(kind: str) -> Report:
    """Persons of each kind by themselves."""
    return Report("arrests", nights(NIGHTS[0], NIGHTS[-1]), by="kind", key=(("kind", kind),))


NIGHT = "nights from 18:00 to 06:00, which bear the date of their evening"

S11 = Scenario(
    "S1.1",
    "three nights of unified action",
    at("2022-07-20"),
    at("2022-08-01"),
    _three_nights,
    (
        Figure(
            "deployed", _of("deployed"), 2_800_000, reading="person-times: who is out twice counts twice", rows=(36, 37)
        ),
        Figure("nights that add up to it", _of("deployed", take="sum", by="night"), 2_800_000, rows=(36,)),
        Figure("nights", _of("deployed", take="rows", by="night"), 3, rows=(36,)),
        Figure("caught", _of("arrests"), 48_000, reading=NIGHT, rows=(36, 37)),
        Figure("of them suspects", _of_kind("suspect"), 45_386, rows=(37,)),
        Figure("of them wanted persons", _of_kind("wanted"), 2_614, rows=(37,)),
        Figure(
            "caught in the first night",
            _of("arrests", NIGHTS[0]),
            15_999 + 900 + 1,
            reading=f"{NIGHT}: who was caught on the 23rd at 02:00 is of the 22nd",
            rows=(36,),
        ),
        Figure(
            "wanted persons caught",
            Stood("fugitives_caught", nights(NIGHTS[0], NIGHTS[-1])),
            2_600,
            fed=2_614,
            rows=(37,),
        ),
        Figure("hazards removed", _of("hazards_closed"), 205_000, rows=(37,)),
    ),
)


def _areas() -> Iterator[Fed]:
    """7300 and then 242 are listed, 56 of them key areas, and 100 taken off the list again."""
    first, last = at("2022-06-25 09:00:00"), at("2022-09-29 09:00:00")
    for number in range(7_542):
        level = "ministry" if number < 56 else ("province", "city", "county")[number % 3]
        time = first + number * 300 if number < 7_300 else last - 20 * DAY + number * 60
        about = {"beat": f"B{number % 27 + 1:02d}", "level": level, "area": f"A{number}"}
        yield event("operation.area_listed", f"a{number}", time, about, f"area-{number}")
    for number in range(100, 200):
        about = {"beat": f"B{number % 27 + 1:02d}", "level": ("province", "city", "county")[number % 3]}
        data = {**about, "area": f"A{number}", "listed_at": "2022-06-25T20:00:00+08:00"}
        yield event("operation.area_delisted", f"d{number}", last - 30 * DAY + number, data, f"area-{number}")


def _area(measure: str, level: str = "") -> Report:
    key = (("level", level),) if level else ()
    return Report(measure, campaign("summer-2022"), by="level" if level else "", key=key)


S14 = Scenario(
    "S1.4",
    "7300 areas listed, 100 taken off, 242 added",
    at("2022-06-25"),
    at("2022-10-01"),
    _areas,
    (
        Figure(
            "areas listed to date", _area("areas_listed"), 7_542, reading="listed ever; 7442 are listed now", rows=(45,)
        ),
        Figure("areas that stand on the list", Stood("areas_open", campaign("summer-2022")), 7_442, rows=(45,)),
        Figure("key areas listed", _area("areas_listed", "ministry"), 56, rows=(45,)),
        Figure("areas taken off the list", _area("areas_delisted"), 100, rows=(45,)),
    ),
)

SCENARIOS = (S11, S14)
