"""Brings a store to this version: numbered SQL files, then the code lists. Safe to repeat."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

from runtime.settings import Settings
from sinks.lists import load_lists
from sinks.store import Store

MIGRATIONS = """
CREATE TABLE IF NOT EXISTS migrations (name String, digest String, version String, done DateTime('UTC'))
ENGINE = ReplacingMergeTree(done) ORDER BY name
"""

_SINCE = re.compile(r"^-- since: (\d+)\.(\d+)\s*$", re.MULTILINE)
_VIEW = re.compile(r"CREATE OR REPLACE VIEW (\w+)")
_OR_REPLACE = (20, 1)
_COLUMN = re.compile(r"ALTER TABLE (\w+) ADD COLUMN( IF NOT EXISTS) (\w+)")
_IF_NOT_EXISTS = (20, 1)
_COMMENT = re.compile(r"^--.*\n?", re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """One statement, and the first engine version that understands it."""

    sql: str
    since: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class File:
    """One numbered file with its settings filled in. Another digest means that it has to run again."""

    name: str
    statements: tuple[Statement, ...]
    digest: str


def migrate(store: Store, settings: Settings) -> list[str]:
    """Names of the files and lists that were not there yet. Raises Unreachable or Rejected.

    Every statement is idempotent, so a run that broke off is simply done again.
    """
    store.command(MIGRATIONS)
    done = {
        (name, digest, version) for name, digest, version in store.query("SELECT name, digest, version FROM migrations")
    }
    version = ".".join(map(str, store.version))
    changed = []
    for file in files(settings):
        if (file.name, file.digest, version) in done:
            continue
        for statement in file.statements:
            if store.version >= statement.since:
                _run(store, statement.sql)
        store.insert(
            "migrations",
            ("name", "digest", "version", "done"),
            [[file.name], [file.digest], [version], [int(time.time())]],
        )
        changed.append(file.name)
    return changed + load_lists(store, settings)


def _run(store: Store, sql: str) -> None:
    column = _COLUMN.match(sql)
    if column is not None and store.version < _IF_NOT_EXISTS:
        if _has_column(store, column.group(1), column.group(3)):
            return
        sql = sql.replace(column.group(2), "", 1)
    view = _VIEW.match(sql)
    if view is None or store.version >= _OR_REPLACE:
        store.command(sql)
        return
    store.command(f"DROP TABLE IF EXISTS {view.group(1)}")
    store.command(_VIEW.sub(r"CREATE VIEW IF NOT EXISTS \1", sql, count=1))


def _has_column(store: Store, table: str, name: str) -> bool:
    return name in {column for (column, *_) in store.query(f"DESCRIBE TABLE {table}")}


def files(settings: Settings) -> Iterator[File]:
    """The SQL files in their order."""
    folder = resources.files("sinks").joinpath("sql")
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".sql"):
            text = entry.read_text("utf-8").replace("{keep_raw}", str(settings.keep_raw))
            yield File(entry.name, tuple(split(text)), hashlib.sha256(text.encode()).hexdigest()[:16])


def split(text: str) -> Iterator[Statement]:
    """The statements of a file: each ends with `;` at a line's end; `-- since: 20.1` above one gates it."""
    for part in re.split(r";[ \t]*(?:\n|$)", text):
        since = _SINCE.search(part)
        sql = _COMMENT.sub("", part).strip()
        if sql:
            yield Statement(sql, (int(since.group(1)), int(since.group(2))) if since else (0, 0))
