"""Shangqiu's cool-down report posts: 100 days, 236 posts, officers and cars of each day."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.acceptance.events import DAY, event, some
from citywatch.acceptance.question import Report, at, campaign, span
from citywatch.acceptance.scenario import Fed, Figure, Scenario
from citywatch.acceptance.stood import Alarmed, Stood
from schemas.instants import rfc3339

FIRST, DAYS, POSTS = "2023-05-29", 100, 236
LOW, LOW_DAY = "2023-09-01", 95
STATIONS = tuple(f"PS-{number:02d}" for number in range(1, 11))
BEATS = tuple(f"B{number:02d}" for number in range(1, 28))


def _summer_posts() -> Iterator[Fed]:
    """The posts stay staffed, but for one that is left for the low day; on it 60 officers fewer begin their shifts."""
    first = at(FIRST)
    for number in range(POSTS):
        about = {"beat": BEATS[number % 27], "kind": "summer"}
        subject = f"post-{number:03d}"
        yield event("post.listed", f"l-{number}", first, {**about, "officers": 2}, subject)
        yield event("post.staffed", f"s-{number}", first + 60, {**about, "officers": 2, "vehicles": 1}, subject)
    about = {"beat": BEATS[17], "kind": "summer"}
    left, back = at(LOW) + 6 * 3_600, at(LOW) + DAY + 6 * 3_600
    yield event("post.left", "left", left, {**about, "staffed_at": rfc3339(first + 60)}, "post-017")
    yield event("post.staffed", "back", back, {**about, "officers": 2, "vehicles": 1}, "post-017")
    for day in range(DAYS):
        for number, station in enumerate(STATIONS):
            morning = first + day * DAY + 8 * 3_600
            officers = 199 if day == LOW_DAY else 205
            data = {"beat": BEATS[number], "unit": station, "officers": officers, "vehicles": 21}
            yield event("patrol.shift_began", f"b-{day}-{number}", morning, data)
            ended = {**data, "began_at": rfc3339(morning)}
            yield event("patrol.shift_ended", f"e-{day}-{number}", morning + 10 * 3_600, ended)
    yield from some("post.listed", "street", 19, FIRST, "2023-09-05", {"kind": "street", "officers": 1})


def _day(measure: str, day: str) -> Report:
    return Report(measure, span(day, day), by="day")


def _all(measure: str, kind: str = "") -> Report:
    key = (("kind", kind),) if kind else ()
    return Report(measure, campaign("cool-posts"), by="kind" if kind else "", key=key)


def _staffed(take: str, day: str) -> Stood:
    return Stood("posts_manned_of_listed", span(day, day), take, "day,kind", (("kind", "summer"),))


S04 = Scenario(
    "S0.4",
    "236 posts, 2000 officers and 200 cars a day for 100 days",
    at(FIRST),
    at("2023-09-06"),
    _summer_posts,
    (
        Figure("posts listed", _all("posts_listed", "summer"), 236, rows=(10, 11)),
        Figure("posts staffed at the end of a day", _staffed("part", "2023-08-31"), 236, rows=(11,)),
        Figure("of the posts listed", _staffed("whole", "2023-08-31"), 236, rows=(11,)),
        Figure("coverage in percent", _staffed("value", "2023-08-31"), "100.00", rows=(11, 13)),
        Figure("posts staffed at the end of the low day", _staffed("part", LOW), 235, rows=(11,)),
        Figure("of the posts listed, on the low day", _staffed("whole", LOW), 236, rows=(11,)),
        Figure("posts staffed at the end of the day after", _staffed("part", "2023-09-02"), 236, rows=(11,)),
        Figure("left for more than 15 minutes", Alarmed("post_unstaffed", ("missed",), "post-017"), 1, rows=(11,)),
        Figure(
            "street posts that nobody took up",
            Alarmed("post_unstaffed", ("warned", "expired")),
            19,
            rows=(11,),
        ),
        Figure("days below the floor of officers", Alarmed("officers_below_floor"), 1, rows=(12,)),
        Figure("over with the next day", Alarmed("officers_below_floor", ("missed",)), 1, rows=(12,)),
        Figure(
            "the day below the floor begins",
            Alarmed("officers_below_floor", take="begin"),
            at("2023-09-01"),
            rows=(12,),
        ),
        Figure("days below the floor of vehicles", Alarmed("vehicles_below_floor"), 0, rows=(12,)),
        Figure("shifts of more than 12 hours", Alarmed("shift_too_long"), 0, rows=(108,)),
        Figure("officers of a day", _day("officers_on_shift", "2023-08-31"), 2000, fed=2050, rows=(12,)),
        Figure("vehicles of a day", _day("vehicles_on_shift", "2023-08-31"), 200, fed=210, rows=(12,)),
        Figure("officers of the low day", _day("officers_on_shift", LOW), 1990, rows=(12,)),
        Figure("officers of the day after", _day("officers_on_shift", "2023-09-02"), 2050, rows=(12,)),
        Figure(
            "officers of 100 days",
            _all("officers_on_shift"),
            99 * 2050 + 1990,
            reading="日均 is a mean: 2049.4 a day; as a floor the low day is below it",
            rows=(10, 12),
        ),
        Figure("vehicles of 100 days", _all("vehicles_on_shift"), 100 * 210, rows=(10, 12)),
    ),
)

SCENARIOS = (S04,)
