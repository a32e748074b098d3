"""The national report of September 2022."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.acceptance.events import DAY, calls, event, some
from citywatch.acceptance.question import Report, Streak, at, span
from citywatch.acceptance.scenario import Fed, Figure, Scenario
from citywatch.acceptance.stood import Alarmed
from figures.streaks import Direction

CALL_DAY = "2022-08-16"
BROKEN = "telecom_fraud_streak_broken"


def _workstation() -> Iterator[Fed]:
    """The call at Hai'an, and beside it calls of the same hour that were answered slower, of other days."""
    yield from calls("noise", 40, "2022-08-10", "2022-08-15", ("120301", "150103", "160101"))
    called, sent, there = at(f"{CALL_DAY} 22:10:00"), f"{CALL_DAY}T22:10:20+08:00", at(f"{CALL_DAY} 22:11:55")
    about = {"beat": "B07", "category": "120101"}
    life = {**about, "reported_at": f"{CALL_DAY}T22:10:00+08:00"}
    yield event("incident.reported", "haian", called, about, "i-haian")
    yield event("incident.dispatched", "haian-d", at(f"{CALL_DAY} 22:10:20"), life, "i-haian")
    yield event("incident.arrived", "haian-a", there, {**life, "dispatched_at": sent}, "i-haian")


def _phase(measure: str, take: str) -> Report:
    return Report(measure, span(CALL_DAY, CALL_DAY), take, by="day")


S13 = Scenario(
    "S1.3",
    "a workstation at the scene in 1 minute 35 seconds",
    at("2022-08-10"),
    at("2022-08-17"),
    _workstation,
    (
        Figure(
            "dispatch to arrival, seconds",
            _phase("response_arrival", "seconds_mean"),
            95.0,
            reading="from the instruction (接到指令后) to the arrival",
            rows=(47, 16),
        ),
        Figure("call to arrival, seconds", _phase("response_total", "seconds_mean"), 115.0, rows=(16,)),
        Figure("arrived within 3 minutes", _phase("response_arrival", "bucket:180"), 1, rows=(16,)),
        Figure("arrived within 1 minute", _phase("response_arrival", "bucket:60"), 0, rows=(16,)),
        Figure("call to arrival within 1 minute", _phase("response_total", "bucket:60"), 0, rows=(16,)),
    ),
)

MONTHS = {
    2020: (40, 44, 41, 47, 52, 50, 49, 55),
    2021: (43, 45, 48, 50, 61, 43, 40, 46, 51, 49, 48, 53),
    2022: (42, 44, 47, 49, 60, 42, 39, 45, 62),
}
"""Telecom fraud cases by month, of 2020 from May on. May 2021 is above the year before; from June 2021 on each month is
below, until September 2022."""

SOLVED = {2020: 3, 2021: 5, 2022: 6}
"""Cases solved in each month of a year, which rises beside the year before; in September 2022 there is one."""


def _fraud() -> Iterator[Fed]:
    for year, numbers in MONTHS.items():
        first = 13 - len(numbers) if year == 2020 else 1
        for month, number in enumerate(numbers, start=first):
            days = (f"{year}-{month:02d}-01", f"{year}-{month:02d}-28")
            yield from some("case.opened", f"f-{year}-{month}", number, *days, turns={"category": ("110401",)})
            yield from some(
                "case.opened", f"n-{year}-{month}", 9 + month, *days, turns={"category": ("110402", "110203")}
            )
            solved = 1 if (year, month) == (2022, 9) else SOLVED[year]
            yield from some(
                "case.solved", f"s-{year}-{month}", solved, *days, {"category": "110203"}, ago={"opened_at": DAY}
            )


def _streak(until: str, take: str, measure: str = "telecom_fraud_cases", direction: Direction = "falling") -> Streak:
    return Streak(measure, span("2021-05-01", until), take, direction)


S12 = Scenario(
    "S1.2",
    "telecom fraud falls for 15 months in a row, and then no more",
    at("2020-05-01"),
    at("2022-10-02"),
    _fraud,
    (
        Figure(
            "months in a row below the year before, to August 2022",
            _streak("2022-08-31", "streak"),
            15,
            reading="complete months: the one that runs does not count",
            rows=(42,),
        ),
        Figure("since", _streak("2022-08-31", "since"), "2021-06", rows=(42,)),
        Figure(
            "to September 2022",
            _streak("2022-09-30", "streak"),
            0,
            rows=(42,),
        ),
        Figure(
            "broken in",
            _streak("2022-09-30", "broken"),
            "2022-09",
            rows=(42,),
        ),
        Figure("alarms that it is broken", Alarmed(BROKEN), 1, rows=(42,)),
        Figure("told once the month has closed", Alarmed(BROKEN, take="due"), at("2022-10-01"), rows=(42,)),
        Figure("criminal cases fall, months", _streak("2022-08-31", "streak", "cases_opened"), 15, rows=(109,)),
        Figure("they rise again in", _streak("2022-09-30", "broken", "cases_opened"), "2022-09", rows=(109,)),
        Figure("cases solved rise, months", _streak("2022-08-31", "streak", "cases_solved", "rising"), 16, rows=(109,)),
        Figure("they fall again in", _streak("2022-09-30", "broken", "cases_solved", "rising"), "2022-09", rows=(109,)),
    ),
)

SCENARIOS = (S12, S13)
