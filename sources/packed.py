"""What a file is by its first bytes: plain text, packed text that can be read, or something else, by name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import cramjam

from runtime.errors import WrongUse

_PART = 1 << 18
_HEAD = 1_024

_OTHERS = (
    (b"\xd0\xcf\x11\xe0", "an Excel workbook (xls)", "save its sheet as CSV in UTF-8"),
    (b"%PDF", "a PDF", "ask for the figures as CSV"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first"),
    (b"Rar!", "a RAR archive", "unpack it first"),
    (b"\x1f\x9d", "packed by compress (Z)", "unpack it first"),
    (b"\x04\x22\x4d\x18", "packed by lz4", "unpack it first"),
    (b"PAR1", "a Parquet file", "export it as CSV"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
)
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)


DAMAGED = (
    gzip.BadGzipFile,
    zipfile.BadZipFile,
    lzma.LZMAError,
    zlib.error,
    cramjam.DecompressionError,
    EOFError,
)
"""What reading packed data raises where they are cut or broken; and an OSError without a number."""


@contextmanager
def opened(path: Path) -> Iterator[io.BufferedReader]:
    """The file's text as bytes, unpacked where it is gzip, bzip2, xz, zstd or a zip of one file.

    Raises WrongUse where it is something else, one of DAMAGED where packed data are broken, and OSError.
    """
    with path.open("rb") as raw:
        head = raw.peek(_HEAD)
        for start, kind, to_do in _OTHERS:
            if head.startswith(start):
                raise WrongUse(f"{path} is {kind}, not CSV: {to_do}")
        with _unpacked(path, raw, head) as plain:
            yield plain


def encoding_of(plain: io.BufferedReader, declared: str) -> str:
    """The encoding that the mark at the start of the text tells, else the declared one; the mark is no text."""
    start = plain.peek(4)
    return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), declared)


def no_table(path: Path, start: str) -> WrongUse | None:
    """What to say of text that is a page or a document and no CSV, by its first characters; None where it may be."""
    start = start.lstrip().lower()
    if start.startswith(("<!doctype html", "<html")):
        return WrongUse(f"{path} is an HTML page, not CSV: perhaps a page of errors; fetch the file itself again")
    if start.startswith(("<?xml", "<")):
        return WrongUse(f"{path} is XML, not CSV: export it as CSV")
    if start.startswith(('{"', "[{", "[[")) or start.strip() in ("{", "["):
        return WrongUse(f"{path} is JSON, not CSV: export it as CSV")
    return None


@contextmanager
def _unpacked(path: Path, raw: io.BufferedReader, head: bytes) -> Iterator[io.BufferedReader]:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        with _only_member(path, raw) as plain:
            yield plain
    elif head.startswith(b"\x1f\x8b"):
        yield _buffered(gzip.GzipFile(fileobj=raw))
    elif head.startswith(b"BZh"):
        yield _buffered(bz2.BZ2File(raw))
    elif head.startswith(b"\xfd7zXZ\x00"):
        with lzma.open(raw) as unpacking:
            yield _buffered(unpacking)
    elif head.startswith(b"\x28\xb5\x2f\xfd"):
        with _from_zstd(raw) as plain:
            yield plain
    else:
        yield raw


def _buffered(unpacking: Any) -> io.BufferedReader:
    return io.BufferedReader(unpacking, _PART)


@contextmanager
def _only_member(path: Path, raw: io.BufferedReader) -> Iterator[io.BufferedReader]:
    with zipfile.ZipFile(raw) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if any(member.filename.startswith("xl/") for member in members):
            raise WrongUse(f"{path} is an Excel workbook (xlsx), not CSV: save its sheet as CSV in UTF-8")
        if len(members) != 1:
            raise WrongUse(f"{path} is a zip of {len(members)} files: unpack it first, and give the CSV file in it")
        if members[0].flag_bits & 1:
            raise WrongUse(f"{path} is a zip with a password: unpack it first")
        try:
            member = archive.open(members[0])
        except NotImplementedError:
            raise WrongUse(f"{path} is a zip packed in a way that is not read here: unpack it first") from None
        with member:
            yield _buffered(member)


@contextmanager
def _from_zstd(raw: io.BufferedReader) -> Iterator[io.BufferedReader]:
    """Unpacked into a temporary file, because the library at hand does not unpack in parts."""
    with tempfile.NamedTemporaryFile() as plain, mmap(raw.fileno(), 0, access=ACCESS_READ) as packed:
        with memoryview(packed) as view:
            cramjam.zstd.decompress_into(view, cramjam.File(plain.name))
        with Path(plain.name).open("rb") as text:
            yield text
