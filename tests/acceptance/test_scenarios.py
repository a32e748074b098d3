"""The scenarios as they are declared: what they feed is taken, and nothing of them is seen before they run."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from citywatch.acceptance.every import SCENARIOS
from citywatch.acceptance.feed import TICK, in_order, send
from citywatch.acceptance.live_page import NotShown
from citywatch.acceptance.question import Added, Report, span
from citywatch.acceptance.run import Outcome, Read
from citywatch.acceptance.scenario import Figure, Scenario
from citywatch.acceptance.stood import Stood
from citywatch.commandline.arguments import split_by
from citywatch.rules import rules_of
from runtime.settings import load_settings
from schemas.accept import accept
from schemas.acceptance import fixture_name
from schemas.cities import load_cities
from schemas.control import Heartbeat
from schemas.derived import DERIVED, dimensions
from schemas.envelope import CountedEvent
from schemas.instants import epoch
from schemas.measures import MEASURES
from schemas.ratio import Ratio, Sum
from schemas.topics import INPUTS

CITIES = load_cities()


class Written:
    """Takes what a feed writes."""

    partitions = dict.fromkeys(INPUTS, 4)

    def __init__(self) -> None:
        self.records: list[tuple[str, int, bytes]] = []

    def partition(self, topic: str, key: bytes) -> int:
        return sum(key) % 4

    def send(self, topic: str, partition: int, key: bytes, value: bytes) -> None:
        self.records.append((topic, partition, value))

    def flush(self) -> None:
        pass


def written(scenario: Scenario) -> list[tuple[str, int, bytes]]:
    taken = Written()
    assert send(taken, CITIES.fixtures[fixture_name(scenario.id)], scenario, in_order(scenario.events())) > 0
    return taken.records


@cache
def written_once(scenario_id: str) -> list[tuple[str, int, bytes]]:
    """What the scenario of this name writes, for all who only look at it."""
    return written(SCENARIOS[scenario_id])


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_every_event_is_one_that_is_taken_and_none_is_ahead_of_its_clock(scenario: Scenario) -> None:
    city = CITIES.fixtures[fixture_name(scenario.id)]
    ((name, source),) = city.sources.items()
    clocks: dict[tuple[str, int], int] = {}
    for topic, partition, value in written_once(scenario.id):
        event = accept(value)
        assert event.source == name
        assert topic in source.topics
        if isinstance(event, Heartbeat):
            clocks[topic, partition] = epoch(event.time)
        else:
            assert isinstance(event, CountedEvent)
            assert source.max_ahead is not None
            assert epoch(event.time) <= clocks[topic, partition] + source.max_ahead
    assert set(clocks.values()) == {scenario.end}
    assert len(clocks) == 4 * len(source.topics)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_a_scenario_feeds_the_same_again(scenario: Scenario) -> None:
    assert written_once(scenario.id) == written(scenario)


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_no_two_figures_of_a_scenario_have_one_name(scenario: Scenario) -> None:
    names = [figure.name for figure in scenario.figures]
    assert sorted(names) == sorted(set(names))


def test_cities_of_scenarios_are_in_no_rule_and_no_list_until_they_are_asked_for() -> None:
    settings = load_settings()
    for topic in INPUTS:
        for known, there in ((CITIES, False), (CITIES.with_fixtures(), True)):
            sources = {rule["source"] for rule in rules_of(topic, known, settings)}
            fed = {f"{name}/feed" for name, city in CITIES.fixtures.items() if topic in _topics(city)}
            assert (fed <= sources) if there else not (fed & sources)


def _topics(city: Any) -> set[str]:
    return {topic for source in city.sources.values() for topic in source.topics}


def test_heartbeats_are_frequent_enough_for_their_rules() -> None:
    assert all(source.max_step > TICK for city in CITIES.fixtures.values() for source in city.sources.values())


AWAY = NotShown("before what is held")

QUESTION = Report("incidents", span("2022-07-01", "2022-07-31"), by="month")


@pytest.mark.parametrize(
    ("expected", "fed", "store", "live", "ok"),
    [
        (50, None, 50, 50, True),
        (50, None, 50, AWAY, True),
        (50, None, 49, 50, False),
        (50, None, 50, 49, False),
        (50, None, None, AWAY, False),
        (50, 51, 51, 51, True),
        (50, 51, 102, 51, False),
        (50, 51, 51, 50, False),
        (50, 51, None, AWAY, False),
        ("-23.7", None, "-23.7", "-23.6", False),
    ],
)
def test_a_figure_is_right_where_both_places_say_so(expected: Any, fed: Any, store: Any, live: Any, ok: bool) -> None:
    not_live = live.reason if isinstance(live, NotShown) else ""
    read = Read(Figure("f", QUESTION, expected, fed), store, None if not_live else live, not_live, ())
    assert read.ok is ok
    outcome = Outcome(((SCENARIOS["X1"], (read,)),), 1)
    assert outcome.failed == (not ok)
    said = json.loads(json.dumps(outcome.as_json()))
    assert (said["figures"], said["failed"]) == (1, int(not ok))
    (figure,) = said["scenarios"][0]["figures"]
    assert {"name", "expected", "store", "live", "ok", "reading"} <= figure.keys()
    assert figure.get("not_live", "") == not_live
    assert said["not_live"] == bool(not_live)


def asked_of(question: Any) -> list[Any]:
    return [each for part in question.parts for each in asked_of(part)] if isinstance(question, Added) else [question]


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_every_figure_asks_what_is_declared_by_what_it_has(scenario: Scenario) -> None:
    for figure in scenario.figures:
        asked = (figure.question, *(other.question for other in figure.others))
        for question in (each for part in asked for each in asked_of(part)):
            if isinstance(question, Report | Stood):
                name = question.measure if isinstance(question, Report) else question.name
                declared = MEASURES.get(name) if isinstance(question, Report) else DERIVED.get(name)
                assert declared is not None, f"{figure.name}: {name}"
                known = dimensions(declared) if isinstance(declared, Ratio | Sum) else declared.dimensions
                split_by(question.by, known)
