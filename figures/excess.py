"""How far a count is above what earlier spans let expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import sqrt


@dataclass(frozen=True)
class Excess:
    """A count beside those of earlier spans of the same length, which are at least one."""

    value: int
    earlier: tuple[int, ...]

    @property
    def expected(self) -> Fraction:
        """The mean of the earlier ones."""
        return Fraction(sum(self.earlier), len(self.earlier))

    @property
    def excess(self) -> Fraction:
        return self.value - self.expected

    @property
    def z(self) -> float:
        """In standard deviations of counts that vary by chance alone, the mean of few spans among them, to two
        decimals; beyond 3 is unusual."""
        spread = sqrt(1 + 1 / len(self.earlier))
        return round(2 * (sqrt(max(self.value, 0)) - sqrt(max(float(self.expected), 0.0))) / spread, 2)


def ranked(found: Sequence[tuple[tuple[str, ...], Excess]]) -> list[tuple[tuple[str, ...], Excess]]:
    """The greatest excess first; of equal ones the greater z, then by name."""
    return sorted(found, key=lambda each: (-each[1].excess, -each[1].z, each[0]))


def one_decimal(value: Fraction) -> str:
    """Rounded half up, away from zero."""
    tenths = (20 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return f"{Decimal(tenths if value >= 0 else -tenths).scaleb(-1):.1f}"
