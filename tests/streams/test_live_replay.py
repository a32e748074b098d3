"""Three days of the simulated city played in steps and replayed at full speed: judged by the core, kept by the live
map, told on a real topic of alarms."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from msgspec import Struct
from msgspec.structs import replace

from runtime.kafka import topic_ids
from runtime.log import Place, Record, extents, read
from runtime.settings import Settings, load_settings
from runtime.topics import ensure_topics
from schemas.alarms import Alarm
from schemas.cities import Cities, load_cities
from schemas.families.cases import FAMILY as CASE
from schemas.instants import epoch
from schemas.reading import alarm as decoded
from schemas.records import PaneRecord
from schemas.topics import INPUTS, PANES, RAISED
from streams.core.partition import Partition
from streams.live.alarm_topic import AlarmPublisher
from streams.live.state import LiveState
from streams.live.unjudged import ends_of_inputs
from tests import alarms_from_events as anew
from tests.parts.tansu import TansuBroker
from tests.played_month import CITY, Days, Sent, declared, steps, together, write

DAYS = Days(date(2026, 6, 29), 3, seed=6, scale=0.05, missing=(1,))
LATENESS = 900
RESTARTED = 7
"""Steps after which analyse begins anew."""


class Fetched(Struct):
    offset: int
    timestamp: int
    value: bytes | None


class Judged:
    """Every partition of the inputs, judged as aggregate does it; and all that it gave out."""

    def __init__(self, settings: Settings) -> None:
        self._logs = topic_ids(settings, INPUTS)
        self.given: list[PaneRecord] = []
        self._partitions: dict[tuple[str, int], Partition] = {}

    def judge(self, records: Iterable[Sent]) -> list[PaneRecord]:
        """What follows from them, in the order in which it is published."""
        fetched: dict[tuple[str, int], list[Fetched]] = {}
        now = int(time.time() * 1000)
        for topic, number, _, value in records:
            place = topic, number
            if place not in self._partitions:
                self._partitions[place] = Partition(self._logs[topic], topic, number)
            offset = self._partitions[place].next_offset + len(fetched.setdefault(place, []))
            fetched[place].append(Fetched(offset, now, value))
        found: list[PaneRecord] = []
        for place, of_place in fetched.items():
            partition = self._partitions[place]
            partition.feed(of_place, of_place[-1].offset + 1)
            taken = partition.snapshot()
            found += [*taken.gaps, *taken.steps, *taken.cells, taken.progress]
        self.given += found
        return found


class Live:
    """The live figures of one process, from the start of the panes topic on, and what it publishes of clocks."""

    def __init__(self, cities: Cities, settings: Settings) -> None:
        self.state = LiveState.of(cities, lateness=LATENESS)
        self.state.history_loaded = True
        self.state.handover.begun["log-panes", PANES, 0] = 0
        self.publisher = AlarmPublisher(settings, self.state)

    def take(self, records: Sequence[PaneRecord]) -> None:
        self.state.take(records)
        assert self.publisher.look()


@contextmanager
def analyse(cities: Cities, settings: Settings) -> Iterator[Live]:
    live = Live(cities, settings)
    try:
        yield live
    finally:
        live.publisher.close()


@contextmanager
def broker_of(directory: Path) -> Iterator[Settings]:
    """A broker that has its topics and nothing on them."""
    directory.mkdir()
    with TansuBroker(directory) as broker:
        settings = load_settings(kafka=broker.bootstrap, data=directory)
        ensure_topics(settings)
        yield settings


def published(settings: Settings) -> dict[str, Alarm]:
    """By id, the greatest version of each that the topic has."""
    found: dict[str, Alarm] = {}

    def visit(_: Place, records: Sequence[Record]) -> None:
        for record in records:
            alarm = decoded(record.value or b"")
            if alarm.id not in found or found[alarm.id].version < alarm.version:
                found[alarm.id] = alarm

    read(settings, extents(settings, RAISED), visit)
    return found


def test_days_replayed_at_full_speed_give_the_alarms_they_gave_in_steps_and_those_of_a_recount(tmp_path: Path) -> None:
    directory = declared(tmp_path / "cities")
    cities, played = load_cities(directory), list(steps(DAYS, directory))
    with broker_of(tmp_path / "live") as settings:
        judged = Judged(settings)
        with analyse(cities, settings) as live:
            for records in played[:RESTARTED]:
                live.take(judged.judge(records))
        with analyse(cities, settings) as live:
            live.state.take(judged.given)
            for records in played[RESTARTED:]:
                live.take(judged.judge(records))
        in_steps = published(settings)
    holding = {name: as_it_holds(alarm) for name, alarm in in_steps.items() if alarm.state != "withdrawn"}
    for when in ("before", "after"):
        with broker_of(tmp_path / f"begun {when}") as settings, analyse(cities, settings) as live:
            if when == "before":
                assert live.publisher.look()
            write(settings, together(played))
            judged = Judged(settings)
            for records in by_partition(together(played)):
                live.take(judged.judge(records))
            at_once = {name: as_it_holds(alarm) for name, alarm in published(settings).items()}
        assert at_once == holding, f"begun {when} the inputs were there, and none of them was taken back"
    assert any(alarm.state == "withdrawn" for alarm in in_steps.values()), "no late event proved an alarm wrong"
    assert not [name for name, alarm in in_steps.items() if alarm.state == "withdrawn" and name in holding]

    events = anew.events_of(record.value for record in together(played))
    now = epoch("2026-07-02T00:00:00+08:00")
    expected = sorted(anew.alarms(events, now, anew.place_of((directory / f"{CITY}.toml").read_text(), LATENESS)))
    found = sorted(anew.Told(a.clock, a.subject, a.begin, a.due or 0, a.state, a.end) for a in holding.values())
    assert found == expected
    assert {"stolen_property", "officers_below_floor", "telecom_fraud_streak_broken"} <= {each.clock for each in found}


def by_partition(records: Iterable[Sent]) -> Iterator[list[Sent]]:
    """As a replay may read them: all of one partition before the first of another."""
    found: dict[tuple[str, int], list[Sent]] = {}
    for each in records:
        found.setdefault((each.topic, each.partition), []).append(each)
    yield from found.values()


def as_it_holds(alarm: Alarm) -> Alarm:
    """Without the moment at which it was looked at."""
    return replace(alarm, version=0)


def test_inputs_that_hold_nothing_are_not_waited_for_and_one_that_cannot_be_asked_holds_up_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = declared(tmp_path / "cities")
    records = [each for each in together(list(steps(DAYS, directory))) if each.topic == CASE.topic.name]
    with broker_of(tmp_path / "one") as settings:
        write(settings, records)
        found = ends_of_inputs(settings)
        assert {(topic, number) for _, topic, number in found} == {(each.topic, each.partition) for each in records}
        assert sum(found.values()) == len(records)
        with closing(KafkaAdminClient(bootstrap_servers=settings.kafka)) as admin:
            admin.delete_topics(["citywatch.hazards"])
        assert ends_of_inputs(settings) == found
    assert "alarms by citywatch.hazards do not wait until it is judged" in caplog.text
