"""A figure beside its comparison: counts always, a percentage where the counts can bear it, a mark beyond
chance."""

from __future__ import annotations

from rich.cells import cell_len

from console.lines import Piece, fit
from console.view import Against, Figure
from console.words import Language
from figures.compare import UNUSUAL, few, percent, poisson_z

UNKNOWN = "–"

_UNITS: dict[Language, tuple[tuple[int, str], ...]] = {
    "en": ((1_000, "k"), (1_000_000, "M"), (1_000_000_000, "G")),
    "zh": ((10_000, "万"), (100_000_000, "亿")),
}


def count(value: int | None, width: int, language: Language = "en", scale: int = 0) -> str:
    """A count to the right of `width` cells, the first of which stays free. A wider one is shortened, never
    cut. Of an integer with decimal places the whole units, rounded half up."""
    if value is None:
        return fit(UNKNOWN, width, "right")
    return fit(_shortened(_whole(value, scale), width - 1, language), width, "right")


def _whole(value: int, scale: int) -> int:
    size: int = 10**scale
    whole = (2 * abs(value) + size) // (2 * size)
    return whole if value >= 0 else -whole


def _shortened(value: int, room: int, language: Language, sign: str = "") -> str:
    """The first form that fits: with separators, without, in thousands and so on with one decimal or none."""
    forms = [f"{value:{sign},}", f"{value:{sign}}"]
    for units in dict.fromkeys((_UNITS[language], _UNITS["en"])):
        size, unit = next(((size, unit) for size, unit in reversed(units) if abs(value) >= size), (1, ""))
        forms += [f"{value / size:{sign}.1f}{unit}", f"{value / size:{sign}.0f}{unit}"]
    return next((form for form in forms if cell_len(form) <= room), forms[-1])


def change(
    figure: Figure, against: Against, width: int, language: Language = "en", *, marks: bool = True, scale: int = 0
) -> Piece:
    """The change in `width` cells: the first one stays free, the last one is for the mark. Below ten in the earlier
    span: the difference, since a percentage would say more than the counts do. None where not all of both sides is
    known."""
    current, earlier = figure.current, figure.earlier(against)
    if current is None or earlier is None or against in figure.unlike:
        return fit(UNKNOWN, width - 1, "right") + " ", "dim"
    if scale == 0 and few(earlier):
        text = _shortened(current - earlier, width - 2, language, "+")
    elif earlier <= 0:
        return fit(UNKNOWN, width - 1, "right") + " ", "dim"
    else:
        text = _percentage(current, earlier)
    z = poisson_z(current, earlier)
    if not marks or z is None or abs(z) < UNUSUAL or few(max(current, earlier)):
        return fit(text, width - 1, "right") + " ", "dim"
    return fit(text, width - 1, "right") + ("▲" if z > 0 else "▼"), "bold"


def _percentage(current: int, earlier: int) -> str:
    """In six cells at most: -100.0 takes the free one, and 181.8 that of the mark; -100 and 182 do not."""
    text = percent(current, earlier) or UNKNOWN
    if len(text.lstrip("-")) > 4:
        text = percent(current, earlier, 0) or UNKNOWN
    if len(text.lstrip("-")) > 3 and "." not in text:
        return ">999%"
    return f"{text}%" if text.startswith("-") else f"+{text}%"


def share(part: int, total: int | None) -> str:
    """`part` of `total` as a percentage without decimals, half up; no percentage of nothing."""
    return f"{(200 * part + total) // (2 * total)}%" if total else UNKNOWN
