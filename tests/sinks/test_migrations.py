"""The numbered files: fixed once landed, in one order, and read as they are meant."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from runtime.settings import Settings
from sinks.migrations import Migration, migration, shipped, shipped_names, split, views
from tests.parts.server import ROOT

FOLDER = ROOT / "sinks" / "sql"
LOCK = FOLDER / "SHA256SUMS"


def changed_files(folder: Path, lock: Path) -> list[str]:
    """What was done to files that are fixed, each in a line that says what to do."""
    locked = {name: digest for digest, name in map(str.split, lock.read_text("ascii").splitlines())}
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.sql")}
    numbers = [name[:2] for name in there]
    said = [
        f"sinks/sql/{name} has landed and was changed: stores that have it will not run it again. Put it back"
        " (git checkout) and add a new file with what is to change"
        for name, digest in locked.items()
        if there.get(name) != digest
    ]
    said += [
        f"sinks/sql/{name} is new: `cd sinks/sql && sha256sum {name} >> SHA256SUMS`, once it is what will land"
        for name in there.keys() - locked.keys()
    ]
    said += [f"sinks/sql/{name}: two files have its number" for name in there if numbers.count(name[:2]) > 1]
    return said


def made(*texts: str) -> list[Migration]:
    return [migration(f"{number:02}.sql", text, Settings()) for number, text in enumerate(texts)]


def test_a_file_that_has_landed_is_never_changed() -> None:
    assert not changed_files(FOLDER, LOCK), "\n".join(changed_files(FOLDER, LOCK))


def test_whoever_changes_one_is_told_to_add_a_new_file(tmp_path: Path) -> None:
    (tmp_path / "01_a.sql").write_text("SELECT 1;\n")
    digest = hashlib.sha256(b"SELECT 2;\n").hexdigest()
    (tmp_path / "SHA256SUMS").write_text(f"{digest}  01_a.sql\n")
    (said,) = changed_files(tmp_path, tmp_path / "SHA256SUMS")
    assert "add a new file" in said
    (tmp_path / "01_a.sql").write_text("SELECT 2;\n")
    (tmp_path / "01_b.sql").write_text("SELECT 3;\n")
    said = "\n".join(changed_files(tmp_path, tmp_path / "SHA256SUMS"))
    assert "01_b.sql is new" in said
    assert "two files have its number" in said


def test_files_are_named_so_that_their_order_is_that_of_their_numbers() -> None:
    assert all(re.fullmatch(r"\d\d_[a-z0-9_]+\.sql", name) for name in shipped_names())


def test_nothing_that_was_dropped_comes_back() -> None:
    """A file may run again: what it drops must not be something that a later one made."""
    dropped: set[str] = set()
    for each in shipped(Settings()):
        for statement in each.statements:
            table = re.match(r"CREATE (?:TABLE|MATERIALIZED VIEW) IF NOT EXISTS (\w+)", statement.sql)
            assert table is None or table.group(1) not in dropped, f"{each.name}: {table} was dropped before"
            if statement.dropped is not None:
                dropped.add(statement.dropped)


def test_only_views_read_views_and_none_waits_for_an_engine() -> None:
    """Views are made when all tables are: what fills a table cannot read them yet."""
    every = shipped(Settings())
    names = {view.name for view in views(every)}
    for each in every:
        for statement in each.statements:
            if statement.view is None:
                assert not statement.reads & names, f"{each.name}: {statement.head}"
            else:
                assert statement.since == (0, 0), f"{each.name}: {statement.head}"


def test_every_statement_is_one_that_may_run_again() -> None:
    safe = re.compile(
        r"CREATE (TABLE|MATERIALIZED VIEW) IF NOT EXISTS |CREATE OR REPLACE VIEW |DROP (TABLE|VIEW) IF EXISTS "
        r"|ALTER TABLE \w+ (ADD COLUMN IF NOT EXISTS|DROP COLUMN IF EXISTS|MODIFY) |INSERT INTO "
    )
    for each in shipped(Settings()):
        for statement in each.statements:
            assert safe.match(statement.sql), f"{each.name}: {statement.head}"


def test_statements_end_at_line_ends_and_carry_their_gate() -> None:
    found = list(split("-- a; b\nSELECT ';' AS x,\n1;\n\n-- why\n-- since: 20.1\nSELECT 2;"))
    assert [(one.sql, one.since) for one in found] == [
        ("SELECT ';' AS x,\n1", (0, 0)),
        ("SELECT 2", (20, 1)),
    ]


def test_the_newest_file_that_names_a_view_rules_and_what_it_reads_comes_first() -> None:
    found = views(
        made(
            "CREATE OR REPLACE VIEW a AS SELECT 1;\nCREATE OR REPLACE VIEW b AS SELECT * FROM a;",
            "CREATE OR REPLACE VIEW c AS SELECT 2;\nCREATE OR REPLACE VIEW a AS SELECT * FROM c;",
        )
    )
    assert [(view.name, view.file) for view in found] == [("c", "01.sql"), ("a", "01.sql"), ("b", "00.sql")]
    assert found[1].statement.sql == "CREATE OR REPLACE VIEW a AS SELECT * FROM c"


def test_a_view_that_a_later_file_drops_is_none() -> None:
    assert views(made("CREATE OR REPLACE VIEW a AS SELECT 1;", "DROP TABLE IF EXISTS a;")) == []


@pytest.mark.parametrize("days", [30, 400])
def test_only_a_file_that_names_a_setting_changes_with_it(days: int) -> None:
    usual = {each.name: each.digest for each in shipped(Settings(keep_raw=200))}
    other = {each.name: each.digest for each in shipped(Settings(keep_raw=days))}
    assert {name for name in usual if usual[name] != other[name]} == {"06_retention.sql", "30_steps_stay.sql"}
