"""The declared clocks on the lives of their families: what the reports ask, step by step."""

from __future__ import annotations

from typing import Any

import pytest

from figures.clocks import evaluate
from figures.subjects import StepSeen
from schemas.clocks import CLOCKS
from tests.figures.clocks import DAY, HOUR, MIN, SHANGHAI, T0

LATENESS = 15 * MIN
Said = tuple[int, str, dict[str, Any]]
STOLEN: Said = (0, "property_stolen", {})
SCHOOL = {"kind": "school", "duty": "07:10-08:00,16:30-17:30", "duty_days": "school"}
STREET = {"kind": "street", "duty": "08:00-20:00", "duty_days": "all"}


def told(clock: str, steps: list[Said], now: int) -> list[tuple[int, str]]:
    """Begin in minutes after T0, and state, of each alarm that was given."""
    seen = [StepSeen(T0 + at, f"e{n}", state, said, ("log", 0), n) for n, (at, state, said) in enumerate(steps)]
    found = evaluate(CLOCKS[clock], seen, T0 + now, SHANGHAI, LATENESS).episodes
    return [((one.begin - T0) // MIN, one.state) for one in found if one.is_raised]


@pytest.mark.parametrize(
    ("clock", "steps", "now", "expected"),
    [
        ("stolen_property", [STOLEN], 48 * HOUR, [(0, "warned")]),
        ("stolen_property", [STOLEN, (72 * HOUR - 60, "property_recovered", {})], 9 * DAY, [(0, "met")]),
        ("stolen_property", [STOLEN, (72 * HOUR + 60, "property_recovered", {})], 9 * DAY, [(0, "missed")]),
        ("owner_not_named", [(0, "listed", {})], DAY, [(0, "expired")]),
        ("owner_not_named", [(0, "listed", {}), (HOUR, "owner_named", {})], 9 * DAY, []),
        ("notice_overdue", [(0, "notice_issued", {"due": "2026-01-05T00:00:00+08:00"})], 4 * DAY, [(0, "expired")]),
        ("listed_area_unchecked", [(0, "area_listed", {}), (DAY, "area_checked", {})], 9 * DAY, [(1_440, "expired")]),
        ("finding_open", [(0, "finding_opened", {})], 30 * DAY, [(0, "expired")]),
        ("task_overdue", [(0, "task_assigned", {"due": "2026-01-03T00:00:00+08:00"})], DAY, [(0, "warned")]),
        ("dispute_file_untouched", [(0, "opened", {}), (DAY, "touched", {})], 8 * DAY + LATENESS, [(1_440, "expired")]),
        ("post_unstaffed", [(0, "listed", STREET)], 8 * HOUR + 15 * MIN, [(480, "expired")]),
        ("post_unstaffed", [(0, "listed", SCHOOL)], 9 * HOUR, []),
        ("school_post_gap", [(0, "staffed", SCHOOL), (460 * MIN, "left", {})], 465 * MIN, [(460, "expired")]),
        ("school_post_gap", [(2 * DAY, "listed", SCHOOL)], 4 * DAY, []),  # a Saturday and a Sunday
        ("sensor_silent", [(0, "sensor_heartbeat", {})], 5 * MIN + LATENESS, [(0, "expired")]),
        ("sensor_silent", [(n * MIN, "sensor_heartbeat", {}) for n in range(60)], HOUR, []),
        ("three_days_without_result", [(0, "roster", {})], 3 * DAY + LATENESS, [(0, "expired")]),
        ("three_days_without_result", [(0, "roster", {}), (3 * DAY - MIN, "result", {})], 4 * DAY, []),
        ("dangerous_goods_stuck", [(0, "item_state", {"state": "moving"})], 3 * DAY + LATENESS, [(0, "expired")]),
        ("dangerous_goods_stuck", [(0, "item_state", {"state": "stored"})], 90 * DAY, []),
    ],
)  # fmt: skip
def test_a_declared_clock_tells_what_the_reports_ask(
    clock: str, steps: list[Said], now: int, expected: list[tuple[int, str]]
) -> None:
    assert told(clock, steps, now) == expected
