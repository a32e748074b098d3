"""The hour that the clocks show twice: the row's other times and its neighbours tell the pass, else `fold`."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cities import load_cities
from sources.civil import Moment, reader
from sources.mapping import load_mapping
from sources.passes import FIRST_PASS, SECOND_PASS, Neighbours
from sources.rows import RowMapper

CITIES = load_cities()
NEW_YORK = ZoneInfo("America/New_York")
READ = reader("iso", NEW_YORK)
NIGHT = datetime(2016, 11, 6, 4, tzinfo=ZoneInfo("UTC"))
"""Midnight before the clocks go back, in UTC."""

LIFE = """
city = "montgomery"
source = "montgomery/911"
[time]
zone = "America/New_York"
fold = "FOLD"
[[event]]
type = "incident.reported"
time = "called"
id = { prefix = "r-", join = ["no"] }
[[event]]
type = "incident.dispatched"
time = "sent"
id = { prefix = "d-", join = ["no"] }
when = { column = "sent", filled = true }
[event.data]
reported_at = { column = "called" }
[[event]]
type = "incident.arrived"
time = "there"
id = { prefix = "a-", join = ["no"] }
when = { column = "there", filled = true }
[event.data]
reported_at = { column = "called" }
dispatched_at = { column = "sent" }
[[event]]
type = "incident.closed"
time = "done"
id = { prefix = "c-", join = ["no"] }
when = { column = "done", filled = true }
[event.data]
reported_at = { column = "called" }
dispatched_at = { column = "sent" }
arrived_at = { column = "there" }
"""
HEADER = ["no", "called", "sent", "there", "done"]


def life(tmp_path: Path, fold: str = "first", head: str = "") -> RowMapper:
    path = tmp_path / "life.toml"
    path.write_text(LIFE.replace("FOLD", fold).replace("[[event]]", f"{head}\n[[event]]", 1))
    return RowMapper(load_mapping(path, CITIES), HEADER)


def utc_times(mapper: RowMapper, row: list[str]) -> str:
    """The row's events as hours and minutes of UTC."""
    times = [datetime.fromisoformat(json.loads(event.value)["time"]) for event in mapper.events(row)]
    return " ".join(f"{at.astimezone(ZoneInfo('UTC')):%H:%M}" for at in times)


def row(times: str, number: int = 7) -> list[str]:
    return [str(number), *[f"2016-11-06 {time}:00" if time != "-" else "" for time in times.split()]]


@pytest.mark.parametrize(
    ("times", "first", "second"),
    [
        # order: the first pass is 05:xx in UTC, the second 06:xx
        ("01:50 01:10 01:15 01:40", "05:50 06:10 06:15 06:40", "05:50 06:10 06:15 06:40"),
        ("01:50 01:55 01:05 01:40", "05:50 05:55 06:05 06:40", "05:50 05:55 06:05 06:40"),
        ("00:58 01:02 01:07 01:40", "04:58 05:02 05:07 05:40", "04:58 05:02 05:07 05:40"),
        ("01:50 01:55 02:03 02:30", "06:50 06:55 07:03 07:30", "06:50 06:55 07:03 07:30"),
        ("01:20 01:25 - -", "05:20 05:25", "06:20 06:25"),
        ("01:20 - - 09:30", "05:20 14:30", "06:20 14:30"),
        ("01:20 01:25 01:30 09:30", "05:20 05:25 05:30 14:30", "06:20 06:25 06:30 14:30"),
    ],
)
def test_a_rows_own_times_tell_the_pass_and_fold_where_they_do_not(
    tmp_path: Path, times: str, first: str, second: str
) -> None:
    assert utc_times(life(tmp_path, "first"), row(times)) == first
    assert utc_times(life(tmp_path, "second"), row(times)) == second


def test_an_earlier_time_in_an_event_is_that_of_the_earlier_event(tmp_path: Path) -> None:
    events = [json.loads(event.value) for event in life(tmp_path).events(row("01:50 01:10 01:15 01:40"))]
    reported, dispatched, arrived, closed = events
    assert {event["data"]["reported_at"] for event in (dispatched, arrived, closed)} == {reported["time"]}
    assert {event["data"]["dispatched_at"] for event in (arrived, closed)} == {dispatched["time"]}
    assert closed["data"]["arrived_at"] == arrived["time"]


def told(*times: str) -> list[int | None]:
    neighbours = Neighbours()
    for place, time in enumerate(times):
        neighbours.add(READ(f"2016-11-06 {time}:00") if time else None, place)
    found = neighbours.told()
    return [found.get(place) for place in range(len(times))]


A, B = FIRST_PASS, SECOND_PASS


