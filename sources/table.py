"""CSV files, plain or packed: their header and their rows with line numbers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from runtime.errors import WrongUse
from sources.lines import Lines, OnBroken, Unclosed
from sources.packed import DAMAGED, encoding_of, no_table, opened

_HINT = "sep="
_SEPARATORS = ";\t|,"


@dataclass(frozen=True)
class Table:
    """One CSV file with a header line. Reading it again gives the same rows."""

    path: Path
    encoding: str = "utf-8"
    delimiter: str = ","

    def header(self) -> list[str]:
        """The names of the columns, empty for those without one. Raises WrongUse when there is no table in the file."""
        with self._lines() as lines:
            return self._names(lines)

    def rows(self, limit: int | None = None, broken: OnBroken | None = None) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header with their line numbers; empty lines are passed over. Raises WrongUse.

        Lines that are no rows are told to `broken` and passed over. Where the header comes again, as in files that
        were joined, the columns go by its names from there on.
        """
        with self._lines() as lines:
            names = self._names(lines)
            yield from islice(_by_name(lines, names, broken or _untold), limit)

    def _names(self, lines: Lines) -> list[str]:
        names = [name.strip() for name in next(lines.records(_untold), (0, []))[1]]
        if not any(names):
            what = "has no header line" if lines.number else "is empty and has no header line"
            raise WrongUse(f"{self.path} {what}: its first line must name the columns")
        given = [name for name in names if name]
        if twice := next((name for name in given if given.count(name) > 1), None):
            raise WrongUse(f"{self.path} has two columns named {twice!r}: rename one")
        if any("\0" in name for name in given):
            raise WrongUse(
                f"{self.path} holds NUL characters: it is no text in {lines.encoding}; if it is UTF-16, set"
                " `encoding` under [file] to utf-16-le or utf-16-be"
            )
        if len(names) == 1 and (other := next((mark for mark in _SEPARATORS if mark in names[0]), None)):
            raise WrongUse(
                f"{self.path} has one column only; its header seems to be separated by {other!r}: set"
                f" `delimiter = {other!r}` under [file]"
            )
        return names

    @contextmanager
    def _lines(self) -> Iterator[Lines]:
        lines = None
        try:
            with opened(self.path) as plain:
                encoding = encoding_of(plain, self.encoding)
                with io.TextIOWrapper(plain, encoding=encoding, newline="") as text:
                    lines = Lines(text, self.delimiter, encoding)
                    start = lines.peek()
                    if refusal := no_table(self.path, start):
                        raise refusal
                    if start.lower().startswith(_HINT):  # what spreadsheets write to name the separator
                        lines.skip_hint(start.rstrip("\r\n")[len(_HINT) :])
                    yield lines
        except FileNotFoundError:
            raise WrongUse(
                f"{self.path} is not there: give the path of a CSV file, or the name of a shipped one"
            ) from None
        except DAMAGED:
            raise WrongUse(
                f"{self.path} is broken after line {_at(lines)}: the packed data are damaged: fetch it again"
            ) from None
        except UnicodeDecodeError as error:
            raise WrongUse(
                f"{self.path} is not {error.encoding} after line {_at(lines)}: set `encoding` under [file], for"
                " example to gbk or latin-1"
            ) from None
        except Unclosed as error:
            raise WrongUse(
                f"{self.path} line {error.line}: a quote is opened and the file ends before it is closed: fetch it"
                " again if it was cut, else mend the line"
            ) from None
        except OSError as error:
            raise WrongUse(f"{self.path} cannot be read: {error.strerror or error}") from None


def _at(lines: Lines | None) -> int:
    return lines.number if lines else 0


def _untold(line: int, reason: str) -> None:
    pass


def _by_name(lines: Lines, names: list[str], broken: OnBroken) -> Iterator[tuple[int, list[str]]]:
    known = {name for name in names if name}
    places: list[int] | None = None
    width, refusal = len(names), ""
    for line, row in lines.records(broken):
        if (row[0].strip() in known or row[-1].strip() in known) and _is_header(row, known):
            again = [field.strip() for field in row]
            if missing := known - set(again):
                refusal = (
                    f"the header in line {line} has {len(missing)} columns under other names: give the rows below it"
                    " as a file of its own"
                )
                broken(line, refusal)
                continue
            places = None if again == names else [again.index(name) if name else -1 for name in names]
            width, refusal = len(again), ""
        elif refusal:
            broken(line, refusal)
        else:
            while len(row) > width and not row[-1].strip():
                row.pop()
            if places is None or len(row) != width:
                yield line, row
            else:
                yield line, [row[place] if place >= 0 else "" for place in places]


def _is_header(row: list[str], known: set[str]) -> bool:
    """Whether a row names columns: all of them, or at least two and half of them."""
    return len(known.intersection(field.strip() for field in row)) >= max(min(2, len(known)), (len(known) + 1) // 2)
