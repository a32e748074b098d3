"""Bars as a file: an SVG that any browser and word processor shows, with nothing in it from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from rich.cells import cell_len

from citywatch.commandline.plot import Bar, Group, longest

WIDTH = 960
LINE, GAP, MARGIN = 18, 10, 16
"""Heights in pixels: of a bar, between groups, around all of it."""

BAR_WIDTH = 380
CHARACTER = 7.2
"""About the width of a character of 12 pixels."""

COLOURS = ("#1f5fa8", "#9db4c8", "#d9a441")
"""Of the figure, and of what it is compared with; told apart by lightness too."""


def svg(title: str, of: Sequence[Group], notes: Sequence[str]) -> bytes:
    """The chart: a group below the other, its label on the left, its numbers and changes on the right."""
    left = MARGIN + CHARACTER * max((cell_len(group.label) for group in of), default=0) + 12
    series = [bar.series for bar in of[0].bars] if of else []
    is_compared = len(series) > 1
    begin = left + (CHARACTER * max(map(len, series)) + 12 if is_compared else 0)
    texts = max((cell_len(_told(bar)) for group in of for bar in group.bars), default=0)
    width = max(WIDTH, begin + BAR_WIDTH + 8 + CHARACTER * texts + MARGIN)
    height = 2 * MARGIN + 2 * LINE + sum(len(group.bars) * LINE + GAP for group in of) + LINE * len(notes)
    root = ElementTree.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height}",
        width=f"{width:.0f}",
        height=f"{height}",
        role="img",
    )
    root.set("font-family", "Noto Sans, Noto Sans CJK SC, Helvetica, Arial, sans-serif")
    root.set("font-size", "12")
    ElementTree.SubElement(root, "title").text = title
    ElementTree.SubElement(root, "rect", width="100%", height="100%", fill="white")
    _text(root, MARGIN, MARGIN + 12, title, weight="bold")
    scale, y = BAR_WIDTH / longest(of), MARGIN + 2 * LINE
    for group in of:
        _text(root, MARGIN, y + 13, group.label)
        for nth, bar in enumerate(group.bars):
            if is_compared:
                _text(root, left, y + 13, bar.series)
            if bar.length is not None:
                drawn = ElementTree.SubElement(root, "rect", x=f"{begin:.1f}", y=f"{y + 2}", height=f"{LINE - 4}")
                drawn.set("width", f"{bar.length * scale:.1f}")
                drawn.set("fill", COLOURS[nth % len(COLOURS)])
            _text(root, begin + (bar.length or 0) * scale + 6, y + 13, _told(bar))
            y += LINE
        y += GAP
    for note in notes:
        _text(root, MARGIN, y + 13, note)
        y += LINE
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False).encode()


def _told(bar: Bar) -> str:
    return f"{bar.figure}  {bar.note}".rstrip()


def _text(root: ElementTree.Element, x: float, y: float, text: str, weight: str = "normal") -> None:
    element = ElementTree.SubElement(root, "text", x=f"{x:.1f}", y=f"{y}")
    element.text = text
    if weight != "normal":
        element.set("font-weight", weight)
