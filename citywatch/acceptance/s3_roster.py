"""Xuchang's three days without a result: a question about feed and duty, and no quota."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.acceptance.events import DAY, event
from citywatch.acceptance.question import Report, at, span
from citywatch.acceptance.scenario import Fed, Figure, Scenario
from citywatch.acceptance.stood import Alarmed

FIRST, D = at("2022-09-01"), at("2022-09-05")
KINDS = ("patrol", "station", "criminal", "public_order")
PAIRS = tuple((f"PS-{number:02d}", kind) for number in range(1, 4) for kind in KINDS)
QUIET, LATE, NEVER = PAIRS[0], PAIRS[5], PAIRS[10]


def _roster() -> Iterator[Fed]:
    """12 units with their kinds. The first has no result on three days; the sixth has one a minute before they are
    over, which comes 40 minutes late; the eleventh is rostered on the first of these days and never sends anything."""
    for pair in PAIRS:
        unit, kind = pair
        about, name = {"beat": "B03", "unit": unit, "police": kind}, f"{unit}-{kind}"
        begins = D if pair == NEVER else FIRST
        begin = "2022-09-05T00:00:00+08:00" if pair == NEVER else "2022-09-01T00:00:00+08:00"
        yield event("operation.roster", f"on-{name}", begins, {**about, "begins": begin})
        for day in range(7):
            noon = FIRST + day * DAY + 12 * 3_600
            silent = pair == NEVER or (pair == QUIET and day >= 4) or (pair == LATE and day >= 4)
            if not silent:
                yield event("operation.result", f"r-{name}-{day}", noon, {**about, "count": 2})
        if pair == LATE:
            last = D + 3 * DAY - 60
            yield event("operation.result", f"late-{name}", last, {**about, "count": 1}, sent=last + 2_400)


def _results() -> Report:
    return Report("results", span("2022-09-05", "2022-09-07"))


CLOCK = "three_days_without_result"
STANDING = ("warned", "expired")

S34 = Scenario(
    "S3.4",
    "three local days without a result",
    FIRST,
    D + 3 * DAY + 2 * 3_600,
    _roster,
    (
        Figure("units without a result for three days", Alarmed(CLOCK, STANDING), 2, rows=(82,)),
        Figure("the one that was silent", Alarmed(CLOCK, STANDING, "/".join(QUIET)), 1, rows=(82,)),
        Figure("the one that never sent anything", Alarmed(CLOCK, STANDING, "/".join(NEVER)), 1, rows=(82,)),
        Figure(
            "the one whose result came late",
            Alarmed(CLOCK, subject="/".join(LATE)),
            0,
            reading="an hour is allowed for lateness: the alarm waits for it",
            rows=(82,),
        ),
        Figure(
            "due when the third day is over", Alarmed(CLOCK, STANDING, "/".join(QUIET), "due"), D + 3 * DAY, rows=(82,)
        ),
        Figure("results of the three days", _results(), 9 * 3 * 2 + 1, rows=(82,)),
    ),
)

SCENARIOS = (S34,)
