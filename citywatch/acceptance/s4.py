"""Luohe Yancheng's report of 2022."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.acceptance.events import DAY, event, some
from citywatch.acceptance.question import Report, at, year_to
from citywatch.acceptance.scenario import Fed, Figure, Other, Scenario
from citywatch.acceptance.stood import Stood
from schemas.instants import rfc3339

TO_DATE = year_to("2022-08-31")
DATES = ("2022-01-01", "2022-08-31")


def _sweeps() -> Iterator[Fed]:
    for number in range(46):
        time = at("2022-01-06 20:00:00") + number * 5 * DAY
        about = {"beat": "B11", "site_kind": "rental", "method": "dragnet", "officers": 64 + number % 4}
        yield event("hazard.sweep", f"sweep-{number}", time, about)
    yield from some("hazard.inspected", "seen", 310, *DATES, {"site_kind": "hotel"}, size=4)
    yield from some("hazard.place_checked", "checked", 500, *DATES, size=12)


def _to_date(measure: str) -> Report:
    return Report(measure, year_to("2022-08-31"))


S43 = Scenario(
    "S4.3",
    "46 sweeps with more than 3000 officers",
    at("2022-01-01"),
    at("2022-09-01"),
    _sweeps,
    (
        Figure("sweeps in the year to date", _to_date("sweeps"), 46, rows=(101,)),
        Figure(
            "officers in them",
            _to_date("sweep_officers"),
            3000,
            fed=3011,
            reading="person-times (人次): who is sent twice counts twice",
            rows=(101,),
        ),
        Figure("officers per 100 sweeps", Stood("officers_per_sweep", TO_DATE), 6520, fed="6545.65", rows=(101,)),
    ),
)


def _homicides() -> Iterator[Fed]:
    for number, day in enumerate(("2022-02-11", "2022-05-30")):
        about = {"beat": "B09", "category": "110101"}
        opened = at(f"{day} 03:00:00")
        yield event("case.opened", f"hom-{number}", opened, about, f"c-hom-{number}")
        solved = {**about, "opened_at": rfc3339(opened)}
        yield event("case.solved", f"hom-{number}-s", opened + DAY, solved, f"c-hom-{number}")
        yield event("case.arrest", f"hom-{number}-a", opened + DAY, about, f"c-hom-{number}")
        tip = {"beat": "B10", "category": "110601"}
        yield event("case.tip_opened", f"tip-{number}", opened, tip, f"tip-{number}")
        closed = {**tip, "result": "case", "opened_at": rfc3339(opened)}
        yield event("case.tip_closed", f"tip-{number}-c", opened + 9 * DAY, closed, f"tip-{number}")
        yield event("case.arrest", f"tip-{number}-a", opened + 9 * DAY, {**tip, "count": 8}, f"tip-{number}")
    ago = {"opened_at": 4 * DAY}
    yield from some("case.opened", "o", 90, *DATES, turns={"category": ("110102", "110203", "110401")})
    yield from some("case.solved", "s", 51, *DATES, turns={"category": ("110102", "110203", "110401")}, ago=ago)


def _caught(code: str) -> Report:
    return Report("arrests", year_to("2022-08-31"), by="category", key=(("category", code),))


def _homicide(take: str) -> Stood:
    return Stood("case_way", TO_DATE, take, "category", (("category", "homicide"),))


S44 = Scenario(
    "S4.4",
    "all homicides solved, all tips closed: 2 of 2",
    at("2022-01-01"),
    at("2022-09-01"),
    _homicides,
    (
        Figure("homicides", _to_date("homicides_opened"), 2, rows=(93,)),
        Figure("homicides solved", _to_date("homicides_solved"), 2, rows=(93,)),
        Figure("of the homicides opened", _homicide("opened"), 2, rows=(93,)),
        Figure("are solved", _homicide("solved.n"), 2, rows=(93,)),
        Figure(
            "as a percentage",
            _homicide("solved.percent"),
            None,
            reading="2/2: below ten there are counts and no percentage; of the cases opened in the span",
            others=(Other("solved per 100 opened in the same time", Stood("homicides_cleared", TO_DATE)),),
            rows=(93,),
        ),
        Figure("tips open", Stood("tips_open", TO_DATE), 0, rows=(94,)),
        Figure("tips closed of opened", Stood("tip_way", TO_DATE, "tip_closed.n"), 2, rows=(94,)),
        Figure("caught for homicide", _caught("homicide"), 2, rows=(93,)),
        Figure("tips", _to_date("tips_opened"), 2, rows=(94,)),
        Figure("tips closed", _to_date("tips_closed"), 2, rows=(94,)),
        Figure("caught on tips", _caught("organised_crime"), 16, rows=(94,)),
    ),
)

SCENARIOS = (S43, S44)
