"""The bad-input table through broker, roles and store: a night in which everything comes in wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from schemas.topics import DEAD_LETTERS
from tests.deployment import Deployment, Value
from tests.deployments import REAL_UNLESS_FULL, deployment_of
from tests.end_to_end.events import (
    MIDNIGHT,
    TOPIC,
    cancelled,
    event,
    heartbeat,
    heartbeats,
    reclassified,
    reported,
)
from tests.parts.server import await_until

HOUR = 3600
IDENTITY = "11010519491231002X"
MOBILE = "13812345678"
PLATE = "京A12345"
PERSONAL = (IDENTITY, MOBILE, "138-1234-5678", PLATE, "somebody", "somewhere")


def wrong(name: str, **changes: Any) -> dict[str, Any]:
    """A good event with some attributes changed; None takes one away."""
    changed = reported(name, MIDNIGHT + 10) | changes
    return {key: value for key, value in changed.items() if value is not None}


def with_data(name: str, **data: Any) -> dict[str, Any]:
    good = reported(name, MIDNIGHT + 10)
    return good | {"data": good["data"] | data}


BACKWARDS = {
    "beat": "B01",
    "category": "120301",
    "reported_at": "2026-03-01T16:00:09Z",
    "dispatched_at": "2026-03-01T16:00:08Z",
}

REFUSED: dict[str, tuple[Value, str]] = {
    "not JSON": (b"beat B01, noise", "not_json"),
    "not UTF-8": (b'{"type":"incident.reported.v1","id":"\xff\xfe"}', "not_json"),
    "no value": (None, "not_json"),
    "deep nesting": (b"[" * 10_000, "wrong_type"),
    "wrong type": (wrong("w-1", id=17), "wrong_type"),
    "huge count": (with_data("w-2", count=10**30), "wrong_type"),
    "unknown field": (wrong("w-3", callerName="somebody"), "unknown_field"),
    "an extension that is an object": (wrong("w-17", caller={"name": "somebody"}), "wrong_type"),
    "a mobile number in an extension": (wrong("w-18", contact=MOBILE), "person"),
    "a charset of another kind": (wrong("w-19", datacontenttype="application/json; charset=gbk"), "wrong_type"),
    "a batch": (json.dumps([reported("w-20", MIDNIGHT + 10)]).encode(), "wrong_type"),
    "the data of binary mode": (
        b'{"beat":"B01","category":"120301","origin":"citizen","count":1}',
        "not_cloudevent",
    ),
    "unknown field in the data": (with_data("w-4", address="somewhere"), "unknown_field"),
    "unknown event type": (wrong("w-5", type="incident.reported.v9"), "unknown_type"),
    "no time": (wrong("w-6", time=None), "no_time"),
    "no id": (wrong("w-7", id=None), "no_id"),
    "empty id": (wrong("w-8", id=""), "no_id"),
    "identity number as a category": (with_data("w-9", category=IDENTITY), "person"),
    "mobile number as a beat": (with_data("w-10", beat=MOBILE), "person"),
    "mobile number with separators": (with_data("w-11", beat="138-1234-5678"), "person"),
    "plate as a category": (with_data("w-12", category=PLATE), "person"),
    "identity number as an id": (wrong("w-13", id=IDENTITY), "person"),
    "mobile number in groups as an id": (wrong("w-21", id="138-1234-5678"), "person"),
    "mobile number as the incident": (wrong("w-22", subject=MOBILE), "person"),
    "times in the wrong order": (
        event("incident.arrived.v1", "w-16", MIDNIGHT + 10, "i-w-16", BACKWARDS),
        "wrong_order",
    ),
    "far ahead of its source's clock": (reported("w-14", MIDNIGHT + 2 * HOUR), "future"),
    "heartbeat from the future": (heartbeat(MIDNIGHT + 40 * 365 * 86_400), "future"),
    "undeclared source": (wrong("w-15", source="ghost/110"), "undeclared_source"),
    "heartbeat of an undeclared source": (heartbeat(MIDNIGHT, "ghost/110"), "undeclared_source"),
}


ALLOWED: tuple[dict[str, Any], ...] = (
    {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "partitionkey": "B01"},
    {"dataschema": "https://example.org/reported.json", "sequence": 7, "replayed": True, "note": None},
    {"datacontenttype": "Application/JSON; charset=UTF-8"},
    {"time": "2026-03-02t00:00:15.0123456789+08:00"},
    {"time": "2026-03-01t16:00:15z"},
    {"id": "n13912345678", "subject": "i13912345678"},
    {"id": "INC18612345678-1", "subject": "0139123456780139123456780139abcd"},
)
STANDARD = [
    reported(f"std-{number}", MIDNIGHT + 15, category="160202") | changes for number, changes in enumerate(ALLOWED)
]
"""All good: what CloudEvents allows beside the schema, and numbers that only look like a person's."""


