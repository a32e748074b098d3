"""CSV files, plain or gzip: their header and their rows with line numbers."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Protocol

from citywatch.errors import WrongUse

_GZIP = b"\x1f\x8b"


class Rows(Protocol):
    """What `csv.reader` returns; its own type cannot be named at run time."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...
    def __next__(self) -> list[str]: ...


@dataclass(frozen=True)
class Table:
    """One CSV file with a header line. Reading it again gives the same rows."""

    path: Path
    encoding: str = "utf-8"
    delimiter: str = ","

    def header(self) -> list[str]:
        """The names of the columns. Raises WrongUse when the file cannot be read or has none."""
        with self._reader() as rows:
            names = [name.strip() for name in next(rows, [])]
        if not any(names):
            raise WrongUse(f"{self.path} has no header line: its first line must name the columns")
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise WrongUse(f"{self.path} has two columns named {twice!r}: rename one")
        return names

    def rows(self, limit: int | None = None) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header with their line numbers; empty lines are passed over. Raises WrongUse."""
        with self._reader() as reader:
            next(reader, None)
            yield from islice(((reader.line_num, row) for row in reader if row), limit)

    @contextmanager
    def _reader(self) -> Iterator[Rows]:
        line = 0
        try:
            with self._open() as text:
                reader = csv.reader(text, delimiter=self.delimiter, strict=True)
                try:
                    yield reader
                finally:
                    line = reader.line_num
        except FileNotFoundError:
            raise WrongUse(
                f"{self.path} is not there: give the path of a CSV file, or the name of a shipped one"
            ) from None
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise WrongUse(
                f"{self.path} is broken after line {line}: the gzip data are damaged: fetch it again"
            ) from None
        except UnicodeDecodeError as error:
            raise WrongUse(
                f"{self.path} is not {error.encoding} after line {line}: set `encoding` under [file]"
            ) from None
        except csv.Error as error:
            raise WrongUse(
                f"{self.path} line {line}: {error}: mend the line, or set `delimiter` under [file]"
            ) from None
        except OSError as error:
            raise WrongUse(f"{self.path} cannot be read: {error.strerror or error}") from None

    @contextmanager
    def _open(self) -> Iterator[IO[str]]:
        encoding = "utf-8-sig" if self.encoding.lower().replace("_", "-") in ("utf-8", "utf8") else self.encoding
        with self.path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            plain: IO[bytes] = gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[assignment]
            with io.TextIOWrapper(plain, encoding=encoding, newline="") as text:
                yield text
