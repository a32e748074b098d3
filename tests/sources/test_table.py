"""CSV files as they come: plain, gzip, damaged."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from runtime.errors import WrongUse
from sources.table import Table


def written(path: Path, data: bytes) -> Table:
    path.write_bytes(data)
    return Table(path)


def test_plain_and_gzip_files_give_the_same_rows_with_their_line_numbers(tmp_path: Path) -> None:
    text = '\ufeffa,b\n1,"x\ny"\n\n2,z\n'.encode()
    for table in (
        written(tmp_path / "plain.csv", text),
        written(tmp_path / "packed.csv", gzip.compress(text)),
    ):
        assert table.header() == ["a", "b"]
        assert list(table.rows()) == [(3, ["1", "x\ny"]), (5, ["2", "z"])]
        assert list(table.rows(limit=1)) == [(3, ["1", "x\ny"])]


def test_other_encodings_and_delimiters_can_be_set(tmp_path: Path) -> None:
    path = tmp_path / "gbk.csv"
    path.write_bytes("类别;时间\n盗窃;1\n".encode("gbk"))
    table = Table(path, "gbk", ";")
    assert table.header() == ["类别", "时间"]
    assert list(table.rows()) == [(2, ["盗窃", "1"])]


def read(table: Table) -> None:
    table.header()
    list(table.rows())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (gzip.compress(b"a,b\n" + b"1,2\n" * 100_000, mtime=0)[:-400], "damaged"),
        (b"a,b\n" + b"1,\xff\xfe\n", "encoding"),
        (b'a,b\n1,"never closed\n', "line"),
        (b"", "header"),
        (b"a,a\n1,2\n", "two columns"),
    ],
)
def test_a_damaged_file_is_one_line_that_says_what_to_do(tmp_path: Path, data: bytes, says: str) -> None:
    table = written(tmp_path / "bad.csv", data)
    with pytest.raises(WrongUse, match=says) as wrong:
        read(table)
    assert "\n" not in str(wrong.value)
    assert "bad.csv" in str(wrong.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="is not there"):
        Table(tmp_path / "none.csv").header()


def test_a_header_that_comes_again_is_one(tmp_path: Path) -> None:
    table = written(tmp_path / "joined.csv", b"a,b,c\n1,2,3\na,b,c\n4,5,6\n")
    assert list(table.rows()) == [(2, ["1", "2", "3"]), (4, ["4", "5", "6"])]


def test_behind_a_header_in_another_order_columns_go_by_its_names(tmp_path: Path) -> None:
    table = written(tmp_path / "joined.csv", b"a,b\n1,2\nnew, b ,a\n9,4,3\na,b\n5,6\n")
    assert list(table.rows()) == [(2, ["1", "2"]), (4, ["3", "4"]), (6, ["5", "6"])]


def test_rows_behind_a_header_that_lacks_columns_are_refused_by_number(tmp_path: Path) -> None:
    table = written(tmp_path / "joined.csv", b"a,b,c,d\n1,2,3,4\na,b,c,e\n5,6,7,8\na,b,c,d\n9,9,9,9\n")
    broken: list[tuple[int, str]] = []
    assert [line for line, _ in table.rows(broken=lambda line, why: broken.append((line, why)))] == [2, 6]
    assert [(line, "the header in line 3" in why) for line, why in broken] == [(3, True), (4, True)]


def test_fields_without_a_name_or_a_value_are_no_trouble(tmp_path: Path) -> None:
    table = written(tmp_path / "trail.csv", b"a,b,,\n1,2,,\n3,4,,,\n")
    assert table.header() == ["a", "b", "", ""]
    assert list(table.rows()) == [(2, ["1", "2", "", ""]), (3, ["3", "4", "", ""])]


def test_a_row_of_empty_fields_is_a_row(tmp_path: Path) -> None:
    assert list(written(tmp_path / "empty.csv", b"a,b\n,\n\n").rows()) == [(2, ["", ""])]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_line_that_names_the_separator_is_no_header(tmp_path: Path, delimiter: str) -> None:
    text = f"sep={delimiter}\r\na{delimiter}b\r\n1{delimiter}2\r\n"
    table = written(tmp_path / "sep.csv", text.encode())
    assert table.header() == ["a", "b"]
    assert list(table.rows()) == [(3, ["1", "2"])]


def test_lines_may_end_as_old_machines_end_them(tmp_path: Path) -> None:
    assert list(written(tmp_path / "cr.csv", b"a,b\r1,2\r3,4\r").rows()) == [(2, ["1", "2"]), (3, ["3", "4"])]
