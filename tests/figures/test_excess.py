"""What stands out is what is above what is usual there, not what is greatest."""

from __future__ import annotations

from fractions import Fraction

import pytest

from figures.excess import Excess, one_decimal, ranked


def test_the_greatest_excess_comes_first_and_not_the_greatest_number() -> None:
    centre, suburb = Excess(400, (398, 402, 400, 404)), Excess(30, (10, 12, 8, 10))
    assert [key for key, _ in ranked([(("B01",), centre), (("B27",), suburb)])] == [("B27",), ("B01",)]
    assert [suburb.expected, suburb.excess] == [Fraction(10), Fraction(20)]


def test_z_is_that_of_two_counts_where_one_span_is_beside_and_grows_with_what_is_known() -> None:
    assert Excess(29, (38,)).z == pytest.approx(-1.56 / 2**0.5, abs=0.01)
    assert Excess(30, (10,)).z < Excess(30, (10, 10, 10, 10)).z
    assert Excess(4, (0, 0)).z == pytest.approx(3.27, abs=0.01)


def test_the_mean_is_exact_and_rounded_half_up() -> None:
    assert Excess(1, (0, 1)).expected == Fraction(1, 2)
    assert [one_decimal(Fraction(value, 20)) for value in (1, -1, 3, 0)] == ["0.1", "-0.1", "0.2", "0.0"]
