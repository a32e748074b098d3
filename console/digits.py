"""Numbers in digits five lines high, for a wall that is read from some metres away."""

from __future__ import annotations

from console.figures import UNKNOWN, count
from console.lines import Block, fit, line
from console.words import Language

HEIGHT = 5

_SHAPES = {
    "0": ("█▀▀█", "█  █", "█  █", "█  █", "█▄▄█"),
    "1": ("  ▄█", "   █", "   █", "   █", "   █"),
    "2": ("▀▀▀█", "   █", "█▀▀▀", "█   ", "█▄▄▄"),
    "3": ("▀▀▀█", "   █", " ▀▀█", "   █", "▄▄▄█"),
    "4": ("█  █", "█  █", "█▄▄█", "   █", "   █"),
    "5": ("█▀▀▀", "█   ", "▀▀▀█", "   █", "▄▄▄█"),
    "6": ("█▀▀▀", "█   ", "█▀▀█", "█  █", "█▄▄█"),
    "7": ("▀▀▀█", "   █", "   █", "   █", "   █"),
    "8": ("█▀▀█", "█  █", "█▀▀█", "█  █", "█▄▄█"),
    "9": ("█▀▀█", "█  █", "▀▀▀█", "   █", "▄▄▄█"),
    "–": ("    ", "    ", "▀▀▀▀", "    ", "    "),
    ",": ("  ", "  ", "  ", " ▄", " ▀"),
}


def big(number: int | None, width: int, language: Language = "en") -> Block:
    """The number to the right of `width` cells, a dash where it is not known; in ordinary digits where it does not
    fit."""
    shapes = [_SHAPES[sign] for sign in (UNKNOWN if number is None else f"{number:,}")]
    rows = ["  ".join(shape[row] for shape in shapes) for row in range(HEIGHT)]
    if len(rows[0]) > width:
        rows = [count(number, width, language) if row == HEIGHT // 2 else "" for row in range(HEIGHT)]
    return [line(width, (fit(row, width, "right"), "bold")) for row in rows]
