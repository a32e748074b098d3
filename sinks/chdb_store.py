"""chDB: ClickHouse's engine in this process, on a folder that one process at a time may open."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from chdb.session import Session

from runtime.errors import Unreachable, WrongUse
from runtime.folders import make_writable
from sinks.answers import FORMAT, SETTINGS, columns_as_json, read_rows
from sinks.bind import bind, literal
from sinks.store import PASSING, Busy, Columns, Rejected, ResultRow

_engine = threading.RLock()
"""The engine is one in a process, whatever the number of sessions."""

_ENGINE = (
    "do_not_merge_across_partitions_select_final = 1, max_partitions_per_insert_block = 0,"
    " compile_expressions = 0, compile_aggregate_expressions = 0, compile_sort_description = 0"
)
"""A row never moves between months, and one insert of a replay may span many. To compile a question costs more than it
gives, with three million cells too."""


class Chdb:
    """The embedded store in a folder, made when it is not there. Raises Unreachable when it is taken, WrongUse where no
    folder can be."""

    def __init__(self, path: Path) -> None:
        try:
            make_writable(path)
        except OSError as unusable:
            why = unusable.strerror
            raise WrongUse(
                f"the store in {path} cannot be opened ({why}); set CITYWATCH_DATA or CITYWATCH_CLICKHOUSE"
            ) from None
        self._path = str(path.resolve())
        with _engine:
            try:
                self._session: Session | None = Session(self._path)  # type: ignore[no-untyped-call]
            except RuntimeError as taken:
                raise Unreachable(f"the store in {path} cannot be opened ({_why(taken)})") from None
        self._where = str(path)
        try:
            self.command(f"SET {SETTINGS}, {_ENGINE}")
            ((text,),) = self.query("SELECT version()")
        except BaseException:
            self.close()
            raise
        major, minor = text.split(".")[:2]
        self._version = (int(major), int(minor))

    @property
    def version(self) -> tuple[int, int]:
        return self._version

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> list[ResultRow]:
        return read_rows(self.query_bytes(bind(sql, params)))

    def query_bytes(self, sql: str, name: str = "") -> bytes:
        """The answer to a SELECT in the format of `sinks.answers`. `name`: what `cancel` calls it."""
        return self._run(_named(name) + sql, FORMAT)

    def cancel(self, name: str) -> None:
        """Ends a query that runs, from another thread than that which waits for it, where it is Busy then. One that has
        not begun yet goes on. Blocks for milliseconds."""
        # beside the session whose query it is: that is busy
        with closing(Session(self._path)) as beside:  # type: ignore[no-untyped-call]
            beside.query(f"KILL QUERY WHERE startsWith(query, {literal(_named(name))}) ASYNC")  # type: ignore[no-untyped-call]

    def command(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        self._run(bind(sql, params), FORMAT)

    def insert(self, table: str, columns: Sequence[str], data: Columns) -> None:
        if data and data[0]:
            self.insert_json(table, columns, columns_as_json(data).decode())

    def insert_json(self, table: str, columns: Sequence[str], rows: str) -> None:
        """Columns that `sinks.answers.columns_as_json` wrote."""
        self._run(f"INSERT INTO {table} ({', '.join(columns)}) FORMAT JSONCompactColumns {rows}", FORMAT)

    def close(self) -> None:
        with _engine:
            session, self._session = self._session, None
            if session is not None:
                session.close()  # type: ignore[no-untyped-call]

    def _run(self, sql: str, form: str) -> bytes:
        with _engine:
            if self._session is None:
                raise Unreachable(f"the store in {self._where} is closed")
            try:
                return bytes(self._session.query(sql, form).bytes())  # type: ignore[no-untyped-call]
            except RuntimeError as refused:
                # the engine keeps what an answer that broke off had written, and begins the next one with it
                self._session.query("SELECT 1", form)  # type: ignore[no-untyped-call]
                raise _refusal(refused) from None


def _named(name: str) -> str:
    """What a query of this name begins with."""
    return f"/* {name} */ " if name else ""


def _refusal(refused: RuntimeError) -> Exception:
    text = str(refused)
    found = re.match(r"Code: (\d+)", text)
    code = int(found.group(1)) if found else 0
    said = f"chDB refused: {text.partition(chr(10))[0][:400]}"
    return Busy(said) if code in PASSING else Rejected(said, code)


def _why(error: RuntimeError) -> str:
    text = str(error)
    if "already initialized with path" in text:
        return "this process holds another one"
    return "another process holds it, or it is no store; is `citywatch up` running with another CITYWATCH_DATA?"
