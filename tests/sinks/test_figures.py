"""The views over cells, corrections and repeated rows give what a walk over all rows gives."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

import pytest

from runtime.settings import Settings
from schemas.phases import phase_values
from sinks.batch import InsertBatch
from sinks.store import Store
from sinks.writer import write
from tests.migrated import open_migrated
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.need import need
from tests.sinks.generated import (
    START,
    GeneratedSource,
    Raw,
    Sums,
    deliveries,
    figures,
    merged,
    random_source,
    raw_batch,
    result_batch,
    unmatched,
)

SEEDS = (pytest.param(range(25), id="first"), pytest.param(range(25, 60), id="further", marks=pytest.mark.full))
"""One seed, one world."""


def all_sums(store: Store) -> dict[str, Sums]:
    """Figures of every world in the store, by its source; numbers that are all zero are left out."""
    rows = store.query(
        "SELECT source, toUInt32(pane), type, beat, category, facet, sum(records), sum(count), sumForEach(values)"
        " FROM counts GROUP BY source, pane, type, beat, category, facet"
    )
    found: dict[str, Sums] = {}
    for source, pane, kind, beat, category, facet, records, count, values in rows:
        if records or count or any(values):
            key = (source, pane, kind, beat, category, facet)
            found.setdefault(source, {})[key] = (records, count, tuple(values))
    return found


def sums_of(store: Store, world: GeneratedSource) -> Sums:
    return all_sums(store).get(world.source, {})


def assert_all_right(store: Store, worlds: Sequence[GeneratedSource]) -> None:
    """Each world alone, and so that the first wrong one is named."""
    found = all_sums(store)
    missing: dict[str, set[str]] = {}
    for source, subject in store.query("SELECT source, subject FROM unmatched"):
        missing.setdefault(source, set()).add(subject)
    for world in worlds:
        assert (world.name, found.get(world.source, {})) == (world.name, figures(world))
        assert (world.name, missing.get(world.source, set())) == (world.name, unmatched(world))


def whole_result(world: GeneratedSource) -> InsertBatch:
    ends = {row.partition: 1 + max(r.offset for r in world.rows if r.partition == row.partition) for row in world.rows}
    return merged(result_batch(world, partition, end) for partition, end in ends.items())


def reported(partition: int, offset: int, id_: str, subject: str = "i1", at: int = 0, **more: object) -> Raw:
    return Raw(partition, offset, id_, subject, START + at, **more)  # type: ignore[arg-type]


def recoded(partition: int, offset: int, id_: str, at: int, to: str = "110303", **more: object) -> Raw:
    more = {"subject": "i1", **more}
    return Raw(partition, offset, id_, time=START + at, type="incident.reclassified", now_category=to, **more)  # type: ignore[arg-type]


def cancelled(partition: int, offset: int, id_: str, at: int, **more: object) -> Raw:
    more = {"subject": "i1", **more}
    return Raw(partition, offset, id_, time=START + at, type="incident.cancelled", **more)  # type: ignore[arg-type]


CRAFTED = {
    "one_report": [reported(0, 0, "a")],
    "repeated_in_its_pane": [reported(0, 0, "a"), reported(0, 1, "a", at=10)],
    "repeated_after_its_pane_closed": [reported(0, 0, "a"), reported(0, 1, "a", closed=True)],
    "repeated_with_another_time": [reported(0, 0, "a"), reported(0, 1, "a", at=600)],
    "repeated_with_another_beat_in_its_pane": [reported(0, 0, "a"), reported(0, 1, "a", beat="B02")],
    "repeated_in_another_partition": [reported(1, 0, "a"), reported(0, 5, "a", beat="B02")],
    "repeated_in_three_partitions": [reported(2, 0, "a"), reported(1, 3, "a"), *(reported(0, n, "a") for n in (5, 6))],
    "repeated_with_another_count": [reported(0, 0, "a", count=5), reported(1, 0, "a", count=9)],
    "late_alone": [reported(0, 0, "a", closed=True)],
    "late_first_then_counted_elsewhere": [reported(0, 3, "a", closed=True), reported(1, 0, "a")],
    "late_twice": [reported(0, 3, "a", closed=True), reported(0, 4, "a", closed=True)],
    "counted_elsewhere_then_late": [reported(0, 0, "a"), reported(1, 0, "a", closed=True)],
    "dead_first_then_good": [reported(0, 0, "a", dead=True), reported(0, 1, "a")],
    "dead_first_then_good_elsewhere": [reported(0, 0, "a", dead=True), reported(1, 0, "a"), reported(2, 0, "a")],
    "dead_alone": [reported(0, 0, "a", dead=True)],
    "recoded": [reported(0, 0, "a"), recoded(0, 1, "r", 60)],
    "recoded_to_another_beat": [reported(0, 0, "a", count=3), recoded(0, 1, "r", 60, now_beat="B09")],
    "recoded_before_its_incident": [recoded(0, 0, "r", 60), reported(0, 1, "a")],
    "recoded_twice_under_two_ids": [reported(0, 0, "a"), recoded(0, 1, "r1", 90), recoded(0, 2, "r2", 60, "110404")],
    "recoded_twice_at_the_same_time": [reported(0, 0, "a"), recoded(0, 1, "r2", 60), recoded(0, 2, "r1", 60, "1")],
    "recoded_under_one_id_at_another_time": [reported(0, 0, "a"), recoded(0, 1, "r", 60), recoded(0, 2, "r", 600, "1")],
    "recoded_after_a_cancel": [reported(0, 0, "a"), cancelled(0, 1, "c", 60), recoded(0, 2, "r", 90)],
    "cancelled_after_a_recode": [reported(0, 0, "a"), recoded(0, 1, "r", 60), cancelled(0, 2, "c", 90)],
    "cancelled_earlier_but_read_later": [reported(0, 0, "a"), recoded(0, 1, "r", 90), cancelled(0, 2, "c", 60)],
    "cancelled": [reported(0, 0, "a"), cancelled(1, 0, "c", 60)],
    "recoded_but_never_reported": [recoded(0, 0, "r", 60)],
    "cancelled_but_the_report_is_dead": [reported(0, 0, "a", dead=True), cancelled(0, 1, "c", 60)],
    "recoded_late": [reported(0, 0, "a"), recoded(0, 1, "r", 60, closed=True)],
    "recoded_when_the_report_is_late": [reported(0, 0, "a", closed=True), recoded(0, 1, "r", 60)],
    "recoded_when_the_report_is_repeated": [reported(1, 0, "a"), reported(0, 0, "a"), recoded(0, 1, "r", 60)],
    "recoded_when_the_subject_has_two_reports": [reported(0, 0, "a"), reported(0, 1, "b"), recoded(0, 2, "r", 60)],
    "recoded_by_a_dead_record": [reported(0, 0, "a"), recoded(0, 1, "r", 60, dead=True)],
    "recoded_under_the_id_of_the_report": [reported(0, 0, "a"), recoded(0, 1, "a", 60)],
    "reported_under_the_id_of_the_recode": [recoded(0, 0, "a", 60), reported(0, 1, "a", at=600)],
    "only_reports_move": [
        reported(0, 0, "a"),
        Raw(0, 1, "b", "i1", START + 90, "incident.dispatched", values=phase_values(90, 1)),
        cancelled(0, 2, "c", 120),
    ],
    "repeated_phase": [
        Raw(0, 1, "b", "i1", START + 90, "incident.dispatched", values=phase_values(90, 1)),
        Raw(1, 1, "b", "i1", START + 90, "incident.dispatched", values=phase_values(90, 1)),
    ],
}  # fmt: skip


@pytest.mark.parametrize("engine", ["clickhouse", "chdb"], indirect=True)
def test_crafted_worlds(engine: Store) -> None:
    worlds = [GeneratedSource(name.replace("_", "-"), rows) for name, rows in CRAFTED.items()]
    write(engine, merged(raw_batch(world, world.rows) for world in worlds))
    write(engine, merged(whole_result(world) for world in worlds))
    assert_all_right(engine, worlds)


@pytest.mark.parametrize("seeds", SEEDS)
def test_random_worlds_delivered_in_any_order_and_twice(engine: Store, seeds: range) -> None:
    """Worlds side by side do not touch each other, so they share the store's batches."""
    rngs = [random.Random(seed) for seed in seeds]
    worlds = [random_source(f"w{seed}", rng) for seed, rng in zip(seeds, rngs, strict=True)]
    streams = [deliveries(world, rng) for world, rng in zip(worlds, rngs, strict=True)]
    for batches in zip_longest(*streams):
        write(engine, merged(batch for batch in batches if batch is not None))
    assert_all_right(engine, worlds)


