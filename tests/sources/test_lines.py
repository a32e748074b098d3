"""A quote in the wrong place swallows no rows unseen, and remarks of several lines stay what they are."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import WrongUse
from sources.lines import Lines
from sources.table import Table

HEADER = ["no", "at", "type", "remark"]
Broken = list[tuple[int, str]]


def read(path: Path, text: str) -> tuple[list[tuple[int, list[str]]], Broken]:
    path.write_text(text, "utf-8", newline="")
    broken: Broken = []
    rows = list(Table(path).rows(broken=lambda line, reason: broken.append((line, reason))))
    return rows, broken


def lines(count: int, **remarks: str) -> str:
    """A file of so many rows; `r3` is the remark of the row in line 3, as it is written."""
    return "".join(
        [",".join(HEADER) + "\n"]
        + [f"{line},08:{line:02},THEFT,{remarks.get(f'r{line}', 'none')}\n" for line in range(2, count + 2)]
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.csv"


def test_a_lone_quote_and_the_next_one_rows_later_swallow_none(path: Path) -> None:
    rows, broken = read(path, lines(30, r5='"SUSP SAID HE WOULD', r15='STOLEN TV 42"'))
    assert [line for line, _ in rows] == list(range(2, 32))
    assert rows[3] == (5, ["5", "08:05", "THEFT", '"SUSP SAID HE WOULD'])
    assert broken == []


def test_a_lone_quote_before_a_delimiter_takes_the_rest_of_its_line_only(path: Path) -> None:
    rows, broken = read(path, lines(30, r5='"HE SAID, COME BACK', r15='42"'))
    assert rows[3] == (5, ["5", "08:05", "THEFT", "HE SAID, COME BACK"])
    assert (len(rows), broken) == (30, [])


def test_a_lone_quote_that_nothing_closes_swallows_none(path: Path) -> None:
    rows, broken = read(path, lines(3_000, r5='"NEVER CLOSED'))
    assert (len(rows), broken) == (3_000, [])


def test_a_lone_quote_before_quoted_remarks_swallows_none(path: Path) -> None:
    rows, broken = read(path, lines(30, r5='"NEVER CLOSED', r8='"one, two"', r9='"three ""four"""'))
    assert (len(rows), broken) == (30, [])
    assert rows[6][1][3] == "one, two"


def test_rows_among_other_lines_behind_a_lone_quote_are_refused_with_both_line_numbers(path: Path) -> None:
    text = lines(10, r5='"OPEN', r9='CLOSED"').replace("7,08:07,THEFT,none\n", "7,08:07\n")
    rows, broken = read(path, text)
    assert [line for line, _ in rows] == [2, 3, 4, 10, 11]
    assert [line for line, _ in broken] == [5, 6, 7, 8, 9]
    assert all(reason.startswith("lines 5 to 9: a quote opened in line 5") for _, reason in broken)


def test_remarks_of_several_lines_stay_in_their_row(path: Path) -> None:
    remark = '"first\nsecond, with, commas\n\nlast ""quoted"""'
    rows, broken = read(path, lines(4, r3=remark))
    assert rows[1] == (6, ["3", "08:03", "THEFT", 'first\nsecond, with, commas\n\nlast "quoted"'])
    assert [line for line, _ in rows] == [2, 6, 7, 8]
    assert broken == []


def test_a_backslash_before_quotes_costs_its_own_row(path: Path) -> None:
    rows, broken = read(path, lines(3, r3='"HE SAID \\"NO\\""'))
    assert [line for line, _ in rows] == [2, 4]
    assert [line for line, _ in broken] == [3]


def test_characters_and_fields_that_no_row_has_cost_their_own_row(path: Path) -> None:
    rows, broken = read(path, lines(4, r3="a\0b", r4="x" * 140_000))
    assert [line for line, _ in rows] == [2, 5]
    assert [(line, "NUL" in reason, "characters" in reason) for line, reason in broken] == [
        (3, True, False),
        (4, False, True),
    ]


def test_a_file_that_ends_within_a_quote_is_cut(path: Path) -> None:
    with pytest.raises(WrongUse, match="line 4: a quote is opened and the file ends"):
        read(path, lines(3, r4='"cut he'))
    with pytest.raises(WrongUse, match="line 4: a quote is opened and the file ends"):
        read(path, lines(3, r4='"cut\nin the second li'))


def test_no_reason_repeats_the_line(path: Path) -> None:
    _, broken = read(path, lines(10, r5='"13912345678', r9='x"').replace("7,08:07,THEFT,none\n", "7,08:07\n"))
    assert broken
    assert not any("13912345678" in reason for _, reason in broken)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n,"), min_size=1)


@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1))
def test_well_formed_rows_of_any_text_are_read_as_csv_reads_them(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([["a", "b", "c"], *rows])
    broken: Broken = []
    text = io.StringIO(out.getvalue(), newline="")
    found = Lines(text, ",", "utf-8").records(lambda line, reason: broken.append((line, reason)))
    assert [row for _, row in found] == [["a", "b", "c"], *rows]
    assert broken == []
