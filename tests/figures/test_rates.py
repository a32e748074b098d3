"""Rates as published: rounded half up, with an interval, and none of a whole that is too small."""

from __future__ import annotations

import pytest

from figures.durations import Durations
from figures.rates import points, rate, wilson


@pytest.mark.parametrize(
    ("part", "whole", "decimals", "shown"),
    [
        (74, 169, 2, "43.79"),
        (36, 169, 2, "21.30"),
        (36, 74, 2, "48.65"),
        (1674, 3250, 2, "51.51"),
        (950, 2885, 2, "32.93"),
        (367, 288, 1, "127.4"),
        (250, 588, 1, "42.5"),
        (7839, 153_955, 2, "5.09"),
        (1, 32, 1, "3.1"),
        (1, 16, 1, "6.3"),
        (0, 10, 2, "0.00"),
    ],
)
def test_a_rate_is_rounded_half_up(part: int, whole: int, decimals: int, shown: str) -> None:
    assert rate(part, whole, decimals) == shown


def test_below_ten_there_is_no_rate_no_interval_and_no_difference() -> None:
    assert rate(2, 2) is None
    assert wilson(2, 2) is None
    assert points((5, 9), (50, 100)) is None
    assert rate(0, 0) is None


def test_the_interval_is_wilsons_as_newcombe_has_it_in_1998() -> None:
    assert wilson(81, 263) == ("25.53", "36.62")
    assert wilson(15, 148) == ("6.24", "16.05")
    assert wilson(1, 29) == ("0.61", "17.18")
    assert wilson(10, 10) == ("72.25", "100.00")
    assert wilson(0, 10) == ("0.00", "27.75")
    assert wilson(367, 288) is None


def test_a_difference_of_rates_is_in_points_and_rounded_once() -> None:
    assert points((36, 169), (74, 169)) == "-22.49"
    assert points((1, 16), (0, 16), 1) == "6.3"


def test_quantiles_are_values_that_occur() -> None:
    assert Durations.of([40, 10, 30, 20]) == Durations(4, 25, 20, 40, (4,) * 5)
    assert Durations.of(range(1, 101)).p90 == 90
    assert Durations.of([]) == Durations(0, None, None, None, (0,) * 5)
    assert Durations.of([86_400, 86_401]).within == (1, 2, 2, 2, 2)
