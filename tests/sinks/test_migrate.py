"""Migration is safe to repeat, changes only what differs, and old servers are not asked for what they lack."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.settings import Settings
from schemas.cities import load_cities
from sinks.lists import load_lists
from sinks.migrate import MEETING, NewerStore, migrate, plan, refuse_newer
from sinks.migrations import Migration, migration, shipped, shipped_names
from sinks.store import Rejected, Store
from sinks.store_factory import open_store
from sinks.writer import write
from tests.deployments import ENGINES
from tests.parts.server import await_until
from tests.sinks.generated import START, GeneratedSource, Raw, result_batch

ON_A_SERVER = pytest.mark.parametrize("engine", ENGINES, indirect=True)

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


def test_what_ran_is_recorded(engine: Store) -> None:
    assert engine.query("SELECT name FROM migrations FINAL ORDER BY name") == [(name,) for name in shipped_names()]


def test_a_changed_setting_runs_its_file_again_and_back(engine: Store, tmp_path: Path) -> None:
    for days in (30, 400):
        assert migrate(engine, Settings(data=tmp_path, keep_raw=days)) == ["06_retention.sql", "30_steps_stay.sql"]
        if engine.version >= (20, 1):
            ((text,),) = engine.query("SELECT create_table_query FROM system.tables WHERE name = 'events' LIMIT 1")
            assert f"toIntervalDay({days})" in text
        engine.command("OPTIMIZE TABLE migrations FINAL")  # of one second the last written rules


@ON_A_SERVER
def test_a_migration_over_another_one_that_broke_off_finishes_it(engine: Store, tmp_path: Path) -> None:
    engine.command("DROP TABLE figures")
    engine.command("DROP TABLE migrations")
    migrate(engine, Settings(data=tmp_path))
    assert engine.query("SELECT count() FROM figures") == [(0,)]


@ON_A_SERVER
def test_a_view_that_is_gone_is_made_again_by_itself(engine: Store) -> None:
    engine.command("DROP TABLE figures")
    assert migrate(engine, Settings()) == ["figures"]
    assert engine.query("SELECT count() FROM figures") == [(0,)]


@ON_A_SERVER
def test_a_statement_that_met_somebody_elses_is_done_again(engine: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals: list[Rejected] = []
    command = engine.command

    def refuse_first(sql: str) -> None:
        if refusals:
            raise refusals.pop()
        command(sql)

    monkeypatch.setattr(engine, "command", refuse_first)
    for code in MEETING:
        command("DROP TABLE figures")
        refusals.append(Rejected("met", code))
        assert migrate(engine, Settings()) == ["figures"]
        assert (refusals, engine.query("SELECT count() FROM figures")) == ([], [(0,)])


def test_a_store_that_an_old_engine_filled_is_given_what_that_did_not_understand(engine: Store) -> None:
    engine.command("ALTER TABLE migrations UPDATE version = '18.16' WHERE 1")
    await_until(lambda: engine.query("SELECT count() FROM migrations WHERE version != '18.16'") == [(0,)], 20, "it")
    gated = [each.name for each in shipped(Settings()) if any(said.since > (18, 16) for said in each.statements)]
    assert gated
    assert migrate(engine, Settings()) == (gated if engine.version >= (20, 1) else [])
    assert migrate(engine, Settings()) == []


NEXT = """
ALTER TABLE cells ADD COLUMN IF NOT EXISTS shift String, ADD COLUMN IF NOT EXISTS grade UInt8;
-- a view of before with a column more, and a new one that it reads
CREATE OR REPLACE VIEW graded AS SELECT source, grade FROM cells;
CREATE OR REPLACE VIEW cells_latest AS
SELECT log, topic, partition, source, pane, type, beat, category, facet, further, version, records, count, values, shift
FROM cells FINAL WHERE source NOT IN (SELECT source FROM graded WHERE grade > 7);
"""


def with_next() -> list[Migration]:
    """The migrations of a version to come."""
    return [*shipped(Settings()), migration("99_next.sql", NEXT, Settings())]


def columns(store: Store, table: str) -> set[str]:
    return {name for name, *_ in store.query(f"DESCRIBE TABLE {table}")}


def test_a_new_file_is_all_that_runs_and_its_views_rule(engine: Store) -> None:
    assert migrate(engine, Settings(), with_next()) == ["99_next.sql"]
    assert {"shift", "grade"} <= columns(engine, "cells")
    assert "shift" in columns(engine, "cells_latest")
    assert migrate(engine, Settings(), with_next()) == []


@ON_A_SERVER
def test_whatever_runs_again_a_view_stays_what_the_newest_file_says(engine: Store) -> None:
    migrate(engine, Settings(), with_next())
    engine.command("DROP TABLE migrations")
    migrate(engine, Settings(), with_next())
    assert "shift" in columns(engine, "cells_latest")
    assert engine.query("SELECT count() FROM figures") == [(0,)]


def test_a_store_of_a_newer_version_is_refused_and_not_touched(engine: Store) -> None:
    migrate(engine, Settings(), with_next())
    engine.command("DROP TABLE figures")
    for refused in (migrate, plan):
        with pytest.raises(NewerStore, match=r"newer version.*does not know its 99_next\.sql") as told:
            refused(engine, Settings())
        assert told.value.exit_code == 2
    with pytest.raises(NewerStore):
        refuse_newer(engine)
    there = engine.query("SELECT name FROM system.tables WHERE database = currentDatabase()")
    assert ("figures",) not in there


def test_the_plan_of_an_empty_store_is_everything(store: Store) -> None:
    planned = plan(store, Settings())
    assert [file.name for file in planned.files] == shipped_names()
    assert planned.lists == ("cities", "sources", "zones", "codes", "types", "tree")
    assert store.query("SELECT name FROM system.tables WHERE database = currentDatabase()") == []


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
    write(engine, result_batch(GeneratedSource("smallville", rows), 0, 2))
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


def test_raw_rows_that_are_a_step_stay_when_others_of_their_age_go(tmp_path: Path) -> None:
    settings = Settings(clickhouse=f"chdb://{tmp_path / 'chdb'}", data=tmp_path, keep_raw=30)
    store = open_store(settings)
    migrate(store, settings)
    for offset, kind in enumerate(("case.opened", "prevention.sensor_heartbeat", "incident.reported")):
        row = {"log": "log-1", "topic": "t", "offset": offset, "type": kind, "received": 1_600_000_000}
        store.insert("events", list(row), [[value] for value in row.values()])
    store.command("OPTIMIZE TABLE events FINAL")
    assert store.query("SELECT type FROM events") == [("case.opened",)]
    store.close()
