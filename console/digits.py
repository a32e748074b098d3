"""Numbers in digits five lines high, for a wall that is read from some metres away."""

from __future__ import annotations

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
    ",": ("  ", "  ", "  ", " ▄", " ▀"),
}


def big(number: int, width: int) -> Block:
    """The number to the right of `width` cells; blanks where it does not fit."""
    shapes = [_SHAPES[sign] for sign in f"{number:,}"]
    rows = ["  ".join(shape[row] for shape in shapes) for row in range(HEIGHT)]
    return [line(width, (row.rjust(width) if len(row) <= width else "", "bold")) for row in rows]
