"""Comparisons of two counts: the published percentage and the Poisson z beside it."""

from decimal import Decimal
from math import sqrt

UNUSUAL = 3.0
"""From this |z| on a change is beyond what chance does to counts of this size; where both are few, none is marked."""

FEW = 10
"""Below this many in the earlier period there are the two counts and no percentage."""

TOO_FEW = "too few for a percentage"
"""How the reason begins for which two counts that are known have none."""


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


def change(cur: int, prev: int, decimals: int = 1, scale: int = 0) -> str | None:
    """`percent`; None of a few as well (R9). scale: decimal places of an amount, which is no count of anything."""
    return None if lacking(prev, scale) else percent(cur, prev, decimals)


def lacking(prev: int, scale: int = 0) -> str | None:
    """Why a figure that was this before has no `change`; None where it has one."""
    if prev <= 0:
        return "not defined: 0 before"
    return f"{TOO_FEW}: {prev} before" if scale == 0 and few(prev) else None
