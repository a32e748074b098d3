"""Of a cohort how many came how far, as published: 169 found, 74 transferred, 36 resolved."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from figures.known import Known
from figures.periods import Period
from figures.queries.clock import CityClock
from figures.queries.funnels import FunnelQuestion, as_json, funnel_answer
from figures.queries.subjects import subjects
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.funnel import Funnel
from schemas.lifecycle import Lifecycle
from sinks.store import Store
from tests.figures.stepped import Row, judge, write_rows
from tests.migrated import open_migrated

CALL = Lifecycle(
    "call",
    "警情",
    "Call",
    steps=("incident.reported", "incident.dispatched", "incident.closed"),
    open=frozenset({"reported", "dispatched"}),
)
WAY = Funnel("way", "办理", "Way", "incidents", CALL, ("dispatched", "closed"))
CITY = load_cities().by_name["xincheng"]
BEGIN, END = 1_767_225_600, 1_767_312_000
CLOCK = CityClock(Known(END + 86_400, (Period(BEGIN - 86_400, END + 86_400),)), END)
HOUR = 3600


@pytest.fixture(params=["clickhouse", "chdb"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("store")
    url = request.getfixturevalue("clickhouse_url") if request.param == "clickhouse" else f"chdb://{folder / 'store'}"
    settings = Settings(clickhouse=url, data=folder)
    opened = open_migrated(settings)
    yield opened
    opened.close()


def test_169_74_and_36_with_noise_around_them(store: Store) -> None:
    rows: list[Row] = []

    def add(subject: str, kind: str, at: int) -> None:
        rows.append(Row(len(rows), "xincheng/110", f"e-{len(rows)}", subject, at, f"incident.{kind}", {"beat": "B07"}))

    for number in range(169):
        name = f"s-{number}"
        add(name, "reported", BEGIN + number)
        if number < 74:
            add(name, "dispatched", BEGIN + number + HOUR)
            add(name, "dispatched", BEGIN + number + 2 * HOUR)  # again: the first counts
        if 60 <= number < 96:
            add(name, "closed", BEGIN + number + 5 * HOUR)
        if number >= 150:
            add(name, "closed", END + 10)  # after the span
    for number in range(30):
        add(f"before-{number}", "reported", BEGIN - HOUR)
        add(f"before-{number}", "closed", BEGIN + HOUR)
        add(f"never-{number}", "closed", BEGIN + HOUR)
    write_rows(store, rows)
    judge(store, CALL.topic, {0: len(rows)})
    question = FunnelQuestion(WAY, CITY, "Asia/Shanghai", Period(BEGIN, END))
    rows_found = funnel_answer(store, question, CLOCK)
    (found,) = as_json(question, rows_found, CLOCK)["rows"]
    assert (found["reported"], found["unmatched"], found["status"]) == (169, 30, "final")
    transferred, resolved = found["dispatched"], found["closed"]
    assert (transferred["n"], transferred["percent"]) == (74, "43.79")
    assert (resolved["n"], resolved["percent"], resolved["percent_of_before"]) == (36, "21.30", "48.65")
    assert transferred["since_first"]["seconds_p90"] == HOUR
    assert resolved["since_first"]["seconds_mean"] == 5 * HOUR
    assert resolved["since_before"] == {
        "n": 14,
        "seconds_mean": 4 * HOUR,
        "seconds_p50": 4 * HOUR,
        "seconds_p90": 4 * HOUR,
        "within": dict.fromkeys(("86400", "604800", "2592000", "7776000", "31536000"), 14),
    }, "of those that were transferred before"


def test_who_is_behind_a_cohort_is_who_counts_in_it_also_where_a_code_has_changed(store: Store) -> None:
    rows = [
        Row(0, "xincheng/110", "e-0", "s-1", BEGIN, "incident.reported", {"beat": "B07"}),
        Row(1, "xincheng/110", "e-1", "s-1", BEGIN + HOUR, "incident.closed", {"beat": "B08"}),
    ]
    write_rows(store, rows)
    judge(store, CALL.topic, {0: len(rows)})
    span = Period(BEGIN, END)
    for beat, counts in (("B07", True), ("B08", False)):
        question = FunnelQuestion(WAY, CITY, "Asia/Shanghai", span, where={"beat": beat})
        counted = [row["reported"] for row in as_json(question, funnel_answer(store, question, CLOCK), CLOCK)["rows"]]
        assert sum(counted) == counts
        assert [each.subject for each in subjects(store, WAY, CITY, span, {"beat": beat})] == ["s-1"] * counts
