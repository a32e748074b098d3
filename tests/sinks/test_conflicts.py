"""Ids that came again with other content are named as a walk over all rows names them; equal repeats are not."""

from __future__ import annotations

import random
from itertools import zip_longest
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from runtime import metrics
from runtime.settings import Settings
from schemas.cities import load_cities
from sinks.conflicts import ConflictWatch, by_source, newest
from sinks.migrate import migrate
from sinks.store import Store
from sinks.store_factory import open_store
from sinks.writer import write
from tests.migrated import open_migrated
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.need import need
from tests.sinks.generated import (
    START,
    TOPIC,
    Differs,
    GeneratedSource,
    Raw,
    conflicts,
    deliveries,
    merged,
    random_source,
    raw_batch,
    result_batch,
)
from tests.sinks.test_figures import CRAFTED, SEEDS, reported, whole_result

ALL = 1_000_000


def named(store: Store) -> dict[str, dict[str, Differs]]:
    """Of every source its ids in conflict, as the store has them."""
    found: dict[str, dict[str, Differs]] = {}
    for each in newest(store, None, ALL):
        assert each.last_came == START
        assert {each.counted.topic, each.first_other.topic} == {TOPIC}
        found.setdefault(each.source, {})[each.id] = Differs(
            each.times,
            each.others,
            (each.counted.partition, each.counted.offset),
            (each.first_other.partition, each.first_other.offset),
            {said.field: (said.counted, said.other) for said in each.differences},
        )
    return found


def expected(world: GeneratedSource) -> dict[str, Differs]:
    """With arrays as the store writes them."""

    def text(value: object) -> object:
        return f"[{','.join(map(str, value))}]" if isinstance(value, tuple) else value

    return {
        name: found._replace(fields={field: (text(a), text(b)) for field, (a, b) in found.fields.items()})
        for name, found in conflicts(world).items()
    }


def fill(store: Store, *worlds: GeneratedSource) -> None:
    write(store, merged(raw_batch(world, world.rows) for world in worlds))
    write(store, merged(whole_result(world) for world in worlds))


@pytest.mark.parametrize("engine", ["clickhouse", "chdb"], indirect=True)
def test_every_way_to_come_again_is_named_if_and_only_if_its_content_differs(engine: Store) -> None:
    worlds = [GeneratedSource(name.replace("_", "-"), rows) for name, rows in CRAFTED.items()]
    fill(engine, *worlds)
    found = named(engine)
    for world in worlds:
        assert (world.name, found.get(world.source, {})) == (world.name, expected(world))
    assert by_source(engine) == {source: len(ids) for source, ids in sorted(found.items())}
    assert len(found) > 5


@pytest.mark.parametrize("seeds", SEEDS)
def test_random_worlds_delivered_in_any_order_and_twice_name_the_same_conflicts(engine: Store, seeds: range) -> None:
    rngs = [random.Random(seed) for seed in seeds]
    worlds = [random_source(f"w{seed}", rng) for seed, rng in zip(seeds, rngs, strict=True)]
    streams = [deliveries(world, rng) for world, rng in zip(worlds, rngs, strict=True)]
    for batches in zip_longest(*streams):
        write(engine, merged(batch for batch in batches if batch is not None))
    found = named(engine)
    for world in worlds:
        assert (world.name, found.get(world.source, {})) == (world.name, expected(world))


ALONE: dict[str, tuple[object, object]] = {
    "time": (START, START + 1),
    "beat": ("B01", "B02"),
    "category": ("110201", ""),
    "count": (1, 2),
    "type": ("incident.reported", "incident.closed"),
    "facet": ("citizen", "officer"),
    "subject": ("i1", "i2"),
    "values": ((), (5, 1)),
    "now_category": ("110303", "110404"),
    "now_beat": ("", "B09"),
}


def test_each_field_alone_makes_a_conflict(engine: Store) -> None:
    """Each in a source and a log of its own."""
    more = {"subject": "i1", "time": START}
    worlds = {
        field: GeneratedSource(
            field.replace("_", "-"),
            [Raw(0, offset, "a", **(more | {field: value})) for offset, value in enumerate(values)],  # type: ignore[arg-type]
        )
        for field, values in ALONE.items()
    }
    fill(engine, *worlds.values())
    found = named(engine)
    for field, world in worlds.items():
        ids = found.pop(world.source, {})
        assert {name: list(differs.fields) for name, differs in ids.items()} == {"a": [field]}, f"{field} alone"
        assert ids == expected(world), f"{field} alone"
    assert found == {}


