"""Before and after at a place are beside the rest of the city and what is usual there."""

from __future__ import annotations

from fractions import Fraction

import pytest

from figures.around import Around


def test_what_is_expected_goes_as_the_rest_does() -> None:
    found = Around(before=40, after=20, rest_before=1000, rest_after=900, usual=(22, 18, 20, 20))
    assert [found.by_rest, found.by_usual] == [Fraction(36), Fraction(18)]


def test_a_place_that_was_at_its_worst_and_is_at_its_usual_again_has_gained_nothing() -> None:
    found = Around(before=40, after=20, rest_before=1000, rest_after=1000, usual=(20, 20, 20, 20))
    assert found.by_usual == Fraction(found.after)


def test_z_is_of_the_ratio_of_ratios_and_there_is_none_of_nothing() -> None:
    assert Around(100, 50, 1000, 1000).z == pytest.approx(-3.88, abs=0.01)
    assert Around(100, 100, 1000, 1000).z == 0
    assert Around(0, 5, 1000, 1000).z is None
    assert Around(5, 5, 0, 10).by_rest is None
