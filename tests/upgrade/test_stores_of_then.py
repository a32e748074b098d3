"""A store that a landed version made is brought up, on both engines: every figure stays, and it is laid out as a new
one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from threading import Barrier

import pytest

from runtime.settings import Settings
from sinks.chdb_store import Chdb
from sinks.migrate import migrate, plan
from sinks.migrations import shipped_names
from sinks.owner import Owner
from sinks.remote import Remote
from sinks.store import Store
from sinks.store_factory import open_store
from tests.deployments import ENGINES
from tests.parts.clickhouse import ClickHouseServer
from tests.upgrade.recording import NAMES, load_store, recorded_answers, stored_answers

FIRST_UNLESS_FULL = [NAMES[0], *(pytest.param(name, marks=pytest.mark.full) for name in NAMES[1:])] if NAMES else []
"""Of what every store of then goes through alike: the first recording always, the further ones in `make prove`."""


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    settings = Settings(clickhouse=request.getfixturevalue(f"{request.param}_url"), data=tmp_path)
    with closing(open_store(settings)) as store:
        yield store


@pytest.fixture(params=FIRST_UNLESS_FULL)
def landed(request: pytest.FixtureRequest, empty: Store) -> tuple[str, Store]:
    """The name of a recording, and its store as it was."""
    load_store(empty, request.param)
    return request.param, empty


def layout(store: Store) -> dict[str, object]:
    """Columns of each table and view, and of tables what they are ordered and split by."""
    tables = store.query(
        "SELECT name, engine, sorting_key, partition_key FROM system.tables WHERE database = currentDatabase()"
        " AND name NOT LIKE '.inner%' ORDER BY name"
    )
    return {
        name: (*of_table, [tuple(column[:2]) for column in store.query(f"DESCRIBE TABLE {name}")])
        for name, *of_table in tables
    }


def definitions(store: Store) -> dict[str, str]:
    """The text of each view, without the database that it stands in."""
    rows = store.query(
        "SELECT name, create_table_query, database FROM system.tables WHERE database = currentDatabase()"
        " AND engine LIKE '%View'"
    )
    return {name: text.replace(f"{database}.", "") for name, text, database in rows}


@pytest.mark.parametrize(
    ("empty", "landed"),
    [
        *(("clickhouse", name) for name in NAMES),
        *(pytest.param("chdb", name, marks=pytest.mark.full if number else ()) for number, name in enumerate(NAMES)),
    ],
    indirect=True,
)
def test_every_figure_is_what_that_version_answered(landed: tuple[str, Store]) -> None:
    name, store = landed
    migrate(store, Settings())
    then = recorded_answers(name)
    now = stored_answers(store)
    assert now == {question: then[question] for question in now}
    assert all(now[question] for question in ("figures", "adjustments", "repeats", "refused"))
    assert {row[5] for row in now["adjustments"]} >= {"late", "restated"}


def test_it_is_laid_out_as_a_new_one(
    landed: tuple[str, Store], clickhouse_server: ClickHouseServer, tmp_path: Path
) -> None:
    _, store = landed
    migrate(store, Settings())
    upgraded, views = layout(store), definitions(store)
    if store.version < (20, 1):
        with (
            clickhouse_server.fresh_database() as url,
            closing(open_store(Settings(clickhouse=url, data=tmp_path))) as new,
        ):
            migrate(new, Settings())
            assert (layout(new), definitions(new)) == (upgraded, views)
        return
    for table in upgraded:  # chDB has one database in a process
        store.command(f"DROP TABLE {table}")
    migrate(store, Settings())
    assert (layout(store), definitions(store)) == (upgraded, views)


def test_a_store_without_a_record_of_its_migrations_is_brought_up_too(landed: tuple[str, Store]) -> None:
    name, store = landed
    store.command("DROP TABLE migrations")
    assert migrate(store, Settings())[: len(shipped_names())] == shipped_names()
    then = recorded_answers(name)
    now = stored_answers(store)
    assert now == {question: then[question] for question in now}


def test_several_may_bring_it_up_at_once(landed: tuple[str, Store], request: pytest.FixtureRequest) -> None:
    """Each by a connection of its own; chDB's by its owner."""
    name, store = landed
    with ExitStack() as stack:
        if store.version < (20, 1):
            url = request.getfixturevalue("clickhouse_url")
            others: list[Store] = [stack.enter_context(closing(open_store(Settings(clickhouse=url)))) for _ in range(3)]
        else:
            assert isinstance(store, Chdb)
            owner = stack.enter_context(closing(Owner(store)))
            others = [stack.enter_context(closing(Remote(owner.url))) for _ in range(3)]
        begin = Barrier(len(others))

        def bring_up(other: Store) -> None:
            begin.wait()
            migrate(other, Settings())

        with ThreadPoolExecutor(len(others)) as pool:
            list(pool.map(bring_up, others))
    then = recorded_answers(name)
    now = stored_answers(store)
    assert now == {question: then[question] for question in now}
    assert migrate(store, Settings()) == []
    assert store.query("SELECT count() FROM zone_list") == store.query(
        "SELECT count() FROM (SELECT DISTINCT city, beat FROM zones)"
    )


def test_the_plan_is_what_is_done_and_changes_nothing(landed: tuple[str, Store]) -> None:
    _, store = landed
    before = layout(store), definitions(store), store.query("SELECT * FROM migrations ORDER BY name, done")
    planned = plan(store, Settings())
    assert (layout(store), definitions(store)) == before[:2]
    assert store.query("SELECT * FROM migrations ORDER BY name, done") == before[2]
    assert migrate(store, Settings()) == planned.changes
    assert plan(store, Settings()).changes == []
    assert migrate(store, Settings()) == []
