"""The examples of docs/mapping.md work as they stand there."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from runtime.settings import Settings
from schemas.cities import Cities, load_cities, load_city
from schemas.families import TYPES
from schemas.family import type_of
from sources.check import check
from sources.layouts import NAMED, PARTS, parser
from sources.mapping import load_mapping
from sources.rows import RowMapper, RowRefused
from sources.shipped import data_path, map_names
from sources.table import Table

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "mapping.md").read_text("utf-8")
CHANGES = (DOCS / "mapping-changes.md").read_text("utf-8")
BLOCKS: list[str] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
HEAD = 'city = "montgomery"\nsource = "montgomery/911"\n[time]\nzone = "America/New_York"\n'


def block(begins: str) -> str:
    (found,) = [text for text in BLOCKS if text.startswith(begins)]
    return found


def test_the_city_of_the_page_is_a_city() -> None:
    city = load_city(block('name = "seattle"'), "docs/mapping.md")
    assert city.node("car-prowl") == "theft_from_vehicle"


def test_the_mapping_of_the_page_maps_the_shipped_sample(tmp_path: Path) -> None:
    path = tmp_path / "seattle.toml"
    path.write_text(block('city = "seattle"'), "utf-8")
    table = Table(data_path("seattle-calls-sample"))
    mapper = RowMapper(load_mapping(path, load_cities()), table.header())
    origins = [json.loads(mapper.events(row)[0].value)["data"]["origin"] for _, row in table.rows()]
    assert {"officer", "citizen"} == set(origins)


@pytest.mark.parametrize(
    ("begins", "header", "row", "types"),
    [
        (
            '[[event]]\ntype = "incident.arrived"',
            "cad_no,beat,type,called_at,sent_at,on_scene_at",
            "7,HORSHAM,A,2026-01-01 10:00:00,2026-01-01 10:01:00,2026-01-01 10:06:00",
            ["incident.arrived.v1"],
        ),
        (
            '[[event]]\ntype = "incident.reported"',
            "cad_no,at,beat,type,status,first_beat,first_type,first_at",
            "7,2026-01-02 10:00:00,HORSHAM,B,RECODED,HORSHAM,A,2026-01-01 10:00:00",
            ["incident.reclassified.v1"],
        ),
    ],
)
def test_the_fragments_of_the_page_map_a_row(
    tmp_path: Path, begins: str, header: str, row: str, types: list[str]
) -> None:
    path = tmp_path / "map.toml"
    path.write_text(HEAD + block(begins), "utf-8")
    columns, values = csv.reader([header, row])
    events = [json.loads(event.value) for event in RowMapper(load_mapping(path, load_cities()), columns).events(values)]
    assert [event["type"] for event in events] == types
    assert {event["subject"] for event in events} == {"7"}


EXAMPLES = re.findall(r"```csv\n(.*?)```\n+```toml\n(.*?)```", CHANGES, re.DOTALL)
REDRAWN = """
name = "county"
zh = "县"
en = "County"
tz = "America/New_York"
sectors.S = { zh = "s", en = "s" }
codes = { "EMS: FEVER" = "medical_other", "EMS: HEAD INJURY" = "medical_injury", "Fire: FIRE ALARM" = "fire_alarm" }
sources."county/911".topics = ["citywatch.incidents"]
beats.HORSHAM = { sector = "S", zh = "h", en = "h" }
beats."HORSHAM to 2025" = { sector = "S", zh = "h", en = "h" }
beats.AMBLER = { sector = "S", zh = "a", en = "a" }
"""


@pytest.fixture(params=EXAMPLES, ids=["no time", "signed", "redrawn"])
def example(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Settings, Path, Path]:
    """An example of docs/mapping-changes.md as files, with the settings under which its city is one."""
    rows, mapping = request.param
    (tmp_path / "cities").mkdir()
    (tmp_path / "cities" / "county.toml").write_text(REDRAWN, "utf-8")
    (tmp_path / "rows.csv").write_text(rows, "utf-8")
    (tmp_path / "map.toml").write_text(
        'city = "county"\nsource = "county/911"\n[time]\nzone = "America/New_York"\n' + mapping, "utf-8"
    )
    return Settings(cities=tmp_path / "cities", data=tmp_path), tmp_path / "map.toml", tmp_path / "rows.csv"


def test_the_examples_of_feeds_that_take_back_lose_nothing_and_name_what_is_there(
    example: tuple[Settings, Path, Path],
) -> None:
    told = check(*example)
    assert (told.loses, told.found.unmatched, told.events) == ([], 0, told.read)
    assert (told.found.unknown_beats, told.found.unknown_codes) == ({}, {})


def counting(tmp_path: Path, rows: str, mapping: str) -> list[tuple[str, str]]:
    """Beat and category of each incident as it counts in the end, by the rule that the page tells."""
    path = tmp_path / "map.toml"
    path.write_text('city = "county"\nsource = "county/911"\n[time]\nzone = "America/New_York"\n' + mapping, "utf-8")
    city = load_city(REDRAWN, "there")
    table = list(csv.reader(rows.splitlines()))
    mapper = RowMapper(load_mapping(path, Cities({"county": city}, {"county/911": city})), table[0])
    events = [event.event for row in table[1:] for event in mapper.events(row)]
    restating = sorted((e for e in events if type_of(e.__class__).restates), key=lambda e: (e.epoch, e.id))
    rules = {event.subject: event for event in restating}
    counted = []
    for event in events:
        if (
            type_of(event.__class__).restates
            or type_of(rules.get(event.subject, event).__class__).name == "incident.cancelled"
        ):
            continue
        now = type_of(rules[event.subject].__class__).now(rules[event.subject]) if event.subject in rules else {}
        counted.append((now.get("beat", event.data.beat), now.get("category", event.data.category)))
    return sorted(counted)


@pytest.mark.parametrize(
    ("example_of", "counts"),
    [
        (EXAMPLES[0], [("HORSHAM", "EMS: HEAD INJURY")]),
        (EXAMPLES[1], [("AMBLER", "EMS: FEVER"), ("AMBLER", "EMS: HEAD INJURY")]),
        (EXAMPLES[2], [("AMBLER", "EMS: FEVER"), ("HORSHAM", "EMS: FEVER"), ("HORSHAM to 2025", "EMS: FEVER")]),
    ],
    ids=["no time", "signed", "redrawn"],
)
def test_the_examples_of_feeds_that_take_back_count_what_the_page_says(
    tmp_path: Path, example_of: tuple[str, str], counts: list[tuple[str, str]]
) -> None:
    assert counting(tmp_path, *example_of) == counts


def test_a_change_under_the_same_id_loses_a_row_of_a_signed_feed_and_check_says_so(tmp_path: Path) -> None:
    rows, mapping = EXAMPLES[1]
    (tmp_path / "cities").mkdir()
    (tmp_path / "cities" / "county.toml").write_text(REDRAWN, "utf-8")
    (tmp_path / "rows.csv").write_text(rows, "utf-8")
    path = tmp_path / "map.toml"
    by_number = mapping.replace('hash = ["no", "at", "beat", "type"]', 'join = ["no"]')
    path.write_text('city = "county"\nsource = "county/911"\n[time]\nzone = "America/New_York"\n' + by_number, "utf-8")
    assert check(Settings(cities=tmp_path / "cities"), path, tmp_path / "rows.csv").loses == ["conflicts"]


HEAD_ONLY = 'city = "montgomery"\nsource = "montgomery/911"\n'
PLAIN_EVENT = '[[event]]\ntype = "incident.reported"\ntime = "at"\nid = { join = ["no"] }\n'


@pytest.mark.parametrize(
    ("begins", "event", "header", "row", "time"),
    [
        (
            '[time]\nformat = "%Y-%m-%d %H:%M:%S %Z"',
            PLAIN_EVENT,
            "no,at", "7,2024-01-30 00:15:00 UTC",
            "2024-01-29T18:15:00-06:00",
        ),
        (
            '[time]\nformat = "%m/%d/%Y %H%M"',
            "",
            "no,date,clock", "7,03/03/2020 12:00:00 AM,845",
            "2020-03-03T08:45:00-08:00",
        ),
        ('[time]\nzone = "America/New_York"\nnone_of', PLAIN_EVENT, "no,at", "7,1900-01-01", "is empty"),
    ],
)  # fmt: skip
def test_the_times_of_the_page_are_read_as_it_says(
    tmp_path: Path, begins: str, event: str, header: str, row: str, time: str
) -> None:
    path = tmp_path / "map.toml"
    path.write_text(HEAD_ONLY + block(begins) + event, "utf-8")
    columns, values = csv.reader([header, row])
    mapper = RowMapper(load_mapping(path, load_cities()), columns)
    try:
        told = json.loads(mapper.events(values)[0].value)["time"]
    except RowRefused as refused:
        told = refused.reason
    assert told == time


def test_every_part_and_format_of_the_page_is_one() -> None:
    assert all(f"`{name}`" in PAGE for name in NAMED)
    taken, also = re.findall(r"`(%Y %m[^`]*)`; also `([^`]*)`", PAGE)[0]
    assert set(f"{taken} {also}".split()) == {f"%{part}" for part in PARTS}
    (refused,) = re.findall(r"`(%a [^`]*)` add nothing", PAGE)
    for part in [*refused.split(), "%c", "%x", "%X"]:
        with pytest.raises(ValueError, match=r"would be ignored|depends on the machine"):
            parser(f"%Y-%m-%d {part}")


def test_every_field_of_the_types_on_the_page_is_there_and_bold_where_it_is_needed() -> None:
    rows = dict(re.findall(r"^\| `((?:incident|patrol)\.\w+)` \| (.*) \|$", PAGE, re.M))
    assert rows.keys() == {name for name, declared in TYPES.items() if declared.family in ("incident", "patrol")}
    for name, row in rows.items():
        told = re.findall(r"(\*\*)?`(\w+)`", re.sub(r"\([^)]*\)", "", row))
        assert {field: bool(bold) for bold, field in told} == {
            field.name: field.required for field in TYPES[name].fields.values()
        }


def test_every_shipped_mapping_is_on_the_page() -> None:
    assert all(f"`{name}`" in PAGE for name in map_names())