def test_numbers_that_begin_anew_each_year_are_fifty_conflicts(engine: Store) -> None:
    last_year = [reported(0, n, f"case-{n}", f"case-{n}", at=18_000 * n) for n in range(50)]
    this_year = [
        reported(1, n, f"case-{n}", f"case-{n}", at=31_536_000 + 18_000 * n, beat="B02", category="120301")
        for n in range(70)
    ]
    world = GeneratedSource("anew", last_year + this_year)
    fill(engine, world)
    assert by_source(engine) == {world.source: 50}
    assert {tuple(each.fields) for each in named(engine)[world.source].values()} == {("time", "beat", "category")}
    ((count,),) = engine.query("SELECT sum(count) FROM counts")
    assert count == 70


def test_a_row_that_is_not_judged_yet_makes_no_conflict(engine: Store) -> None:
    world = GeneratedSource("ahead", [reported(0, 0, "a"), reported(1, 0, "a", beat="B02")])
    write(engine, raw_batch(world, world.rows))
    write(engine, result_batch(world, 1, 1))
    assert named(engine) == {}
    write(engine, result_batch(world, 0, 1))
    assert named(engine) == {world.source: expected(world)}


def test_those_whose_other_content_came_last_are_listed_first_and_no_more_than_asked_for(engine: Store) -> None:
    names = [f"n{number}" for number in range(5)]
    rows = [reported(part, n, name, beat=f"B0{part}") for n, name in enumerate(names) for part in (0, 1)]
    world = GeneratedSource("order", rows)
    fill(engine, world)
    engine.command("INSERT INTO repeated_events SELECT * FROM repeated_events")  # a repeated write changes nothing
    engine.command(
        "INSERT INTO repeated_events (log, topic, partition, offset, source, id, subject, time, type, beat, category,"
        " facet, count, values, received) SELECT log, topic, partition, offset, source, id, subject, time, type, beat,"
        " category, facet, count, values, toDateTime(2000000000 + offset, 'UTC') FROM repeated_events"
    )
    assert [each.id for each in newest(engine, None, 3)] == ["n4", "n3", "n2"]
    assert newest(engine, ["elsewhere/110"], 3) == []
    assert by_source(engine, [world.source, "elsewhere/110"]) == {world.source: 5}


def shown() -> dict[str, float]:
    return {
        sample.labels["source"]: sample.value
        for family in metrics.REGISTRY.collect()
        for sample in family.samples
        if sample.name == "citywatch_id_conflicts"
    }


def test_the_gauge_is_0_from_the_start_and_a_new_conflict_is_told_once(
    engine: Store, caplog: pytest.LogCaptureFixture
) -> None:
    cities = load_cities()
    world = GeneratedSource("xincheng", [reported(0, 0, "a"), reported(0, 1, "a", beat="B02")])
    watch = ConflictWatch(engine, cities)
    watch.look()
    assert {shown()[source] for source in cities.by_source} == {0}
    fill(engine, world)
    for _ in range(2):
        watch.look()
        assert shown()[world.source] == 1
    ConflictWatch(engine, cities).look()
    assert [record.message for record in caplog.records if record.name == "sinks.conflicts"] == [
        f"{world.source}: 1 ids came again with other content, 1 of them new; `citywatch conflicts list` names them"
    ]
    assert b"citywatch_id_conflicts" in generate_latest(metrics.REGISTRY)


def test_a_server_in_another_zone_that_starts_again_names_the_same_times(tmp_path: Path) -> None:
    need(ClickHouseServer)
    with ClickHouseServer(tmp_path, timezone="Asia/Shanghai") as server:
        settings = Settings(clickhouse=server.url_of("elsewhere"), data=tmp_path)
        store = open_migrated(settings)
        world = GeneratedSource("zone", [reported(0, 0, "a"), reported(0, 1, "a", at=60)])
        fill(store, world)
        store.close()
        server.stop()
        server.start()
        store = open_store(settings)
        (found,) = newest(store, None, ALL)
        store.close()
    assert [(each.counted, each.other) for each in found.differences] == [(START, START + 60)]


def test_a_store_of_an_earlier_version_names_them_too(engine: Store, tmp_path: Path) -> None:
    world = GeneratedSource("before", [reported(0, 0, "a"), reported(0, 1, "a", beat="B02")])
    fill(engine, world)
    missing = ("now_category", "now_beat", "received")
    for column in missing:
        engine.command(f"ALTER TABLE repeated_events DROP COLUMN {column}")
    engine.command("DROP TABLE migrations")
    migrate(engine, Settings(data=tmp_path))
    (found,) = newest(engine, None, ALL)
    assert (found.last_came, found.counted.offset, found.first_other.offset) == (0, 0, 1)
    again = GeneratedSource("before", [*world.rows, reported(0, 2, "a", beat="B03")])
    fill(engine, again)
    assert named(engine) == {again.source: expected(again)}
