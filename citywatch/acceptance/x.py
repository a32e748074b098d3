"""What comes late, is coded anew, or comes again."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.acceptance.events import calls, event
from citywatch.acceptance.question import Added, Behind, Report, at, span
from citywatch.acceptance.scenario import Fed, Figure, Scenario

ANY = ("110203", "120301", "130101", "150103")


def _late() -> Iterator[Fed]:
    yield from calls("y", 45, "2021-07-01", "2021-07-31", ANY)
    yield from calls("june", 40, "2022-06-01", "2022-06-30", ANY)
    yield from calls("july", 49, "2022-07-01", "2022-07-31", ANY)
    yield from calls("august", 7, "2022-08-01", "2022-08-03", ANY)
    time, clock = at("2022-07-30 10:00:00"), at("2022-08-03 09:00:00")
    yield event("incident.reported", "late", time, {"beat": "B03", "category": "110203"}, sent=clock)


def _july(take: str, compare: str = "previous") -> Report:
    return Report("incidents", span("2022-07-01", "2022-07-31"), take, "month", compare=compare)


def _quarter(take: str) -> Report:
    return Report("incidents", span("2022-07-01", "2022-08-03"), take, "quarter", compare="year")


X1 = Scenario(
    "X1",
    "an event of last month arrives on the 3rd",
    at("2021-07-01"),
    at("2022-08-04"),
    _late,
    (
        Figure("calls of July", _july("value"), 50),
        Figure("against June, in percent", _july("percent"), "25.0"),
        Figure("against a year before, in percent", _july("percent", "year"), "11.1"),
        Figure("calls of the quarter", _quarter("value"), 57),
        Figure("of the quarter against a year before, in percent", _quarter("percent"), "26.7"),
        Figure("status of July", _july("status"), "restated"),
        Figure("rows that were kept of it as late", Behind("incidents", span("2022-07-01", "2022-07-31"), "late"), 1),
    ),
)

MOVED = "2022-07-20"


def _recoded() -> Iterator[Fed]:
    yield from calls("c", 11, "2022-07-01", "2022-07-31", ("110203", "110401"))
    yield from calls("p", 6, "2022-07-01", "2022-07-31", ("120101", "120301"))
    about = {"beat": "B05", "category": "110299"}
    yield event("incident.reported", "theft", at(f"{MOVED} 10:00:00"), about, "i-theft")
    moved = {**about, "reported_at": f"{MOVED}T10:00:00+08:00", "now_category": "129900"}
    yield event("incident.reclassified", "recoded", at("2022-07-22 10:00:00"), moved, "i-theft")


def _class(code: str) -> Report:
    return Report("incidents", span("2022-07-01", "2022-07-31"), by="month,class", key=(("class", code),))


def _lines(code: str) -> Behind:
    return Behind("incidents", span(MOVED, MOVED), "restated", (("category", code),))


X2 = Scenario(
    "X2",
    "a theft becomes a matter of public order after two days",
    at("2022-07-01"),
    at("2022-08-01"),
    _recoded,
    (
        Figure("criminal calls", _class("criminal"), 11),
        Figure("public-order calls", _class("public_order"), 7),
        Figure("calls", Report("incidents", span("2022-07-01", "2022-07-31"), by="month"), 18),
        Figure("lines that take it from its old code", _lines("110299"), 1),
        Figure("lines that put it to its new code", _lines("129900"), 1),
    ),
)


def _again() -> Iterator[Fed]:
    yield from calls("n", 8, "2022-07-01", "2022-07-31", ANY)
    same = {"beat": "B09", "category": "110203"}
    for hour in ("10:00:00", "10:00:20", "18:00:00"):
        sent = at(f"2022-07-12 {hour}")
        yield event("incident.reported", "same", at("2022-07-12 10:00:00"), same, "i-same", sent=sent)
    linked = {**same, "reported_at": "2022-07-12T10:00:00+08:00"}
    yield event("incident.linked", "second-caller", at("2022-07-12 10:04:00"), linked, "i-same")


def _july_of(measure: str) -> Report:
    return Report(measure, span("2022-07-01", "2022-07-31"), by="month")


X3 = Scenario(
    "X3",
    "one id comes three times; a second caller tells of the same",
    at("2022-07-01"),
    at("2022-08-01"),
    _again,
    (
        Figure("incidents", _july_of("incidents"), 9, reading="a call about a known incident is no further incident"),
        Figure("further calls about known incidents", _july_of("linked_calls"), 1),
        Figure("calls", Added((_july_of("incidents"), _july_of("linked_calls"))), 10, reading="with 关联警情"),
        Figure("e-bike thefts", Report("ebike_theft", span("2022-07-01", "2022-07-31"), by="month"), 3),
        Figure("of that day", Report("ebike_theft", span("2022-07-12", "2022-07-12"), by="day"), 1),
    ),
)

SCENARIOS = (X1, X2, X3)
