"""The district's report of 2022."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.acceptance.events import DAY, calls, event, some, spread
from citywatch.acceptance.question import Report, at, campaign, span
from citywatch.acceptance.scenario import Fed, Figure, Other, Scenario
from citywatch.acceptance.stood import Stood
from schemas.instants import rfc3339

STREET_THEFT = ("110201", "110202", "110203", "110204", "110205", "110206", "110207")
OTHERS = (
    "110208", "110299", "110401", "120101", "120102", "120301", "130101", "130302", "140101", "150101", "150103",
    "160101", "170102", "199900",
)  # fmt: skip
"""Of other classes and categories, cable theft and theft of no special kind among them."""


def _street_theft() -> Iterator[Fed]:
    yield from calls("before", 38, "2022-06-04", "2022-07-03", STREET_THEFT)
    yield from calls("now", 29, "2022-07-04", "2022-08-02", STREET_THEFT)
    yield from calls("noise", 420, "2022-06-04", "2022-08-02", OTHERS)


def _theft(take: str) -> Report:
    return Report("street_theft", campaign("thirty-days"), take, compare="previous")


S21 = Scenario(
    "S2.1",
    "street thefts down by 23.7 %",
    at("2022-06-01"),
    at("2022-08-03"),
    _street_theft,
    (
        Figure("street thefts", _theft("value"), 29, rows=(76, 32)),
        Figure("street thefts before", _theft("before"), 38, rows=(76,)),
        Figure(
            "change in percent",
            _theft("percent"),
            "-23.7",
            reading="calls of 30 days from 4 July against the 30 days before",
            others=(
                Other(
                    "calls of July against June",
                    Report("street_theft", span("2022-07-01", "2022-07-31"), "percent", "month", compare="previous"),
                ),
            ),
            rows=(76,),
        ),
        Figure("z of Poisson", _theft("z"), -1.56, rows=(76,)),
        Figure("within usual variation", _theft("usual"), True, rows=(76,)),
    ),
)

BEATS = tuple(f"B{number:02d}" for number in range(1, 28))


SUMMER = campaign("summer-2022")
DATES = ("2022-06-25", "2022-08-20")


def _disputes() -> Iterator[Fed]:
    """Each dispute is a subject: the first 74 are passed on, and of all 36 are resolved, half of them passed on."""
    kinds = ("family", "relationship", "medical", "labour", "neighbour", "debt")
    for number, time in enumerate(spread(169, *DATES)):
        about = {"beat": BEATS[number % 27], "kind": kinds[number % 6]}
        later = {**about, "opened_at": rfc3339(time)}
        subject = f"m-{number}"
        yield event("dispute.opened", f"m{number}", time, about, subject)
        if number < 74:
            yield event("dispute.transferred", f"m{number}-t", time + 2 * DAY, {**later, "to": "mediation"}, subject)
        if 56 <= number < 92:
            yield event("dispute.resolved", f"m{number}-r", time + 6 * DAY, later, subject)
        hazard = {"beat": BEATS[number % 27], "kind": "fire_exit", "site_kind": "rental"}
        closed = {**hazard, "opened_at": rfc3339(time)}
        yield event("hazard.opened", f"h{number}", time, hazard, f"h-{number}")
        yield event("hazard.closed", f"h{number}-c", time + 3 * DAY, closed, f"h-{number}")
        if number < 71:
            notice = {**hazard, "notice": f"N-{number}", "due": rfc3339(time + 7 * DAY)}
            yield event("hazard.notice_issued", f"h{number}-n", time + DAY, notice, f"h-{number}")
    yield from some("hazard.violation", "v", 89, *DATES, {"kind": "fire_exit"})
    yield from some("dispute.touched", "touched", 53, *DATES)
    yield from some("hazard.place_checked", "checked", 400, *DATES, size=11)


def _summer(measure: str) -> Report:
    return Report(measure, SUMMER)


def _kind(code: str) -> Report:
    return Report("disputes_found", SUMMER, by="kind", key=(("kind", code),))


S22 = Scenario(
    "S2.2",
    "169 disputes, 74 passed on, 36 resolved; 169 hazards, all rectified",
    at("2022-06-25"),
    at("2022-10-01"),
    _disputes,
    (
        Figure("disputes found", _summer("disputes_found"), 169, rows=(70, 71, 49)),
        Figure("disputes passed on", _summer("disputes_transferred"), 74, rows=(70,)),
        Figure("disputes resolved", _summer("disputes_resolved"), 36, rows=(70,)),
        Figure("disputes of kind labour", _kind("labour"), 28, rows=(71,)),
        Figure("hazards found", _summer("hazards_found"), 169, rows=(64,)),
        Figure("hazards rectified", _summer("hazards_closed"), 169, rows=(64,)),
        Figure("notices", _summer("notices_issued"), 71, rows=(64,)),
        Figure("violations", _summer("violations"), 89, rows=(64,)),
        Figure("of the disputes found", Stood("dispute_way", SUMMER, "opened"), 169, rows=(70,)),
        Figure("were passed on", Stood("dispute_way", SUMMER, "transferred.n"), 74, rows=(70,)),
        Figure("were resolved", Stood("dispute_way", SUMMER, "resolved.n"), 36, rows=(70,)),
        Figure("passed on, in percent", Stood("dispute_way", SUMMER, "transferred.percent"), "43.79", rows=(70,)),
        Figure(
            "resolved, in percent",
            Stood("dispute_way", SUMMER, "resolved.percent"),
            "21.30",
            reading="of all that were found",
            others=(
                Other("per 100 found in the same time", Stood("disputes_resolved_of_found", SUMMER)),
                Other("per 100 passed on in the same time", Stood("disputes_resolved_of_transferred", SUMMER)),
            ),
            rows=(70,),
        ),
        Figure("disputes open", Stood("disputes_open", SUMMER), 133, rows=(70,)),
        Figure("hazards rectified, in percent", Stood("hazard_way", SUMMER, "closed.percent"), "100.00", rows=(64,)),
        Figure("hazards rectified per 100 found", Stood("hazards_closed_of_found", SUMMER), "100.00", rows=(64,)),
        Figure("hazards open", Stood("hazards_open", SUMMER), 0, rows=(64,)),
        Figure("notices per 100 hazards", Stood("notices_per_hazard", SUMMER), "42.01", rows=(64,)),
    ),
)

SCENARIOS = (S21, S22)
