"""Sets of moments as spans, against sets of numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from figures.periods import Period
from figures.spans import Spans, common, joined, length, without

SPANS = st.lists(st.builds(lambda start, size: Period(start, start + size), st.integers(0, 30), st.integers(0, 9)))


def moments(spans: Spans | list[Period]) -> set[int]:
    return {moment for span in spans for moment in range(span.start, span.end)}


def is_in_order(spans: Spans) -> bool:
    return all(one.end < other.start for one, other in pairwise(spans))


@given(SPANS)
def test_joined_spans_hold_the_same_moments_in_order_and_apart(some: list[Period]) -> None:
    found = joined(some)
    assert moments(found) == moments(some)
    assert is_in_order(found)
    assert length(found) == len(moments(some))


@given(SPANS, SPANS)
def test_without_and_common_split_a_set(some: list[Period], others: list[Period]) -> None:
    one, other = joined(some), joined(others)
    assert moments(without(one, other)) == moments(some) - moments(others)
    assert moments(common(one, other)) == moments(some) & moments(others)
    assert is_in_order(without(one, other))
    assert is_in_order(common(one, other))
