"""Listed areas that overlap: a call counts in each that it lies in, and the figure stays what it is."""

from __future__ import annotations

import csv
from typing import Any

import pytest

from citywatch.cli import call
from tests.commands.conftest import Asked
from tests.commands.stored import Filled

AT = "2022-07-04T10:00:00+08:00"
DAY = ("--from", "2022-07-04", "--to", "2022-07-04")
BY_AREA = ("report", "incidents", "--by", "area", *DAY)


@pytest.fixture
def areas(filled: Filled) -> Filled:
    """60 calls: 10 in A1, 4 of them in A3 too, and 2 in A3 alone; 41 in none, and 7 of which nobody says."""
    for said, count in (("A1", 6), ("A1+A3", 4), ("A3", 2), ("-", 41), ("", 7)):
        filled.cell(AT, count, category="110201", beat="B21", areas=said)
    filled.progress("2022-07-06T00:00:00+08:00")
    return filled


def figures(answer: dict[str, Any], name: str = "area") -> dict[str, int]:
    return {row["by"][name]: row["value"] for row in answer["rows"]}


def test_a_call_counts_in_each_area_and_the_rows_are_not_added_up_to_the_figure(areas: Filled, ask: Asked) -> None:
    answer = ask(*BY_AREA)
    assert figures(answer) == {"A1": 10, "A3": 6, "-": 41, "unknown": 7}
    assert (answer["overlapping"], answer["sum_of_rows"], answer["total"]) == (["area"], 64, 60)
    assert {row["by"]["area"]: row["share"] for row in answer["rows"]} == {
        "A1": "16.7", "A3": "10.0", "-": "68.3", "unknown": "11.7",
    }  # fmt: skip
    for by in ("beat", "sector", "class", "origin"):
        answer = ask("report", "incidents", "--by", by, *DAY)
        assert sum(figures(answer, by).values()) == 60
        assert "overlapping" not in answer
    areas.cell("2022-07-05T10:00:00+08:00", 5, category="130101", beat="B21", areas="A1")
    answer = ask("report", "incidents", "--by", "day,class,area", "--from", "2022-07-04", "--to", "2022-07-05")
    shares = {(row["from"][:10], *row["by"].values()): row["share"] for row in answer["rows"]}
    assert shares["2022-07-05", "traffic", "A1"] == "100.0"
    assert shares["2022-07-04", "criminal", "A1"] == "16.7"


def test_a_figure_is_narrowed_to_an_area_to_none_and_to_what_nobody_says(
    areas: Filled, ask: Asked, capfd: pytest.CaptureFixture[str]
) -> None:
    for area, value in (("A1", 10), ("A3", 6), ("-", 41), ("unknown", 7), ("A9", 0)):
        rows = ask("report", "incidents", "--by", "beat", "--where", f"area={area}", *DAY)["rows"]
        assert sum(row["value"] for row in rows) == value
    answer = ask(*BY_AREA, "--where", "area=A3")
    assert figures(answer) == {"A1": 4, "A3": 6}
    assert answer["total"] == 6
    assert call(["report", "incidents", "--where", "area=A1+A3", *DAY]) == 2
    assert "area=A1+A3: neither a list of xincheng nor any event has it" in capfd.readouterr().err
    assert call(["report", "incidents", "--by", "areas", *DAY]) == 2
    assert "did you mean" in capfd.readouterr().err


def test_the_text_says_that_rows_overlap_and_what_the_figure_is(
    areas: Filled, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call([*BY_AREA, "--top", "3"]) == 0
    told = capsys.readouterr().out
    assert "all rows come to 64, the figure is 60, and shares are of that" in told
    assert "- in none" in told
    assert "A1 Night market streets" in told
    assert "1 further rows are left out" in told
    assert call([*BY_AREA, "--csv"]) == 0
    rows = {row["area"]: row for row in csv.DictReader(capsys.readouterr().out.splitlines())}
    assert (rows["A1"]["value"], rows["A1"]["share"]) == ("10", "16.7")
