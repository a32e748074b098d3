"""CSV files as they come: plain, gzip, damaged."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from citywatch.errors import WrongUse
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
