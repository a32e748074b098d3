"""What the live state answers to who asks for a figure is what `report` answers from the store."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import pytest
from msgspec import json

from figures.periods import Period
from figures.queries.answer import Question
from figures.queries.clock import CityClock
from figures.queries.funnels import FunnelQuestion, FunnelRow, funnel_answer
from figures.queries.sums import Totals, totals
from figures.queries.terms import Stored
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.derived import DERIVED
from schemas.measures import MEASURES
from schemas.reading import pane_record
from sinks.lists import load_lists
from sinks.writer import write
from streams.live import asked, history
from streams.live.asked import WrongQuestion
from streams.live.state import LiveState
from tests.commands.test_stood import logs
from tests.judged import judged
from tests.migrated import open_migrated
from tests.streams.live_cells import cell, progress, started

CITIES = load_cities()
CITY = CITIES.by_name["xincheng"]
SPAN = {"from": "2024-01-22", "to": "2024-01-31"}


class InStore(Stored):
    """The same questions, asked of the store."""

    def totals(self, question: Question, clock: CityClock, spans: Collection[Period]) -> Totals:
        return totals(self.store, question.narrowed(), question.tz, spans, question.dimensions)

    def came(self, question: FunnelQuestion, clock: CityClock) -> Sequence[FunnelRow]:
        return funnel_answer(self.store, question, clock)


class World(NamedTuple):
    """Two weeks of cases, hazards and disputes, in part late and in part twice, in both places."""

    state: LiveState
    stored: InStore


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("asked")
    settings = Settings(clickhouse=f"chdb://{folder / 'store'}", data=folder)
    store = open_migrated(settings)
    load_lists(store, settings)
    state = LiveState.of(CITIES)
    state.handover.begun["panes", "citywatch.panes", 0] = 0
    for place, records in logs(14).items():
        taken, batch = judged(place, records)
        every = (*taken.gaps, *taken.cells, *taken.steps, taken.progress)
        state.take([pane_record(json.encode(one)) for one in every])
        write(store, batch)
    history.load_adjustments(store, state)
    state.history_loaded = True
    yield World(state, InStore(store, CITY))
    store.close()


def both(world: World, name: str, **words: str) -> tuple[dict[str, Any], dict[str, Any]]:
    figure = MEASURES.get(name) or DERIVED[name]
    live = asked.figure(world.state, {"city": CITY.name, "name": name, **words})
    return live, asked.Answer(world.stored, CITY, 0, words).of(figure)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cases_opened", {"by": "week,category", "compare": "previous,year", **SPAN}),
        ("hazards_found", {"by": "site_kind,beat", "compare": "previous", **SPAN}),
        ("hazards_found", {"nights": "2024-01-22..2024-01-24", "compare": "previous"}),
        ("disputes_found", {"where": "kind=labour,sector=S03", **SPAN}),
        ("property_crime_solved", {"by": "month,class", "compare": "previous", **SPAN}),
        ("disputes_resolved_of_found", {"by": "week", "compare": "previous", **SPAN}),
        ("hazards_open", {"by": "week,site_kind", **SPAN}),
        ("hazards_open", {"by": "beat"}),
        ("cases_unsolved", {"by": "day,class", **SPAN}),
        ("hazard_way", {"by": "week", **SPAN}),
        ("hazmat_coverage", {"by": "month", **SPAN}),
        ("time_to_solve", {"by": "month", "compare": "previous", **SPAN}),
    ],
)
def test_rows_by_any_dimension_nights_ratios_stocks_and_funnels_are_those_of_the_store(
    world: World, name: str, words: dict[str, str]
) -> None:
    live, stored = both(world, name, **words)
    assert without_other_edges(live) == without_other_edges(stored)
    assert live["rows"]


def without_other_edges(said: dict[str, Any]) -> dict[str, Any]:
    """Of a phase without what needs every edge."""
    measure = MEASURES.get(said["measure"])
    if measure is None or measure.phase is None:
        return said
    return {**said, "rows": [asked.with_shown(row, measure) for row in said["rows"]]}


def state_of(*records: Any) -> LiveState:
    state = LiveState.of(CITIES)
    state.take([started("2020-01-01T00:00"), *records, progress("2026-05-14T09:28")])
    state.history_loaded = True
    return state


@pytest.mark.parametrize(
    ("name", "words", "why"),
    [
        ("incidents", {"from": "2021-06-01", "to": "2021-06-30"}, "2021-06-01 is before what is kept"),
        ("incidents", {"from": "2025-06-01", "to": "2025-06-30", "compare": "year,previous"}, ""),
        ("incidents", {"from": "2024-06-01", "to": "2024-06-30", "compare": "year"}, "2023-06-01 is before"),
        ("incidents", {"by": "hour", "from": "2026-01-01", "to": "2026-03-31"}, "spans at once"),
        ("incidents", {"where": "source=xincheng/110"}, "one source"),
        ("tasks_open", {}, "not all steps are loaded"),
        ("task_way", {}, "not all steps are loaded"),
        ("hazards_open", {}, "no heartbeat has come yet"),
    ],
)
def test_what_is_not_held_is_told_with_its_reason_and_is_no_0(name: str, words: dict[str, str], why: str) -> None:
    said = asked.figure(state_of(cell("2026-05-14T09:00")), {"city": CITY.name, "name": name, **words})
    assert ("rows" in said) == (not why)
    assert why in said.get("not_live", "")


def test_a_streak_is_of_the_months_that_are_held_with_the_year_before_them() -> None:
    months = [(2024, month, 10) for month in range(6, 13)] + [(2025, month, 10) for month in range(1, 5)]
    months += [(2025, month, 12 if month == 6 else 8) for month in range(5, 13)]
    months += [(2026, month, 9) for month in range(1, 5)]
    cells = [cell(f"{year}-{month:02d}-10T09:00", count) for year, month, count in months]
    words = {"city": CITY.name, "name": "incidents", "streak": "falling"}
    said = asked.figure(state_of(*cells), words)
    assert said["months"][0]["month"] == "2025-06"
    assert (said["streak"], said["since"], said["at_least"]) == (10, "2025-07", False)
    until = asked.figure(state_of(*cells), {**words, "to": "2025-12-31"})
    assert (until["streak"], until["until"]) == (6, "2025-12")
    known = asked.figure(state_of(*cells), {**words, "from": "2025-08-01"})
    assert (known["streak"], known["at_least"]) == (9, True)
    assert "not_live" in asked.figure(state_of(*cells), {**words, "from": "2024-08-01"})


def test_what_nobody_knows_has_no_value() -> None:
    said = asked.figure(state_of(), {"city": CITY.name, "name": "stops", "from": "2026-05-01", "to": "2026-05-31"})
    assert said.get("not_live") == "no heartbeat has come yet"
    early = {"city": CITY.name, "name": "incidents", "from": "2019-05-01", "to": "2019-05-31"}
    assert [row["value"] for row in asked.figure(state_of(), early)["rows"]] == [None]


@pytest.mark.parametrize(
    "words",
    [
        {"name": "incidnts"},
        {"name": "incidents", "by": "colour"},
        {"name": "incidents", "by": "day,month"},
        {"name": "incidents", "form": "2026-05-01"},
        {"name": "incidents", "from": "yesterday"},
        {"name": "incidents", "from": "2026-05-02", "to": "2026-05-01"},
        {"name": "incidents", "campaign": "winter"},
        {"name": "incidents", "campaign": "summer-2023", "from": "2026-05-01"},
        {"name": "incidents", "nights": "2026-05-03..2026-05-01"},
        {"name": "incidents", "compare": "before"},
        {"name": "incidents", "where": "beat"},
        {"name": "incidents", "where": "beat=B07,beat=B08"},
        {"name": "hazard_way", "decimals": "2"},
        {"name": "incidents", "streak": "sideways"},
        {"name": "hazards_open", "streak": "falling"},
        {"name": "hazard_way", "compare": "previous"},
        {"name": "incidents", "city": "nowhere"},
        {"name": "incidents", "decimals": "many"},
    ],
)
def test_a_wrong_question_is_refused_in_one_line(words: dict[str, str]) -> None:
    with pytest.raises(WrongQuestion, match=r"^[^\n]+$"):
        asked.figure(state_of(), {"city": CITY.name, **words})


def test_by_area_an_event_counts_in_each_that_it_lies_in() -> None:
    lying = [
        msgspec.structs.replace(one, dims={**one.dims, "areas": areas})
        for one, areas in ((cell("2026-05-14T09:00", 2), "A1+A3"), (cell("2026-05-14T09:05", 3, version=1), "A3"))
    ]
    words = {"city": CITY.name, "name": "incidents", "from": "2026-05-14", "to": "2026-05-14"}
    state = state_of(*lying)
    by_area = asked.figure(state, {**words, "by": "area,beat"})["rows"]
    assert [(row["by"], row["value"]) for row in by_area] == [
        ({"area": "A1", "beat": "B07"}, 2),
        ({"area": "A3", "beat": "B07"}, 5),
    ]
    (within,) = asked.figure(state, {**words, "where": "area=A1"})["rows"]
    assert within["value"] == 2
    (whole,) = asked.figure(state, words)["rows"]
    assert whole["value"] == 5
