"""The bulletins of Ankang: weeks and a month with their real counts. Three of their percentages do not follow from
these; what was printed stands beside what is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import partial

from citywatch.acceptance.events import calls, some
from citywatch.acceptance.question import Report, at, span
from citywatch.acceptance.scenario import Fed, Figure, Scenario

Counts = Mapping[str, int]
"""By class; `total`: of all valid calls."""

CODES = {
    "criminal": ("110201", "110203", "110299", "110401"),
    "public_order": ("120101", "120201", "120301"),
    "traffic": ("130101", "130302"),
    "fire": ("140101",),
    "dispute": ("150101", "150103"),
    "help": ("160101", "169900"),
    "complaint": ("170101",),
    "other": ("190102", "199900"),
}
REST = ("other", "help")
"""Classes that have what the bulletin does not tell by class, half each."""
AT_ONCE = 9

THIS = date(2015, 3, 2)
"""A Monday."""


def _span(counts: Counts, prefix: str, since: date, until: date) -> Iterator[Fed]:
    """The calls of a span, those of no named class some at a time."""
    named = {code: number for code, number in counts.items() if code != "total"}
    for code, number in named.items():
        yield from calls(f"{prefix}-{code}", number, str(since), str(until), CODES[code])
    rest = counts.get("total", sum(named.values())) - sum(named.values())
    for code, number in zip(REST, (rest // 2, rest - rest // 2), strict=True):
        name, span = f"{prefix}-rest-{code}", (str(since), str(until))
        yield from some("incident.reported", name, number, *span, size=AT_ONCE, turns={"category": CODES[code]})


def _weeks(before: Counts, now: Counts) -> Iterator[Fed]:
    last = THIS - timedelta(days=7)
    yield from _span(before, "before", last, THIS - timedelta(days=1))
    yield from _span(now, "now", THIS, THIS + timedelta(days=6))


def _of_week(code: str, take: str) -> Report:
    by, key = ("week", ()) if code == "total" else ("week,class", (("class", code),))
    return Report("incidents", span(str(THIS), str(THIS + timedelta(days=6))), take, by, key, "previous")


def _week(number: int, title: str, before: Counts, now: Counts, changes: Mapping[str, str], **printed: str) -> Scenario:
    figures = []
    for code, change in changes.items():
        name = "valid calls" if code == "total" else f"{code} calls"
        figures += [
            Figure(name, _of_week(code, "value"), now[code]),
            Figure(f"{name} of the week before", _of_week(code, "before"), before[code]),
            Figure(f"{name}, change in percent", _of_week(code, "percent"), change, printed=printed.get(code, "")),
        ]
    start, end = at(str(THIS - timedelta(days=7))), at(str(THIS + timedelta(days=7)))
    return Scenario(f"B{number}", title, start, end, partial(_weeks, before, now), tuple(figures))


B1 = _week(
    1,
    "a week of Ankang: valid calls, and three figures that do not recompute",
    {"total": 2774, "criminal": 46, "public_order": 62, "dispute": 378},
    {"total": 2846, "criminal": 44, "public_order": 70, "dispute": 310},
    {"total": "2.6", "criminal": "-4.3", "public_order": "12.9", "dispute": "-18.0"},
    criminal="-4.4",
    public_order="13.9",
    dispute="-17.9",
)
B2 = _week(
    2,
    "a week of Ankang: fewer criminal and public-order calls",
    {"total": 3061, "criminal": 81, "public_order": 200},
    {"total": 3410, "criminal": 62, "public_order": 162},
    {"total": "11.4", "criminal": "-23.5", "public_order": "-19.0"},
)
B3 = _week(
    3,
    "a week of Ankang: more public-order calls",
    {"total": 1858, "public_order": 242},
    {"total": 1593, "public_order": 272},
    {"total": "-14.3", "public_order": "12.4"},
)
B4 = _week(4, "a week of Ankang: more valid calls", {"total": 2170}, {"total": 2566}, {"total": "18.2"})


def _months() -> Iterator[Fed]:
    for year, month, number in ((2014, 8, 7210), (2015, 7, 8600), (2015, 8, 6689)):
        since, until = date(year, month, 1), date(year, month, 31)
        yield from _span({"total": number}, f"m{year}-{month}", since, until)


def _august(take: str, compare: str) -> Report:
    return Report("incidents", span("2015-08-01", "2015-08-31"), take, "month", compare=compare)


B5 = Scenario(
    "B5",
    "August 2015 of Ankang",
    at("2014-08-01"),
    at("2015-09-01"),
    _months,
    (
        Figure("valid calls", _august("value", "previous"), 6689),
        Figure("valid calls of July", _august("before", "previous"), 8600),
        Figure("against July, in percent", _august("percent", "previous"), "-22.2"),
        Figure("valid calls of August 2014", _august("before", "year"), 7210),
        Figure("against August 2014, in percent", _august("percent", "year"), "-7.2"),
    ),
)

MIX = {
    "criminal": 44, "public_order": 125, "traffic": 913, "fire": 3, "dispute": 334, "help": 298, "complaint": 27,
    "other": 1456,
}  # fmt: skip


def _mix() -> Iterator[Fed]:
    yield from _span(MIX, "mix", THIS, THIS + timedelta(days=6))


B6 = Scenario(
    "B6",
    "a week of Ankang by class",
    at(str(THIS)),
    at(str(THIS + timedelta(days=7))),
    _mix,
    (
        Figure("valid calls", _of_week("total", "value"), 3200),
        *(Figure(f"{code} calls", _of_week(code, "value"), number) for code, number in MIX.items()),
    ),
)

SCENARIOS = (B1, B2, B3, B4, B5, B6)
