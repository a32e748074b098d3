"""The records of a CSV text, line by line: a quote that is opened by mistake swallows no rows unseen."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO

OnBroken = Callable[[int, str], None]
"""Told of each line that is no row: its number, and why. It repeats nothing of the line."""

_LONGEST = 1_000
"""Lines that one quoted field may span."""
_FIELD = 131_072
"""Characters that a field may have: what `csv` takes, and more than any column holds that an event is made of."""


class Unclosed(ValueError):
    """A quote is opened in the last row of the file and never closed."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class Lines:
    """A text taken apart into records. `number` is the line read last."""

    def __init__(self, text: IO[str], delimiter: str, encoding: str) -> None:
        self.encoding = encoding
        self.number = 0
        self._text = text
        self._delimiter = delimiter
        self._waiting: deque[str] = deque()
        self._width = 0

    def peek(self) -> str:
        """The first line that is not blank; all stay to be read."""
        while not self._waiting or not self._waiting[-1].strip():
            line = self._text.readline()
            if not line or len(self._waiting) == _LONGEST:
                return ""
            self._waiting.append(line)
        return self._waiting[-1]

    def skip_hint(self, delimiter: str) -> None:
        """Pass over a first line that does nothing but name the delimiter."""
        while not self._next().strip():
            pass
        if len(delimiter) == 1:
            self._delimiter = delimiter

    def records(
        self, broken: Callable[[int, str], None] = lambda line, reason: None
    ) -> Iterator[tuple[int, list[str]]]:
        """Records with the number of their last line; empty lines are passed over, lines that are none are told.

        The first record tells how many fields a row has. Raises Unclosed.
        """
        while line := self._next():
            if "\0" in line and self._width:
                broken(self.number, "the line holds a NUL character: the file may be damaged")
                continue
            if '"' not in line:
                row = _split(line, self._delimiter)
                if row == [""]:
                    continue
            else:
                found = self._quoted(line, broken)
                if found is None:
                    continue
                row = found
            if len(line) > _FIELD and any(len(field) > _FIELD for field in row):
                broken(self.number, f"the line has a field of more than {_FIELD} characters")
                continue
            self._width = self._width or len(row)
            yield self.number, row

    def _next(self) -> str:
        line = self._waiting.popleft() if self._waiting else self._text.readline()
        if line:
            self.number += 1
        return line

    def _give_back(self, lines: list[str]) -> None:
        self._waiting.extendleft(reversed(lines))
        self.number -= len(lines)

    def _quoted(self, line: str, broken: OnBroken) -> list[str] | None:
        """The record that begins with this line, which holds a quote; None where it is told to be none.

        A field that spans lines is a remark in several lines, unless most of those lines are rows by themselves: then
        the quote was opened by mistake. Where all are rows it stands for nothing but itself and each line is its own.
        """
        first, taken = self.number, [line]
        ended = False

        def following() -> Iterator[str]:
            nonlocal ended
            yield line
            while len(taken) < _LONGEST:
                if not (more := self._next()):
                    ended = True
                    return
                taken.append(more)
                yield more

        row, trouble = self._parsed(following())
        inner = taken[1:]
        if not self._width or not inner:
            if row is None and ended:
                raise Unclosed(first)
            if row is None:
                broken(first, f"a quote stands where none may ({trouble})")
            return row
        rows = sum(self._is_row(other) for other in inner)
        if row is not None and rows * 2 <= len(inner):
            return row
        if row is None and ended and not rows:
            raise Unclosed(first)
        alone = self._taken_alone(line)
        if alone is not None and (rows == len(inner) or (row is None and self._is_row(inner[0]))):
            self._give_back(inner)
            return alone
        if row is None:
            self._give_back(inner)
            broken(first, f"a quote is opened and not closed as it should be ({trouble})")
            return None
        last = self.number
        for number in range(first, last + 1):
            broken(number, f"lines {first} to {last}: a quote opened in line {first} swallows what follows: mend it")
        return None

    def _parsed(self, lines: Iterator[str]) -> tuple[list[str] | None, str]:
        try:
            return next(csv.reader(lines, delimiter=self._delimiter, strict=True)), ""
        except csv.Error as error:
            return None, str(error)

    def _is_row(self, line: str) -> bool:
        row = self._parsed(iter([line]))[0] if '"' in line else None
        return self._fits(row or _split(line, self._delimiter))

    def _taken_alone(self, line: str) -> list[str] | None:
        """A line with a quote too many as a row: the quote as it stands, or closed at the end of the line."""
        plain = _split(line, self._delimiter)
        if self._fits(plain):
            return plain
        closed = self._parsed(iter([line.rstrip("\r\n") + '"']))[0]
        return closed if closed and self._fits(closed) else None

    def _fits(self, row: list[str]) -> bool:
        return len(row) >= self._width and not any(islice(row, self._width, None))


def _split(line: str, delimiter: str) -> list[str]:
    return line.rstrip("\r\n").split(delimiter)
