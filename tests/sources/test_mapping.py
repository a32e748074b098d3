"""A wrong mapping file is one line that names the file, the key and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.errors import WrongUse
from schemas.cities import load_cities
from sources.mapping import load_mapping
from sources.rows import RowMapper
from sources.shipped import data_path, map_names, map_path
from sources.table import Table

CITIES = load_cities()

GOOD = """
city = "montgomery"
source = "montgomery/911"
[time]
zone = "America/New_York"
[[event]]
type = "incident.reported"
time = "at"
id = { hash = ["at", "title"] }
[event.data]
beat = { column = "twp" }
category = { column = "title" }
"""


def mapping(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "city.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("name", map_names())
def test_every_shipped_mapping_fits_its_shipped_file(name: str) -> None:
    found = load_mapping(map_path(name), CITIES)
    table = Table(data_path(name))
    found.check_header(table.header(), table.path)
    RowMapper(found, table.header())


def test_the_good_one_is_good(tmp_path: Path) -> None:
    assert load_mapping(mapping(tmp_path, GOOD), CITIES).topics == ("citywatch.incidents",)


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ('city = "montgomery"', 'city = "atlantis"', "city", "no city 'atlantis'; there are"),
        ('"montgomery/911"', '"montgomery/119"', "source", "montgomery/911"),
        ('city = "montgomery"', "", "city", "missing"),
        ("[time]", "[tiem]", "tiem", "unknown field"),
        ("America/New_York", "America/Old_York", "time.zone", "no time zone"),
        ("[time]", '[time]\nformat = "YYYY-MM-DD"', "time.format", "%Y-%m-%d"),
        ("[time]", '[file]\nencoding = "klingon"\n[time]', "file.encoding", "gbk"),
        ("incident.reported", "incident.reportet", "event[0].type", "incident.reported"),
        ("incident.reported", "patrol.stop", "event[0].data.category", "no such field"),
        ("incident.reported", "incident.closed", "event[0].data.reported_at", "needs it"),
        ('{ hash = ["at", "title"] }', "{}", "event[0].id", "`hash` or as `join`"),
        ('{ hash = ["at"', '{ join = ["twp"], hash = ["at"', "event[0].id", "`hash` or as `join`"),
        ('time = "at"', "", "time", "missing"),
        ("beat = {", "bete = {", "event[0].data.bete", "no such field; it has beat"),
        ('{ column = "twp" }', '{ colum = "twp" }', "event[0].data.beat", "colum"),
        ("[event.data]", '[event.data]\norigin = "martian"', "event[0].data.origin", "citizen"),
        ("[event.data]", '[event.data]\npriority = "high"', "event[0].data.priority", "number"),
        (
            '{ column = "title" }',
            "{ column = 'title', patterns = [{ match = '(', code = 'x' }] }",
            "event[0].data.category.patterns[0].match",
            "regular expression",
        ),
        ('zone = "America', "zone = America", "", "is not TOML"),
        ("[time]", '[time]\nformat = "%Y-%m-%d %H:%M %Z"', "time.format", "zones = {"),
        ("[time]", '[time]\nformat = "%H:%M:%S"', "time.format", "no year"),
        ("[time]", '[time]\nzones = { CST = "America/Chicago" }', "time.zones", "no format has %Z"),
        ("[time]", '[time]\nzones = { CST = "Chicago" }', "time.zones.CST", "-05:00"),
        ("[time]", '[time]\nzones = { "" = "UTC" }', "time.zones", "no name of a zone"),
        ("[time]", '[time]\nfrom = "2010"', "time.from", "ISO"),
        ("[time]", '[time]\nto = "1950-01-01"', "time.to", "1970"),
        ("[time]", '[time]\nfrom = "2020-01-02"\nto = "2020-01-01"', "time.to", "the later one"),
        ('zone = "America/New_York"', 'format = "%Y-%m-%d"', "event[0].time.zone", "have no offset"),
        ('time = "at"', "time = []", "event[0].time", "length"),
        ('time = "at"', 'time = ["at", "at"]', "event[0].time.column", "twice"),
        ('time = "at"', 'time = { column = "at", format = "%p" }', "event[0].time.format", "no year"),
        ('time = "at"', 'time = { column = "at", otherwise = "x" }', "event[0].time", "otherwise"),
        ("[time]", '[clock]\ncolumn = "at"\nformat = "%c"\n[time]', "clock.format", "machine"),
        ("[time]", '[clock]\ncolumn = "at"\nzone = "Mars"\n[time]', "clock.zone", "no time zone"),
        ('{ column = "twp" }', '{ column = "twp", format = "iso" }', "event[0].data.beat", "format"),
        (
            '{ column = "title" }',
            "{ column = 'title', patterns = [{ match = 'FEVER', code = 'EMS: FEVR' }] }",
            "event[0].data.category.patterns[0].code: 'EMS: FEVR' is no code of city montgomery",
            "did you mean 'EMS: FEVER'?",
        ),
        (
            '{ column = "title" }',
            '{ column = "title", table = { F = "EMS: FEVR" } }',
            "event[0].data.category.table.F",
            "did you mean 'EMS: FEVER'?",
        ),
        (
            '{ column = "title" }',
            '{ column = "title", otherwise = "robbery" }',
            "event[0].data.category.otherwise",
            'write `robbery = "robbery"` under [codes]',
        ),
        ('{ column = "title" }', '"zzz"', "event[0].data.category: 'zzz' is no code", "there are EMS"),
        ('{ column = "twp" }', '"HORSAM"', "event[0].data.beat: 'HORSAM' is no beat", "did you mean 'HORSHAM'?"),
        ("[time]", '[[skip]]\ncolumn = "title"\n[time]', "skip[0]", "say which rows"),
        ("[time]", '[[skip]]\ncolumn = "title"\nmatch = "("\n[time]', "skip[0].match", "regular expression"),
        ('"montgomery/911"', '"montgomry/911"', "source", "did you mean 'montgomery/911'?"),
        ('city = "montgomery"', 'city = "montgomry"', "city", "did you mean 'montgomery'?"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_key(tmp_path: Path, old: str, new: str, key: str, says: str) -> None:
    assert old in GOOD
    with pytest.raises(WrongUse) as wrong:
        load_mapping(mapping(tmp_path, GOOD.replace(old, new, 1)), CITIES)
    text = str(wrong.value)
    assert "\n" not in text
    assert "city.toml" in text
    assert key in text
    assert says in text


def test_the_codes_that_a_restating_event_moves_to_are_looked_up_too(tmp_path: Path) -> None:
    moved = GOOD.replace("incident.reported", "incident.reclassified") + (
        'reported_at = { column = "at" }\nnow_category = "EMS: FEVER"\nnow_beat = "HORSAM"\n'
    )
    with pytest.raises(WrongUse, match=r"event\[0\]\.data\.now_beat: .*did you mean 'HORSHAM'"):
        load_mapping(mapping(tmp_path, moved), CITIES)


def test_no_code_and_the_unknown_one_need_no_list(tmp_path: Path) -> None:
    text = GOOD.replace('"title" }', '"title", table = { x = "" }, otherwise = "unknown" }')
    assert load_mapping(mapping(tmp_path, text), CITIES).city.name == "montgomery"


@pytest.mark.parametrize(
    ("time", "days_only"),
    [
        ("", False),
        ('format = "epoch"', False),
        ('format = "%m/%d/%Y"', True),
        ('format = "%d %B %y"', True),
        ('format = "%m/%d/%Y %H:%M"', False),
        ('format = "%m/%d/%Y %I %p"', False),
        ('format = "%m/%d/%Y %H:%M"\nresolution = "day"', True),
    ],
)
def test_a_format_without_an_hour_knows_only_the_day(tmp_path: Path, time: str, days_only: bool) -> None:
    found = load_mapping(mapping(tmp_path, GOOD.replace("[time]", f"[time]\n{time}", 1)), CITIES)
    assert found.days_only == days_only


def test_a_row_in_the_place_of_the_header_is_shown_without_what_may_be_a_person(tmp_path: Path) -> None:
    found = load_mapping(mapping(tmp_path, GOOD), CITIES)
    with pytest.raises(WrongUse, match="it has 1, ") as wrong:
        found.check_header(["1", "13912345678", *map(str, range(100, 300))], Path("calls.csv"))
    assert "13912345678" not in str(wrong.value)
    assert "more" in str(wrong.value)


def test_a_type_of_another_topic_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace("incident.reported", "patrol.stop").replace("category =", "kind =")
    with pytest.raises(WrongUse, match=r"event\[0\]\.type: .*citywatch\.patrols"):
        load_mapping(mapping(tmp_path, text), CITIES)


def test_a_column_that_the_file_lacks_is_named_with_its_key(tmp_path: Path) -> None:
    found = load_mapping(mapping(tmp_path, GOOD), CITIES)
    with pytest.raises(
        WrongUse, match=r"event\[0\]\.data\.beat\.column: calls\.csv has no column 'twp'; it has at, title"
    ):
        found.check_header(["at", "title"], Path("calls.csv"))


def test_every_column_of_a_time_must_be_in_the_file(tmp_path: Path) -> None:
    found = load_mapping(mapping(tmp_path, GOOD.replace('time = "at"', 'time = ["at", "clock"]')), CITIES)
    with pytest.raises(WrongUse, match=r"event\[0\]\.time: calls\.csv has no column 'clock'"):
        found.check_header(["at", "title", "twp"], Path("calls.csv"))


def test_patterns_of_a_time_are_refused(tmp_path: Path) -> None:
    text = GOOD.replace("incident.reported", "incident.dispatched")
    text += 'reported_at = { column = "at", patterns = [{ match = "N", code = "" }] }\n'
    with pytest.raises(WrongUse, match=r"event\[0\]\.data\.reported_at: .*patterns"):
        load_mapping(mapping(tmp_path, text), CITIES)


def test_a_range_takes_both_of_its_days(tmp_path: Path) -> None:
    text = GOOD.replace("[time]", '[time]\nfrom = "2016-01-01"\nto = "2016-01-31"')
    mapper = RowMapper(load_mapping(mapping(tmp_path, text), CITIES), ["at", "title", "twp"])
    days = ("2015-12-31 23:59:59", "2016-01-01 00:00:00", "2016-01-31 23:59:59", "2016-02-01 00:00:00")
    assert [mapper.event_time([day, "A", "B"]) is not None for day in days] == [False, True, True, False]


@pytest.mark.parametrize("find", [map_path, data_path])
def test_an_unknown_name_lists_the_shipped_ones(find: object) -> None:
    assert callable(find)
    with pytest.raises(WrongUse, match="montgomery-pa-911"):
        find("nowhere")
