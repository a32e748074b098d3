"""Stocks on the live page are those of all steps before `as_of`: of a fold made anew, and of the store then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from msgspec.structs import replace

from figures.periods import period_of
from figures.queries.stocks import Level, levels
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.derived import STOCKS
from schemas.families import LIFECYCLES
from schemas.families.hazards import HAZARDS
from schemas.live import StockView
from schemas.records import PaneRecord, Progress, SourceGap, Step
from schemas.topics import PANES
from sinks.store import Store
from streams.live.board import board
from streams.live.gauges import text
from streams.live.state import LiveState
from streams.live.stock_views import settle
from streams.live.stocks import day_of
from streams.live.subjects import KEPT
from tests.migrated import open_migrated
from tests.streams.test_subject_history import BEGIN, SOURCE, Sink, judged, world

DAY = 86_400
OPEN = STOCKS["hazards_open"]
OF_HAZARDS = [stock for stock in STOCKS.values() if stock.topic == HAZARDS]


def state_of(*records: PaneRecord, has_all: bool = True) -> LiveState:
    state = LiveState.of(load_cities())
    state.handover.begun["out", PANES, 0] = 0 if has_all else 7
    state.take(records)
    return state


def step(kind: str, time: int, subject: str = "h-1", *, beat: str = "B07", offset: int = 0) -> Step:
    return Step(
        log="in",
        topic=HAZARDS,
        partition=0,
        offset=offset,
        source=SOURCE,
        id=f"{subject}-{kind}-{time}",
        subject=subject,
        time=BEGIN + time,
        type=f"hazard.{kind}",
        dims={"beat": beat, "unit": "", "operation": "", "site_kind": "hotel", "kind": ""},
        attributes={},
    )


def hazmat(seen: Step) -> Step:
    return replace(seen, dims={**seen.dims, "site_kind": "hazmat_firm"})


def clock(time: int, *, read: int = 1) -> Progress:
    return Progress(
        log="in",
        topic=HAZARDS,
        partition=0,
        read=read,
        counted=0,
        late=0,
        duplicates=0,
        dead=0,
        clocks={SOURCE: BEGIN + time},
        boundaries={},
        open_panes=0,
        bytes=0,
    )


def started(time: int = -DAY) -> SourceGap:
    return SourceGap(
        log="in",
        topic=HAZARDS,
        partition=0,
        offset=0,
        source=SOURCE,
        since=0,
        until=BEGIN + time,
        cause="start",
        at=0,
    )


def shown(state: LiveState, stock: str = OPEN.name) -> StockView:
    city = next(city for city in board(state).cities if city.city == "xincheng")
    return next(view for view in city.stocks if view.stock == stock)


def test_a_stock_is_that_of_all_steps_before_as_of_with_the_oldest_and_by_beat() -> None:
    state = state_of(
        started(), step("opened", 0, "a"), step("opened", 60, "b", beat="B01"), step("opened", 1_000, "c"), clock(900)
    )
    view = shown(state)
    assert (view.as_of, view.value, view.unmatched, view.oldest, view.coverage) == (BEGIN + 900, 2, 0, 900, 1.0)
    assert [(row.code, row.value) for row in view.beats] == [("B01", 1), ("B07", 1)]
    state.take([step("closed", 800, "a"), clock(1_500, read=2)])
    view = shown(state)
    assert (view.value, view.oldest) == (2, 1_440)
    assert [(row.code, row.value) for row in view.beats] == [("B01", 1), ("B07", 1)]


def test_what_was_never_opened_is_unmatched_and_what_no_list_knows_is_unknown() -> None:
    steps = (step("closed", 0, "a"), step("notice_met", 0, "b"), step("opened", 0, "c", beat="B99"))
    view = shown(state_of(started(), *steps, clock(900)))
    assert (view.value, view.unmatched) == (1, 1)
    assert [(row.code, row.zh) for row in view.beats] == [("unknown", "未知")]


def test_a_notice_to_a_site_opens_no_hazard_and_one_to_a_hazard_leaves_it_open() -> None:
    steps = (step("notice_issued", 0, "site"), step("opened", 0, "a"), step("notice_issued", 60, "a"))
    state = state_of(started(), *steps, step("opened", 0, "b"), step("closed", 60, "b"), clock(900))
    assert (shown(state).value, shown(state).came, shown(state).went) == (1, 2, 1)
    state.take([step("notice_issued", 950, "b"), clock(1_500, read=2)])
    assert (shown(state).value, shown(state).came, shown(state).went) == (1, 2, 1)


def test_firms_count_while_they_are_listed_and_rounds_of_inspections_never() -> None:
    kinds = [("site_listed", 0, "a"), ("inspected", 60, "a"), ("inspected", 0, "round"), ("site_listed", 0, "b")]
    left = [("inspected", 0, "c"), ("site_listed", 60, "c"), ("site_delisted", 120, "c"), ("inspected", 180, "c")]
    steps = [hazmat(step(kind, time, subject)) for kind, time, subject in (*kinds, *left)]
    state = state_of(started(), *steps, clock(900))
    assert [shown(state, name).value for name in ("hazmat_firms", "hazmat_firms_inspected")] == [2, 1]


def test_what_is_not_known_is_no_stock_of_none() -> None:
    assert shown(state_of()).value is None
    view = shown(state_of(started(), step("opened", 0), clock(900), has_all=False))
    assert (view.value, view.unmatched, view.oldest, view.beats) == (None, None, None, [])
    view = shown(state_of(clock(900)))
    assert (view.value, view.coverage) == (None, 0.0)
    assert shown(state_of(started(), clock(900))).value == 0


def test_after_a_gap_not_all_is_known_of_a_stock() -> None:
    jump = SourceGap(
        log="in",
        topic=HAZARDS,
        partition=0,
        offset=1,
        source=SOURCE,
        since=BEGIN,
        until=BEGIN + DAY,
        cause="jump",
        at=0,
    )
    view = shown(state_of(started(), jump, step("opened", -60), clock(2 * DAY)))
    assert (view.value, round(view.coverage, 2)) == (1, 0.67)


def test_what_is_closed_counts_as_long_as_a_stock_counts_it() -> None:
    state = state_of(started(), step("opened", 0, "a"), step("closed", 60, "a"), step("closed", 60, "b"), clock(900))
    assert (shown(state).value, shown(state).unmatched) == (0, 1)
    state.take([clock(KEPT + DAY, read=2)])
    state.subjects.forget()
    assert (shown(state).value, shown(state).unmatched) == (0, 1)
    assert [subject.name for subject in state.subjects.of(LIFECYCLES["hazard"], SOURCE)] == ["b"]


def test_what_came_and_went_since_the_day_began_is_told_and_begins_anew_with_the_day() -> None:
    day = period_of(BEGIN, "day", "Asia/Shanghai").start - BEGIN
    state = state_of(
        *(started(day - DAY), step("opened", day - 60, "old"), step("opened", day + 60, "a")),
        *(step("closed", day + 120, "a"), step("opened", day + 180, "b"), clock(day + 900)),
    )
    view = shown(state)
    assert (view.value, view.came, view.went) == (2, 2, 1)
    state.take([step("closed", day + 600, "old"), step("opened", day + DAY, "c"), clock(day + 1_200, read=2)])
    view = shown(state)
    assert (view.value, view.came, view.went) == (1, 2, 2)
    state.take([clock(day + DAY + 300, read=3)])
    view = shown(state)
    assert (view.value, view.came, view.went) == (2, 1, 0)


def test_what_came_since_the_day_began_is_not_told_where_the_day_is_not_all_known_nor_of_a_sum() -> None:
    state = state_of(started(60), step("opened", 120), clock(900))
    assert (shown(state).value, shown(state).came, shown(state).went) == (1, None, None)
    fed = [stock for stock in STOCKS.values() if load_cities().by_name["xincheng"].feeds(stock.topic)]
    sums = [stock for stock in fed if stock.value is not None]
    views = {view.stock: view for city in board(state).cities for view in city.stocks}
    assert sums
    assert all(views[stock.name].came is None for stock in sums)


def test_gauges_have_the_stock_in_all_and_by_its_labels() -> None:
    lines = text(state_of(started(), step("opened", 0, "a"), step("opened", 0, "b", beat="B01"), clock(900)))
    of = 'city="xincheng",stock="hazards_open"'
    for line in (
        f"citywatch_stock{{{of}}} 2",
        f'citywatch_stock_by_beat{{{of},beat="B01"}} 1',
        f'citywatch_stock_by_site_kind{{{of},site_kind="hotel"}} 2',
        f"citywatch_stock_unmatched{{{of}}} 0",
        f"citywatch_stock_oldest_seconds{{{of}}} 900",
        f"citywatch_stock_coverage_ratio{{{of}}} 1.0",
    ):
        assert line in lines.splitlines()
    assert "citywatch_stock{" not in text(state_of(started(), step("opened", 0), clock(900), has_all=False))


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 6))])
def test_whatever_comes_in_whatever_order_stocks_are_those_of_a_state_that_was_told_all_at_once(seed: int) -> None:
    rng = Random(seed)
    _, panes = judged(world(seed, 300, 2), rng)
    state, taken = state_of(), 0
    while taken < len(panes):
        more = rng.randrange(1, 200)
        state.take(panes[taken : taken + more])
        taken += more
        if rng.random() < 0.3:
            settle(state, 7)
        told = panes[:taken]
        rng.shuffle(told)
        at_once = state_of(*told)
        assert [shown(state, stock.name) for stock in OF_HAZARDS] == [
            shown(at_once, stock.name) for stock in OF_HAZARDS
        ]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("chdb")
    settings = Settings(clickhouse=f"chdb://{folder / 'store'}", data=folder)
    opened = open_migrated(settings)
    yield opened
    opened.close()


def test_live_stocks_are_those_that_the_store_gives_at_the_same_moment(store: Store) -> None:
    topics, panes = judged(world(1, 600, 2), Random(1))
    Sink(store, topics).store_to({place: len(records) for place, records in topics.items()})
    state = state_of(*panes)
    city = state.cities["xincheng"]
    counting = 0
    for stock in OF_HAZARDS:
        as_of = city.known(stock).as_of
        assert as_of is not None
        live = state.stocks.level(city.city, stock, as_of)
        stored = levels(store, stock, city.city, [as_of], ("beat",))[as_of]
        assert Counter({beat: level.value for (beat,), level in stored.items()}) == live.by["beat"], stock.name
        total = sum(stored.values(), Level())
        assert (live.value, live.unmatched) == (total.value, total.unmatched), stock.name
        day = day_of(as_of, city.city.tz)
        at_first = sum(levels(store, stock, city.city, [day], ("beat",))[day].values(), Level())
        assert at_first.value + live.came - live.went == live.value, stock.name
        counting += live.value
    assert counting > 50


def test_who_comes_and_goes_again_and_again_takes_no_more_room() -> None:
    state = state_of(started(), step("opened", 0, "stays"), clock(1))
    city = load_cities().by_name["xincheng"]
    numbers = set()
    for turn in range(1_100):
        for kind, time in (("opened", 300 + 600 * turn), ("closed", 600 + 600 * turn)):
            state.take([step(kind, time, "turns")])
            level = state.stocks.level(city, OPEN, BEGIN + time + 1)
            numbers.add(level.value)
    assert numbers == {1, 2}
    assert len(level.begun) <= 1_025
    assert level.begun[0][1][2] == "stays"
