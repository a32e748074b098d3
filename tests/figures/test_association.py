"""Two figures go together by rank, beside the usual of each place and of each unit; of few units nothing is said."""

from __future__ import annotations

from fractions import Fraction
from math import atanh, sqrt, tanh

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.association import LEAST, associated

IQ = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
TELEVISION = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
"""Ten pairs whose rank correlation textbooks give as -29/165."""


def test_one_row_has_the_rank_correlation_of_textbooks_with_its_interval() -> None:
    found = associated([IQ], [TELEVISION])
    assert (found.r, found.pairs, found.why) == (round(-29 / 165, 3), 10, None)
    assert found.interval == pytest.approx((-0.728, 0.515), abs=0.001)
    assert not found.is_apart


def test_what_rises_together_is_1_however_it_rises_and_has_no_interval() -> None:
    found = associated([list(range(12))], [[number**3 for number in range(12)]])
    assert (found.r, found.interval, found.as_far) == (1.0, None, 0)


def test_busy_places_and_busy_days_by_themselves_go_together_with_nothing() -> None:
    days = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]
    of_places = [[level + day for day in days] for level in (0, 40, 400)]
    found = associated(of_places, [[2 * value for value in row] for row in of_places])
    assert (found.r, found.why) == (None, "still")


def test_more_there_and_then_with_less_there_and_then_is_below_0_though_busy_places_have_more_of_both() -> None:
    more = [[(7 * day + 5 * place) % 11 for day in range(22)] for place in range(4)]
    first = [[100 * place + value for value in row] for place, row in enumerate(more)]
    second = [[30 * place - value + 10 for value in row] for place, row in enumerate(more)]
    found = associated(first, second)
    assert found.r == -1.0


@pytest.mark.parametrize(("units", "why"), [(LEAST - 1, "few"), (LEAST, None), (0, "few")])
def test_of_few_units_nothing_is_said(units: int, why: str | None) -> None:
    found = associated([list(range(units))], [list(range(units))])
    assert (found.why, found.r is None, found.as_far is None) == (why, why is not None, why is not None)


def test_nothing_is_said_of_what_does_not_vary_nor_of_no_places() -> None:
    assert associated([[7] * 12], [list(range(12))]).why == "still"
    assert associated([], []).why == "few"


def test_what_hangs_together_in_time_is_told_by_its_shifts() -> None:
    """Two long waves that have nothing to do with each other: an interval for independent days is too narrow."""
    one = [abs(day % 40 - 20) for day in range(80)]
    other = [abs((day + 3) % 40 - 20) for day in range(80)]
    found = associated([one], [other])
    assert found.is_apart
    assert found.as_far is not None
    assert found.as_far > found.shifts / 4


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[int]], list[list[int]]]:
    places, units = draw(st.integers(1, 4)), draw(st.integers(LEAST, LEAST + 5))
    row = st.lists(st.integers(0, 6), min_size=units, max_size=units)
    table = st.lists(row, min_size=places, max_size=places)
    return draw(table), draw(table)


@given(both=tables())
def test_it_is_what_exact_fractions_give(both: tuple[list[list[int]], list[list[int]]]) -> None:
    first, second = both
    found = associated(first, second)
    ranks = [_ranks(_left(table)) for table in both]
    exact = _correlation(*ranks)
    if exact is None:
        assert found.why == "still"
        return
    assert found.r is not None
    assert found.r == pytest.approx(exact, abs=0.0006)
    units = len(first[0])
    turned = [_correlation(ranks[0], [row[by:] + row[:by] for row in ranks[1]]) for by in range(1, units)]
    assert found.as_far == sum(abs(each) >= abs(exact) - 1e-12 for each in turned if each is not None)
    if abs(exact) < 1 - 1e-9:
        free = len(first) * units if len(first) == 1 else (len(first) - 1) * (units - 1) + 1
        width = 1.959964 * sqrt((1 + exact**2 / 2) / (free - 3))
        assert found.interval == pytest.approx((tanh(atanh(exact) - width), tanh(atanh(exact) + width)), abs=0.0006)


def _left(table: list[list[int]]) -> list[list[Fraction]]:
    """Each value less the mean of its row and of its column, which has the mean of all too often."""
    if len(table) == 1:
        return [list(map(Fraction, table[0]))]
    places, units = len(table), len(table[0])
    whole = Fraction(sum(map(sum, table)), places * units)
    of_place = [Fraction(sum(row), units) for row in table]
    of_unit = [Fraction(sum(row[unit] for row in table), places) for unit in range(units)]
    return [[table[p][u] - of_place[p] - of_unit[u] + whole for u in range(units)] for p in range(places)]


def _ranks(table: list[list[Fraction]]) -> list[list[Fraction]]:
    values = [value for row in table for value in row]

    def rank(value: Fraction) -> Fraction:
        return sum(other < value for other in values) + Fraction(1 + sum(other == value for other in values), 2)

    return [[rank(value) for value in row] for row in table]


def _correlation(first: list[list[Fraction]], second: list[list[Fraction]]) -> float | None:
    one, other = ([value for row in table for value in row] for table in (first, second))
    means = [sum(values, Fraction(0)) / len(values) for values in (one, other)]
    spreads = [sum((value - mean) ** 2 for value in values) for values, mean in zip((one, other), means, strict=True)]
    if not all(spreads):
        return None
    together = sum((a - means[0]) * (b - means[1]) for a, b in zip(one, other, strict=True))
    return float(together) / sqrt(spreads[0] * spreads[1])
