"""Times of rows: several columns, placeholders, and one bad later time that costs its own event only."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.accept import accept
from schemas.cities import load_cities
from sources.mapping import load_mapping
from sources.rows import RowMapper, RowRefused

CITIES = load_cities()
HEAD = 'city = "montgomery"\nsource = "montgomery/911"\n'
ONE = """
[[event]]
type = "incident.reported"
id = { prefix = "r-", join = ["no"] }
time = """

LIFE = """
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
GOOD = ["7", "2021-05-04 10:00:00", "2021-05-04 10:01:00", "2021-05-04 10:05:00", "2021-05-04 10:40:00"]
NEVER = "1900-01-01 00:00:00"


def mapper(tmp_path: Path, text: str, header: list[str] = HEADER, time: str = 'zone = "America/New_York"') -> RowMapper:
    path = tmp_path / "map.toml"
    path.write_text(f"{HEAD}[time]\n{time}\n{text}")
    return RowMapper(load_mapping(path, CITIES), header)


def taken(found: RowMapper, row: list[str]) -> tuple[list[dict[str, Any]], list[tuple[str, str, bool]]]:
    """The events of a row; and event, column and whether it is lost, of what is refused."""
    refused: list[RowRefused] = []
    events = [json.loads(event.value) for event in found.events(row, refused.append)]
    assert not any(value and value in each.reason for each in refused for value in row[1:])
    return events, [(each.event.removeprefix("incident."), each.column, each.lost) for each in refused]


def kinds(events: list[dict[str, Any]]) -> str:
    return " ".join(event["type"].split(".")[1] for event in events)


# --- several columns


@pytest.mark.parametrize(
    ("layout", "date", "clock", "expected"),
    [
        ("%m/%d/%Y %H%M", "03/03/2020", "845", "2020-03-03T08:45:00-05:00"),
        ("%m/%d/%Y %H%M", "03/03/2020 12:00:00 AM", "1", "2020-03-03T00:01:00-05:00"),
        ("%m/%d/%Y %H%M", "03/03/2020 12:00 AM", "2400", "2020-03-04T00:00:00-05:00"),
        ("%m/%d/%Y %H:%M", "03/03/2020 00:00", "8:45", "2020-03-03T08:45:00-05:00"),
        ("iso", "2020-03-03", "08:45", "2020-03-03T08:45:00-05:00"),
        ("iso", "2020-03-03T00:00:00.000", "08:45:10", "2020-03-03T08:45:10-05:00"),
        ("%Y-%m-%d %H:%M:%S %z", "2020-03-03 00:00:00", "-0800", "2020-03-03T03:00:00-05:00"),
    ],
)
def test_a_time_in_two_columns_is_one_time(tmp_path: Path, layout: str, date: str, clock: str, expected: str) -> None:
    time = f'zone = "America/New_York"\nformat = "{layout}"'
    found = mapper(tmp_path, ONE + '["date", "clock"]', ["no", "date", "clock"], time)
    (event,) = found.events(["7", date, clock])
    assert json.loads(event.value)["time"] == expected


@pytest.mark.parametrize(
    ("date", "clock", "column", "reason"),
    [
        ("03/03/2020 10:15:00 AM", "845", "date + clock", "is not a time written as"),
        ("03/03/2020 00:00:01", "845", "date + clock", "is not a time written as"),
        ("03/03/2020", "noon", "date + clock", "is not a time written as"),
        ("03/03/2020", "", "clock", "is empty, and the time is made of it"),
        ("NULL", "845", "date", "is empty, and the time is made of it"),
        ("", "", "date + clock", "is empty"),
    ],
)
def test_a_time_in_two_columns_is_refused_by_the_column_where_that_can_be_told(
    tmp_path: Path, date: str, clock: str, column: str, reason: str
) -> None:
    time = 'zone = "America/New_York"\nformat = "%m/%d/%Y %H%M"\nnone_of = ["NULL"]'
    found = mapper(tmp_path, ONE + '["date", "clock"]', ["no", "date", "clock"], time)
    with pytest.raises(RowRefused) as refused:
        found.events(["7", date, clock])
    assert (refused.value.column, refused.value.event) == (column, "")
    assert reason in refused.value.reason


def test_columns_may_be_joined_wherever_a_time_is_named(tmp_path: Path) -> None:
    text = (
        '[clock]\ncolumn = ["d", "in"]\n' + ONE.replace("reported", "arrived") + '{ column = ["d", "t"] }\n'
        '[event.data]\nreported_at = { column = ["d", "c"], format = "%Y-%m-%d %H%M" }\n'
        'dispatched_at = { column = "s" }\n'
    )
    found = mapper(tmp_path, text, ["no", "d", "t", "c", "s", "in"])
    row = ["7", "2020-03-03", "08:45", "830", "2020-03-03 08:31", "08:50"]
    (event,) = found.events(row)
    assert json.loads(event.value)["data"]["reported_at"] == "2020-03-03T08:30:00-05:00"
    assert found.arrival(row) == event.epoch + 300
    with pytest.raises(RowRefused, match=r"column d \+ c: is not a time written as"):
        found.events([*row[:3], "8.30", *row[4:]])


# --- no time


