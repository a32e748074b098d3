"""Clocks on lifecycles of declared types, for tests of what follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from figures.calendars import Calendar
from figures.subjects import StepSeen, Subject
from schemas.clock import After, Clock, Due, Hours, WholeDays
from schemas.lifecycle import Lifecycle

T0 = 1_767_196_800
"""2026-01-01T00:00:00+08:00, a Thursday."""
MIN, HOUR, DAY = 60, 3_600, 86_400
SHANGHAI = Calendar("Asia/Shanghai")

CALL = Lifecycle(
    name="call",
    zh="警情",
    en="Call",
    steps=("incident.reported", "incident.dispatched", "incident.arrived", "incident.closed"),
    open=frozenset({"reported", "dispatched", "arrived"}),
    attributes=("reported_at", "disposition"),
)
TEXTS: dict[str, Any] = {
    "zh": "试",
    "en": "Test",
    "says_zh": "到期",
    "says_en": "It is due",
    "todo_zh": ("看",),
    "todo_en": ("Look",),
}


def clock(name: str = "test", **said: Any) -> Clock:
    usual = {"lifecycle": CALL, "starts": frozenset({"reported"}), "stops": frozenset({"closed"}), **TEXTS}
    return Clock(**{"name": name, **usual, **said})


COUNTDOWN = clock("countdown", expiry=After(72 * HOUR, warn=48 * HOUR))
DATED = clock("dated", expiry=Due("reported_at", warn=DAY))
SILENT = clock(
    "silent",
    starts=frozenset({"reported", "arrived"}),
    restarts=frozenset({"arrived"}),
    expiry=After(5 * MIN),
    waits=True,
)
QUIET_DAYS = clock(
    "quiet_days",
    starts=frozenset({"reported", "arrived"}),
    restarts=frozenset({"arrived"}),
    expiry=WholeDays(3),
    waits=True,
)
AT_PEAKS = clock(
    "at_peaks",
    starts=frozenset({"reported", "dispatched"}),
    stops=frozenset({"arrived", "closed"}),
    expiry=After(5 * MIN),
    within=Hours("07:10-08:00,16:30-17:30", "school"),
)
ALL = (COUNTDOWN, DATED, SILENT, QUIET_DAYS, AT_PEAKS)


def step(time: int, state: str, name: str = "", offset: int = 0, **said: Any) -> StepSeen:
    return StepSeen(time, name or f"{state}-{time}", state, said, ("log", 0), offset)


def subject(name: str, steps: Iterable[StepSeen], source: str) -> Subject | None:
    """As `analyse` holds it."""
    order = sorted(steps, key=lambda one: (one.time, CALL.states.index(one.state), one.id))
    return Subject(CALL, source, name, tuple(order)) if order else None
