"""Xuchang's report of September 2022."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.acceptance.events import calls
from citywatch.acceptance.question import Report, at
from citywatch.acceptance.scenario import Fed, Figure, Scenario

CRIMINAL = ("110101", "110201", "110203", "110299", "110401", "119900")
PUBLIC_ORDER = ("120101", "120102", "120201", "120301", "129900")
OTHERS = ("130101", "130302", "140101", "150101", "150103", "160101", "170102", "199900")


def _classes() -> Iterator[Fed]:
    for year, criminal, public_order, others in ((2021, 101, 45, 130), (2022, 76, 31, 170)):
        since, until = f"{year}-06-25", f"{year}-09-20"
        yield from calls(f"c{year}", criminal, since, until, CRIMINAL)
        yield from calls(f"p{year}", public_order, since, until, PUBLIC_ORDER)
        yield from calls(f"o{year}", others, since, until, OTHERS)
    yield from calls("between", 90, "2021-09-21", "2022-06-24", (*CRIMINAL, *PUBLIC_ORDER, *OTHERS))


def _of(code: str, take: str) -> Report:
    return Report("incidents", "2022-06-25", "2022-09-20", take, "class", {"class": code}, "year")


READING = "calls (警情), not cases, to 20 September: the end is not stated"

S31 = Scenario(
    "S3.1",
    "criminal and public-order calls against the year before",
    at("2021-06-25"),
    at("2022-09-21"),
    _classes,
    (
        Figure("criminal calls", _of("criminal", "value"), 76, rows=(79,)),
        Figure("criminal calls a year before", _of("criminal", "before"), 101, rows=(79,)),
        Figure("criminal calls, change in percent", _of("criminal", "percent"), "-24.8", reading=READING, rows=(79,)),
        Figure("public-order calls", _of("public_order", "value"), 31, rows=(79,)),
        Figure("public-order calls a year before", _of("public_order", "before"), 45, rows=(79,)),
        Figure(
            "public-order calls, change in percent",
            _of("public_order", "percent"),
            "-31.1",
            reading=READING,
            rows=(79,),
        ),
    ),
)

SCENARIOS = (S31,)
