"""One JSON object on stdout; tables and bars on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

Advance = Callable[[int], None]
OnProgress = Callable[[int, int], None]


def print_json(answer: object) -> None:
    """One JSON object on stdout, in one line."""
    sys.stdout.buffer.write(msgspec.json.encode(answer, enc_hook=_as_text) + b"\n")
    sys.stdout.flush()


def _as_text(value: object) -> str:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} has no form in JSON")


def signed(number: str) -> str:
    """A number with its sign, also where it is none of less."""
    return number if number.startswith("-") else f"+{number}"


@contextmanager
def progress(label: str, total: int | None, unit: str = "records") -> Iterator[Advance]:
    """A bar on stderr where that is a terminal; nothing otherwise. Yields a function that is told of each step."""
    done = 0

    def advance(steps: int) -> None:
        nonlocal done
        done += steps
        show(done, total)

    with _bar(label, total, unit, left=False) as show:
        yield advance


@contextmanager
def progress_to(label: str, unit: str) -> Iterator[OnProgress]:
    """As `progress`, for work that tells how much is done and how much there is."""
    with _bar(label, None, unit, left=True) as show:
        yield show


@contextmanager
def _bar(label: str, total: int | None, unit: str, left: bool) -> Iterator[Callable[[int, int | None], None]]:
    """`left`: with the time that is left, else with the time that went by."""
    if not sys.stderr.isatty():
        yield lambda _, __: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn() if left else TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def print_table(
    title: str | None,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Sequence[int],
    whole: Sequence[int] = (),
) -> None:
    """A table: with lines and colour on a terminal, aligned plain text otherwise. `numbers`: right-aligned columns.
    Nothing is cut; where a terminal is too narrow, what is not in a `whole` column goes on in a further line."""
    if sys.stdout.isatty():
        _print_rich(title, heads, rows, numbers, whole)
        return
    if title:
        print(title)
    widths = [max(_width(cell) for cell in column) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        cells = [
            _padded(cell, width, index in numbers) for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def _print_rich(
    title: str | None,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Sequence[int],
    whole: Sequence[int],
) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for index, head in enumerate(heads):
        justify: Literal["left", "right"] = "right" if index in numbers else "left"
        table.add_column(head, justify=justify, overflow="fold", no_wrap=index in whole, min_width=_width(head))
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _padded(text: str, width: int, right: bool) -> str:
    filler = " " * (width - _width(text))
    return filler + text if right else text + filler


def ago(as_of: int) -> str:
    """How far behind now a moment of event time lies: `45 s`, `12 min`, `3 h`, `410 d`."""
    return lasting(max(0, int(datetime.now(UTC).timestamp()) - as_of))


def lasting(seconds: int) -> str:
    """A span of time in its greatest unit that it has twice: `45 s`, `12 min`, `3 h`, `410 d`."""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def plain(value: Any) -> str:
    """A value in a table; nothing for what is not defined."""
    return "" if value is None else str(value)
