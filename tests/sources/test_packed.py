"""A file is told by its content: what is packed is unpacked, what is no table is named with what to do."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import cramjam
import pytest

from runtime.errors import WrongUse
from sources.table import Table

TEXT = b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(5_000))
ROWS = [(number + 2, [str(number), "x"]) for number in range(5_000)]


def zipped(*names: str, text: bytes = TEXT) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("2022-08")
        for name in names:
            archive.writestr(name, text)
    return packed.getvalue()


def zstd(text: bytes) -> bytes:
    return bytes(cramjam.zstd.compress(text))


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
    "zip": lambda text: zipped("2022-08/some-street.csv", text=text),
}


@pytest.mark.parametrize("kind", PACKERS)
def test_a_packed_file_gives_the_rows_of_the_plain_one(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(PACKERS[kind](TEXT))
    assert Table(path).header() == ["a", "b"]
    assert list(Table(path).rows()) == ROWS


@pytest.mark.parametrize("kind", PACKERS)
def test_a_packed_file_that_is_cut_is_one_line(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "cut.csv"
    packed = PACKERS[kind](TEXT)
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(WrongUse, match=r"cut\.csv is broken .*damaged: fetch it again"):
        list(Table(path).rows())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_mark_at_the_start_tells_the_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "marked.csv"
    for packed in (bytes, gzip.compress):
        path.write_bytes(packed("类别,b\n盗窃,x\n".encode(encoding)))
        assert Table(path, "gbk").header() == ["类别", "b"]
        assert list(Table(path, "gbk").rows()) == [(2, ["盗窃", "x"])]


@pytest.mark.parametrize(
    ("data", "kind", "to_do"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "Excel", "save"),
        (zipped("xl/workbook.xml", "xl/worksheets/sheet1.xml"), "Excel", "save"),
        (zipped("a.csv", "b.csv"), "zip of 2 files", "unpack"),
        (zipped(), "zip of 0 files", "unpack"),
        (b"%PDF-1.7\n\xff", "PDF", "CSV"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "7z", "unpack"),
        (b"Rar!\x1a\x07\x01\x00", "RAR", "unpack"),
        (b"PAR1\x15\x04", "Parquet", "export"),
        (b"<!DOCTYPE html><html><head><title>Error</title></head></html>\n", "HTML", "fetch"),
        (b"\n <HTML>\n", "HTML", "fetch"),
        (b'<?xml version="1.0"?>\n<calls/>\n', "XML", "export"),
        (b'[{"call_no":"1"}]\n', "JSON", "export"),
        (b'{\n "rows": []\n}\n', "JSON", "export"),
        (b"", "is empty", "name the columns"),
        ("a,b\n1,2\n".encode("utf-16-le"), "NUL", "utf-16-le"),
        (b"a;b;c\n1;2;3\n", "one column only", "delimiter"),
    ],
)
def test_what_is_no_table_is_named_with_what_to_do(tmp_path: Path, data: bytes, kind: str, to_do: str) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(data)
    with pytest.raises(WrongUse) as wrong:
        Table(path).header()
    text = str(wrong.value)
    assert text.startswith(str(path))
    assert kind in text
    assert to_do in text
    assert text.isprintable()


def test_no_character_of_a_file_or_its_name_commands_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[2Jcalls\udcff.csv"
    path.write_bytes(b"\x1b[31ma,\x1b[31ma\n1,2\n")
    with pytest.raises(WrongUse, match="two columns") as wrong:
        Table(path).header()
    assert str(wrong.value).isprintable()
