"""Brings a store to this version: the migrations that it lacks, in their order, then the views, then the code lists."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from runtime.errors import WrongUse
from runtime.settings import Settings
from sinks.lists import changed_lists, load_lists
from sinks.migrations import Migration, Statement, View, shipped, shipped_names, views
from sinks.store import NO_TABLE, Rejected, Store

RECORD = """
CREATE TABLE IF NOT EXISTS migrations (name String, digest String, version String, done DateTime('UTC'))
ENGINE = ReplacingMergeTree(done) ORDER BY name
"""
"""What the store says of itself: which files it has, with which settings, and by which version of its engine."""

MEETING = (15, 44, 57, 60, 218)
"""What a statement is refused with that meets somebody else's: a column or table that is there by now, or not yet, or a
view that is replaced while another one that reads it is defined."""
MEETINGS = 10
MEETING_SECONDS = 0.2

_CREATE_VIEW = "CREATE OR REPLACE VIEW"
_OR_REPLACE = (20, 1)
_ADDED = re.compile(r"\bADD COLUMN( IF NOT EXISTS) (\w+)")
_ALTERED = re.compile(r"ALTER TABLE (\w+)")
_IF_NOT_EXISTS = (20, 1)

Engine = tuple[int, int]
_ANY: Engine = (9999, 0)


class NewerStore(WrongUse):
    """A newer version has been at the store: this one would read and write it wrongly."""


@dataclass(frozen=True)
class Pending:
    """A file that the store lacks, or of which it lacks these statements. Views stand apart."""

    name: str
    digest: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Plan:
    """What would be done, in this order: files, views, and the code lists that would be replaced."""

    files: tuple[Pending, ...]
    views: tuple[View, ...]
    lists: tuple[str, ...]

    @property
    def schema(self) -> list[str]:
        """Names of the files, and of views that none of them brings."""
        names = [file.name for file in self.files]
        return [*names, *(view.name for view in self.views if view.file not in names)]

    @property
    def changes(self) -> list[str]:
        """The same, and the lists."""
        return [*self.schema, *self.lists]


def migrate(store: Store, settings: Settings, migrations: Sequence[Migration] | None = None) -> list[str]:
    """Names of what was not there yet: files, views that were gone, lists. Safe to repeat, and for several at once.

    Raises NewerStore before anything is touched, Unreachable, Rejected. One that broke off is simply done again.
    """
    known = shipped(settings) if migrations is None else migrations
    meetings = 0
    while True:
        try:
            return _migrate(store, settings, known)
        except Rejected as refused:
            meetings += 1
            if refused.code not in MEETING or meetings == MEETINGS:
                raise
            time.sleep(MEETING_SECONDS)  # every statement is safe to repeat, whoever else does the same


def plan(store: Store, settings: Settings, migrations: Sequence[Migration] | None = None) -> Plan:
    """What `migrate` would do. Changes nothing. Raises NewerStore, Unreachable, Rejected."""
    known = shipped(settings) if migrations is None else migrations
    files, lacking = _lacking(store, known)
    return Plan(files, lacking, tuple(changed_lists(store, settings)))


def plan_of_none(settings: Settings) -> Plan:
    """What `migrate` would do where there is no store yet, on an engine that understands all of it."""
    known = shipped(settings)
    files = tuple(_pending(each, None, _ANY) for each in known)
    return Plan(files, tuple(views(known)), tuple(changed_lists(None, settings)))


def refuse_newer(store: Store) -> None:
    """Raises NewerStore where the store has migrations that this version does not know."""
    _recorded(store, shipped_names())


def _migrate(store: Store, settings: Settings, known: Sequence[Migration]) -> list[str]:
    files, lacking = _lacking(store, known)
    if files:
        store.command(RECORD)
    for file in files:
        for statement in file.statements:
            _run(store, statement.sql)
    for view in lacking:
        _define(store, view)
    if files:
        # last: a file whose statements or views are not all there is not recorded
        _record(store, files)
    return [*Plan(files, lacking, ()).schema, *load_lists(store, settings)]


def _lacking(store: Store, known: Sequence[Migration]) -> tuple[tuple[Pending, ...], tuple[View, ...]]:
    recorded = _recorded(store, [each.name for each in known])
    there = {name for (name,) in store.query("SELECT name FROM system.tables WHERE database = currentDatabase()")}
    missing = {each.name for each in known if each.name not in recorded or recorded[each.name][0] != each.digest}
    files = [_pending(each, recorded.get(each.name), store.version) for each in known]
    return (
        tuple(file for file in files if file.statements or file.name in missing),
        tuple(view for view in views(known) if view.file in missing or view.name not in there),
    )


def _recorded(store: Store, known: Collection[str]) -> Mapping[str, tuple[str, Engine]]:
    """Digest of each file that the store has, and the engine's version then. Raises NewerStore."""
    try:
        rows = store.query("SELECT name, digest, version FROM migrations FINAL")
    except Rejected as refused:
        if refused.code in NO_TABLE:
            return {}
        raise
    if unknown := sorted({name for name, *_ in rows}.difference(known)):
        raise NewerStore(
            f"the store was brought up by a newer version: this one does not know its {', '.join(unknown)};"
            " run that version, or a newer one"
        )
    return {name: (digest, _engine(version)) for name, digest, version in rows}


def _pending(each: Migration, recorded: tuple[str, Engine] | None, engine: Engine) -> Pending:
    """What the store lacks of a file: all of it, or what its engine did not understand when it ran."""
    before = recorded[1] if recorded is not None and recorded[0] == each.digest else None
    return Pending(
        each.name,
        each.digest,
        tuple(
            statement
            for statement in each.statements
            if statement.view is None and statement.since <= engine and (before is None or statement.since > before)
        ),
    )


def _engine(version: str) -> Engine:
    major, minor = version.split(".")
    return int(major), int(minor)


def _run(store: Store, sql: str) -> None:
    """One statement on tables. An old engine knows no IF NOT EXISTS of a column."""
    if store.version < _IF_NOT_EXISTS and (added := {name for _, name in _ADDED.findall(sql)}):
        table = _ALTERED.match(sql)
        assert table is not None
        if added <= {column for (column, *_) in store.query(f"DESCRIBE TABLE {table.group(1)}")}:
            return
        sql = sql.replace(" IF NOT EXISTS", "")
    store.command(sql)


def _define(store: Store, view: View) -> None:
    """Make a view what it has to be. An old engine cannot replace one: for a moment it is gone."""
    if store.version >= _OR_REPLACE:
        store.command(view.statement.sql)
        return
    store.command(f"DROP TABLE IF EXISTS {view.name}")
    store.command(view.statement.sql.replace(_CREATE_VIEW, "CREATE VIEW IF NOT EXISTS", 1))


def _record(store: Store, files: Sequence[Pending]) -> None:
    version, now = ".".join(map(str, store.version)), int(time.time())
    rows = [(file.name, file.digest, version, now) for file in files]
    store.insert("migrations", ("name", "digest", "version", "done"), list(zip(*rows, strict=True)))
