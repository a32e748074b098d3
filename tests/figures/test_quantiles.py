"""A quantile of a phase is the least published edge that so many took at most."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.quantiles import QUANTILES, as_json, at_most
from schemas.phases import EDGES, phase_values


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=40), st.integers(1, 100))
def test_it_is_the_edge_at_or_above_the_exact_quantile_of_the_durations(seconds: list[int], percent: int) -> None:
    _, *columns = (sum(each) for each in zip(*(phase_values(each, 1) for each in seconds), strict=True))
    exact = next(each for place, each in enumerate(sorted(seconds), start=1) if 100 * place >= percent * len(seconds))
    edge = at_most(len(seconds), dict(zip(EDGES, columns, strict=True)), percent)
    assert edge == min((each for each in EDGES if each >= exact), default=None)


def test_of_nothing_there_is_none() -> None:
    nothing = dict.fromkeys(EDGES, 0)
    assert as_json(0, nothing) == dict.fromkeys(QUANTILES)
    with pytest.raises(ValueError, match="no duration"):
        at_most(0, nothing, 50)
