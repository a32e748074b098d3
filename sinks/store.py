"""What every store can do, whichever it is: the contract that one suite of tests holds all of them to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from citywatch.errors import CheckFailed

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
