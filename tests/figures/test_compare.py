"""Percentages and z as the published bulletins have them."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.compare import change, few, lacking, percent, poisson_z

CAMPAIGNS = [
    (137, 108, 2, "-21.17"),
    (1006, 793, 2, "-21.17"),
    (103, 85, 2, "-17.48"),
    (1001, 826, 2, "-17.48"),
    (53, 75, 2, "41.51"),
    (1007, 1425, 2, "41.51"),
    (141, 154, 2, "9.22"),
    (1009, 1102, 2, "9.22"),
    (107, 122, 2, "14.02"),
    (1006, 1147, 2, "14.02"),
    (217, 293, 2, "35.02"),
    (1322, 1785, 2, "35.02"),
    (1325, 1789, 2, "35.02"),
    (38, 29, 1, "-23.7"),
    (1000, 763, 1, "-23.7"),
    (101, 76, 1, "-24.8"),
    (1000, 752, 1, "-24.8"),
    (45, 31, 1, "-31.1"),
    (1000, 689, 1, "-31.1"),
]
BULLETINS = [
    (2774, 2846, 1, "2.6"),
    (3061, 3410, 1, "11.4"),
    (81, 62, 1, "-23.5"),
    (200, 162, 1, "-19.0"),
    (1858, 1593, 1, "-14.3"),
    (2170, 2566, 1, "18.2"),
    (242, 272, 1, "12.4"),
    (8600, 6689, 1, "-22.2"),
    (7210, 6689, 1, "-7.2"),
    (46, 44, 1, "-4.3"),
    (62, 70, 1, "12.9"),
    (378, 310, 1, "-18.0"),
]


@pytest.mark.parametrize(("prev", "cur", "decimals", "published"), CAMPAIGNS + BULLETINS)
def test_r1_published_percentages_recompute(prev: int, cur: int, decimals: int, published: str) -> None:
    assert percent(cur, prev, decimals) == published


@pytest.mark.parametrize(("prev", "cur", "shown"), [(2000, 2001, "0.1"), (2000, 1999, "-0.1"), (10000, 9999, "0.0")])
def test_r1_halves_round_away_from_zero_and_zero_has_no_sign(prev: int, cur: int, shown: str) -> None:
    assert percent(cur, prev) == shown


@given(st.integers(0, 10**12), st.integers(1, 10**12), st.integers(0, 3))
def test_r1_is_decimal_round_half_up(cur: int, prev: int, decimals: int) -> None:
    exact = Decimal(100) * (cur - prev) / prev
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    assert percent(cur, prev, decimals) == str(rounded + 0 if rounded == 0 else rounded)


def test_r9_nothing_is_compared_with_an_earlier_zero() -> None:
    assert percent(5, 0) is None
    assert poisson_z(5, 0) is None


def test_r9_few_are_shown_as_counts() -> None:
    assert few(9)
    assert not few(10)
    assert (change(5, 9), lacking(9)) == (None, "too few for a percentage: 9 before")
    assert (change(5, 10), lacking(10)) == ("-50.0", None)
    assert (change(5, 0), lacking(0)) == (None, "not defined: 0 before")


def test_r9_an_amount_is_no_count_of_anything_and_keeps_its_percentage() -> None:
    assert (change(500, 300, scale=2), lacking(3, scale=2)) == ("66.7", None)
    assert lacking(0, scale=2) == "not defined: 0 before"


def test_z_stands_beside_the_percentage() -> None:
    assert poisson_z(29, 38) == -1.56
    assert poisson_z(0, 4) == -4.0
