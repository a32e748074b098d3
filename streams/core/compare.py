"""Comparisons of two counts: the published percentage and the Poisson z beside it."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import sqrt

FEW = 10
"""Below this many in the earlier period, screens show the two counts and no percentage."""


def percent(cur: int | Decimal, prev: int | Decimal, decimals: int = 1) -> str | None:
    """`100 * (cur - prev) / prev`, rounded half up: "-23.7", "2.6", "0.0". None unless `prev` is above 0."""
    if prev <= 0:
        return None
    exact = 100 * (Fraction(cur) - Fraction(prev)) / Fraction(prev)
    scaled = abs(exact) * 10**decimals
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    rounded = Decimal(whole if exact >= 0 else -whole).scaleb(-decimals)
    return str(rounded.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) + 0)


def poisson_z(cur: int | float, prev: int | float) -> float | None:
    """`2 * (sqrt(cur) - sqrt(prev))` to two decimals; beyond 3 is unusual. None unless `prev` > 0."""
    if prev <= 0:
        return None
    return round(2 * (sqrt(max(cur, 0)) - sqrt(prev)), 2)


def few(prev: int | Decimal) -> bool:
    """True where a percentage of `prev` would say more than the counts can bear (R9)."""
    return prev < FEW
