"""Numbers in digits five lines high, for a wall that is read from some metres away."""

from __future__ import annotations

from console.figures import UNKNOWN
from console.lines import Block, line

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


def big(number: int | None, width: int) -> Block:
    """The number to the right of `width` cells, a dash where it is not known; blanks where it does not fit."""
    shapes = [_SHAPES[sign] for sign in (UNKNOWN if number is None else f"{number:,}")]
    rows = ["  ".join(shape[row] for shape in shapes) for row in range(HEIGHT)]
    return [line(width, (row.rjust(width) if len(row) <= width else "", "bold")) for row in rows]
