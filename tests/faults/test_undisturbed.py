"""The comparison with an undisturbed pass finds whatever is lost, doubled or different."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from runtime.log import extents
from runtime.producer import Producer
from runtime.settings import Settings, load_settings
from schemas.families.incidents import INCIDENTS
from schemas.records import Cell, Progress
from schemas.topics import INPUTS, PANES
from sinks.store import Store
from sinks.store_factory import open_store
from tests.commands.events import generated_events
from tests.commands.running import judge_and_store, prepare, send
from tests.faults.undisturbed import Differences, compare
from tests.parts.tansu import TansuBroker
from tests.placed import placed

TABLES = (
    "cells",
    *(pytest.param(table, marks=pytest.mark.full) for table in ("events", "corrections", "dead_letters", "progress")),
)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A hostile world, judged and stored without a fault."""
    folder: Path = tmp_path_factory.mktemp("city")
    with TansuBroker(folder) as broker:
        settings = load_settings(kafka=broker.bootstrap, clickhouse=f"chdb://{folder / 'chdb'}", data=folder)
        prepare(settings)
        send(settings, generated_events(seed=11, number=300, partitions=2))
        judge_and_store(settings)
        yield settings


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    with closing(open_store(settings)) as store:
        yield store


@contextmanager
def spoilt(settings: Settings, table: str) -> Iterator[Store]:
    """The store open, with a table that is as it was afterwards."""
    with opened(settings) as store:
        store.command(f"CREATE TABLE kept AS {table}")
        store.command(f"INSERT INTO kept SELECT * FROM {table}")
        try:
            yield store
        finally:
            store.command(f"TRUNCATE TABLE {table}")
            store.command(f"INSERT INTO {table} SELECT * FROM kept")
            store.command("DROP TABLE kept")


def counts(found: Differences) -> tuple[int, int, int]:
    return found.lost, found.doubled, found.different


def test_what_is_right_has_no_differences(city: Settings) -> None:
    found = compare(city)
    assert not found, found.examples
    assert {kind for kind, number in found.compared.items() if number} >= {
        "raw row",
        "cell",
        "correction",
        "dead letter",
        "verdicts",
    }


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_is_gone_is_lost(city: Settings, table: str) -> None:
    with spoilt(city, table) as store:
        store.command(f"TRUNCATE TABLE {table}")
        store.command(f"INSERT INTO {table} SELECT * FROM (SELECT * FROM kept FINAL LIMIT 1, 1000000)")
        found = compare_open(city, store)
    assert counts(found) == (1, 0, 0), found.examples


def test_a_row_too_many_is_doubled(city: Settings) -> None:
    with spoilt(city, "events") as store:
        store.command(
            "INSERT INTO events SELECT * REPLACE (toUInt64(900000) AS offset) FROM (SELECT * FROM kept FINAL LIMIT 1)"
        )
        found = compare_open(city, store)
    assert counts(found) == (0, 1, 0), found.examples


@pytest.mark.parametrize(
    ("table", "change"),
    [
        pytest.param("events", "concat(category, 'x') AS category", marks=pytest.mark.full),
        ("cells", "count + 1 AS count"),
        pytest.param("dead_letters", "'other' AS reason", marks=pytest.mark.full),
        pytest.param("progress", "late + 1 AS late", marks=pytest.mark.full),
    ],
)
def test_a_row_with_another_content_is_different(city: Settings, table: str, change: str) -> None:
    with spoilt(city, table) as store:
        ((rows,),) = store.query(f"SELECT count() FROM {table} FINAL")
        store.command(f"TRUNCATE TABLE {table}")
        store.command(f"INSERT INTO {table} SELECT * REPLACE ({change}) FROM kept")
        found = compare_open(city, store)
    assert counts(found) == (0, 0, rows), found.examples


@pytest.mark.full
def test_a_published_value_that_no_pass_gives_is_different(city: Settings) -> None:
    before = compare(city)
    cell = stored_cell(city)
    publish(city, cell)
    assert counts(compare(city)) == counts(before), "the right value is none"
    publish(city, msgspec.structs.replace(cell, numbers=cell.numbers | {"count": cell.count + 1}))
    assert compare(city).different == before.different + 1


@pytest.mark.full
def test_progress_before_the_cells_that_it_vouches_for_is_a_loss(city: Settings) -> None:
    before = compare(city)
    publish(city, stored_progress(city))
    found = compare(city)
    assert found.lost > before.lost
    assert found.different == before.different
    assert any("was not published before progress" in line for line in found.examples)


def compare_open(settings: Settings, store: Store) -> Differences:
    """Compare while the store stays open: an embedded one has one owner."""
    return compare(settings, INPUTS, store)


def publish(settings: Settings, record: Cell | Progress) -> None:
    with Producer(settings, (PANES,)) as producer:
        producer.send(PANES, record.partition, b"", msgspec.json.encode(record))


def stored_cell(settings: Settings) -> Cell:
    """One of the cells, with its newest value."""
    with opened(settings) as store:
        ((log, topic, partition, source, pane, *rest),) = store.query(
            "SELECT log, topic, partition, source, toUInt32(pane), type, beat, category, facet, version, records,"
            " count, values FROM cells FINAL ORDER BY version LIMIT 1"
        )
    type_, beat, category, facet, version, records, count, values = rest
    return Cell(
        log=log,
        topic=topic,
        partition=partition,
        source=source,
        pane=pane,
        version=version,
        records=records,
        **placed(type_, beat, category, facet, count=count, values=values),
    )


def stored_progress(settings: Settings) -> Progress:
    """Of a partition of incidents, at its end."""
    place = next(place for place in extents(settings, (INCIDENTS,)) if place.partition == 0)
    with opened(settings) as store:
        ((read, counted, late, duplicates, dead),) = store.query(
            "SELECT read, counted, late, duplicates, dead FROM progress FINAL WHERE log = %(log)s"
            " AND topic = %(topic)s AND partition = %(partition)s",
            place._asdict(),
        )
    return Progress(
        **place._asdict(),
        read=read,
        counted=counted,
        late=late,
        duplicates=duplicates,
        dead=dead,
        clocks={},
        boundaries={},
        open_panes=0,
        bytes=0,
    )
