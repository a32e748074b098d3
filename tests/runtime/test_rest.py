"""How long a loop rests that asks the store again and again."""

from __future__ import annotations

import time

import pytest

from runtime.rest import Rest

REST = Rest(times=4.0, least=1.0, most=60.0)


@pytest.mark.parametrize(("took", "rest"), [(0.0, 1.0), (0.2, 1.0), (5.0, 20.0), (15.0, 60.0), (3600.0, 60.0)])
def test_a_loop_rests_in_proportion_and_one_that_was_stopped_for_an_hour_goes_on_within_a_minute(
    took: float, rest: float
) -> None:
    assert REST.since(time.monotonic() - took) == pytest.approx(rest, abs=0.1)
