"""The store behind every figure: a ClickHouse server, chDB in this process, or chDB in its owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from citywatch import deployment
from citywatch.errors import CheckFailed, Unreachable, WrongUse
from citywatch.settings import Settings

Row = tuple[Any, ...]
Columns = Sequence[Sequence[Any]]


class Rejected(CheckFailed):
    """The store refused the statement and will refuse it again. `code` is ClickHouse's own."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


class Store(Protocol):
    """One connection. Threads may share it; calls run one after the other.

    Every call may block for as long as the store works. It raises Unreachable when the store cannot be asked
    or says that it is busy (the statement may or may not have happened), Rejected when it refuses. Nothing is
    tried again.
    """

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor version of the engine."""

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        """Rows of one SELECT. `%(name)s` is a parameter: integer, text, aware date-time, or a list of them.

        Date-times come back aware, in UTC; arrays as lists; tuples as tuples.
        """

    def command(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """One statement without rows. An INSERT here takes its rows from a SELECT."""

    def insert(self, table: str, columns: Sequence[str], data: Columns) -> None:
        """Rows as columns of equal length, in the order of `columns`; date-times as UTC epoch seconds."""

    def close(self) -> None:
        """Lets go of the connection. Safe to repeat."""


def chdb_path(settings: Settings) -> Path | None:
    """Where the embedded store lives; None where the store is a server."""
    if settings.clickhouse is None:
        return settings.data / "chdb"
    if settings.clickhouse.startswith("chdb://"):
        path = settings.clickhouse.removeprefix("chdb://")
        if not path:
            raise WrongUse("CITYWATCH_CLICKHOUSE=chdb:// names no folder; use chdb:///path")
        return Path(path)
    return None


def open_store(settings: Settings) -> Store:
    """The store of these settings. chDB belongs to one process at a time: while a sink has it, that answers.

    Raises Unreachable or WrongUse in one line.
    """
    path = chdb_path(settings)
    if path is None:
        from sinks.clickhouse import ClickHouse

        assert settings.clickhouse is not None
        return ClickHouse(settings.clickhouse)
    running = deployment.read(settings)
    if running is not None and running.store is not None:
        from sinks.remote import Remote

        remote = Remote(running.store)
        if remote.is_there():
            return remote
        remote.close()
    return open_chdb(path)


def open_chdb(path: Path) -> Store:
    """The embedded store in this process. Raises Unreachable when another process holds it."""
    try:
        from sinks.chdb_store import Chdb
    except ImportError:
        raise Unreachable("chDB is not installed here; set CITYWATCH_CLICKHOUSE to a server") from None
    return Chdb(path)
