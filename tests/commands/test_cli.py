"""The command itself: it answers at once, and says what is wrong in one line."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from citywatch.cli import COMMANDS, call
from citywatch.commandline.findings import refused_text
from citywatch.commandline.printing import print_json
from sources.replay import Result

CITYWATCH = Path(sys.executable).with_name("citywatch")


def test_help_answers_in_under_half_a_second() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([CITYWATCH, "--help"], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # processor time: it waits for nothing, and the machine of a test may be busy with others
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5
    assert all(name in done.stdout for name in COMMANDS)
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_its_own(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    module = import_module(f"citywatch.commands.{name.replace('-', '_')}")
    assert call([name, "--help"]) == 0
    assert module.run.__doc__.split()[0] in capfd.readouterr().out


def test_a_command_that_does_not_exist_is_wrong_use(capfd: pytest.CaptureFixture[str]) -> None:
    assert call(["raport"]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "report" in err


def test_a_wrong_setting_is_wrong_use(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CITYWATCH_TZ", "Mars/Base")
    assert call(["report"]) == 2
    assert capfd.readouterr().err.count("\n") == 1


GOOD_MAP = """
city = "montgomery"
source = "montgomery/911"
[time]
zone = "America/New_York"
[[event]]
type = "incident.reported"
time = "at"
id = { hash = ["at"] }
[event.data]
category = { column = "title" }
"""


@pytest.mark.parametrize(
    ("old", "new", "what", "to_do"),
    [
        ('"title"', '"titel"', "event[0].data.category.column: x.csv has no column 'titel'", "it has at, title"),
        ("incident.reported", "incident.reportet", "event[0].type: no event type", "did you mean 'incident.reported'?"),
        ('city = "montgomery"', 'city = "atlantis"', "city: no city 'atlantis'", "there are minneapolis"),
        ("[time]", "[time", "is not TOML: ", "docs/mapping.md"),
    ],
)
def test_a_replay_with_a_wrong_mapping_says_what_is_wrong_and_what_to_do(
    old: str,
    new: str,
    what: str,
    to_do: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.csv").write_text("at,title\n2016-01-01 10:00:00,Fire: ALARM\n")
    Path("wrong.toml").write_text(GOOD_MAP.replace(old, new, 1))
    assert call(["replay", "x.csv", "--map", "wrong.toml"]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "mapping wrong.toml" in err
    assert what in err
    assert to_do in err


def test_an_answer_in_json_may_name_a_file(capfd: pytest.CaptureFixture[str]) -> None:
    refused = Path("calls.csv.refused.csv")
    print_json(Result(3, 2, 1, refused, 4, "montgomery/911", "montgomery", 1_451_642_580, 0.5))
    answer = json.loads(capfd.readouterr().out)
    assert (answer["refused"], answer["refused_file"]) == (1, "calls.csv.refused.csv")


@pytest.mark.parametrize(
    ("rows", "events", "says"),
    [
        (3, 0, "refused 3 rows"),
        (0, 2, "refused 2 events of other rows"),
        (3, 2, "refused 3 rows and 2 events of other rows"),
        (0, 0, "refused nothing, but some events lack a time"),
    ],
)
def test_the_summary_of_replay_counts_rows_and_events_that_are_lost(rows: int, events: int, says: str) -> None:
    assert refused_text(rows, events) == says
