"""`citywatch response`: the lives of incidents from their raw rows, against targets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from citywatch.cli import call
from schemas.families.incidents import INCIDENTS
from tests.commands.stored import Filled
from tests.commands.toytown import Body, body, founded, put
from tests.deployments import SERVER_UNLESS_FULL

pytestmark = SERVER_UNLESS_FULL

Ask = Callable[..., dict[str, Any]]


def second(text: str) -> str:
    return f"2026-03-02T{text}+08:00"


def step(kind: str, incident: str, time: str, **data: object) -> Body:
    name = f"{incident}-{kind}-{time}"
    said = {"beat": "B1", "reported_at": second("22:10:00"), **data}
    return {**body(f"incident.{kind}", "110", name, 0, subject=incident, **said), "time": second(time)}


def reported(incident: str, time: str, **data: object) -> Body:
    made = body("incident.reported", "110", incident, 0, subject=incident, **{"beat": "B1", **data})
    return {**made, "time": second(time)}


EVENTS = [
    reported("a", "22:10:00", priority=1),
    step("dispatched", "a", "22:10:20"),
    step("arrived", "a", "22:11:55", dispatched_at=second("22:10:20")),
    step("arrived", "a", "22:30:00", dispatched_at=second("22:10:20")),
    step("closed", "a", "22:40:00"),
    step("tasked", "a", "22:10:20", task="a1", unit_kind="station"),
    step("tasked", "a", "22:10:30", task="a2", unit_kind="security"),
    step("task_acknowledged", "a", "22:10:40", task="a2", unit_kind="security", tasked_at=second("22:10:30")),
    step("task_acknowledged", "a", "22:11:10", task="a1", unit_kind="station", tasked_at=second("22:10:20")),
    step("task_arrived", "a", "22:11:55", task="a1", unit_kind="station", tasked_at=second("22:10:20")),
    reported("b", "23:59:00", beat="B3"),
    step("tasked", "b", "23:59:30", beat="B3", task="b1", unit_kind="city", reported_at=second("23:59:00")),
    reported("c", "08:00:00", beat="B9"),
]
AFTER = {
    **body("incident.arrived", "110", "late", 0, subject="b", beat="B3", reported_at=second("23:59:00"),
           dispatched_at=second("23:59:30")),
    "time": "2026-03-03T00:08:30+08:00",
}  # fmt: skip


def test_lives_are_followed_beyond_the_span_and_each_step_counts_once(
    filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    founded(filled, tmp_path, monkeypatch)
    put(filled, INCIDENTS, [*reversed(EVENTS), AFTER, *EVENTS])
    asked = ["response", "--from", "2026-03-02", "--to", "2026-03-02", "--city", "toytown"]
    found = ask(*asked)
    assert (found["incidents"], found["profile"]) == (3, "rings")
    rings = {row["name"]: (row["within"], row["n"], row["p50"]) for row in found["targets"]}
    assert rings == {"ring_60": (0, 1, 95), "ring_180": (0, 0, None), "ring_300": (0, 0, None)}
    areas = {row["name"]: (row["within"], row["n"], row["p90"]) for row in found["areas"]}
    assert areas == {"urban": (1, 1, 95), "suburban": (1, 1, 540), "rural": (None, 0, None)}
    first, second_, third = found["responders"]["acknowledged"]
    assert (first["p50"], second_["p50"], third["n"]) == (40, 70, 0)
    assert [row["n"] for row in found["responders"]["arrived"]] == [1, 0, 0]
    tasked = found["tasked"]
    assert (tasked["incidents"], tasked["tasks"], tasked["n"], tasked["p50"]) == (2, 3, 1, 70)
    assert [(beat["beat"], beat["incidents"]) for beat in found["beats"]] == [("B1", 1), ("B3", 1), ("unknown", 1)]

    steps = ask(*asked, "--profile", "phases")["targets"]
    assert [(row["name"], row["within"], row["n"]) for row in steps] == [
        ("call_to_dispatch", 2, 2), ("dispatch_to_arrival", 1, 2), ("arrival_to_close", 0, 1),
    ]  # fmt: skip
    assert call([*asked, "--profile", "severity"]) == 0
    told = capfd.readouterr().out
    assert "0/1" in told
    assert "suburban" in told
    assert "(100.0 %)" not in told  # of fewer than 10 there is no percentage
