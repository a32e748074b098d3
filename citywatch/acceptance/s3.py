"""Xuchang's report of September 2022."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.acceptance.events import DAY, calls, some
from citywatch.acceptance.question import Report, at, campaign
from citywatch.acceptance.scenario import Fed, Figure, Scenario
from citywatch.acceptance.stood import Stood

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
    return Report("incidents", campaign("to-september-20"), take, "class", (("class", code),), "year")


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

SUMMER = campaign("summer-2022")
DATES = ("2022-06-25", "2022-09-20")
TELECOM_FRAUD, THEFT, ROBBERY, FRAUD = ("110401",), ("110201", "110203", "110206"), ("110301",), ("110402", "110499")


def _counters() -> Iterator[Fed]:
    ago = {"opened_at": 6 * DAY}
    hazard = {"kind": "wiring", "site_kind": "rental"}
    yield from some("hazard.closed", "h", 3250, *DATES, hazard, ago=ago, size=13)
    yield from some("hazard.opened", "found", 3700, *DATES, hazard, size=13)
    notice = {**hazard, "notice": "N-1", "due": "2022-10-31T18:00:00+08:00"}
    yield from some("hazard.notice_issued", "n", 1674, *DATES, notice, size=9)
    yield from some("dispute.resolved", "d", 3401, *DATES, ago=ago, size=19)
    yield from some("dispute.opened", "found-d", 3900, *DATES, size=19)
    for name, codes, solved, arrests in (
        ("fraud", TELECOM_FRAUD, 288, 367),
        ("theft", THEFT, 400, 170),
        ("robbery", ROBBERY, 28, 31),
        ("swindle", FRAUD, 160, 49),
    ):
        turns = {"category": codes}
        yield from some("case.solved", f"s-{name}", solved, *DATES, turns=turns, ago=ago)
        yield from some("case.arrest", f"a-{name}", arrests, *DATES, turns=turns, size=3)
        yield from some("case.opened", f"o-{name}", 2 * solved, *DATES, turns=turns, size=5)


def _summer(measure: str, code: str = "") -> Report:
    return Report(measure, SUMMER, by="category", key=(("category", code),)) if code else Report(measure, SUMMER)


S32 = Scenario(
    "S3.2",
    "counters of the campaign to date",
    at("2022-06-25"),
    at("2022-10-01"),
    _counters,
    (
        Figure("hazards removed", _summer("hazards_closed"), 3250, rows=(85,)),
        Figure("notices", _summer("notices_issued"), 1674, rows=(85,)),
        Figure("disputes resolved", _summer("disputes_resolved"), 3401, rows=(85,)),
        Figure("telecom frauds solved", _summer("telecom_fraud_solved"), 288, rows=(89,)),
        Figure(
            "caught for telecom fraud",
            _summer("arrests", "telecom_fraud"),
            367,
            reading="persons, which are not cases",
            rows=(89,),
        ),
        Figure("caught per 100 telecom frauds", Stood("arrests_per_telecom_fraud", SUMMER), "127.4", rows=(89,)),
        Figure(
            "thefts, robberies and frauds solved",
            Stood("property_crime_solved", SUMMER),
            588,
            reading="without telecom fraud, for which more are caught (367) than for all of these (250)",
            rows=(89,),
        ),
        Figure("caught for them", Stood("property_crime_arrests", SUMMER), 250, rows=(89,)),
        Figure("caught per 100 of them", Stood("arrests_per_property_crime", SUMMER), "42.5", rows=(89,)),
        Figure("notices per 100 hazards removed", Stood("notices_per_hazard", SUMMER), "51.51", rows=(85,)),
    ),
)


def _squad() -> Iterator[Fed]:
    ebike, other = {"category": ("110203",)}, {"category": ("110204", "110205", "110202")}
    ago = {"opened_at": 9 * DAY}
    for name, turns, solved, arrests, items in (("e", ebike, 35, 28, 33), ("o", other, 21, 17, 5)):
        dates = ("2022-08-11", "2022-09-02")
        yield from some("case.solved", f"s-{name}", solved, *dates, turns=turns, ago=ago)
        yield from some("case.arrest", f"a-{name}", arrests, *dates, turns=turns)
        goods, stolen = {"items": 1, "amount": 250_000}, {"stolen_at": 5 * DAY}
        yield from some("case.property_recovered", f"r-{name}", items, *dates, goods, turns=turns, ago=stolen)
        for day in ("2022-08-10", "2022-09-03"):
            yield from some("case.solved", f"s-{name}-{day}", 4, day, day, turns=turns, ago=ago)


def _squad_of(measure: str, code: str = "") -> Report:
    key = (("category", code),) if code else ()
    return Report(measure, campaign("ebike-squad"), by="category" if code else "", key=key)


S33 = Scenario(
    "S3.3",
    "the e-bike squad, 11 August to 2 September",
    at("2022-08-10"),
    at("2022-09-04"),
    _squad,
    (
        Figure(
            "e-bike thefts solved", _squad_of("ebike_theft_solved"), 35, reading="23 days, both of them in", rows=(88,)
        ),
        Figure("caught for them", _squad_of("arrests", "ebike_theft"), 28, rows=(88,)),
        Figure("e-bikes recovered", _squad_of("property_recovered", "ebike_theft"), 30, fed=33, rows=(88,)),
    ),
)

SCENARIOS = (S31, S32, S33)