@dataclass
class Night:
    """The world after it, drained; where each refused record stands."""

    world: Deployment
    places: dict[str, tuple[int, int]]
    audit: dict[str, Any]

    @cached_property
    def letters(self) -> list[bytes]:
        """The dead letters: by now all of them are there."""
        return self.world.consume(DEAD_LETTERS)

    @cached_property
    def by_category(self) -> list[dict[str, Any]]:
        return self.rows("category,beat")

    def incidents(self, category: str) -> dict[str, int]:
        """Incidents of one category of the tree that night, by beat."""
        return {
            row["by"]["beat"]: row["value"]
            for row in self.by_category
            if row["by"]["category"] == category and row["value"]
        }

    def rows(self, by: str) -> list[dict[str, Any]]:
        report = self.world.answer(
            "report",
            "incidents",
            "--city",
            "xincheng",
            "--from",
            "2026-03-02",
            "--to",
            "2026-03-02",
            "--by",
            by,
        )
        rows: list[dict[str, Any]] = report["rows"]
        return rows


def first_hour() -> Iterator[tuple[int, Value]]:
    yield from heartbeats(MIDNIGHT)
    yield 0, reported("good-1", MIDNIGHT + 10)
    for value, _ in REFUSED.values():
        yield 0, value
    yield 0, reported("good-2", MIDNIGHT + 20)
    for value in STANDARD:
        yield 0, value
    # codes that no list knows, and none
    yield 0, reported("code-1", MIDNIGHT + 30, beat="B99", category="130101")
    yield 0, reported("code-2", MIDNIGHT + 30, beat="", category="130101")
    yield 0, reported("code-3", MIDNIGHT + 30, category="555555")
    yield 0, reported("code-4", MIDNIGHT + 30, category="")
    # the same event twice: in its pane, with another time, with another beat in another partition
    yield 0, reported("twice-1", MIDNIGHT + 40, category="110201")
    yield 0, reported("twice-1", MIDNIGHT + 40, category="110201")
    yield 0, reported("twice-2", MIDNIGHT + 40, category="110202")
    yield 0, reported("twice-2", MIDNIGHT + 940, category="110202")
    yield 0, reported("twice-3", MIDNIGHT + 40, category="110203")
    yield 1, reported("twice-3", MIDNIGHT + 40, beat="B02", category="110203")
    yield 0, reported("twice-4", MIDNIGHT + 40, category="110204")
    # re-coded before its incident; twice under two ids, the later time rules; after a cancel; never came
    yield 0, reclassified("re-1", MIDNIGHT + 60, "moved-1", MIDNIGHT + 50, now="140101")
    yield 0, reported("moved-1", MIDNIGHT + 50)
    yield 0, reported("moved-2", MIDNIGHT + 50)
    yield 0, reclassified("re-3", MIDNIGHT + 80, "moved-2", MIDNIGHT + 50, now="140102")
    yield 0, reclassified("re-2", MIDNIGHT + 70, "moved-2", MIDNIGHT + 50, now="140103")
    yield 0, reported("gone-1", MIDNIGHT + 50)
    yield 0, cancelled("re-4", MIDNIGHT + 90, "gone-1", MIDNIGHT + 50)
    yield 0, reclassified("re-5", MIDNIGHT + 85, "gone-1", MIDNIGHT + 50, now="140104")
    yield 0, reclassified("re-6", MIDNIGHT + 60, "never-came", MIDNIGHT + 50, now="140201")
    # cancelled before its incident; re-coded after a cancel
    yield 0, cancelled("re-7", MIDNIGHT + 60, "gone-2", MIDNIGHT + 50, category="120101")
    yield 0, reported("gone-2", MIDNIGHT + 50, category="120101")
    yield 0, reported("back-1", MIDNIGHT + 50, category="120101")
    yield 0, cancelled("re-8", MIDNIGHT + 70, "back-1", MIDNIGHT + 50, category="120101")
    yield 0, reclassified("re-9", MIDNIGHT + 80, "back-1", MIDNIGHT + 50, now="120102", category="120101")


