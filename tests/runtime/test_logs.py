"""What a role logs: text or JSON, from the level that is set, with the time in UTC."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest

from citywatch.cli import call
from citywatch.roles import run_role
from runtime.errors import Unreachable
from runtime.logs import DRIVERS, OURS, configure
from runtime.settings import Settings, load_settings

UTC_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    own = {name: logging.getLogger(name).level for name in (*OURS, *DRIVERS)}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in own.items():
        logging.getLogger(name).setLevel(before)


def logged(settings: Settings, capfd: pytest.CaptureFixture[str]) -> list[str]:
    """The lines of a role that says something at each level, and of a library that does."""
    configure(settings, "sink")
    ours, library = logging.getLogger("sinks.sink"), logging.getLogger("somebody.else")
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        ours.log(level, "刑事 at %s", level)
        library.log(level, "library at %s", level)
    logging.getLogger("aiokafka.conn").error("told by what is raised")
    return capfd.readouterr().err.splitlines()


def test_text_is_a_line_with_utc_time_role_and_level(capfd: pytest.CaptureFixture[str]) -> None:
    lines = logged(load_settings(), capfd)
    assert [re.sub(f"^{UTC_TIME} ", "", line) for line in lines] == [
        "sink INFO 刑事 at 20",
        "sink WARNING 刑事 at 30",
        "sink WARNING library at 30",
        "sink ERROR 刑事 at 40",
        "sink ERROR library at 40",
    ]


def test_json_is_an_object_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    first, *rest = map(json.loads, logged(load_settings(log_format="json"), capfd))
    assert re.fullmatch(UTC_TIME, first.pop("timestamp"))
    assert first == {"level": "info", "role": "sink", "logger": "sinks.sink", "message": "刑事 at 20"}
    assert [entry["level"] for entry in rest] == ["warning", "warning", "error", "error"]


@pytest.mark.parametrize(("level", "number"), [("debug", 6), ("info", 5), ("warning", 4), ("error", 2)])
def test_what_is_below_the_level_is_left_out(level: str, number: int, capfd: pytest.CaptureFixture[str]) -> None:
    assert len(logged(load_settings(log_level=level), capfd)) == number


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_went_wrong_is_told_with_its_place(form: str, capfd: pytest.CaptureFixture[str]) -> None:
    configure(load_settings(log_format=form), "sink")
    try:
        raise ValueError("of a test")
    except ValueError:
        logging.getLogger("sinks.sink").exception("it failed")
    said = capfd.readouterr().err
    assert "ValueError: of a test" in (json.loads(said)["exception"] if form == "json" else said)
    assert (said.count("\n") == 1) == (form == "json")


def test_why_a_role_ends_is_an_entry_where_logs_are_json(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    settings = {"kafka": "127.0.0.1:9", "log_format": "json"}
    monkeypatch.setattr("runtime.kafka.REACH_SECONDS", 0.2)
    assert run_role("aggregate", load_settings(**settings)) == Unreachable.exit_code
    entry = json.loads(capfd.readouterr().err)
    assert entry["level"] == "error"
    assert entry["message"].startswith("Kafka at 127.0.0.1:9 does not answer")


@pytest.mark.parametrize("name", ["CITYWATCH_LOG_FORMAT", "CITYWATCH_LOG_LEVEL"])
def test_a_form_or_level_that_is_none_is_refused_by_name(
    name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "loud")
    assert call(["up"]) == 2
    assert capfd.readouterr().err.startswith(f"citywatch: setting {name}: Input should be ")
