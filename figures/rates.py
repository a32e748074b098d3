"""One count in 100 of another, rounded half up, and the interval that so many can bear."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import sqrt

from figures.compare import few

_Z = 1.959963984540054
"""Two-sided 95 %."""


def rate(part: int, whole: int, decimals: int = 2) -> str | None:
    """`100 * part / whole`, rounded half up: "43.79". None where the whole is too small for a percentage (R9)."""
    if few(whole):
        return None
    return _text(Fraction(100 * part, whole), decimals)


def points(now: tuple[int, int], before: tuple[int, int], decimals: int = 2) -> str | None:
    """The difference of two such rates, each (part, whole), rounded half up away from zero; None where one is none."""
    if few(now[1]) or few(before[1]):
        return None
    return _text(Fraction(100 * now[0], now[1]) - Fraction(100 * before[0], before[1]), decimals)


def wilson(part: int, whole: int, decimals: int = 2) -> tuple[str, str] | None:
    """The 95 % score interval of a share, in percent; None of too small a whole, or where the part is greater."""
    if few(whole) or not 0 <= part <= whole:
        return None
    share = part / whole
    spread = _Z * sqrt(share * (1 - share) / whole + _Z**2 / (4 * whole**2))
    middle, size = share + _Z**2 / (2 * whole), 1 + _Z**2 / whole
    low, high = max(0.0, (middle - spread) / size), min(1.0, (middle + spread) / size)
    return f"{100 * low:.{decimals}f}", f"{100 * high:.{decimals}f}"


def _text(value: Fraction, decimals: int) -> str:
    scaled = abs(value) * 10**decimals
    rounded = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return f"{Decimal(rounded if value >= 0 else -rounded).scaleb(-decimals):.{decimals}f}"
