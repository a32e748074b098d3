"""Comparisons of two counts: the published percentage and the Poisson z beside it."""

from decimal import Decimal
from math import sqrt

UNUSUAL = 3.0
"""From this |z| on a change is beyond what chance does to counts of this size; where both are few, none is marked."""

FEW = 10
"""Below this many in the earlier period, screens show the two counts and no percentage."""


def percent(cur: int, prev: int, decimals: int = 1) -> str | None:
    """`100 * (cur - prev) / prev`, rounded half up: "-23.7", "2.6", "0.0". None unless `prev` is above 0."""
    if prev <= 0:
        return None
    change = 100 * 10**decimals * (cur - prev)
    rounded = (2 * abs(change) + prev) // (2 * prev)  # exact: a Decimal quotient would already be rounded once
    return f"{Decimal(rounded if change >= 0 else -rounded).scaleb(-decimals):.{decimals}f}"


def poisson_z(cur: int | float, prev: int | float) -> float | None:
    """`2 * (sqrt(cur) - sqrt(prev))` to two decimals; beyond 3 is unusual. None unless `prev` > 0."""
    if prev <= 0:
        return None
    return round(2 * (sqrt(max(cur, 0)) - sqrt(prev)), 2)


def few(prev: int) -> bool:
    """True where a percentage of `prev` would say more than the counts can bear (R9)."""
    return prev < FEW
