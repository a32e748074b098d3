"""The simulated city: the same for the same seed, true to its published week, counted beside the pipeline."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from runtime.errors import WrongUse
from runtime.settings import Settings
from schemas.accept import AnyEvent, accept
from schemas.categories import TREE
from schemas.cities import load_cities
from schemas.control import PANE
from schemas.envelope import CountedEvent
from schemas.families import LIFECYCLES, TYPES
from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import Status
from schemas.family import type_of
from schemas.instants import known_epoch
from schemas.lifecycle import OWN, Lifecycle
from sources.simcity.chance import midnight, poisson
from sources.simcity.city import SOURCES, WORK, Item, events
from sources.simcity.event import CALLS, SimEvent
from sources.simcity.profile import WEEKLY
from sources.simcity.truth import Truth
from sources.simulate import simulate, spikes_of
from tests.deployments import KAFKA_UNLESS_FULL
from tests.parts import Broker, TansuBroker
from tests.sources.reading import events_of, make_topics, read_all

CITY = load_cities().by_name["xincheng"]
MONDAY = date(2024, 3, 4)
WORKED = [work.family.name for work in WORK]


def accepted(items: list[Item]) -> list[AnyEvent]:
    return [accept(value) for _, _, key, value in items if key is not None]


class Weeks(NamedTuple):
    items: list[Item]
    truth: Truth
    days: int


@pytest.fixture(scope="module", params=[7, pytest.param(14, marks=pytest.mark.full)], ids="{}-days".format)
def weeks(request: pytest.FixtureRequest) -> Weeks:
    truth = Truth(ZoneInfo(CITY.tz))
    return Weeks(list(events(CITY, 7, MONDAY, request.param, truth=truth)), truth, request.param)


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others() -> None:
    first = list(events(CITY, 3, MONDAY, 2))
    assert first == list(events(CITY, 3, MONDAY, 2))
    assert first != list(events(CITY, 4, MONDAY, 2))


def test_a_day_is_the_same_whatever_came_before_it() -> None:
    def reported_on_the_second_day(items: list[Item]) -> set[bytes]:
        return {value for *_, value in items if b'"r-3.240305.' in value}

    alone = reported_on_the_second_day(list(events(CITY, 3, date(2024, 3, 5), 1)))
    assert alone
    assert alone == reported_on_the_second_day(list(events(CITY, 3, MONDAY, 2)))


def test_every_event_is_accepted_and_its_codes_are_the_citys(weeks: Weeks) -> None:
    for event in accepted(weeks.items):
        assert isinstance(event, CountedEvent)
        assert event.data.beat in CITY.beats
        if type_of(type(event)).coded:
            assert CITY.node(event.cell_key()[2]) != "unknown"


def test_the_week_has_the_published_mix(weeks: Weeks) -> None:
    classes = Counter[str]()
    for entry in weeks.truth.document()["incidents_as_reported"]:
        classes[TREE[CITY.node(entry["category"])].path[0]] += entry["n"]
    for name, weekly in WEEKLY.items():
        expected = weekly * weeks.days / 7
        assert abs(classes[name] - expected) < 4 * math.sqrt(expected) + 0.08 * expected, name


def test_time_never_runs_back_and_every_minute_ticks(weeks: Weeks) -> None:
    arrivals = [item[0] for item in weeks.items]
    assert arrivals == sorted(arrivals)
    for topic in SOURCES:
        ticks = [at for at, name, key, _ in weeks.items if name == topic and key is None]
        assert ticks == list(range(ticks[0], ticks[-1] + 1, 60))
        assert len(ticks) == weeks.days * 1440 + 1


def test_unit_time_lies_in_the_pane_of_its_event(weeks: Weeks) -> None:
    seconds = Counter[str]()
    for event in accepted(weeks.items):
        if isinstance(event, Status):
            (length,) = event.values()
            assert 0 < length <= PANE
            assert event.epoch // PANE == (event.epoch - length + 1) // PANE
            seconds[event.data.unit] += length
    # a unit is always somewhere; only what arrives after the end is not sent
    whole = weeks.days * 86_400
    assert all(whole - PANE <= total <= whole for total in seconds.values())


def recount(items: list[Item]) -> dict[str, Any]:
    """Counts the JSON as it was sent, knowing nothing of how it was made."""
    seen, reported, moved = set(), Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for *_, value in items:
        event = json.loads(value)
        data = event.get("data", {})
        if event["type"].startswith("citywatch.") or (event["source"], event["id"]) in seen:
            continue
        seen.add((event["source"], event["id"]))
        if event["type"] == "incident.reported.v1":
            reported[event["time"][:10], data["beat"], data["category"]] += 1
        elif event["type"] in ("incident.cancelled.v1", "incident.reclassified.v1"):
            moved[data["reported_at"][:10], data["beat"], data["category"]] -= 1
            if "now_category" in data:
                moved[data["reported_at"][:10], data["beat"], data["now_category"]] += 1
    total = Counter(reported)
    total.update(moved)
    return {"incidents_as_reported": reported, "incidents": total}


def test_the_ground_truth_is_what_was_sent(weeks: Weeks) -> None:
    document = weeks.truth.document()
    for name, counts in recount(weeks.items).items():
        assert counts
        told = {(entry["day"], entry["beat"], entry["category"]): entry["n"] for entry in document[name]}
        assert told == {cell: n for cell, n in counts.items() if n}
    assert document["repeats"] > 0
    assert document["events"]["incident.reclassified.v1"] > 0
    assert document["events"]["incident.cancelled.v1"] > 0


def test_calls_and_patrols_are_the_same_whatever_else_the_city_does() -> None:
    alone = [item for item in events(CITY, 3, MONDAY, 2, families=False) if item[2] is not None]
    everything = [item for item in events(CITY, 3, MONDAY, 2) if item[2] is not None]
    ordinary = set(alone)
    assert [item for item in everything if item in ordinary] == alone
    assert len(everything) > len(alone)


SUMMER, LAST = date(2026, 8, 17), date(2026, 9, 9)
"""The end of two campaigns that overlap, and of the school holidays."""


@pytest.fixture(scope="module")
def summer() -> list[dict[str, Any]]:
    """What is reported of the families beside calls and patrols up to the last day, once, in the order of time; but no
    signs of life of sensors, which are many."""
    zone = ZoneInfo(CITY.tz)
    days = [SUMMER + timedelta(days=number) for number in range((LAST - SUMMER).days)]
    made = [event for work in WORK for day in days for event in work.day(5, day, CITY)]
    made += [event for work in WORK if work.begin is not None for event in work.begin(5, SUMMER, CITY)]
    until = midnight(LAST, zone) + 7 * 3_600 + 2_700  # some night shifts are over, and some are not
    kept = [each for each in made if each.epoch < until and not each.repeat and "heartbeat" not in each.type]
    assert len({(each.source, each.id) for each in kept}) == len(kept)
    return [json.loads(event.encode(zone)) for event in sorted(kept, key=lambda each: each.epoch)]


BEGINS = {
    ("case.solved", "opened_at"): "case.opened",
    ("case.tip_closed", "opened_at"): "case.tip_opened",
    ("case.delisted", "listed_at"): "case.listed",
    ("case.property_recovered", "stolen_at"): "case.property_stolen",
    ("hazard.closed", "opened_at"): "hazard.opened",
    ("hazard.notice_met", "issued_at"): "hazard.notice_issued",
    ("dispute.resolved", "opened_at"): "dispute.opened",
    ("dispute.transferred", "opened_at"): "dispute.opened",
    ("post.left", "staffed_at"): "post.staffed",
    ("prevention.sensor_resolved", "alerted_at"): "prevention.sensor_alert",
    ("operation.finding_closed", "opened_at"): "operation.finding_opened",
    ("operation.task_done", "assigned_at"): "operation.task_assigned",
}


def named(event: dict[str, Any]) -> str:
    found: str = event["data"].get("notice") or event["data"].get("alert") or event["subject"]
    return found


def test_every_report_of_a_summer_is_accepted(summer: list[dict[str, Any]]) -> None:
    for event in summer:
        read = accept(json.dumps(event).encode())
        assert isinstance(read, CountedEvent)
        assert read.adds() is not None or type_of(type(read)).restates
        assert read.data.beat in CITY.beats


@pytest.mark.parametrize(("ended", "field"), BEGINS)
def test_what_ends_names_when_it_began(summer: list[dict[str, Any]], ended: str, field: str) -> None:
    began: dict[str, str] = {}
    checked = 0
    for event in summer:
        name = event["type"].removesuffix(".v1")
        if name == BEGINS[ended, field]:
            began[named(event)] = event["time"]
        elif name == ended and event["data"][field] > "2026":  # else a cold case
            assert event["data"][field] == began[named(event)]
            checked += 1
    assert checked > 2


ALWAYS_OPEN = {
    "premises",
    "prevention_site",
    "sensor",
    "pledge",
    "asset",
    "installed",
    "register",
    "campaign",
    "roster",
}


@pytest.mark.parametrize("life", [life for life in LIFECYCLES.values() if TYPES[life.steps[0]].family in WORKED])
def test_of_each_life_some_are_open_and_some_are_over(summer: list[dict[str, Any]], life: Lifecycle) -> None:
    last: dict[str, str] = {}
    for event in summer:
        if (name := event["type"].removesuffix(".v1")) in life.steps:
            of = [event["subject"]] if life.named_by == OWN else [event["data"][field] for field in life.named_by]
            last["/".join(of)] = name.partition(".")[2]
    assert set(last.values()) & life.open
    assert bool(set(last.values()) - life.open) is (life.name not in ALWAYS_OPEN | {"area_check", "listed_area"})


def test_posts_of_a_campaign_are_listed_and_delisted_with_it_and_school_posts_stand_on_school_days(
    summer: list[dict[str, Any]],
) -> None:
    def days(step: str, **said: str) -> set[str]:
        found = [event for event in summer if event["type"] == f"post.{step}.v1"]
        return {event["time"][:10] for event in found if said.items() <= event["data"].items()}

    assert days("delisted", operation="cool-posts-2026") == {"2026-09-06"}
    assert max(days("staffed", kind="summer")) == "2026-09-05"
    assert min(days("staffed", kind="school")) == "2026-09-01"
    assert not days("staffed", kind="school") & {"2026-09-05", "2026-09-06"}


def test_shifts_of_a_unit_follow_each_other_and_few_are_too_long(summer: list[dict[str, Any]]) -> None:
    on_duty: dict[str, str] = {}
    lengths = []
    for event in summer:
        unit, at = event["data"].get("unit"), event["time"]
        if event["type"] == "patrol.shift_began.v1":
            assert unit not in on_duty
            on_duty[unit] = at
        elif event["type"] == "patrol.shift_ended.v1":
            assert on_duty.pop(unit) == event["data"]["began_at"]
            lengths.append(known_epoch(at) - known_epoch(event["data"]["began_at"]))
    too_long = [length for length in lengths if length > 12 * 3_600]
    assert 0 < len(too_long) < 0.05 * len(lengths)


def test_the_truth_of_the_families_is_what_was_sent(weeks: Weeks) -> None:
    document = weeks.truth.document()
    events = {
        (event["source"], event["id"]): event
        for *_, key, value in weeks.items
        if key is not None and not any(kind in value for kind in (b'"patrol.status', b'"patrol.stop'))
        for event in [json.loads(value)]
    }
    told = Counter[tuple[str, str]]()
    for entry in document["work"]:
        told[entry["type"], entry["day"]] += entry["n"]
    counts = Counter[tuple[str, str]]()
    for event in events.values():
        if (name := event["type"].removesuffix(".v1")) in {kind for kind, _ in told}:
            counts[name, event["time"][:10]] += event["data"].get("count", 1)
    assert told == counts
    assert {kind.partition(".")[0] for kind, _ in told} == {*WORKED, "incident"}
    amount = sum(entry.get("amount", 0) for entry in document["work"])
    assert amount == sum(event["data"].get("amount", 0) for event in events.values()) > 0
    subjects = {
        kind: {event["subject"] for event in events.values() if event["type"] == f"dispute.{kind}.v1"}
        for kind in ("opened", "withdrawn", "resolved")
    }
    opened = subjects["opened"] - subjects["withdrawn"]
    assert document["open"]["dispute.opened"] == len(opened - subjects["resolved"]) > 0
    assert sum(entry["n"] for entry in document["begun"] if entry["type"] == "dispute.opened") == len(opened)


def test_a_spike_adds_calls_there_and_nowhere_else() -> None:
    def thefts(spikes: tuple[Any, ...]) -> Counter[tuple[str, str]]:
        truth = Truth(ZoneInfo(CITY.tz))
        list(events(CITY, 5, MONDAY, 2, patrols=False, spikes=spikes, truth=truth))
        counts = Counter[tuple[str, str]]()
        for entry in truth.document()["incidents_as_reported"]:
            counts[entry["day"], entry["beat"]] += entry["n"]
        return counts

    ordinary, spiked = thefts(()), thefts(spikes_of("street_theft", "B22", date(2024, 3, 5), 100, CITY))
    assert {cell for cell in spiked if spiked[cell] != ordinary[cell]} == {("2024-03-05", "B22")}
    assert spiked["2024-03-05", "B22"] > ordinary["2024-03-05", "B22"] + 10


@KAFKA_UNLESS_FULL
def test_it_reaches_the_topics_with_the_truth_beside_it(broker: Broker, tmp_path: Path) -> None:
    make_topics(broker)
    settings = Settings(kafka=broker.bootstrap, data=tmp_path)
    result = simulate(settings, seed=2, start=MONDAY, days=1, truth=tmp_path / "truth.json")
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert (truth["seed"], truth["from"], truth["days"]) == (2, "2024-03-04", 1)
    topics = [read_all(broker, topic) for topic in SOURCES]
    stored = events_of([record for records in topics for record in records])
    assert len(stored) == result.sent == sum(truth["events"].values()) + truth["repeats"]
    end = "2024-03-04T16:00:00Z"
    for records in topics:
        for partition in range(4):
            last = [record for record in records if record.partition == partition][-1]
            assert (last.is_heartbeat, last.event["time"]) == (True, end)


def test_a_rate_holds_it_back(tansu: TansuBroker, tmp_path: Path) -> None:
    make_topics(tansu)
    sent = 0

    def count(done: int, total: int) -> None:
        nonlocal sent
        sent += 500

    started = time.monotonic()
    settings = Settings(kafka=tansu.bootstrap, data=tmp_path)
    simulate(settings, start=MONDAY, days=1, rate=1_000, on_progress=count, stopped=lambda: sent >= 2_000)
    assert 2 <= time.monotonic() - started < 20


@pytest.mark.parametrize("mean", [3.0, 400.0, 745.0, 5_000.0])
def test_as_many_calls_are_drawn_as_are_meant_however_many_these_are(mean: float) -> None:
    drawn = [poisson(random, mean) for random in map(Random, range(40))]
    assert abs(sum(drawn) / 40 - mean) < 5 * math.sqrt(mean / 40)


def test_the_truth_moves_no_incident_whose_report_was_not_sent() -> None:
    truth = Truth(ZoneInfo(CITY.tz))
    begun = midnight(MONDAY, ZoneInfo(CITY.tz))
    about = {"beat": "B07", "category": "110203", "reported_at": begun}
    cancelled = SimEvent(0, 0, INCIDENTS, "incident.cancelled.v1", begun + 60, CALLS, "c-1", "i-1", about)
    truth.add(cancelled)
    assert truth.document()["incidents"] == []
    truth.add(replace(cancelled, type="incident.reported.v1", epoch=begun, id="r-1"))
    assert (len(truth.document()["incidents_as_reported"]), truth.document()["incidents"]) == (1, [])


def test_the_truth_has_no_event_that_is_still_in_hand() -> None:
    truth = Truth(ZoneInfo(CITY.tz))
    items = events(CITY, 3, MONDAY, 1, truth=truth)
    assert next(item for item in items if item[2] is not None)
    assert sum(truth.sent.values()) == 0
    next(items)
    assert sum(truth.sent.values()) == 1


def test_live_it_catches_up_with_now_and_stops_when_told(tansu: TansuBroker, tmp_path: Path) -> None:
    make_topics(tansu)
    settings = Settings(kafka=tansu.bootstrap, data=tmp_path)
    deadline = time.monotonic() + 60
    passed, waits = list[int](), list[int]()

    def told() -> bool:
        """Once it waits for events to come: how many came before depends on the time of day."""
        if passed:
            passed.clear()
            return time.monotonic() > deadline
        waits.append(1)
        return len(waits) > 2

    result = simulate(
        settings, days=1, truth=tmp_path / "truth.json", live=True, scale=0.2, stopped=told,
        on_progress=lambda done, _: passed.append(done),
    )  # fmt: skip
    assert waits
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert sum(truth["events"].values()) + truth["repeats"] == result.sent
    assert result.clock is not None
    assert abs(time.time() - result.clock) < 90


@pytest.mark.full
def test_live_it_ends_by_itself_at_the_midnight_of_its_last_day(tansu: TansuBroker, tmp_path: Path) -> None:
    make_topics(tansu)
    settings = Settings(kafka=tansu.bootstrap, data=tmp_path)
    result = simulate(settings, start=MONDAY, days=1, live=True, scale=0.2)
    assert result.clock == midnight(MONDAY + timedelta(days=1), ZoneInfo(CITY.tz))


@pytest.mark.parametrize(
    "wrong", [{"seed": -1}, {"seed": 10**9}, {"days": 0}, {"rate": 0.0}, {"rate": -3.0}, {"scale": 0.0}]
)
def test_wrong_numbers_are_one_line(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(WrongUse) as refused:
        simulate(Settings(kafka="127.0.0.1:9", data=tmp_path), **wrong)
    assert "\n" not in str(refused.value)


def test_days_to_come_are_not_simulated(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="--from"):
        simulate(Settings(kafka="127.0.0.1:9", data=tmp_path), start=date.today(), days=2)


def test_a_spike_of_an_unknown_place_or_category_lists_what_there_is() -> None:
    with pytest.raises(WrongUse, match="B01"):
        spikes_of("street_theft", "B99", MONDAY, 3, CITY)
    with pytest.raises(WrongUse, match="street_theft"):
        spikes_of("weather", "B01", MONDAY, 3, CITY)
