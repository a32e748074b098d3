"""Luohe Yancheng's anti-fraud shield, and its school posts."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from citywatch.acceptance.events import event
from citywatch.acceptance.question import Report, at, span, year_to
from citywatch.acceptance.scenario import Fed, Figure, Scenario
from citywatch.acceptance.stood import Alarmed, Stood
from schemas.instants import rfc3339

MIXED = 840
"""Seconds that a warning may come behind its time: less than the allowed lateness of 900."""


def _shield() -> Iterator[Fed]:
    """The register grows to what the report prints. Warnings come in mixed order, within the lateness, every third one
    twice."""
    draw = Random(97)
    for month, (registered, protected) in enumerate(((90_000, 110_000), (131_000, 150_000), (153_955, 189_854)), 5):
        time = at(f"2022-{month:02d}-28 18:00:00")
        for kind, value in (("registered", registered), ("protected", protected)):
            data = {"beat": "", "kind": kind, "value": value}
            yield event("prevention.register", f"{kind}-{month}", time, data, f"shield-{kind}")
    whole, last = at("2022-04-01"), at("2022-08-20")
    warned = [
        event(
            "prevention.fraud_warning",
            f"w-{number}",
            whole + number * 4_500 % (last - whole),
            {"beat": f"B{number % 27 + 1:02d}", "outcome": ("warned", "dissuaded", "blocked")[number % 3]},
        )
        for number in range(7_839)
    ]
    for number, fed in enumerate(warned):
        for _ in range(1 + (number % 3 == 0)):
            yield fed._replace(sent=fed.sent + draw.randrange(MIXED))


TO_DATE = year_to("2022-08-31")


def _to_date(measure: str) -> Report:
    return Report(measure, year_to("2022-08-31"))


S41 = Scenario(
    "S4.1",
    "153,955 registered, 189,854 protected, 7,839 warned",
    at("2022-01-01"),
    at("2022-09-01"),
    _shield,
    (
        Figure(
            "warned of fraud",
            _to_date("fraud_warnings"),
            7_839,
            reading="each warning once, however often it came",
            rows=(97,),
        ),
        Figure("registered", Stood("shield_registered", TO_DATE), 153_955, rows=(97,)),
        Figure(
            "protected",
            Stood("shield_protected", TO_DATE),
            189_854,
            reading="a register of its own: it is greater than what is registered, and no part of it",
            rows=(97,),
        ),
        Figure("warned per 100 registered", Stood("warned_per_registered", TO_DATE), "5.09", rows=(97,)),
        Figure("dissuaded", _to_date("fraud_dissuaded"), 2_613, rows=(97,)),
    ),
)

WEEK = tuple(f"2022-09-{day:02d}" for day in (5, 6, 7))
PEAKS = (("07:10:00", "08:00:00"), ("16:30:00", "17:30:00"))
DUTY = "07:10-08:00,16:30-17:30"
GAP = ("2022-09-06 07:40:00", "2022-09-06 07:52:00")


def _schools() -> Iterator[Fed]:
    """65 posts, both peaks of three school days; one leaves on the second morning for 12 minutes."""
    for number in range(65):
        about = {"beat": f"B{number % 27 + 1:02d}", "kind": "school"}
        subject = f"school-{number:02d}"
        listed = {**about, "duty": DUTY, "duty_days": "school", "officers": 2}
        yield event("post.listed", f"l-{number}", at("2022-09-04 12:00:00"), listed, subject)
        for day in WEEK:
            for peak, (begin, end) in enumerate(PEAKS):
                name = f"{number}-{day}-{peak}"
                spans = [(at(f"{day} {begin}") - 300, at(f"{day} {end}"))]
                if number == 21 and day == WEEK[1] and peak == 0:
                    spans = [(spans[0][0], at(GAP[0])), (at(GAP[1]), spans[0][1])]
                for part, (first, last) in enumerate(spans):
                    yield event("post.staffed", f"s-{name}-{part}", first, {**about, "officers": 2}, subject)
                    left = {**about, "staffed_at": rfc3339(first)}
                    yield event("post.left", f"f-{name}-{part}", last, left, subject)


def _day(measure: str, day: str = WEEK[1]) -> Report:
    return Report(measure, span(day, day), by="day")


MINUTES = 65 * (55 + 65)

S42 = Scenario(
    "S4.2",
    "65 school posts at two peaks a day; one leaves for 12 minutes",
    at("2022-09-04"),
    at("2022-09-08"),
    _schools,
    (
        Figure("school posts", Report("posts_listed", span("2022-09-01", "2022-09-30"), by="month"), 65, rows=(104,)),
        Figure("posts taken up on a day", _day("posts_staffed", WEEK[0]), 130, rows=(104,)),
        Figure("posts taken up on the day of the gap", _day("posts_staffed"), 131, rows=(104,)),
        Figure("school posts left at a peak", Alarmed("school_post_gap"), 1, rows=(104,)),
        Figure("over when somebody is back", Alarmed("school_post_gap", ("missed",), "school-21"), 1, rows=(104,)),
        Figure(
            "told at",
            Alarmed("school_post_gap", take="due"),
            at("2022-09-06 07:45:00"),
            reading="5 minutes within the peak, on school days only",
            rows=(104,),
        ),
        Figure("minutes staffed on a day", _day("post_minutes", WEEK[0]), MINUTES, rows=(104,)),
        Figure("minutes staffed on the day of the gap", _day("post_minutes"), MINUTES - 12, rows=(104,)),
    ),
)

SCENARIOS = (S41, S42)
