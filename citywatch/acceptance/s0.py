"""Shangqiu's report of the summer of 2023."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.acceptance.events import DAY, event, some
from citywatch.acceptance.question import Question, Report, at, campaign, span, year_to
from citywatch.acceptance.scenario import Fed, Figure, Other, Scenario
from citywatch.acceptance.stood import Alarmed, Stood
from citywatch.commandline.asked_time import TimeOptions
from schemas.instants import rfc3339

CRIMINAL = ("110101", "110201", "110203", "110299", "110401", "119900")
PUBLIC_ORDER = ("120101", "120102", "120201", "129900")
THEFT = ("110201", "110202", "110203", "110204", "110205", "110207")
NOT_THEFT = ("110401", "110402", "110102", "119900")

SUMMER = campaign("summer-2023")


def _opened() -> Iterator[Fed]:
    for year, criminal, public_order in ((2022, 137, 103), (2023, 108, 85)):
        since, until = f"{year}-06-25", f"{year}-09-30"
        yield from some("case.opened", f"c{year}", criminal, since, until, turns={"category": CRIMINAL})
        yield from some("case.opened", f"p{year}", public_order, since, until, turns={"category": PUBLIC_ORDER})
        solved = {"turns": {"category": (*CRIMINAL, *PUBLIC_ORDER)}, "ago": {"opened_at": 3 * DAY}}
        yield from some("case.solved", f"s{year}", 61, since, until, **solved)  # type: ignore[arg-type]
    yield from some("case.opened", "between", 77, "2022-10-01", "2023-06-24", turns={"category": CRIMINAL})


def _cases(code: str, take: str, when: TimeOptions = SUMMER) -> Report:
    return Report("cases_opened", when, take, "class", (("class", code),), "year", decimals=2)


FROM_JANUARY = "cases opened from 1 January to 30 September (今年以来)"


def _change(name: str, code: str, now: int, before: int, percent: str) -> tuple[Figure, ...]:
    reading = "cases opened (立案) within the campaign's dates, against the same dates of 2022"
    ytd = Report("cases_opened", year_to("2023-09-30"), "percent", "class", (("class", code),), "year", decimals=2)
    return (
        Figure(f"{name} cases", _cases(code, "value"), now, rows=(2,)),
        Figure(f"{name} cases a year before", _cases(code, "before"), before, rows=(2,)),
        Figure(
            f"{name} cases, change in percent",
            _cases(code, "percent"),
            percent,
            reading=reading,
            others=(Other(FROM_JANUARY, ytd),),
            rows=(1, 2, 109),
        ),
    )


S01 = Scenario(
    "S0.1",
    "criminal and public-order cases of the campaign against the year before",
    at("2022-01-01"),
    at("2023-10-01"),
    _opened,
    (
        *_change("criminal", "criminal", 108, 137, "-21.17"),
        *_change("public-order", "public_order", 85, 103, "-17.48"),
    ),
)


def _solved() -> Iterator[Fed]:
    ago = {"opened_at": 40 * DAY}
    before, now = ("2023-03-19", "2023-06-24"), ("2023-06-25", "2023-09-30")
    yield from some("case.solved", "before", 53, *before, turns={"category": CRIMINAL}, ago=ago)
    yield from some("case.solved", "now", 75, *now, turns={"category": CRIMINAL}, ago=ago)
    for name, dates in (("b", before), ("n", now)):
        yield from some("case.solved", f"{name}-other", 31, *dates, turns={"category": PUBLIC_ORDER}, ago=ago)
        yield from some("case.opened", f"{name}-opened", 140, *dates, turns={"category": CRIMINAL})


def _solved_of(take: str, when: TimeOptions = SUMMER, by: str = "class", compare: str = "previous") -> Report:
    return Report("cases_solved", when, take, by, (("class", "criminal"),), compare, decimals=2)


S02 = Scenario(
    "S0.2",
    "criminal cases solved in the campaign against the 98 days before it",
    at("2023-03-01"),
    at("2023-10-01"),
    _solved,
    (
        Figure("criminal cases solved", _solved_of("value"), 75, rows=(3,)),
        Figure("criminal cases solved in the 98 days before", _solved_of("before"), 53, rows=(3,)),
        Figure(
            "change in percent",
            _solved_of("percent"),
            "41.51",
            reading="98 days against the 98 days before them, by the day on which a case was solved",
            others=(
                Other(
                    "the third quarter against the second (92 and 91 days)",
                    _solved_of("percent", span("2023-07-01", "2023-09-30"), "quarter,class"),
                ),
                Other("against the same dates a month earlier", _solved_of("percent", compare="previous_month")),
            ),
            rows=(3, 109),
        ),
    ),
)

QUARTERS = {2022: (1322, 4678, 107), 2023: (1785, 4768, 122)}
"""By year: thefts solved in July to September; other criminal cases solved, and detained, from January to September."""


def _year() -> Iterator[Fed]:
    ago = {"opened_at": 20 * DAY}
    for year, (thefts, others, detained) in QUARTERS.items():
        quarter, to_date = (f"{year}-07-01", f"{year}-09-30"), (f"{year}-01-01", f"{year}-09-30")
        yield from some("case.solved", f"t{year}", thefts, *quarter, turns={"category": THEFT}, ago=ago, size=3)
        yield from some("case.solved", f"f{year}", others, *to_date, turns={"category": NOT_THEFT}, ago=ago, size=20)
        order = {"category": PUBLIC_ORDER}
        yield from some("case.solved", f"p{year}", 333, *to_date, turns=order, ago=ago, size=9)
        kind = {"kind": "detained"}
        yield from some("case.sanction", f"d{year}", detained, *to_date, kind, turns={"category": NOT_THEFT})
        kind = {"kind": "penalised"}
        yield from some("case.sanction", f"n{year}", 66, *to_date, kind, turns={"category": NOT_THEFT})
    yield from some("case.solved", "old", 40, "2022-10-01", "2022-12-31", turns={"category": THEFT}, ago=ago)


def _quarter(take: str) -> Report:
    return Report("theft_solved", span("2023-07-01", "2023-09-30"), take, "quarter", compare="year", decimals=2)


def _to_date(measure: str, take: str) -> Report:
    key = (("class", "criminal"),)
    return Report(measure, year_to("2023-09-30"), take, "class", key, "year", decimals=2)


S03 = Scenario(
    "S0.3",
    "thefts solved in the third quarter; criminal cases solved and persons detained in the year to date",
    at("2022-01-01"),
    at("2023-10-01"),
    _year,
    (
        Figure("thefts solved, July to September", _quarter("value"), 1785, rows=(5,)),
        Figure("thefts solved, July to September 2022", _quarter("before"), 1322, rows=(5,)),
        Figure(
            "thefts solved, change in percent",
            _quarter("percent"),
            "35.02",
            reading="by the day on which a case was solved, old cases (积案) among them",
            rows=(5,),
        ),
        Figure("criminal cases solved in the year to date", _to_date("cases_solved", "value"), 6553, rows=(4,)),
        Figure("criminal cases solved, a year before", _to_date("cases_solved", "before"), 6000, rows=(4,)),
        Figure("criminal cases solved, change in percent", _to_date("cases_solved", "percent"), "9.22", rows=(4,)),
        Figure("detained in the year to date", _to_date("detained", "value"), 122, rows=(4,)),
        Figure("detained, change in percent", _to_date("detained", "percent"), "14.02", rows=(4,)),
    ),
)

HOUR = 3_600


def _recovery() -> Iterator[Fed]:
    """The gold shop, and two further thefts: one recovered a minute before 72 hours are over, one two minutes later."""
    opened = at("2023-08-27 10:00:00")
    about = {"beat": "B21", "category": "110207"}
    yield event("case.opened", "gold", opened, about, "c-gold")
    solved = at("2023-08-31 20:00:00")
    yield event("case.solved", "gold-s", solved, {**about, "opened_at": rfc3339(opened)}, "c-gold")
    arrest = {**about, "kind": "suspect", "count": 2}
    yield event("case.arrest", "gold-a", solved, arrest, "c-gold")
    yield event("case.loss_recovered", "gold-v", solved, {**about, "form": "noncash", "amount": 103_500_000}, "c-gold")
    for name, seconds in (("second", 71 * HOUR + 59 * 60), ("third", 72 * HOUR + 60)):
        stolen = at("2023-08-28 09:00:00")
        goods = {"beat": "B05", "category": "110203", "items": 1, "amount": 320_000}
        yield event("case.property_stolen", name, stolen, goods, f"c-{name}")
        found = {**goods, "stolen_at": rfc3339(stolen)}
        yield event("case.property_recovered", f"{name}-r", stolen + seconds, found, f"c-{name}")
    goods = {"beat": "B05", "category": "110203", "items": 2, "amount": 90_000}
    yield event("case.property_stolen", "fourth", at("2023-08-29 20:00:00"), goods, "c-fourth")
    yield from some("case.opened", "noise", 25, "2023-08-25", "2023-08-31", turns={"category": NOT_THEFT})


def _august(measure: str, take: str = "value") -> Question:
    return Report(measure, span("2023-08-01", "2023-08-31"), take, "month")


def _alarms(state: str, subject: str) -> Alarmed:
    return Alarmed("stolen_property", (state,), subject)


AUGUST = span("2023-08-01", "2023-08-31")

S05 = Scenario(
    "S0.5",
    "the gold shop solved in four days; 72 hours to recover what was stolen",
    at("2023-08-01"),
    at("2023-09-01"),
    _recovery,
    (
        Figure(
            "time to solve, seconds",
            _august("time_to_solve", "seconds_mean"),
            106.0 * HOUR,
            reading="from the opening of the case to its solving",
            rows=(28,),
        ),
        Figure("solved within 7 days", _august("time_to_solve", f"bucket:{7 * DAY}"), 1, rows=(28, 29)),
        Figure("solved within 3 days", _august("time_to_solve", f"bucket:{3 * DAY}"), 0, rows=(28,)),
        Figure("caught", _august("arrests"), 2, rows=(28,)),
        Figure("recovered, yuan", _august("loss_recovered"), "1035000.00", rows=(28,)),
        Figure("recovered of the thefts with a clock", _august("time_to_recover"), 2, rows=(30,)),
        Figure(
            "of these within 72 hours",
            _august("time_to_recover", f"bucket:{3 * DAY}"),
            1,
            reading="from the registration of the theft",
            rows=(30,),
        ),
        Figure("thefts of which nothing is recovered", Stood("property_missing", AUGUST), 1, rows=(30,)),
        Figure("warned of, recovered in time", _alarms("met", "c-second"), 1, rows=(30,)),
        Figure(
            "warned of at 48 hours",
            Alarmed("stolen_property", subject="c-second", take="warn_at"),
            at("2023-08-30 09:00:00"),
            rows=(30,),
        ),
        Figure("expired at 72 hours, recovered late", _alarms("missed", "c-third"), 1, rows=(30,)),
        Figure(
            "expired at",
            Alarmed("stolen_property", subject="c-third", take="due"),
            at("2023-08-31 09:00:00"),
            rows=(30,),
        ),
        Figure("about the gold shop", Alarmed("stolen_property", subject="c-gold"), 0, rows=(30,)),
        Figure("warned of while it runs", Alarmed("stolen_property", ("warned",)), 1, rows=(30,)),
    ),
)

SCENARIOS = (S01, S02, S03, S05)
