"""Migration is safe to repeat, changes only what differs, and old servers are not asked for what they lack."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.settings import Settings
from schemas.cities import load_cities
from sinks.lists import load_lists
from sinks.migrate import files, migrate, split
from sinks.store import Store
from sinks.writer import write
from tests.sinks.worlds import START, Raw, World, result_batch

CITY = """
name = "smallville"
zh = "小镇"
en = "Smallville"
tz = "Asia/Shanghai"
[sectors.S1]
zh = "{sector}"
en = "First"
[beats.B1]
sector = "S1"
zh = "一号"
en = "One"
[codes]
"77" = "{node}"
[sources."smallville/110"]
topics = ["citywatch.incidents"]
"""


def settings_with(directory: Path, sector: str = "一区", node: str = "street_theft") -> Settings:
    cities = directory / "cities"
    cities.mkdir(exist_ok=True)
    (cities / "smallville.toml").write_text(CITY.format(sector=sector, node=node), "utf-8")
    return Settings(cities=cities, data=directory)


def test_a_second_migration_changes_nothing(engine: Store, tmp_path: Path) -> None:
    assert migrate(engine, Settings(data=tmp_path)) == []


def test_what_ran_is_recorded(engine: Store, tmp_path: Path) -> None:
    names = [file.name for file in files(Settings(data=tmp_path))]
    assert engine.query("SELECT name FROM migrations FINAL ORDER BY name") == [(name,) for name in names]
    assert names == sorted(names)


def test_a_changed_setting_runs_its_file_again(engine: Store, tmp_path: Path) -> None:
    assert migrate(engine, Settings(data=tmp_path, keep_raw=30)) == ["06_retention.sql"]
    if engine.version >= (20, 1):
        ((text,),) = engine.query("SELECT create_table_query FROM system.tables WHERE name = 'events' LIMIT 1")
        assert "toIntervalDay(30)" in text


def test_a_migration_over_another_one_that_broke_off_finishes_it(engine: Store, tmp_path: Path) -> None:
    engine.command("DROP TABLE figures")
    engine.command("DROP TABLE migrations")
    migrate(engine, Settings(data=tmp_path))
    assert engine.query("SELECT count() FROM figures") == [(0,)]


def test_lists_hold_every_city(engine: Store) -> None:
    cities = load_cities()
    assert engine.query("SELECT count() FROM source_list") == [(len(cities.by_source),)]
    beats = sum(len(city.beats) for city in cities.by_name.values())
    assert engine.query("SELECT count() FROM zone_list") == [(beats,)]
    codes = sum(len(city.codes) for city in cities.by_name.values())
    assert engine.query("SELECT count() FROM code_list") == [(codes,)]


@pytest.fixture
def smallville(engine: Store, tmp_path: Path) -> Store:
    """A city of one beat with two events: one whose codes are listed, one whose are not."""
    migrate(engine, settings_with(tmp_path))
    rows = [
        Raw(0, 0, "a", "i1", START, beat="B1", category="77"),
        Raw(0, 1, "b", "i2", START, beat="B9", category="78"),
    ]
    write(engine, result_batch(World("smallville", rows), 0, 2))
    return engine


def test_figures_have_every_level_and_unknown_beside_them(smallville: Store) -> None:
    rows = smallville.query(
        "SELECT city, sector, sector_zh, beat, beat_en, beat_known, class, node, path, count FROM figures"
        " WHERE source = 'smallville/110' ORDER BY beat"
    )
    path = ["criminal", "theft", "street_theft"]
    assert [(*row[:8], row[9]) for row in rows] == [
        ("smallville", "S1", "一区", "B1", "One", 1, "criminal", "street_theft", 1),
        ("smallville", "unknown", "", "B9", "", 0, "unknown", "unknown", 1),
    ]
    assert rows[0][8][0] == path[0]
    assert rows[0][8][-1] == path[-1]
    assert rows[1][8] == []


def test_a_mended_list_mends_the_past(smallville: Store, tmp_path: Path) -> None:
    mended = settings_with(tmp_path, sector="第一区", node="telecom_fraud")
    assert load_lists(smallville, mended) == ["zones", "codes"]
    assert load_lists(smallville, mended) == []
    rows = smallville.query("SELECT sector_zh, node FROM figures WHERE source = 'smallville/110' AND beat = 'B1'")
    assert rows == [("第一区", "telecom_fraud")]


def test_statements_end_at_line_ends_and_carry_their_gate() -> None:
    found = list(split("-- a; b\nSELECT ';' AS x,\n1;\n\n-- why\n-- since: 20.1\nSELECT 2;"))
    assert [(one.sql, one.since) for one in found] == [
        ("SELECT ';' AS x,\n1", (0, 0)),
        ("SELECT 2", (20, 1)),
    ]
