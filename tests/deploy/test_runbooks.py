"""What a runbook tells to do can be done: its commands are commands, its SQL runs, its metrics and pages are there."""

from __future__ import annotations

import re
import shlex
from contextlib import closing
from pathlib import Path

import pytest

from citywatch.cli import COMMANDS, _load
from citywatch.clock_pages import runbook
from runtime.settings import load_settings
from schemas.clock import After, Clock, Due
from schemas.clocks import CLOCKS, FLOORS, TRENDS
from tests.deploy.test_alert_rules import exported
from tests.migrated import open_migrated
from tests.source import PACKAGES, ROOT

PAGES = sorted((Path(__file__).parents[2] / "docs" / "runbooks").glob("*.md"))
RUNBOOKS = [page for page in PAGES if page.stem != "README"]
PARTS = ["Meaning", "First", "Fix", "Over"]

PLACEHOLDERS = {"CITY": "xincheng", "BEAT": "B07", "PARTITION": "3", "OFFSET": "42", "DATE": "2026-05-14"}


def commands(text: str) -> list[str]:
    """Every `citywatch ...` of a page, in blocks and in lines."""
    return re.findall(r"^(citywatch [^\n]+)$", text, re.MULTILINE) + re.findall(r"`(citywatch [^`\n]+)`", text)


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_says_what_it_means_what_to_do_and_how_to_see_that_it_is_over(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE)[: len(PARTS)] == PARTS
    first = text.partition("## First\n")[2].partition("## Fix")[0]
    assert re.fullmatch(r"```\n(\S.*\n)+```\n\n", first), "the commands to run first, and nothing else"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_command_of_a_runbook_is_one(path: Path) -> None:
    for line in commands(path.read_text("utf-8")):
        words = [PLACEHOLDERS.get(word, word) for word in shlex.split(line.replace("=BEAT", "=B07"))[1:]]
        name, *arguments = words
        assert name in COMMANDS, line
        command = _load(name)
        if hasattr(command, "commands") and arguments:
            command, *arguments = command.commands[arguments[0]], *arguments[1:]
        command.make_context(name, list(arguments))  # raises where it does not parse


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_question_of_a_runbook_names_its_city_and_its_span(path: Path) -> None:
    """Without a city it ends with exit code 2 where there are several, without a span it is of the month that runs."""
    for line in commands(path.read_text("utf-8")):
        _, name, *arguments = shlex.split(line)
        if name in ("report", "events", "excess") and arguments:
            assert "--city" in arguments, line
            assert {"--from", "--streak"} & {*arguments}, line


def test_what_a_runbook_quotes_of_a_log_is_said_there() -> None:
    source = "".join(file.read_text("utf-8") for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
    pages = "".join(path.read_text("utf-8") for path in RUNBOOKS)
    quoted = re.findall(r"\blog of [^.;(\n]*\(`([^`\n]+ [^`\n]+)`", pages)
    assert len(quoted) > 3
    assert [line for line in quoted if line not in source] == []


@pytest.mark.parametrize("clock", CLOCKS.values(), ids=lambda clock: clock.name)
def test_the_page_of_a_clock_says_in_both_languages_whether_it_warns_and_of_which_hours_it_is(clock: Clock) -> None:
    zh, en = re.findall(r"^.*（(.*)）$|^.* (Due .*)$", runbook(clock), re.MULTILINE)
    warns = isinstance(clock.expiry, After | Due) and clock.expiry.warn is not None
    assert [word in text for word, text in (("预警", zh[0]), ("warned of", en[1]))] == [warns, warns]
    has_hours = clock.within is not None
    assert [word in text for word, text in (("计时", zh[0]), (", within ", en[1]))] == [has_hours, has_hours]


def test_the_page_of_a_clock_says_what_ends_an_alarm_of_its_kind() -> None:
    over = {name: runbook(each).partition("## Over\n")[2] for name, each in (CLOCKS | FLOORS | TRENDS).items()}
    for what, meant in (
        ("A later day has reached the floor", {*FLOORS}),
        ("A later month that is below", {name for name, each in TRENDS.items() if each.direction == "falling"}),
        ("The event that it waits for", {*CLOCKS}),
        ("its hours have ended", {name for name, each in CLOCKS.items() if each.within is not None}),
        ("a new date", {name for name, each in CLOCKS.items() if isinstance(each.expiry, Due)}),
    ):
        assert {name for name, text in over.items() if what in text} == meant, what


def test_every_statement_of_a_runbook_runs(clickhouse_url: str) -> None:
    with closing(open_migrated(load_settings(clickhouse=clickhouse_url))) as store:
        statements = [
            statement.strip()
            for path in RUNBOOKS
            for statement in re.findall(r"```sql\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
        ]
        assert len(statements) > 3
        for statement in statements:
            if statement.startswith("SELECT"):
                store.query(statement)
            else:
                store.command(statement)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_what_a_runbook_names_is_there(path: Path) -> None:
    text = path.read_text("utf-8")
    assert set(re.findall(r"`(citywatch_[a-z_]+)", text)) <= exported()
    pages = {page.stem for page in RUNBOOKS}
    assert set(re.findall(r"\bsee ([A-Z]\w+[A-Z]\w+)", text)) <= pages
    for port in re.findall(r"http://127\.0\.0\.1:(\d+)/readyz", text):
        assert port in {"9401", "9402", "9403"}
