"""Rows become the events that the mapping says, or are refused by name."""

from __future__ import annotations

import csv
import gzip
import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from schemas.accept import accept
from schemas.cities import load_cities
from sources.mapping import load_mapping
from sources.rows import RowMapper, RowRefused
from sources.shipped import data_path, map_path

CITIES = load_cities()
HEADER = ["no", "at", "type", "place", "status", "was_at", "now"]

LIFE = """
city = "montgomery"
source = "montgomery/911"
[time]
zone = "America/New_York"

[[event]]
type = "incident.reported"
time = "at"
id = { prefix = "r-", join = ["no"] }
when = { column = "status", none_of = ["CANCELLED", "RECODED"] }
[event.data]
beat = { column = "place", table = { "Abington Twp" = "ABINGTON" } }
category = { column = "type", patterns = [{ match = "(?i)crash", code = "Traffic: VEHICLE ACCIDENT -" }] }

[[event]]
type = "incident.cancelled"
time = "at"
id = { prefix = "x-", join = ["no"] }
when = { column = "status", one_of = ["CANCELLED"] }
[event.data]
beat = { column = "place" }
category = { column = "type" }
reported_at = { column = "was_at" }

[[event]]
type = "incident.reclassified"
time = "at"
id = { prefix = "n-", join = ["no"] }
when = { column = "status", one_of = ["RECODED"] }
[event.data]
beat = { column = "place" }
category = { column = "type" }
reported_at = { column = "was_at" }
now_category = { column = "now" }
"""


@pytest.fixture
def life(tmp_path: Path) -> RowMapper:
    path = tmp_path / "life.toml"
    path.write_text(LIFE)
    return RowMapper(load_mapping(path, CITIES), HEADER)


def only(mapper: RowMapper, row: list[str]) -> dict[str, Any]:
    (event,) = mapper.events(row)
    decoded: dict[str, Any] = json.loads(event.value)
    return decoded


def shipped(name: str) -> tuple[RowMapper, list[list[str]]]:
    with gzip.open(data_path(name), "rt", encoding="utf-8", newline="") as text:
        header, *rows = csv.reader(text)
    return RowMapper(load_mapping(map_path(name), CITIES), header), rows


def test_tables_and_patterns_give_codes_and_the_rest_stays_as_it_is(life: RowMapper) -> None:
    event = only(life, ["7", "2016-01-15 12:00:00", "Crash, two cars", "Abington Twp", "", "", ""])
    assert event["data"] == {"beat": "ABINGTON", "category": "Traffic: VEHICLE ACCIDENT -"}
    assert (event["id"], event["subject"], event["time"]) == ("r-7", "7", "2016-01-15T12:00:00-05:00")
    other = only(life, ["8", "2016-01-15 12:00:00", "Cat in tree", "Elsewhere", "", "", ""])
    assert other["data"] == {"beat": "Elsewhere", "category": "Cat in tree"}


def test_rows_that_retract_become_events_that_name_the_first_report(life: RowMapper) -> None:
    row = ["7", "2016-01-15 13:00:00", "A", "ABINGTON", "CANCELLED", "2016-01-15 12:00:00", ""]
    cancelled = only(life, row)
    assert cancelled["type"] == "incident.cancelled.v1"
    assert cancelled["subject"] == "7"
    assert cancelled["data"]["reported_at"] == "2016-01-15T12:00:00-05:00"
    recoded = only(life, [*row[:4], "RECODED", row[5], "B"])
    assert (recoded["type"], recoded["data"]["now_category"]) == ("incident.reclassified.v1", "B")


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (["7", "", "A", "P", "", "", ""], "at", "is empty"),
        (["7", "noon", "A", "P", "", "", ""], "at", "not an ISO time"),
        (["7", "2016-01-15 12:00:00", "A"], "", "3 fields, the header 7"),
        (["", "2016-01-15 12:00:00", "A", "P", "", "", ""], "no", "is empty"),
        (["a b", "2016-01-15 12:00:00", "A", "P", "", "", ""], "no", "wrong_shape"),
        (["7", "2016-01-15 12:00:00", "13912345678", "P", "", "", ""], "type", "person"),
        (["7", "2016-01-15 12:00:00", "A", "P", "CANCELLED", "", ""], "was_at", "reported_at"),
        (["7", "2016-01-15 12:00:00", "A", "P", "CANCELLED", "2016-01-16 12:00:00", ""], "at", "wrong_order"),
        (["7", "2216-01-15 12:00:00", "A", "P", "", "", ""], "at", "wrong_time"),
    ],
)
def test_a_row_that_cannot_be_mapped_names_column_and_reason(
    life: RowMapper, row: list[str], column: str, reason: str
) -> None:
    with pytest.raises(RowRefused) as refused:
        life.events(row)
    assert refused.value.column == column
    assert reason in refused.value.reason
    assert "13912345678" not in refused.value.reason


NUMBERED = """
city = "montgomery"
source = "montgomery/911"
[time]
format = "%Y-%m-%d %H:%M:%S"
zone = "America/New_York"
[[event]]
type = "incident.reported"
time = "at"
id = {id}
{subject}
[event.data]
category = {{ column = "type" }}
"""


def numbered(tmp_path: Path, id_: str, subject: str = "") -> RowMapper:
    path = tmp_path / "numbered.toml"
    path.write_text(NUMBERED.format(id=id_, subject=subject))
    return RowMapper(load_mapping(path, CITIES), HEADER)


