"""The national report of September 2022."""

from __future__ import annotations

from collections.abc import Iterator

from citywatch.acceptance.events import calls, event
from citywatch.acceptance.question import Report, at
from citywatch.acceptance.scenario import Fed, Figure, Scenario

DAY = "2022-08-16"


def _workstation() -> Iterator[Fed]:
    """The call at Hai'an, and beside it calls of the same hour that were answered slower, of other days."""
    yield from calls("noise", 40, "2022-08-10", "2022-08-15", ("120301", "150103", "160101"))
    called, sent, there = at(f"{DAY} 22:10:00"), f"{DAY}T22:10:20+08:00", at(f"{DAY} 22:11:55")
    about = {"beat": "B07", "category": "120101"}
    life = {**about, "reported_at": f"{DAY}T22:10:00+08:00"}
    yield event("incident.reported", "haian", called, about, "i-haian")
    yield event("incident.dispatched", "haian-d", at(f"{DAY} 22:10:20"), life, "i-haian")
    yield event("incident.arrived", "haian-a", there, {**life, "dispatched_at": sent}, "i-haian")


def _phase(measure: str, take: str) -> Report:
    return Report(measure, DAY, DAY, take, by="day")


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
        Figure("arrived within 3 minutes", _phase("response_arrival", "within:180"), 1, rows=(16,)),
        Figure("arrived within 1 minute", _phase("response_arrival", "within:60"), 0, rows=(16,)),
        Figure("call to arrival within 1 minute", _phase("response_total", "within:60"), 0, rows=(16,)),
    ),
)

SCENARIOS = (S13,)
