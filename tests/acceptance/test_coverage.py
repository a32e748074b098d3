"""Every row of the reports is answered, or says why it is not."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType

import pytest

from citywatch import coverage
from citywatch.cli import call
from schemas.measures import MEASURES
from schemas.requirements import REQUIREMENTS, parse

IN_ENGLISH = re.compile(r"[一-鿿]")


def test_the_rows_are_those_of_the_reports() -> None:
    assert list(REQUIREMENTS) == list(range(1, 110))
    for row in REQUIREMENTS.values():
        assert IN_ENGLISH.search(row.zh), row.number
        assert row.en


def test_every_row_has_an_answer_or_a_reason() -> None:
    assert [each.row.number for each in coverage.covered() if each.is_open] == []


def test_what_is_about_persons_is_refused_and_says_so() -> None:
    for number in (21, 68, 105, 106):
        assert REQUIREMENTS[number].refused
    assert REQUIREMENTS[107].out_of_scope


def test_a_row_without_an_answer_and_without_a_reason_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = parse('[[row]]\nnumber = 110\nzh = "一"\nen = "One"\n')
    monkeypatch.setattr(coverage, "REQUIREMENTS", {**REQUIREMENTS, **silent})
    with pytest.raises(ValueError, match="requirement 110 "):
        coverage.covered()


def test_a_declaration_that_names_a_row_that_is_not_there_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = replace(MEASURES["incidents"], requirements=(110,))
    monkeypatch.setattr(coverage, "MEASURES", MappingProxyType({**MEASURES, "incidents": wrong}))
    with pytest.raises(ValueError, match="no requirement 110"):
        coverage.covered()


def test_a_number_stands_once() -> None:
    with pytest.raises(ValueError, match="stands twice"):
        parse('[[row]]\nnumber = 1\nzh = "一"\nen = "One"\n' * 2)


def test_the_page_counts_what_it_shows() -> None:
    said = coverage.page("notice")
    rows = re.findall(r"^\| (\d+) \|", said, re.M)
    assert [int(number) for number in rows] == list(REQUIREMENTS)
    every = coverage.covered()
    assert f"A part of {said.count('**not yet**')} rows is not there yet" in said
    assert f"{sum(each.is_whole for each in every)} of them are\nanswered by what the map names" in said
    assert f"{sum(each.is_answered and not each.is_whole for each in every)} are answered in part" in said


def test_what_a_row_lacks_stands_beside_what_answers_it() -> None:
    (sensors,) = (line for line in coverage.page("notice").splitlines() if line.startswith("| 77 |"))
    assert "clock `sensor_silent`" in sensors
    assert f"**not yet**: {REQUIREMENTS[77].open}" in sensors
    (answered,) = (each for each in coverage.covered() if each.row.number == 77)
    assert answered.is_answered
    assert not answered.is_whole


@pytest.mark.parametrize("named", [each.name for each in coverage.COMMANDS])
def test_the_commands_that_the_map_names_are_there(named: str, capfd: pytest.CaptureFixture[str]) -> None:
    name, *options = named.split()
    assert call([name, "--help"]) == 0
    assert {*options} <= {*capfd.readouterr().out.split()}