@pytest.mark.parametrize(
    ("prefix", "number"),
    [
        *itertools.product(["", "r-"], ["16000356905", "110101199003070097", "138-0013-8000"]),
        ("2016-", "16000356905"),
    ],
)
def test_a_number_that_looks_like_a_person_is_refused_with_the_ways_out(
    tmp_path: Path, prefix: str, number: str
) -> None:
    mapper = numbered(tmp_path, f'{{ prefix = "{prefix}", join = ["no"] }}')
    with pytest.raises(RowRefused) as refused:
        mapper.events([number, "2016-01-15 12:00:00", "A", "", "", "", ""])
    assert refused.value.column == "no"
    for way in ("a letter right before the number", "`hash`", '`prefix = "n"`'):
        assert way in refused.value.reason
    assert number not in refused.value.reason


@pytest.mark.parametrize("number", ["16000356905", "110101199003070097", "138-0013-8000"])
def test_each_way_out_lets_such_a_number_in(tmp_path: Path, number: str) -> None:
    row = [number, "2016-01-15 12:00:00", "A", "", "", "", ""]
    prefixed = only(numbered(tmp_path, '{ prefix = "n", join = ["no"] }'), row)
    assert (prefixed["id"], prefixed["subject"]) == (f"n{number}", f"i{number}")
    both = only(numbered(tmp_path, '{ prefix = "n", join = ["no"] }', 'subject = { prefix = "c", join = ["no"] }'), row)
    assert (both["id"], both["subject"]) == (f"n{number}", f"c{number}")
    hashed = only(numbered(tmp_path, '{ hash = ["no"] }'), row)
    assert number not in hashed["id"] + hashed["subject"]


def test_a_subject_of_its_own_needs_its_own_way_out(tmp_path: Path) -> None:
    mapper = numbered(tmp_path, '{ prefix = "n", join = ["no"] }', 'subject = { join = ["no"] }')
    with pytest.raises(RowRefused, match="subject looks like a person") as refused:
        mapper.events(["16000356905", "2016-01-15 12:00:00", "A", "", "", "", ""])
    assert refused.value.column == "no"


def test_a_subject_from_the_id_stays_as_it_is_where_no_number_looks_like_a_person(tmp_path: Path) -> None:
    event = only(
        numbered(tmp_path, '{ prefix = "n", join = ["no"] }'), ["26000356905", "2016-01-15 12:00:00", "A", *[""] * 4]
    )
    assert event["subject"] == "26000356905"


@pytest.mark.full
@pytest.mark.slow
def test_montgomery_gives_every_row_but_three_an_event_with_an_id_of_its_own() -> None:
    mapper, rows = shipped("montgomery-pa-911")
    city = CITIES.by_name["montgomery"]
    ids, unknown, refused = set(), Counter[str](), []
    for row in rows:
        try:
            (event,) = mapper.events(row)
        except RowRefused as wrong:
            refused.append(wrong.column)
            continue
        accepted = accept(event.value)
        ids.add(accepted.id)
        _, beat, category, *_ = accepted.cell_key()  # type: ignore[union-attr]
        unknown["beat"] += beat not in city.beats
        unknown["category"] += category not in city.codes
    assert refused == ["desc_time"] * 3
    assert len(ids) == 99_489
    assert unknown == {"beat": 43, "category": 0}


def test_the_same_row_always_gets_the_same_id() -> None:
    mapper, rows = shipped("montgomery-pa-911")
    again, _ = shipped("montgomery-pa-911")
    assert mapper.events(rows[5]) == again.events(rows[5])


def test_minneapolis_gives_every_row_a_stop_in_a_known_place() -> None:
    mapper, rows = shipped("minneapolis-stops-2017")
    city = CITIES.by_name["minneapolis"]
    ids = set()
    for row in rows:
        (event,) = mapper.events(row)
        accepted = accept(event.value)
        _, beat, kind, _ = accepted.cell_key()  # type: ignore[union-attr]
        assert beat in city.beats
        assert city.node(kind) != "unknown"
        ids.add(accepted.id)
    assert (len(rows), len(ids)) == (51_920, 51_919)


def test_seattle_is_mapped_by_patterns_alone() -> None:
    mapper, rows = shipped("seattle-calls-sample")
    city = CITIES.by_name["seattle"]
    nodes = Counter(city.node(json.loads(mapper.events(row)[0].value)["data"]["category"]) for row in rows)
    assert nodes.total() == 200
    assert "unknown" not in nodes
    assert nodes["other_other"] < 20


def test_the_time_of_a_row_is_that_of_the_event_that_takes_it(tmp_path: Path) -> None:
    """Calls and stops in one file, each with a time column of its own: the file's clock follows both."""
    (tmp_path / "map.toml").write_text("""
city = "montgomery"
source = "montgomery/911"
[time]
format = "epoch"
[[event]]
type = "incident.reported"
time = "called"
id = { join = ["no"] }
when = { column = "kind", one_of = ["call"] }
[[event]]
type = "incident.reported"
time = "seen"
id = { join = ["no"] }
when = { column = "kind", one_of = ["officer"] }
[event.data]
origin = "officer"
""")
    header = ["no", "kind", "called", "seen"]
    mapper = RowMapper(load_mapping(tmp_path / "map.toml", load_cities()), header)
    assert mapper.event_time(["1", "call", "1451606400", ""]) == 1451606400
    assert mapper.event_time(["2", "officer", "0", "1451606460"]) == 1451606460
    assert mapper.event_time(["3", "other", "1451606400", "1451606400"]) is None