def test_an_older_cell_that_arrives_later_never_wins(engine: Store) -> None:
    world = GeneratedSource("older", [reported(0, offset, f"e{offset}") for offset in range(5)])
    write(engine, result_batch(world, 0, 5))
    write(engine, result_batch(world, 0, 2))
    write(engine, result_batch(world, 0, 3))
    engine.command("OPTIMIZE TABLE cells FINAL")
    assert sums_of(engine, world) == figures(world)
    assert engine.query("SELECT read FROM progress_latest WHERE log = %(log)s", {"log": world.log}) == [(5,)]


def test_a_row_that_is_not_judged_yet_takes_no_part(engine: Store) -> None:
    world = GeneratedSource("ahead", [reported(0, 0, "a"), reported(1, 0, "a")])
    write(engine, raw_batch(world, world.rows))
    write(engine, result_batch(world, 1, 1))
    # partition 0 holds the first row of the id, but no cell has it yet
    assert sum(records for records, *_ in sums_of(engine, world).values()) == 1
    write(engine, result_batch(world, 0, 1))
    assert sums_of(engine, world) == figures(world)


@pytest.mark.parametrize("order", ["raw_first", "results_first"])
def test_raw_rows_and_results_may_come_in_either_order(engine: Store, order: str) -> None:
    rows = [reported(0, 0, "a"), recoded(0, 1, "r", 60), reported(1, 0, "a")]
    world = GeneratedSource(order.replace("_", "-"), rows)
    batches = [raw_batch(world, rows), result_batch(world, 0, 2), result_batch(world, 1, 1)]
    for batch in batches if order == "raw_first" else reversed(batches):
        write(engine, batch)
    assert sums_of(engine, world) == figures(world)


def test_the_time_zone_of_a_server_changes_nothing(tmp_path: Path) -> None:
    need(ClickHouseServer)
    with ClickHouseServer(tmp_path, timezone="Asia/Shanghai") as server:
        settings = Settings(clickhouse=server.url_of("elsewhere"), data=tmp_path)
        store = open_migrated(settings)
        worlds = [GeneratedSource(name.replace("_", "-"), rows) for name, rows in CRAFTED.items()]
        write(store, merged(raw_batch(world, world.rows) for world in worlds))
        write(store, merged(whole_result(world) for world in worlds))
        assert_all_right(store, worlds)
        assert store.query("SELECT DISTINCT toYYYYMM(time) FROM events") == [(202601,)]  # 08:00 there
        store.close()
