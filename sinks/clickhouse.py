"""clickhouse-server over its native protocol: rows go in as columns."""

from __future__ import annotations

import logging
import os
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from runtime.errors import Unreachable, WrongUse
from sinks.bind import bind, literal
from sinks.store import PASSING, Busy, Columns, Rejected, ResultRow

# Else every process that imports it makes 150,000 dates first, which takes longer than most questions, and 23 MB.
os.environ.setdefault("CLICKHOUSE_DRIVER_LASY_DATE_LUT", "1")
from clickhouse_driver import Client, errors

T = TypeVar("T")

log = logging.getLogger(__name__)

# Its warnings are tracebacks of what is raised, and told in one line, as Unreachable.
logging.getLogger("clickhouse_driver").setLevel(logging.CRITICAL)

CONNECT_SECONDS = 5
ANSWER_SECONDS = 120

_LOGIN = (192, 193, 194, 195, 291, 516)
_UNKNOWN_DATABASE = 81
_TYPE_MISMATCH = 53

_BROKEN_OFF = (
    errors.NetworkError,
    errors.SocketTimeoutError,
    errors.UnexpectedPacketFromServerError,
    errors.UnknownPacketFromServerError,
    errors.ChecksumDoesntMatchError,
    EOFError,
    OSError,
)
"""How the driver says that the conversation ended, or is no conversation any more."""

_UNFIT = (errors.TypeMismatchError, AttributeError, TypeError, ValueError, OverflowError)
"""How the driver's columns say that a value is none of theirs: text for a number, a number out of range."""

_NEWER = {"do_not_merge_across_partitions_select_final": 1, "max_partitions_per_insert_block": 0}
"""Settings that only today's servers know: a row never moves between months, and a replay may span many."""


class ClickHouse:
    """A server named by `clickhouse://user:password@host:port/database`; `?secure=1` asks for TLS.

    A database that is not there is made; without `create` it is Rejected. Raises Unreachable, WrongUse.
    """

    def __init__(self, url: str, *, create: bool = True) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            raise WrongUse("CITYWATCH_CLICKHOUSE: the port is not a number") from None
        if not parts.hostname:
            raise WrongUse("CITYWATCH_CLICKHOUSE names no host; use clickhouse://user:password@host:port/database")
        secure = parse_qs(parts.query).get("secure", ["0"])[0] in ("1", "true")
        self._database = unquote(parts.path.strip("/")) or "default"
        self._where = f"{parts.hostname}:{port or (9440 if secure else 9000)}"
        self._options: dict[str, Any] = {
            "host": parts.hostname,
            "port": port or (9440 if secure else 9000),
            "user": unquote(parts.username or "default"),
            "password": unquote(parts.password or ""),
            "secure": secure,
            "client_name": "citywatch",
            "connect_timeout": CONNECT_SECONDS,
            "send_receive_timeout": ANSWER_SECONDS,
            "sync_request_timeout": CONNECT_SECONDS,
            "settings": {},
        }
        self._lock = threading.Lock()
        self._client = Client(database=self._database, **self._options)
        try:
            self._version = self._greet()
        except Rejected as refused:
            if refused.code != _UNKNOWN_DATABASE or not create:
                raise
            self._make_database()
            self._version = self._greet()
        if self._version >= (21, 1):
            with self._lock:
                self._client.disconnect()
                self._client = Client(database=self._database, **self._options | {"settings": dict(_NEWER)})

    @property
    def version(self) -> tuple[int, int]:
        return self._version

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> list[ResultRow]:
        name = uuid.uuid4().hex
        try:
            return self._ask(lambda client: list(client.execute(bind(sql, params), query_id=name) or ()))
        except KeyboardInterrupt:
            self._kill(name)
            raise

    def command(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        self._ask(lambda client: client.execute(bind(sql, params)))

    def insert(self, table: str, columns: Sequence[str], data: Columns) -> None:
        if not data or not data[0]:
            return
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES"
        try:
            self._ask(lambda client: client.execute(statement, data, columnar=True))
        except _UNFIT as unfit:
            said = f"ClickHouse at {self._where}: {table} has columns that the rows do not fit ({_reason(unfit)})"
            raise Rejected(said, _TYPE_MISMATCH) from None

    def close(self) -> None:
        with self._lock:
            self._client.disconnect()

    def _greet(self) -> tuple[int, int]:
        ((text,),) = self.query("SELECT version()")
        major, minor = text.split(".")[:2]
        return int(major), int(minor)

    def _make_database(self) -> None:
        quoted = self._database.replace("`", "``")
        with Client(database="default", **self._options) as client:
            self._ask(lambda _: client.execute(f"CREATE DATABASE IF NOT EXISTS `{quoted}`"))

    def _kill(self, name: str) -> None:
        """Ends a query that nobody waits for any more: an old server does not see that its client has gone."""
        with self._lock:
            try:
                self._client.execute(f"KILL QUERY WHERE query_id = {literal(name)} ASYNC")
            except (errors.Error, *_BROKEN_OFF) as failed:
                log.warning(
                    "ClickHouse at %s may still work on what was interrupted (%s)", self._where, _reason(failed)
                )
                self._client.disconnect()

    def _ask(self, work: Callable[[Client], T]) -> T:
        with self._lock:
            try:
                return work(self._client)
            except errors.ServerException as refused:
                self._client.disconnect()
                raise self._refusal(refused) from None
            except _BROKEN_OFF as gone:
                self._client.disconnect()
                raise Unreachable(
                    f"ClickHouse at {self._where} does not answer ({_reason(gone)}); "
                    "is it up, and is CITYWATCH_CLICKHOUSE right?"
                ) from None
            except BaseException:
                # half a conversation is left on the wire: the next statement needs a new one
                self._client.disconnect()
                raise

    def _refusal(self, refused: errors.ServerException) -> Exception:
        said = f"ClickHouse at {self._where} refused (code {refused.code}): {_first_line(refused.message)}"
        if refused.code in PASSING:
            return Busy(said)
        if refused.code in _LOGIN:
            return WrongUse(f"ClickHouse at {self._where} refuses user and password; see CITYWATCH_CLICKHOUSE")
        return Rejected(said, refused.code)


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__


def _first_line(message: str) -> str:
    return message.partition("Stack trace:")[0].strip().partition("\n")[0][:400]
