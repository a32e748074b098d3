"""`citywatch alarms`: what stands is listed, one can be shown, and what is asked wrongly is one line."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from citywatch.cli import call
from schemas.alarms import EXAMPLES, Alarm, alarm_id
from sinks.rows import ALARM_COLUMNS, alarm_row
from tests.commands.conftest import Asked
from tests.commands.stored import Filled
from tests.deployments import SERVER_UNLESS_FULL

T0 = 1_767_196_800
"""2026-01-01T00:00:00+08:00."""
HOUR = 3_600


def alarm(subject: str, state: Any = "expired", clock: str = "stolen_property", **said: Any) -> Alarm:
    usual: dict[str, Any] = {
        "source": "xincheng/110", "beat": "B01", "begin": T0, "warn_at": None, "due": T0 + 72 * HOUR, "end": None,
        "ended_by": "", "raised_at": T0 + 72 * HOUR, "why": "no end yet", "version": 1,
    }  # fmt: skip
    made = replace(EXAMPLES[0], clock=clock, subject=subject, state=state, **usual | said)
    return replace(made, id=alarm_id(made.clock, made.source, made.subject, made.begin))


def store(filled: Filled, *alarms: Alarm) -> None:
    filled.store.insert("alarms", ALARM_COLUMNS, list(zip(*map(alarm_row, alarms), strict=True)))


def test_alarms_that_stand_are_listed_as_they_are_now(filled: Filled, ask: Asked) -> None:
    store(filled, alarm("c-1"), alarm("c-2", "warned"), alarm("c-3"))
    store(filled, alarm("c-3", "missed", end=T0 + 80 * HOUR, ended_by="e-9", version=2))
    found = ask("alarms", "list")
    assert {(each["subject"], each["state"]) for each in found["alarms"]} == {("c-1", "expired"), ("c-2", "warned")}
    assert (found["listed"], found["total"], found["states"]) == (2, 2, {"expired": 1, "warned": 1})
    (missed,) = ask("alarms", "list", "--state", "missed")["alarms"]
    assert {name: missed[name] for name in ("begin", "warn_at", "due", "end", "ended_by", "version")} == {
        "begin": "2026-01-01T00:00:00+08:00",
        "warn_at": None,
        "due": "2026-01-04T00:00:00+08:00",
        "end": "2026-01-04T08:00:00+08:00",
        "ended_by": "e-9",
        "version": 2,
    }


@SERVER_UNLESS_FULL
def test_the_list_can_be_narrowed_and_cut(filled: Filled, ask: Asked) -> None:
    store(filled, alarm("c-0", raised_at=T0), alarm("c-1", raised_at=T0 + 1, source="seattle/spd"))
    assert [each["subject"] for each in ask("alarms", "list", "--city", "xincheng")["alarms"]] == ["c-0"]
    one = ask("alarms", "list", "--state", "all", "--limit", "1")
    assert ([each["subject"] for each in one["alarms"]], one["listed"], one["total"]) == (["c-1"], 1, 2)


def test_one_is_shown_by_its_subject_or_its_id(filled: Filled, ask: Asked) -> None:
    withdrawn = alarm("c-1", "withdrawn", withdrawn_by="late-7", begin=T0 - HOUR, raised_at=T0)
    store(filled, alarm("c-1"), withdrawn, alarm("c-2"))
    assert [each["withdrawn_by"] for each in ask("alarms", "show", "c-1")["alarms"]] == ["", "late-7"]
    assert [each["id"] for each in ask("alarms", "show", withdrawn.id)["alarms"]] == [withdrawn.id]


@SERVER_UNLESS_FULL
def test_the_table_fits_a_terminal(filled: Filled, capfd: pytest.CaptureFixture[str]) -> None:
    store(filled, alarm("c-000000001", clock="three_days_without_result"), alarm("c-000000002", "warned"))
    assert call(["alarms", "list"]) == 0
    out = capfd.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert "2026-01-04 00:00" in out
    assert out.splitlines()[-1].startswith("1 expired, 1 warned")


@SERVER_UNLESS_FULL
def test_without_an_alarm_that_is_said(filled: Filled, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(["alarms", "list"]) == 0
    assert capfd.readouterr().out == "no alarm stands\n"


@SERVER_UNLESS_FULL
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("list", "--clock", "no_such"), "--clock 'no_such' is no clock"),
        (("list", "--state", "expird"), "--state 'expird' is no state: did you mean 'expired'?"),
        (("list", "--city", "xinchen"), "--city 'xinchen' is no city: did you mean 'xincheng'?"),
        (("show", "c-404"), "there is no alarm with id or subject 'c-404'"),
    ],
)
def test_what_is_asked_wrongly_is_one_line(
    filled: Filled, asked: tuple[str, ...], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert call(["alarms", *asked]) == 2
    err = capfd.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
