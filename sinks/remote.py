"""chDB through the process that owns it."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from runtime.errors import Unreachable
from sinks.answers import columns_as_json, read_rows
from sinks.bind import bind
from sinks.store import Columns, Rejected, ResultRow

ANSWER_SECONDS = 300.0
REFUSED, BUSY = 422, 503
"""Statuses of an answer that is a Refusal."""

WHILE_ASKED = "while_asked"
"""In the query of an address: whoever does not wait for the answer any more does not want it."""


class Refusal(msgspec.Struct):
    """The body of an answer other than 200: the line to show, and ClickHouse's code."""

    message: str
    code: int = 0


class Remote:
    """The store of a running deployment. Connects when first asked."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._where = f"{parts.hostname}:{parts.port}"
        self._base = parts.path
        self._connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=ANSWER_SECONDS)
        self._lock = threading.Lock()
        self._version: tuple[int, int] | None = None

    def is_there(self) -> bool:
        """Whether the owner answers; False when nobody listens there any more."""
        try:
            return bool(self.version)
        except Unreachable:
            return False

    @property
    def version(self) -> tuple[int, int]:
        if self._version is None:
            self._version = msgspec.json.decode(self._post("version", b""), type=tuple[int, int])
        return self._version

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> list[ResultRow]:
        return read_rows(self._post(f"query?{WHILE_ASKED}", bind(sql, params).encode()))

    def command(self, sql: str, params: Mapping[str, Any] | None = None) -> None:
        self._post("query", bind(sql, params).encode())

    def insert(self, table: str, columns: Sequence[str], data: Columns) -> None:
        if data and data[0]:
            asked = urlencode([("table", table), *(("column", column) for column in columns)])
            self._post(f"insert?{asked}", columns_as_json(data))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _post(self, what: str, body: bytes) -> bytes:
        with self._lock:
            try:
                self._connection.request("POST", f"{self._base}/{what}", body)
                response = self._connection.getresponse()
                answer = response.read()
            except KeyboardInterrupt:
                self._connection.close()
                raise
            except (OSError, http.client.HTTPException) as gone:
                self._connection.close()
                raise Unreachable(
                    f"the store's owner on {self._where} does not answer ({type(gone).__name__}); "
                    "is `citywatch up` running?"
                ) from None
        if response.status == 200:
            return answer
        if response.status not in (REFUSED, BUSY):
            raise Unreachable(f"what listens on {self._where} is not the store's owner; is `citywatch up` running?")
        refusal = msgspec.json.decode(answer, type=Refusal)
        if response.status == REFUSED:
            raise Rejected(refusal.message, refusal.code)
        raise Unreachable(refusal.message)