def after_closing() -> Iterator[tuple[int, Value]]:
    yield from heartbeats(MIDNIGHT + HOUR, since=MIDNIGHT)
    yield 0, reported("twice-4", MIDNIGHT + 40, category="110204")
    yield 0, reported("late-1", MIDNIGHT + 45, category="160201")


@pytest.fixture(scope="module", params=REAL_UNLESS_FULL)
def night(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    with deployment_of(request.param, request, tmp_path_factory.mktemp("night")) as found:
        found.start()
        sent = list(first_hour())
        places = found.produce(TOPIC, sent)
        refused = {
            name: places[next(i for i, (_, each) in enumerate(sent) if each is value)]
            for name, (value, _) in REFUSED.items()
            if value is not None
        }
        refused["no value"] = places[next(i for i, (_, value) in enumerate(sent) if value is None)]
        found.produce(TOPIC, after_closing())
        yield Night(found, refused, found.balanced())


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_record_is_one_dead_letter_with_its_place_and_reason(night: Night, name: str) -> None:
    letters = [
        letter
        for letter in map(json.loads, night.letters)
        if (letter["topic"], letter["partition"], letter["offset"]) == (TOPIC, *night.places[name])
    ]
    assert {letter["reason"] for letter in letters} == {REFUSED[name][1]}
    assert len({letter["log"] for letter in letters}) == 1


def test_no_dead_letter_shows_what_may_be_a_person(night: Night) -> None:
    letters = b"".join(night.letters).decode()
    for value in PERSONAL:
        assert value not in letters


@pytest.mark.parametrize("table", ["events", "dead_letters", "corrections", "cells"])
def test_the_store_holds_no_refused_value(night: Night, table: str) -> None:
    columns = {
        name: f"arrayStringConcat({name}, ' ')" if kind.startswith("Array") else name
        for name, kind in night.world.query(
            "SELECT name, type FROM system.columns"
            f" WHERE database = currentDatabase() AND table = '{table}' AND type LIKE '%String%'"
        )
    }
    assert {"log", "topic", "source"} < columns.keys()
    for value in PERSONAL:
        found = " + ".join(f"countIf(position({text}, '{value}') > 0)" for text in columns.values())
        assert night.world.query(f"SELECT count() > 0, {found} FROM {table}") == [(1, 0)], value


def test_every_refusal_is_counted_and_the_rest_goes_on(night: Night) -> None:
    assert night.audit["dead_lettered"] == len(REFUSED)
    assert {"good-1", "good-2"} <= {row[0] for row in night.world.query("SELECT id FROM events")}


def test_whatever_the_standard_allows_counts(night: Night) -> None:
    sent = {value["id"] for value in STANDARD}
    assert sent <= {row[0] for row in night.world.query("SELECT id FROM events")}
    assert sum(night.incidents("lost_property").values()) == len(STANDARD)


def test_the_detail_of_a_dead_letter_says_what_to_do(night: Night) -> None:
    letters = [json.loads(letter) for letter in night.letters]
    details = {(each["partition"], each["offset"]): each["detail"] for each in letters if each["topic"] == TOPIC}
    assert "structured mode" in details[night.places["the data of binary mode"]]
    assert "each as a record of its own" in details[night.places["a batch"]]
    assert "a letter right before the number" in details[night.places["identity number as an id"]]


def test_unknown_codes_are_counted_beside_their_siblings(night: Night) -> None:
    assert night.incidents("traffic_accident") == {"unknown": 2}
    assert night.incidents("unknown") == {"B01": 2}
    assert sum(row["value"] for row in night.rows("class")) == sum(row["value"] for row in night.rows("beat"))


def test_unknown_codes_are_told_once_each(night: Night) -> None:
    assert night.world.log("sink").count("B99") == 1
    assert night.world.metric("sink", 'citywatch_unknown_codes{city="xincheng",list="beats"}') >= 1


@pytest.mark.parametrize(
    "category",
    ["pickpocketing", "burglary", "ebike_theft", "motor_vehicle_theft"],
    ids=[
        "in its pane",
        "with another time",
        "with another beat",
        "after it closed",
    ],
)
def test_the_same_event_twice_counts_once_where_it_stood_first(night: Night, category: str) -> None:
    assert night.incidents(category) == {"B01": 1}


def test_repeats_are_the_audits_duplicates(night: Night) -> None:
    assert night.audit["duplicates"] == 4


def test_of_these_the_ones_with_other_content_are_named(night: Night) -> None:
    said = night.world.answer("conflicts", "list")["conflicts"]
    assert {each["id"]: [found["field"] for found in each["differences"]] for each in said} == {
        "twice-2": ["time"],
        "twice-3": ["beat"],
    }
    gauge = 'citywatch_id_conflicts{source="xincheng/110"}'
    await_until(lambda: night.world.metric("sink", gauge) == 2, 60, "the sink to count them", every=0.2)
    assert night.audit["conflicts"] == 2


def test_doctor_names_what_does_not_count_as_it_was_meant(night: Night) -> None:
    told = json.loads(night.world.call("doctor", "--json").stdout)
    notes = {finding["part"]: finding["text"] for finding in told["findings"] if finding["state"] == "note"}
    assert notes["refused"].startswith(f"{len(REFUSED)} in all, {len(REFUSED)} in the last day: ")
    assert notes["conflicts"].endswith(": xincheng/110 2")
    assert notes["unmatched"].startswith("1 ")


def test_a_recoding_before_its_incident_moves_it(night: Night) -> None:
    assert night.incidents("fire_alarm") == {"B01": 1}


def test_of_two_recodings_the_later_time_rules(night: Night) -> None:
    assert night.incidents("building_fire") == {"B01": 1}
    assert night.incidents("vehicle_fire") == {}


def test_a_cancelled_incident_counts_nowhere(night: Night) -> None:
    assert night.incidents("outdoor_fire") == {}


def test_an_incident_cancelled_before_its_report_counts_nowhere(night: Night) -> None:
    assert {"gone-2"} <= {row[0] for row in night.world.query("SELECT id FROM events")}
    assert night.incidents("fighting") == {}


def test_of_a_cancel_and_a_later_recoding_the_recoding_rules(night: Night) -> None:
    assert night.incidents("provocation") == {"B01": 1}


def test_a_restatement_of_an_incident_that_never_came_is_shown_as_unmatched(night: Night) -> None:
    assert night.incidents("gas_leak") == {}
    assert night.world.query("SELECT DISTINCT subject FROM unmatched") == [("i-never-came",)]
    assert night.world.metric("analyse", "citywatch_unmatched_restatements") == 1
    assert "unmatched 1  " in night.world.must("watch", "--once")
    told = json.loads(night.world.call("doctor", "--json").stdout)
    assert [each["text"] for each in told["findings"] if each["text"].endswith(", unmatched 1")]


def test_only_what_was_never_restated_is_still_noise(night: Night) -> None:
    assert night.incidents("noise") == {"B01": 2}


def test_a_late_event_is_a_correction_and_its_figure_says_restated(night: Night) -> None:
    assert night.incidents("missing") == {"B01": 1}
    assert night.audit["late"] == 1
    assert {row["status"] for row in night.rows("category") if row["by"]["category"] == "missing"} == {"restated"}


def test_an_event_from_far_ahead_does_not_move_the_clock(night: Night) -> None:
    assert (
        night.world.metric(
            "aggregate",
            f'citywatch_source_clock_seconds{{partition="0",source="xincheng/110",topic="{TOPIC}"}}',
        )
        == MIDNIGHT + HOUR
    )
