"""A figure beside its comparison: counts always, a percentage where the counts can bear it, a mark beyond
chance."""

from __future__ import annotations

from console.lines import Piece, fit
from console.view import Against, Figure
from figures.compare import few, percent, poisson_z

UNUSUAL = 3.0
"""From this |z| on a change is marked, beyond what chance does to counts of this size. Where both counts
are below ten none is: at night every other row would carry a mark."""

UNKNOWN = "–"


def count(value: int | None, width: int) -> str:
    """A count to the right of `width` cells, the first of which stays free. A wider one is shortened, never
    cut."""
    if value is None:
        return fit(UNKNOWN, width, "right")
    thousands, millions = f"{value / 1000:.1f}k", f"{value / 1_000_000:.1f}M"
    forms = (f"{value:,}", str(value), thousands if value < 1_000_000 else millions)
    shown = next((form for form in forms if len(form) < width), forms[-1])
    return fit(shown, width, "right")


def change(figure: Figure, against: Against, width: int, *, marks: bool = True) -> Piece:
    """The change in `width` cells, its last one for the mark. Below ten in the earlier span: the
    difference, since a percentage would say more than the counts do. None where not all of both sides is known."""
    current, earlier = figure.current, figure.earlier(against)
    if current is None or earlier is None or against in figure.unlike:
        return fit(UNKNOWN, width - 1, "right") + " ", "dim"
    text = f"{current - earlier:+d}" if few(earlier) else _percentage(current, earlier)
    z = poisson_z(current, earlier)
    if not marks or z is None or abs(z) < UNUSUAL or few(max(current, earlier)):
        return fit(text, width - 1, "right") + " ", "dim"
    return fit(text, width - 1, "right") + ("▲" if z > 0 else "▼"), "bold"


def _percentage(current: int, earlier: int) -> str:
    text = percent(current, earlier) or UNKNOWN
    if len(text) > 4 and not text.startswith("-"):
        text = percent(current, earlier, 0) or UNKNOWN  # 181.8 takes the room of the mark, 182 does not
    if len(text) > 4:
        return ">999%" if not text.startswith("-") else f"{text}%"
    return f"{text}%" if text.startswith("-") else f"+{text}%"


def share(part: int, total: int | None) -> str:
    """`part` of `total` as a percentage without decimals; no percentage of nothing."""
    return f"{100 * part / total:.0f}%" if total else UNKNOWN
