"""Whole minutes, shares and means as people read them: rounded half up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def in_minutes(seconds: int) -> int:
    """Whole minutes."""
    return int((Decimal(seconds) / 60).quantize(Decimal(1), ROUND_HALF_UP))


def percentage(part: int, whole: int) -> str | None:
    """Of the whole, with one decimal; None of nothing."""
    return str(_tenths(Decimal(100 * part) / whole)) if whole else None


def average(total: int, number: int) -> float | None:
    """With one decimal; None of none."""
    return float(_tenths(Decimal(total) / number)) if number else None


def _tenths(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.1"), ROUND_HALF_UP)
