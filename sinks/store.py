"""What every store can do, whichever it is: the contract that one suite of tests holds all of them to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from runtime.errors import CheckFailed, Unreachable

ResultRow = tuple[Any, ...]
Columns = Sequence[Sequence[Any]]


PASSING = frozenset((
    3,     # UNEXPECTED_END_OF_FILE
    24,    # CANNOT_WRITE_TO_OSTREAM
    74,    # CANNOT_READ_FROM_FILE_DESCRIPTOR
    75,    # CANNOT_WRITE_TO_FILE_DESCRIPTOR: what a full disk says
    76,    # CANNOT_OPEN_FILE
    77,    # CANNOT_CLOSE_FILE
    95,    # CANNOT_READ_FROM_SOCKET
    96,    # CANNOT_WRITE_TO_SOCKET
    159,   # TIMEOUT_EXCEEDED
    160,   # TOO_SLOW
    172,   # CANNOT_CREATE_DIRECTORY
    173,   # CANNOT_ALLOCATE_MEMORY
    198,   # DNS_ERROR
    201,   # QUOTA_EXCEEDED
    202,   # TOO_MANY_SIMULTANEOUS_QUERIES
    203,   # NO_FREE_CONNECTION
    204,   # CANNOT_FSYNC
    209,   # SOCKET_TIMEOUT
    210,   # NETWORK_ERROR
    225,   # NO_ZOOKEEPER
    236,   # ABORTED: the server is stopping
    241,   # MEMORY_LIMIT_EXCEEDED
    242,   # TABLE_IS_READ_ONLY
    243,   # NOT_ENOUGH_SPACE
    252,   # TOO_MANY_PARTS
    279,   # ALL_CONNECTION_TRIES_FAILED
    285,   # TOO_FEW_LIVE_REPLICAS
    286,   # UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE
    289,   # REPLICA_IS_NOT_IN_QUORUM
    290,   # LIMIT_EXCEEDED
    319,   # UNKNOWN_STATUS_OF_INSERT
    394,   # QUERY_WAS_CANCELLED
    425,   # SYSTEM_ERROR
    439,   # CANNOT_SCHEDULE_TASK
    473,   # DEADLOCK_AVOIDED
    499,   # S3_ERROR
    586,   # CANNOT_CREATE_FILE
    692,   # TOO_MANY_MUTATIONS
    745,   # SERVER_OVERLOADED
    999,   # KEEPER_EXCEPTION
    1000,  # POCO_EXCEPTION: a file or a socket failed under it
    1001,  # STD_EXCEPTION
))  # fmt: skip
"""What a server says about its own state, not about the statement: the same one may well succeed later."""


NO_TABLE = (60, 81)
"""ClickHouse's codes for an unknown table and an unknown database."""


class Busy(Unreachable):
    """The store answers, and cannot do it now."""


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

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> list[ResultRow]:
        """Rows of one SELECT. `%(name)s` is a parameter: integer, text, aware date-time, or a list of them.

        Date-times come back aware, in UTC; arrays as lists; tuples as tuples. On a server, and in the process that owns
        chDB, a query ends when KeyboardInterrupt ends the call.
        """

    def command(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        """One statement without rows. An INSERT here takes its rows from a SELECT."""

    def insert(self, table: str, columns: Sequence[str], data: Columns) -> None:
        """Rows as columns of equal length, in the order of `columns`; date-times as UTC epoch seconds."""

    def close(self) -> None:
        """Lets go of the connection. Safe to repeat."""
