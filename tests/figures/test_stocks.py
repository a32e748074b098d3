"""Stocks that the store gives are those of a fold of each subject's accepted steps, on both engines."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from figures.durations import Durations
from figures.periods import Period
from figures.queries.as_known import Moment
from figures.queries.places import Key
from figures.queries.stocks import Ages, Level, ages, levels
from figures.queries.subjects import subjects
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.derived import STOCKS
from schemas.lifecycle import Lifecycle
from schemas.stock import Stock
from sinks.store import Store
from tests.figures.stepped import Row, cancel, judge, states, write_rows
from tests.migrated import open_migrated

CALL = Lifecycle(
    "call",
    "警情",
    "Call",
    steps=("incident.reported", "incident.dispatched", "incident.arrived", "incident.closed"),
    open=frozenset({"reported", "dispatched", "arrived"}),
    attributes=("disposition", "priority"),
)
OPEN = Stock("open_calls", "未结警情", "Open incidents", "incidents", CALL)
MEDIATED = Stock(
    "mediated", "已调解", "Mediated", "incidents", CALL, states=frozenset({"closed"}), where={"disposition": "mediated"}
)
BEGUN = Stock("begun_calls", "已报未结警情", "Open incidents that were reported", "incidents", CALL, opened_only=True)
GRADES = Stock("grades", "等级", "Grades", "grades", CALL, value="priority")
CITY = load_cities().by_name["xincheng"]
SOURCE, CASES_SOURCE = "xincheng/110", "xincheng/case"
BEGIN = 1_767_225_600
MOMENTS = [BEGIN + 300 * n for n in range(1, 6)]


WRITTEN = ("events", "event_ids", "repeated_events", "restated_events", "corrections", "dead_letters", "seams")


@pytest.fixture(scope="module")
def chdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("chdb")
    settings = Settings(clickhouse=f"chdb://{folder / 'store'}", data=folder)
    opened = open_migrated(settings)
    yield opened
    opened.close()


@pytest.fixture
def store(chdb: Store) -> Store:
    """A store without events."""
    for table in (*WRITTEN, "progress"):
        chdb.command(f"TRUNCATE TABLE {table}")
    return chdb


@pytest.fixture
def server(clickhouse_url: str, tmp_path: Path) -> Iterator[Store]:
    """The oldest server, where SQL has the least."""
    settings = Settings(clickhouse=clickhouse_url, data=tmp_path)
    opened = open_migrated(settings)
    yield opened
    opened.close()


def random_rows(draw: random.Random, number: int) -> list[Row]:
    """Steps in any order, some of them repeated elsewhere in other words, at times that are often the same."""
    rows: list[Row] = []
    for offset in range(number):
        kind = draw.choice(CALL.steps)
        data: dict[str, object] = {"beat": draw.choice(["", "B01", "B07", "B99"]), "category": "110201"}
        if kind == "incident.closed":
            data["disposition"] = draw.choice(["", "mediated", 'said "priority":9'])
        if kind == "incident.reported" or draw.random() < 0.2:
            data["priority"] = draw.choice([0, 3, 7])
        rows.append(
            Row(
                offset,
                SOURCE,
                f"e-{draw.randrange(number)}",
                f"i-{draw.randrange(number // 4 + 1)}",
                BEGIN + 60 * draw.randrange(30),
                kind,
                {name: value for name, value in data.items() if name != "priority" or kind == "incident.reported"},
                partition=draw.randrange(2),
            )
        )
    return rows


def expected(stock: Stock, rows: list[Row], moment: int) -> dict[tuple[str, ...], Level]:
    value: Counter[str] = Counter()
    unmatched: Counter[str] = Counter()
    for state in states(CALL, rows, moment).values():
        said = {name: str(state.said.get(name, "")) for name in ("beat", "disposition")}
        beat = said["beat"] if said["beat"] in CITY.beats else "unknown"
        if stock.takes(said):
            unmatched[beat] += not state.is_matched
            if state.state in stock.counted and (state.is_begun or not stock.opened_only):
                value[beat] += int(state.said.get(stock.value, 0)) if stock.value else 1
    keys = {beat for beat in (*value, *unmatched) if value[beat] or unmatched[beat]}
    return {(beat,): Level(value[beat], unmatched[beat]) for beat in keys}


def test_a_stock_is_the_fold_of_every_subject_at_every_moment(store: Store) -> None:
    assert_stocks_are_folds(store)


def test_an_old_server_gives_the_same(server: Store) -> None:
    assert_stocks_are_folds(server)
    found = ages(server, OPEN, CITY, MOMENTS[-1:])[MOMENTS[-1]][()]
    assert found.old.n == levels(server, OPEN, CITY, MOMENTS[-1:])[MOMENTS[-1]][()].value > 0


def assert_stocks_are_folds(store: Store) -> None:
    rows = random_rows(random.Random(12), 400)
    write_rows(store, rows)
    judge(store, CALL.topic, {0: 390, 1: 400})
    judged = [row for row in rows if row.offset < 390 or row.partition == 1]
    for stock in (OPEN, BEGUN, MEDIATED, GRADES):
        found = levels(store, stock, CITY, MOMENTS, ("beat",))
        assert found == {moment: expected(stock, judged, moment) for moment in MOMENTS}, stock.name
        whole = levels(store, stock, CITY, MOMENTS[-1:])[MOMENTS[-1]]
        assert whole.get((), Level()).value == sum(level.value for level in found[MOMENTS[-1]].values())


def test_ages_are_those_of_each_subject_that_counts(store: Store) -> None:
    rows = random_rows(random.Random(13), 100)
    write_rows(store, rows)
    judge(store, CALL.topic, {0: 100, 1: 100})
    now = MOMENTS[2]
    of_open = [state for state in states(CALL, rows, now).values() if state.is_open]
    assert ages(store, OPEN, CITY, [now])[now] == {
        (): Ages(
            Durations.of(now - state.begun for state in of_open), Durations.of(now - state.since for state in of_open)
        )
    }


def call(offset: int, step: str, minute: int, **data: object) -> Row:
    return Row(offset, SOURCE, f"e-{offset}", "i-1", BEGIN + 60 * minute, f"incident.{step}", {"beat": "B07", **data})


def test_a_step_that_comes_late_changes_the_past(store: Store) -> None:
    write_rows(store, [call(0, "reported", 1)])
    judge(store, CALL.topic, {0: 10})
    assert [level[()].value for level in levels(store, OPEN, CITY, MOMENTS).values()] == [1] * 5
    write_rows(store, [call(1, "closed", 7)])
    assert [level.get((), Level()).value for level in levels(store, OPEN, CITY, MOMENTS).values()] == [1, 0, 0, 0, 0]


def test_what_is_dead_lost_or_of_a_cancelled_report_is_no_step(store: Store) -> None:
    rows = [call(0, "reported", 1), call(1, "closed", 2), call(2, "closed", 3), call(3, "arrived", 4)]
    write_rows(store, rows)
    judge(store, CALL.topic, {0: 10})
    columns = ["log", "topic", "partition", "offset", "reason", "detail", "control", "source", "excerpt", "received"]
    dead = ("log-1", CALL.topic, 0, 1, "future", "", 0, SOURCE, "", 2_000_000_000)
    store.insert("dead_letters", columns, [[value] for value in dead])
    lost = ("log-1", CALL.topic, 0, 2, 3, "", 0, 0)
    columns = ["log", "topic", "partition", "start_offset", "end_offset", "source", "since", "until"]
    store.insert("seams", columns, [[value] for value in lost])
    assert levels(store, OPEN, CITY, MOMENTS[:1])[MOMENTS[0]] == {(): Level(1)}
    withdrawn = Row(5, SOURCE, "w", "i-1", BEGIN + 600, "incident.cancelled", {})
    cancel(store, withdrawn, rows[0])
    assert levels(store, OPEN, CITY, MOMENTS[:1])[MOMENTS[0]] == {}, "nor is what came of it"
    other = Row(6, SOURCE, "o", "i-2", BEGIN, "incident.arrived", {})
    write_rows(store, [other])
    assert levels(store, OPEN, CITY, MOMENTS[:1])[MOMENTS[0]] == {(): Level(1, 1)}
    cancel(store, Row(7, SOURCE, "v", "i-2", BEGIN + 600, "incident.cancelled", {}), rows[0])
    assert levels(store, OPEN, CITY, MOMENTS[:1])[MOMENTS[0]] == {}, "also where the report itself never came"


def test_what_was_not_opened_or_is_over_is_opened_by_no_other_step(store: Store) -> None:
    steps = (("arrived", 1), ("reported", 7), ("dispatched", 12), ("closed", 17), ("arrived", 22))
    write_rows(store, [call(offset, kind, minute) for offset, (kind, minute) in enumerate(steps)])
    judge(store, CALL.topic, {0: 10})
    values = {
        stock.name: [found.get((), Level()).value for found in levels(store, stock, CITY, MOMENTS).values()]
        for stock in (OPEN, BEGUN)
    }
    assert values == {"open_calls": [1, 1, 1, 0, 1], "begun_calls": [0, 1, 1, 0, 0]}
    assert ages(store, BEGUN, CITY, MOMENTS[-1:])[MOMENTS[-1]] == {}
    for until, number in ((MOMENTS[2], 1), (MOMENTS[4], 0)):
        assert len(list(subjects(store, BEGUN, CITY, Period(BEGIN, until), {}))) == number


def test_fugitives_that_are_listed_together_count_each_until_they_are_delisted(store: Store) -> None:
    listed = {"beat": "B07", "level": "city", "kind": "fugitives", "count": 5}
    owner = {"beat": "B07", "unit": "STN-04", "count": 1}
    rows = [
        Row(0, CASES_SOURCE, "l-1", "a", BEGIN, "case.listed", listed),
        Row(1, CASES_SOURCE, "l-2", "b", BEGIN, "case.listed", {**listed, "count": 3}),
        Row(2, CASES_SOURCE, "o-1", "a", BEGIN + 60, "case.owner_named", owner),
        Row(3, CASES_SOURCE, "d-1", "b", BEGIN + 400, "case.delisted", {**listed, "count": 3, "reason": "caught"}),
        Row(4, CASES_SOURCE, "c-1", "c", BEGIN, "case.listed", {**listed, "kind": "case", "count": 1}),
    ]
    write_rows(store, rows)
    judge(store, STOCKS["fugitives_supervised"].topic, {0: 5})
    found = levels(store, STOCKS["fugitives_supervised"], CITY, MOMENTS[:2])
    assert [found[moment][()].value for moment in MOMENTS[:2]] == [8, 5]


def test_a_crew_that_leaves_a_post_which_is_listed_no_more_lists_it_not_again(store: Store) -> None:
    what = {"beat": "B07", "kind": "street"}
    rows = [
        Row(number, "xincheng/post", f"p-{number}", "post-1", BEGIN + 250 * (number + 1), f"post.{step}", what)
        for number, step in enumerate(("listed", "staffed", "delisted", "left"))
    ]
    write_rows(store, rows)
    judge(store, STOCKS["posts_in_place"].topic, {0: 4})
    found = levels(store, STOCKS["posts_in_place"], CITY, MOMENTS[:4])
    assert [found[moment].get((), Level(0)).value for moment in MOMENTS[:4]] == [1, 1, 0, 0]


def test_filters_and_dimensions_are_those_of_the_citys_lists(store: Store) -> None:
    rows = [
        call(0, "reported", 1, category="110201"),
        Row(1, SOURCE, "x", "i-2", BEGIN, CALL.steps[0], {"beat": "B99"}),
    ]
    write_rows(store, rows)
    judge(store, CALL.topic, {0: 10})
    now = MOMENTS[0]
    by = levels(store, OPEN, CITY, [now], ("sector", "class", "beat"))[now]
    assert by == {
        (CITY.beats["B07"].sector, "criminal", "B07"): Level(1),
        ("unknown", "unknown", "unknown"): Level(1),
    }
    for filters in ({"beat": "B99"}, {"beat": "unknown"}, {"sector": "unknown"}, {"class": "unknown"}):
        assert levels(store, OPEN, CITY, [now], (), filters)[now] == {(): Level(1)}, filters
    assert levels(store, OPEN, CITY, [now], ("beat",), {"category": "street_theft"})[now] == {("B07",): Level(1)}
    assert levels(store, OPEN, CITY, [now], (), {"source": "xincheng/patrol"})[now] == {}


@pytest.mark.full
def test_as_known_then_it_is_the_fold_of_the_steps_received_until_then(store: Store) -> None:
    assert_known_then(store, (-1, 30, 60, 99))


def test_an_old_server_knows_the_same_of_then(server: Store) -> None:
    assert_known_then(server, (30, 99))


def assert_known_then(store: Store, seconds: Sequence[int]) -> None:
    """What was received by then is drawn from the first 100 seconds."""
    draw = random.Random(14)
    rows = [replace(row, received=BEGIN + draw.randrange(100)) for row in random_rows(draw, 300)]
    write_rows(store, rows)
    judge(store, CALL.topic, {0: 300, 1: 290})
    judged = [row for row in rows if row.offset < 290 or row.partition == 0]
    seen: list[dict[int, dict[Key, Level]]] = []
    for at in (BEGIN + second for second in seconds):
        there = [row for row in judged if row.received <= at]
        found = levels(store, OPEN, CITY, MOMENTS, ("beat",), known_at=Moment(at))
        assert found == {moment: expected(OPEN, there, moment) for moment in MOMENTS}, at
        seen.append(found)
    assert seen[-1] == levels(store, OPEN, CITY, MOMENTS, ("beat",))
    assert all(one != next_one for one, next_one in pairwise(seen))
    report = next(row for row in judged if row.type == "incident.reported")
    withdrawn = Row(300, SOURCE, "w", report.subject, BEGIN + 7200, "incident.cancelled", {}, 0, BEGIN + 200)
    write_rows(store, [withdrawn])
    cancel(store, withdrawn, report)
    judge(store, CALL.topic, {0: 301})
    now, then = (levels(store, OPEN, CITY, MOMENTS, known_at=Moment(BEGIN + at)) for at in (200, 199))
    assert now == levels(store, OPEN, CITY, MOMENTS)
    assert then == levels(store, OPEN, CITY, MOMENTS, known_at=Moment(BEGIN + 99))
