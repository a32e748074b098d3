"""How two figures go together over places and units of time: an association, which no cause follows from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from math import atanh, sqrt, tanh
from operator import mul
from typing import Literal

LEAST = 10
"""Units of time: of fewer nothing is said."""

_Z = 1.959963984540054
"""Two-sided 95 %."""

Table = Sequence[Sequence[int]]
"""Of each place a number for each unit of time, of all places the same units."""


@dataclass(frozen=True)
class Association:
    """r: the rank correlation, from -1 to 1, to three decimals; None: not enough, see `why`. interval: its 95 %, as if
    units did not hang together; None also where r is -1 or 1. as_far: how many of the `shifts`, of one figure against
    the other by whole units of time and around, are as far from 0 as r at least."""

    places: int
    units: int
    r: float | None = None
    interval: tuple[float, float] | None = None
    as_far: int | None = None
    why: Literal["few", "still"] | None = None

    @property
    def pairs(self) -> int:
        return self.places * self.units

    @property
    def shifts(self) -> int:
        return max(0, self.units - 1)

    @property
    def is_apart(self) -> bool:
        """Whether 0 is outside of the interval."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


def associated(first: Table, second: Table) -> Association:
    """Spearman's rank correlation of the pairs in the same place of both tables.

    Of several places each one's own level, and that of each unit over all places, is taken off both first (two-way
    centring): busy places have more of everything, and so have summer evenings. The interval is that of Bonett and
    Wright, "Sample size requirements for estimating Pearson, Kendall and Spearman correlations", Psychometrika 65
    (2000): atanh(r) with a variance of (1 + r²/2)/(n - 3), n less the levels that were taken off, as Fisher has it of a
    partial correlation (Metron 3, 1924). It takes pairs for independent; shifts in time do not.
    """
    places, units = len(first), len(first[0]) if first else 0
    if units < LEAST:
        return Association(places, units, why="few")
    one, other = _ranks(_centred(first)), _ranks(_centred(second))
    spread = sum(map(mul, *[list(chain(*one))] * 2)) * sum(map(mul, *[list(chain(*other))] * 2))
    if not spread:
        return Association(places, units, why="still")
    products = [_product(one, other, shift) for shift in range(units)]
    r = max(-1.0, min(1.0, products[0] / sqrt(spread)))
    as_far = sum(abs(each) >= abs(products[0]) for each in products[1:])
    levels = (places - 1) + (units - 1) if places > 1 else 0
    return Association(places, units, round(r, 3), _interval(r, places * units - levels), as_far)


def _interval(r: float, pairs: int) -> tuple[float, float] | None:
    if abs(r) == 1:
        return None
    spread = _Z * sqrt((1 + r * r / 2) / (pairs - 3))
    return round(tanh(atanh(r) - spread), 3), round(tanh(atanh(r) + spread), 3)


def _centred(table: Table) -> list[list[int]]:
    """What is left without the mean of each row and that of each column, times the size of the table: whole numbers,
    so that equal ones are equal. One row stays as it is."""
    if len(table) == 1:
        return [list(table[0])]
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]
    high, wide, total = len(rows), len(columns), sum(rows)
    return [
        [
            high * wide * value - high * row - wide * column + total
            for value, column in zip(values, columns, strict=True)
        ]
        for values, row in zip(table, rows, strict=True)
    ]


def _ranks(table: list[list[int]]) -> list[list[int]]:
    """Twice the rank of each value among all, less twice the mean rank; equal values share the mean of theirs."""
    values = list(chain(*table))
    rank: dict[int, int] = {}
    passed = 0
    for value, alike in groupby(sorted(values)):
        number = sum(1 for _ in alike)
        rank[value] = 2 * passed + number - len(values)
        passed += number
    return [[rank[value] for value in row] for row in table]


def _product(one: list[list[int]], other: list[list[int]], shift: int) -> int:
    return sum(sum(map(mul, a, b[shift:] + b[:shift])) for a, b in zip(one, other, strict=True))
