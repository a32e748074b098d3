"""The numbered SQL files of the store, in their order. A file that has landed is fixed for ever; `docs/store.md` says
how to add one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from importlib import resources

from runtime.settings import Settings
from schemas.families import KEPT
from sinks.bind import literal

_FOLDER = resources.files("sinks").joinpath("sql")
_SINCE = re.compile(r"^-- since: (\d+)\.(\d+)\s*$", re.MULTILINE)
_COMMENT = re.compile(r"^--.*\n?", re.MULTILINE)
_VIEW = re.compile(r"CREATE OR REPLACE VIEW (\w+)")
_DROPPED = re.compile(r"DROP (?:TABLE|VIEW) IF EXISTS (\w+)")
_READ = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)")


@dataclass(frozen=True)
class Statement:
    """One statement, and the first engine version that understands it."""

    sql: str
    since: tuple[int, int] = (0, 0)

    @property
    def head(self) -> str:
        """Its first words, in one line."""
        return " ".join(self.sql.partition("(")[0].split())

    @property
    def view(self) -> str | None:
        """The view that it defines."""
        found = _VIEW.match(self.sql)
        return found and found.group(1)

    @property
    def dropped(self) -> str | None:
        """The table or view that it drops."""
        found = _DROPPED.match(self.sql)
        return found and found.group(1)

    @property
    def reads(self) -> frozenset[str]:
        """Names that rows are taken from."""
        return frozenset(_READ.findall(self.sql))


@dataclass(frozen=True)
class Migration:
    """One numbered file with the settings that it names filled in: the digest is of both."""

    name: str
    digest: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class View:
    """A view as the newest file that names it defines it."""

    name: str
    file: str
    statement: Statement


def shipped(settings: Settings) -> tuple[Migration, ...]:
    """The migrations of this version."""
    return tuple(migration(name, _FOLDER.joinpath(name).read_text("utf-8"), settings) for name in shipped_names())


def shipped_names() -> list[str]:
    """Their names, in their order."""
    return sorted(entry.name for entry in _FOLDER.iterdir() if entry.name.endswith(".sql"))


def migration(name: str, text: str, settings: Settings) -> Migration:
    """A file of that name and text, filled with what it names: a setting, or the event types that are steps."""
    filled = text.replace("{keep_raw}", str(settings.keep_raw)).replace("{steps}", literal(KEPT))
    return Migration(name, hashlib.sha256(filled.encode()).hexdigest()[:16], tuple(split(filled)))


def split(text: str) -> Iterator[Statement]:
    """The statements of a file: each ends with `;` at a line's end; `-- since: 20.1` above one gates it."""
    for part in re.split(r";[ \t]*(?:\n|$)", text):
        since = _SINCE.search(part)
        sql = _COMMENT.sub("", part).strip()
        if sql:
            yield Statement(sql, (int(since.group(1)), int(since.group(2))) if since else (0, 0))


def views(migrations: Iterable[Migration]) -> list[View]:
    """Every view, each behind those that it reads. One that a later file drops is none."""
    newest: dict[str, View] = {}
    for each in migrations:
        for statement in each.statements:
            if statement.view is not None:
                newest[statement.view] = View(statement.view, each.name, statement)
            elif statement.dropped is not None:
                newest.pop(statement.dropped, None)
    return [newest[name] for name in _behind_what_they_read(newest)]


def _behind_what_they_read(newest: Mapping[str, View]) -> Iterator[str]:
    graph = {name: sorted(view.statement.reads & newest.keys()) for name, view in newest.items()}
    yield from TopologicalSorter(graph).static_order()
