"""Roll-ups give the sum of the newest cells, however they arrive."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures.periods import Period
from streams.live import rollup as module
from streams.live.rollup import Rollup

PANE = 300
CELLS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(-5, 40).map(lambda pane: pane * PANE),
        st.integers(0, 9),
        st.booleans(),
    ),
    max_size=80,
)


def numbers_of(version: int) -> tuple[int, int]:
    """Equal versions carry equal numbers, as those of aggregate do."""
    return version + 1, 100 * version


def bulk(roll: Rollup, cells: Sequence[tuple[int, int, int]]) -> None:
    columns = np.array(cells, np.int64).reshape(-1, 3)
    numbers = np.array([numbers_of(version) for _, _, version in cells], np.float64).reshape(-1, 2).T
    roll.load(columns[:, 0], columns[:, 1], columns[:, 2], numbers)


@given(CELLS, st.integers(-5, 40), st.integers(0, 45), st.booleans())
def test_any_order_of_loads_and_updates_gives_the_sum_of_the_newest(
    cells: list[tuple[int, int, int, bool]], first: int, panes: int, at_night: bool
) -> None:
    roll = Rollup(2, "Asia/Shanghai")
    newest: dict[tuple[int, int], int] = {}
    waiting: list[tuple[int, int, int]] = []
    for series, pane, version, live in cells:
        newest[series, pane] = max(version, newest.get((series, pane), -1))
        if live:
            roll.put(series, pane, version, numbers_of(version))
        else:
            waiting.append((series, pane, version))
        if len(waiting) > 3:
            bulk(roll, waiting)
            waiting.clear()
    bulk(roll, waiting)
    start, end = first * PANE, (first + panes) * PANE
    night = (lambda hour: hour >= 10) if at_night else None
    expected = np.zeros((2, 4))
    for (series, pane), version in newest.items():
        hour = datetime.fromtimestamp(pane, ZoneInfo("Asia/Shanghai")).hour
        if start <= pane < end and (night is None or night(hour)):
            expected[:, series] += numbers_of(version)
    assert np.array_equal(roll.sums(start, end, night, 4), expected)
    assert len(roll) == len(newest)


def test_many_updates_are_merged_and_stay_right() -> None:
    roll = Rollup(1, "UTC")
    for version in range(3):
        for pane in range(module._MERGE_AT_LEAST):
            roll.put(pane % 7, pane * PANE, version, (version + 1,))
    assert roll.sums(0, module._MERGE_AT_LEAST * PANE).sum() == 3 * module._MERGE_AT_LEAST
    assert len(roll) == module._MERGE_AT_LEAST


def test_panes_below_the_floor_are_forgotten_and_not_taken_again() -> None:
    roll = Rollup(1, "UTC")
    assert roll.first_pane is None
    roll.put(0, 0, 1, (1,))
    assert roll.first_pane == 0
    roll.keep_from(PANE)
    assert not roll.put(0, 0, 2, (1,))
    bulk_panes = np.array([0, PANE], np.int64)
    roll.load(np.zeros(2, np.int64), bulk_panes, np.array([3, 3], np.int64), np.ones((1, 2)))
    assert len(roll) == 1
    assert roll.first_pane == PANE
    assert roll.sums(-PANE, 2 * PANE).sum() == 1


@pytest.mark.parametrize("known", ["put", "merged"])
@pytest.mark.parametrize("greater_first", [True, False])
def test_of_two_values_of_one_version_the_one_that_counts_more_rules_in_any_order(
    known: str, greater_first: bool
) -> None:
    put, loaded = Rollup(2, "UTC"), Rollup(2, "UTC")
    values = [(3, 0), (2, 1)] if greater_first else [(2, 1), (3, 0)]
    for at, value in enumerate(values):
        put.put(0, 0, 5, value)
        if at == 0 and known == "merged":
            bulk(put, [])
        series, pane, version = (np.array([number], np.int64) for number in (0, 0, 5))
        loaded.load(series, pane, version, np.array([value], np.float64).T)
    assert put.sums(0, PANE).tolist() == loaded.sums(0, PANE).tolist() == [[3], [0]]


def test_an_older_version_changes_nothing_and_says_so() -> None:
    roll = Rollup(1, "UTC")
    assert roll.put(0, 0, 5, (5,))
    assert not roll.put(0, 0, 5, (5,))
    assert not roll.put(0, 0, 4, (4,))
    assert roll.sums(0, PANE)[0, 0] == 5


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 5), st.integers(-5, 60), st.integers(0, 9)),
        st.tuples(st.just("load"), st.integers(0, 5), st.integers(-5, 60), st.integers(0, 9)),
        st.tuples(st.just("move"), st.integers(-6, 50), st.integers(0, 20), st.booleans()),
        st.tuples(st.just("merge"), st.just(0), st.just(0), st.just(0)),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(STEPS, st.booleans())
def test_spans_that_slide_have_the_sums_that_the_same_spans_have_when_asked_for_once(
    steps: list[tuple[str, int, int, int]], at_night: bool
) -> None:
    roll = Rollup(2, "Asia/Shanghai")
    night = at_hours if at_night else None
    spans: tuple[Period, ...] = (Period(0, 3 * PANE), Period(-PANE, 40 * PANE))
    for what, first, second, third in steps:
        if what == "put":
            roll.put(first, second * PANE, third, numbers_of(third))
        elif what == "load":
            bulk(roll, [(first, second * PANE, third)])
        elif what == "merge":
            roll._merge()
        else:
            moved = Period(first * PANE, (first + second) * PANE)
            spans = (moved, spans[0]) if third else (spans[0], moved)
        slide = roll.slide(spans, night)
        before, sums = slide.version, slide.sums
        for at, span in enumerate(spans):
            expected = roll.sums(span.start, span.end, night, 6).T
            assert np.array_equal(sums[at], expected[: sums.shape[1]])
            assert not expected[sums.shape[1] :].any()
        assert roll.slide(spans, night) is slide
        assert slide.version == before


def at_hours(hour: int) -> bool:
    return hour >= 10


def test_a_slide_tells_where_nothing_that_it_adds_up_has_changed() -> None:
    roll = Rollup(1, "UTC")
    roll.put(0, 0, 1, (1,))
    day = (Period(0, 10 * PANE), Period(20 * PANE, 30 * PANE))
    first = roll.slide(day).version
    roll.put(0, 15 * PANE, 1, (1,))
    assert roll.slide((Period(0, 11 * PANE), Period(20 * PANE, 31 * PANE))).version == first
    roll.put(0, 25 * PANE, 1, (1,))
    moved = roll.slide((Period(0, 16 * PANE), Period(20 * PANE, 36 * PANE)))
    assert moved.version != first
    assert moved.sums[:, 0, 0].tolist() == [2, 1]
