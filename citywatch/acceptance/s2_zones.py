"""The district's report of 2022 in space: defence zones that hold patrol zones, and listed areas that cross them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from citywatch.acceptance.events import event, spread
from citywatch.acceptance.question import Report, at, span
from citywatch.acceptance.scenario import Fed, Figure, Scenario
from schemas.cities import SIMULATED, load_cities

Point = tuple[float, float]
"""Longitude and latitude: where a caller is. No event has one."""

INSIDE: tuple[Point, ...] = (
    (115.0058, 34.0373), (115.0065, 34.0133), (114.9757, 33.9871), (114.9758, 33.9638), (114.9755, 34.0444),
    (114.976, 34.0173), (115.037, 34.0372), (115.0352, 34.0147), (114.945, 33.9864), (114.9462, 33.9607),
    (115.0355, 33.9873), (115.0345, 33.9626), (115.0629, 33.9945), (115.0643, 33.9678), (114.9462, 34.0374),
    (114.9461, 34.0122), (115.0925, 33.9874), (115.0952, 33.9627), (114.9155, 34.0318), (114.9154, 34.0124),
    (115.0075, 33.9878), (115.0058, 33.9579), (114.9139, 33.9929), (114.9166, 33.9619), (115.0655, 34.037),
    (115.0635, 34.0145), (115.0948, 34.0251),
)  # fmt: skip
"""A point within each patrol zone, B01 to B27; eight of them in a listed area."""

FURTHER: tuple[tuple[Point, int], ...] = (
    ((114.98857, 34.0235), 2),  # where B01, B02, B05 and B06 meet
    ((115.00833, 34.00142), 2),  # on the border of B02 and B21, in A2
    ((115.07823, 33.97466), 2),  # where B13, B14, B17 and B18 meet, in A9
    ((114.9687, 34.015), 3),  # in B06, on the border of A4
    ((115.0005, 33.9845), 5),  # in B21, A1, A2 and A3
    ((115.0575, 33.9875), 7),  # in B13, A6 and A7
    ((115.074, 33.9725), 9),  # in B14, A7 and A9
    ((115.065, 33.982), 4),  # on the lake: in A7, and in no patrol zone
    ((114.8, 34.0), 6),  # outside of the city
)
"""Points on borders, where areas overlap and in no zone, and the calls from there."""

CATEGORIES = ("110201", "120101", "130101", "150101", "160101", "199900")


def _calls() -> Iterator[Fed]:
    """A number of its own from each patrol zone, 13 that no zone is known of, and one of which nothing is said."""
    from schemas.geometry import city_geometry

    geometry = city_geometry(load_cities().by_name[SIMULATED])
    numbers = ((point, 3 * number + 1) for number, point in enumerate(INSIDE, start=1))
    for name, (point, number) in enumerate((*numbers, *FURTHER)):
        located = geometry.locate(*point)
        for nth, time in enumerate(spread(number, "2022-07-04", "2022-07-31")):
            about = {"beat": located.beat, "areas": located.areas, "category": CATEGORIES[nth % len(CATEGORIES)]}
            yield event("incident.reported", f"z{name}-{nth}", time, about)
    for nth, time in enumerate(spread(3, "2022-07-04", "2022-07-31")):
        yield event("incident.reported", f"nowhere-{nth}", time, {"beat": "B99", "category": "120301"})
    yield event("incident.reported", "none", at("2022-07-20 12:00:00"), {"category": "120301"})


ALL = 1_205
"""Calls: 1,161 from within zones, 9 on borders, 21 where areas overlap, 14 of no known zone."""

IN_SEVERAL = 2 * 5 + 7 + 9
"""How often a call counts in one more area."""


def _zone(take: str = "value", by: str = "", **key: str) -> Report:
    return Report("incidents", span("2022-07-01", "2022-07-31"), take, by, tuple(key.items()))


def _area(name: str, code: str, calls: int) -> Figure:
    return Figure(f"calls of {name}", _zone(by="area", area=code), calls, rows=(61, 74))


S23 = Scenario(
    "S2.3",
    "14 defence zones and 27 patrol zones add up to the city, 9 listed areas overlap",
    at("2022-07-01"),
    at("2022-08-01"),
    _calls,
    (
        Figure("calls of the city", _zone(by="month"), ALL, rows=(74,)),
        Figure("27 patrol zones and unknown add up to", _zone("sum", "beat"), ALL, rows=(74,)),
        Figure("patrol zones and unknown", _zone("rows", "beat"), 28, rows=(74,)),
        Figure("14 defence zones and unknown add up to", _zone("sum", "sector"), ALL, rows=(74,)),
        Figure("defence zones and unknown", _zone("rows", "sector"), 15, rows=(74,)),
        Figure("calls of no known zone", _zone(by="month,beat", beat="unknown"), 14, rows=(74,)),
        Figure("calls of beat B01, where four beats meet", _zone(by="month,beat", beat="B01"), 4 + 2, rows=(74,)),
        Figure("calls of beat B27", _zone(by="month,beat", beat="B27"), 82, rows=(74,)),
        Figure("calls of sector S01", _zone(by="sector", sector="S01"), 4 + 2 + 7 + 2, rows=(74,)),
        Figure("calls of sector S07", _zone(by="sector", sector="S07"), 40 + 2 + 7 + 43 + 9, rows=(74,)),
        Figure("calls of sector S14", _zone(by="sector", sector="S14"), 82, rows=(74,)),
        Figure("9 listed areas, in none, and not said", _zone("rows", "area"), 11, rows=(61, 74)),
        Figure("all areas add up to more than the city", _zone("sum", "area"), ALL + IN_SEVERAL, rows=(61, 74)),
        _area("area A1, all of them in A2 and A3 too", "A1", 5),
        _area("area A2", "A2", 64 + 2 + 5),
        _area("area A4, with its border", "A4", 19 + 3),
        _area("area A7, with the lake in no zone", "A7", 43 + 7 + 9 + 4),
        _area("no listed area", "-", 879),
        _area("areas not said", "unknown", 4),
        Figure("share of all calls in area A7, in percent", _zone("share", "area", area="A7"), "5.2", rows=(61,)),
        Figure(
            "calls of beat B14 in area A9",
            replace(_zone(by="beat", beat="B14"), where=(("area", "A9"),)),
            9,
            rows=(61, 74),
        ),
    ),
)

SCENARIOS = (S23,)