@pytest.mark.parametrize(
    ("times", "passes"),
    [
        # where a file in order steps back, the clocks were set back
        (["00:40", "01:10", "01:40", "01:20", "01:50", "02:20"], [None, A, A, B, B, None]),
        (["02:20", "01:50", "01:20", "01:40", "01:10", "00:40"], [None, B, B, A, A, None]),
        (["01:10", "", "01:40", "01:05"], [A, None, A, B]),
        # no step back: who stands just behind or just in front of a plain time
        (["00:58", "01:02", "01:30", "01:58", "02:02"], [None, A, None, B, None]),
        (["00:30", "01:20", "02:50"], [None, None, None]),
        (["01:30"], [None]),
        # in a file that is only roughly in order a small step back is none of the clocks
        (["00:10", "00:05", "01:11", "01:10", "01:30", "04:00"], [None, None, None, None, None, None]),
        (["00:10", "00:05", "01:50", "01:10", "01:30", "04:00"], [None, None, A, B, B, None]),
        # in a file that is in no order neighbours tell nothing
        (["05:00", "00:10", "09:00", "01:50", "01:10", "00:20", "04:00", "00:10"], [None] * 8),
    ],
)
def test_neighbours_tell_the_pass(times: list[str], passes: list[int | None]) -> None:
    assert told(*times) == passes


def test_neighbours_tell_the_report_and_the_report_its_phases(tmp_path: Path) -> None:
    mapper = life(tmp_path)
    rows = [
        row(f"{called} {sent} - -", number)
        for number, (called, sent) in enumerate(
            [("00:50", "00:55"), ("01:20", "01:25"), ("01:55", "01:05"), ("01:15", "01:25"), ("02:10", "02:15")]
        )
    ]
    mapper.learn(rows)
    assert [utc_times(mapper, each) for each in rows] == [
        "04:50 04:55", "05:20 05:25", "05:55 06:05", "06:15 06:25", "07:10 07:15",
    ]  # fmt: skip
    assert [mapper.event_time(each) for each in rows] == [mapper.events(each)[0].epoch for each in rows]


def test_a_row_is_read_alike_however_often_and_in_whatever_order(tmp_path: Path) -> None:
    mapper, again = life(tmp_path), life(tmp_path)
    rows = [row(f"{called} - - -", number) for number, called in enumerate(["00:50", "01:40", "01:10", "02:10"])]
    mapper.learn(rows)
    again.learn(rows)
    forwards = [mapper.events(each) for each in rows]
    assert [again.events(each) for each in reversed(rows)] == forwards[::-1]
    assert [mapper.events(each) for each in rows] == forwards


def test_the_time_of_arrival_is_no_earlier_than_the_event(tmp_path: Path) -> None:
    mapper = life(tmp_path, head='[clock]\ncolumn = "done"')
    values = row("01:50 - - 01:05")
    assert mapper.event_time(values) == int(NIGHT.timestamp()) + 110 * 60
    assert mapper.arrival(values) == int(NIGHT.timestamp()) + 125 * 60


@given(
    st.lists(st.integers(0, 240), min_size=4, unique=True),
    st.lists(st.integers(0, 25), min_size=3, max_size=3),
    st.sampled_from(["first", "second"]),
)
def test_no_phase_is_an_hour_off_where_a_busy_file_in_order_tells(
    tmp_path_factory: pytest.TempPathFactory, minutes: list[int], steps: list[int], fold: str
) -> None:
    """A call every 10 minutes all night, and others: each event is at its instant again, whatever `fold` says."""
    mapper = life(tmp_path_factory.mktemp("life"), fold)
    starts = sorted({*minutes, *range(0, 240, 10)})
    truth = []
    for start in starts:
        at = [NIGHT + timedelta(minutes=start + sum(steps[:count])) for count in range(4)]
        truth.append(at)
    rows = [
        [str(number), *[f"{each.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S}" for each in at]]
        for number, at in enumerate(truth)
    ]
    mapper.learn(rows)
    found = [[event.epoch for event in mapper.events(each)] for each in rows]
    assert found == [[int(each.timestamp()) for each in at] for at in truth]


def test_one_cell_has_one_pass_however_often_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "life.toml"
    table = 'arrived_at = { column = "there", table = { "NULL" = "" } }'
    path.write_text(LIFE.replace("FOLD", "second").replace('arrived_at = { column = "there" }', table))
    mapper = RowMapper(load_mapping(path, CITIES), HEADER)
    values = row("01:50 01:55 01:05 09:00")
    mapper.learn([row("00:58 - - -"), values])
    *_, arrived, closed = [json.loads(event.value) for event in mapper.events(values)]
    assert closed["data"]["arrived_at"] == arrived["time"] == "2016-11-06T01:05:00-05:00"


def test_a_time_with_its_offset_needs_nobody_to_tell() -> None:
    assert type(READ("2016-11-06 01:30:00-05:00")) is Moment


def test_alike_lines_have_alike_times(tmp_path: Path) -> None:
    mapper = life(tmp_path)
    lines = "7,2016-11-06 01:10:00,,,\n8,2016-11-06 01:40:00,,,\n7,2016-11-06 01:10:00,,,\n"
    rows = list(csv.reader(lines.splitlines()))
    mapper.learn(rows)
    assert mapper.events(rows[0]) == mapper.events(rows[2])
