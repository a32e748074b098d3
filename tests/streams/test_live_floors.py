"""Days below a floor of the city, from the live figures of its patrols."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schemas.alarms import Alarm
from schemas.cities import Cities, load_cities
from schemas.records import Cell, Progress, SourceGap
from schemas.topics import PANES
from streams.live import floors
from streams.live.state import LiveState
from tests.streams.live_cells import at

SOURCE, TOPIC, TYPE = "xincheng/patrol", "citywatch.patrols", "patrol.shift_began"
FLOOR = "officers_below_floor"


def state(**asked: int) -> LiveState:
    cities = load_cities()
    city = msgspec.structs.replace(cities.by_name["xincheng"], floors=asked)
    return LiveState.of(Cities({"xincheng": city}, dict.fromkeys(city.sources, city)), lateness=900)


class Days:
    """Shifts of one source, by the day of May 2026 that they begin on."""

    def __init__(self, live: LiveState) -> None:
        self.live = live
        self.version = 0
        live.history_loaded = True
        live.alarms.stand([])
        long_ago: dict[str, Any] = {"since": 0, "until": at("2026-05-01T00:00"), "cause": "start", "at": 0}
        self._take(SourceGap(log="log", topic=TOPIC, partition=0, offset=0, source=SOURCE, **long_ago))

    def began(self, day: int, officers: int) -> None:
        self.version += 1
        numbers = {"count": 1, "officers": officers, "vehicles": 1}
        dims = {"beat": "B07", "member": "police"}
        self._take(
            Cell(log="log", topic=TOPIC, partition=0, source=SOURCE, pane=at(f"2026-05-{day:02}T08:00"), type=TYPE,
                 version=self.version, records=1, dims=dims | {"n": str(self.version)}, numbers=numbers)
        )  # fmt: skip

    def until(self, time: str, partition: int = 0) -> list[Alarm]:
        verdicts: dict[str, Any] = {"counted": 1, "late": 0, "duplicates": 0, "dead": 0}
        clocks = {SOURCE: at(f"2026-05-{time}")}
        self._take(
            Progress(
                log="log", topic=TOPIC, partition=partition, read=1, clocks=clocks, boundaries={}, open_panes=0,
                bytes=0, **verdicts,
            )
        )  # fmt: skip
        return floors.advance(self.live)

    def _take(self, record: Any) -> None:
        self.live.take([record])


def test_a_day_below_the_floor_is_told_once_and_is_over_when_the_next_day_reaches_it() -> None:
    days = Days(state(officers=2_000))
    for day in range(1, 13):
        days.began(day, 2_000)
    assert days.until("12T23:00") == []
    days.began(13, 1_990)
    assert days.until("14T00:10") == []
    (raised,) = days.until("14T00:30")
    assert (raised.clock, raised.subject, raised.state, raised.source) == (
        FLOOR, "officers_on_shift", "expired", "xincheng/city",
    )  # fmt: skip
    assert days.until("14T07:55") == []
    days.began(14, 2_000)
    (over,) = days.until("14T08:30")
    assert (over.id, over.state, over.end) == (raised.id, "missed", at("2026-05-14T00:00"))
    assert days.live.alarms.standing(days.live.cities["xincheng"].city) == []


def test_a_day_below_that_a_replay_passed_at_full_speed_is_told_too() -> None:
    days = Days(state(officers=2_000))
    days.began(1, 2_000)
    days.until("01T09:00")
    for day in range(2, 29):
        days.began(day, 1_990 if day == 5 else 2_000)
    (told,) = days.until("29T00:10")
    assert (told.state, told.begin, told.end) == ("missed", at("2026-05-05T00:00"), at("2026-05-06T00:00"))


@pytest.mark.parametrize("first", [0, 5_000], ids=["in a replay", "after a restart"])
def test_a_day_below_of_long_ago_is_told_where_it_has_come_before_the_first_look(first: int) -> None:
    days = Days(state(officers=2_000))
    days.live.handover.begun["log", PANES, 0] = first
    for day in range(1, 29):
        days.began(day, 1_990 if day == 5 else 2_000)
    told = {alarm.begin: (alarm.state, alarm.end) for alarm in days.until("29T00:10")}
    assert told[at("2026-05-05T00:00")] == ("missed", at("2026-05-06T00:00"))


def test_a_run_of_days_below_that_was_known_in_part_is_told_in_whole_once_the_slowest_partition_has_come() -> None:
    days = Days(state(officers=2_000))
    days.live.handover.begun["log", PANES, 0] = 0
    for day in range(1, 29):
        days.began(day, 1_990 if day in (5, 6) else 2_000)
    begin = at("2026-05-05T00:00")
    (raised,) = [each for each in days.until("07T00:00", partition=1) if each.begin == begin]
    assert (raised.state, raised.end) == ("expired", None)
    assert [each for each in days.until("28T20:00") if each.begin == begin] == []
    (over,) = [each for each in days.until("28T20:05", partition=1) if each.begin == begin]
    assert (over.state, over.end) == ("missed", at("2026-05-07T00:00"))


@pytest.mark.parametrize("officers", [0, 5])
def test_a_run_of_days_below_begins_with_its_first_day_whoever_looks_for_the_first_time(officers: int) -> None:
    days = Days(state(officers=2_000))
    for day in range(1, 29):
        days.began(day, 2_000 if day < 6 else officers)
    assert [alarm.begin for alarm in days.until("29T00:30")] == [at("2026-05-06T00:00")]


def test_a_run_below_that_is_older_than_what_is_looked_at_is_not_told_by_a_part_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(floors, "LONGEST", 20)
    days = Days(state(officers=2_000))
    for day in range(1, 29):
        days.began(day, 1_990 if 5 <= day <= 12 or day == 20 else 2_000)
    assert [alarm.begin for alarm in days.until("29T00:30")] == [at("2026-05-20T00:00")]


def test_what_comes_late_takes_back_a_day_that_was_told() -> None:
    days = Days(state(officers=2_000))
    for day in range(1, 14):
        days.began(day, 2_000 - (day == 13))
    (raised,) = days.until("14T00:30")
    days.live.take([one_more(13)])
    (gone,) = days.until("14T00:35")
    assert (gone.id, gone.state) == (raised.id, "withdrawn")


def test_a_day_that_was_told_is_taken_back_although_weeks_have_passed_since() -> None:
    """In a replay the weeks pass in seconds, and what came late is added up after them."""
    days = Days(state(officers=2_000))
    for day in range(1, 29):
        days.began(day, 2_000 - (day == 5))
    days.until("05T00:30")
    raised = {alarm.begin: alarm for alarm in days.until("28T20:00")}[at("2026-05-05T00:00")]
    days.live.take([one_more(5)])
    gone = {alarm.id: alarm.state for alarm in days.until("28T20:05")}
    assert gone[raised.id] == "withdrawn"


def test_a_city_without_floors_is_told_nothing() -> None:
    days = Days(state())
    days.began(13, 1)
    assert days.until("14T12:00") == []
    assert list(days.live.alarms.watched(days.live.cities["xincheng"].city)) == []


def one_more(day: int) -> Cell:
    """A further cell of a day, which adds one officer."""
    return Cell(
        log="log", topic=TOPIC, partition=1, source=SOURCE, pane=at(f"2026-05-{day:02}T09:00"), type=TYPE, version=1,
        records=1, dims={"beat": "B07", "member": "police"}, numbers={"count": 1, "officers": 1},
    )  # fmt: skip
