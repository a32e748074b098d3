"""Lines of exact width in terminal cells: wide characters count two, nothing ever wraps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Literal

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.text import Text

Block = list[Text]
"""Lines that all have the same width in cells."""

_MARKER = 4
"""Cells of the number of items left out."""

Piece = tuple[str, str]
"""Text with its style."""


def fit(text: str, width: int, align: Literal["left", "right"] = "left") -> str:
    """The text in exactly `width` cells; what does not fit ends in an ellipsis."""
    size = cell_len(text)
    if size > width:
        return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width) if width > 1 else " " * width
    padding = " " * (width - size)
    return padding + text if align == "right" else text + padding


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken at blanks, and inside a word only where it is wider."""
    lines = [""]
    for part in text.split():
        joined = f"{lines[-1]} {part}".strip()
        if cell_len(joined) <= width:
            lines[-1] = joined
            continue
        pieces = chop_cells(part, width)
        lines = [*lines, *pieces] if lines[-1] else pieces
    return lines


def line(width: int, *pieces: Piece | str) -> Text:
    """One line of exactly `width` cells from styled pieces; later pieces are cut off first."""
    text, room = Text(no_wrap=True, end=""), width
    for piece in pieces:
        content, style = (piece, "") if isinstance(piece, str) else piece
        if room <= 0:
            break
        size = cell_len(content)
        text.append(content if size <= room else fit(content, room), style)
        room -= min(size, room)
    if room > 0:
        text.append(" " * room)
    return text


def spread(width: int, left: Sequence[Piece], right: Sequence[Piece]) -> Text:
    """One line with pieces at both ends; the left ones are cut off where both do not fit."""
    tail = min(width, sum(cell_len(content) for content, _ in right))
    text = line(width - tail, *left)
    text.append_text(line(tail, *right))
    return text


def rule(caption: str, width: int) -> str:
    """A horizontal rule with a caption at its left."""
    text = f"─ {caption} "
    return fit(text + "─" * max(0, width - cell_len(text)), width)


def flow(
    width: int,
    label: str,
    items: Iterable[Sequence[Piece]],
    rows: int,
    *,
    marker: bool = True,
    apart: str = "   ",
) -> Block:
    """Items one after the other behind a label, in at most `rows` lines. No item is split over lines; with a
    `marker` the number of those left out stands at the end."""
    left = [(item, sum(cell_len(content) for content, _ in item)) for item in items]
    indent = cell_len(label) + 2 if label else 0
    lines: list[list[Piece]] = [[(fit(label, indent), "bold")]]
    used = indent
    while left:
        item, size = left[0]
        last_row = len(lines) == rows
        reserve = _MARKER if marker and last_row and len(left) > 1 else 0
        if used > indent and used + len(apart) + size + reserve > width:
            if last_row:
                break
            lines.append([(" " * indent, "")])
            used = indent
            continue
        lines[-1] += [*item] if used == indent else [(apart, ""), *item]
        used += size + (0 if used == indent else len(apart))
        del left[0]
    if left and marker:
        lines[-1].append((f" +{len(left)}", "bold"))
    return [line(width, *pieces) for pieces in lines]


def beside(left: Block, right: Block, gap: int) -> Block:
    """Two blocks side by side; the shorter one is filled up."""
    if not left or not right:
        return left or right
    blank_left, blank_right = blank(left[0].cell_len), blank(right[0].cell_len)
    result: Block = []
    for one, other in zip_longest(left, right):
        text = Text(no_wrap=True, end="")
        text.append_text(one if one is not None else blank_left)
        text.append(" " * gap)
        text.append_text(other if other is not None else blank_right)
        result.append(text)
    return result


def blank(width: int) -> Text:
    return Text(" " * width, no_wrap=True, end="")