@pytest.mark.parametrize("absent", ["NULL", "1900-01-01", NEVER])
def test_a_placeholder_is_no_time_as_an_empty_cell_is(tmp_path: Path, absent: str) -> None:
    found = mapper(tmp_path, LIFE, time=f'zone = "America/New_York"\nnone_of = ["NULL", "1900-01-01", "{NEVER}"]')
    row = [*GOOD[:3], absent, GOOD[4]]
    assert found.events(row) == found.events([*GOOD[:3], "", GOOD[4]])
    assert kinds(taken(found, row)[0]) == "reported dispatched closed"


def test_a_placeholder_in_the_time_of_the_first_event_refuses_the_row(tmp_path: Path) -> None:
    found = mapper(tmp_path, LIFE, time='zone = "America/New_York"\nnone_of = ["NULL"]')
    with pytest.raises(RowRefused, match="column called: is empty"):
        found.events(["7", "NULL", *GOOD[2:]], lambda refused: None)


def test_a_table_replaces_the_text_of_a_time_before_it_is_read(tmp_path: Path) -> None:
    table = '{ column = "there", table = { "NULL" = "", "same" = "2021-05-04 10:30:00", "soon" = "10:30" } }'
    found = mapper(tmp_path, LIFE.replace('arrived_at = { column = "there" }', f"arrived_at = {table}"))
    closed = [taken(found, [*GOOD[:3], text, GOOD[4]]) for text in ("NULL", "same", "soon")]
    assert [events[-1]["data"].get("arrived_at") for events, _ in closed] == [None, "2021-05-04T10:30:00-04:00", None]
    # the arrival itself has no such table: it is refused each time, and the closed event lacks only what is no time
    assert [lost for _, lost in closed] == [
        [("arrived", "there", True)],
        [("arrived", "there", True)],
        [("arrived", "there", True), ("closed", "there", False)],
    ]


# --- one bad later time


@pytest.mark.parametrize(
    ("place", "text", "events", "refused"),
    [
        (
            3, "2021-05-04 09:59:30", "reported dispatched closed",
            [("arrived", "there", True), ("closed", "there", False)],
        ),
        (3, "2021-05-04 10:00:30", "reported dispatched closed", [("arrived", "there", True)]),
        (3, "2021-05-04 10:41:00", "reported dispatched arrived closed", [("closed", "there", False)]),
        (3, NEVER, "reported dispatched closed", [("arrived", "there", True), ("closed", "there", False)]),
        (3, "NULL", "reported dispatched closed", [("arrived", "there", True), ("closed", "there", False)]),
        (
            2, "NULL", "reported closed",
            [("dispatched", "sent", True), ("arrived", "sent", True), ("closed", "sent", False)],
        ),
        (
            2, "2021-05-04 09:00:00", "reported closed",
            [("dispatched", "sent", True), ("arrived", "sent", True), ("closed", "sent", False)],
        ),
        (2, "2021-05-04 10:06:00", "reported dispatched closed", [("arrived", "there", True)]),
        (4, "2021-05-04 09:00:00", "reported dispatched arrived", [("closed", "done", True)]),
        (4, "soon", "reported dispatched arrived", [("closed", "done", True)]),
    ],
)  # fmt: skip
def test_one_bad_later_time_costs_its_own_event_and_the_right_column_is_named(
    tmp_path: Path, place: int, text: str, events: str, refused: list[tuple[str, str, bool]]
) -> None:
    row = [*GOOD[:place], text, *GOOD[place + 1 :]]
    found, lost = taken(mapper(tmp_path, LIFE), row)
    assert (kinds(found), lost) == (events, refused)


def test_out_of_order_names_both_columns(tmp_path: Path) -> None:
    refused: list[RowRefused] = []
    mapper(tmp_path, LIFE).events([*GOOD[:3], "2021-05-04 10:00:30", GOOD[4]], refused.append)
    assert [(each.column, each.reason) for each in refused] == [
        ("there", "wrong_order: is before the time in column sent")
    ]


def test_the_first_event_refused_is_the_row_refused(tmp_path: Path) -> None:
    refused: list[RowRefused] = []
    with pytest.raises(RowRefused, match="column called: is not an ISO time"):
        mapper(tmp_path, LIFE).events([GOOD[0], "?", *GOOD[2:]], refused.append)
    assert refused == []


def test_whoever_does_not_ask_for_refusals_is_not_given_half_a_row(tmp_path: Path) -> None:
    with pytest.raises(RowRefused, match="column there"):
        mapper(tmp_path, LIFE).events([*GOOD[:3], "NULL", GOOD[4]])


cells = st.sampled_from(["", "NULL", NEVER, "2021-05-04 09:00:00", *GOOD[1:], "2021-05-04 11:00:00", "２０21"])


@given(st.lists(cells, min_size=3, max_size=3))
def test_every_time_of_a_call_is_an_event_or_empty_or_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, later: list[str]
) -> None:
    found, lost = taken(mapper(tmp_path_factory.mktemp("map"), LIFE), [*GOOD[:2], *later])
    made = Counter(event["type"].split(".")[1] for event in found)
    gone = Counter(event for event, _, is_lost in lost if is_lost)
    for name, text in zip(("dispatched", "arrived", "closed"), later, strict=True):
        assert made[name] + gone[name] == bool(text)
    for event in found:
        accept(json.dumps(event).encode())
