"""The process that owns chDB answers the others on loopback: SQL in, rows out. `sinks.remote` asks it.

Addresses begin with a secret that stands only in the run file: neither other users of the machine nor a
page in a browser can ask.
"""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from runtime.errors import Unreachable
from runtime.http_server import HttpServer, Limits, listen
from sinks.remote import BUSY, REFUSED, WHILE_ASKED, Refusal
from sinks.store import Rejected

if TYPE_CHECKING:
    from sinks.chdb_store import Chdb  # loads the engine

HOST = "127.0.0.1"
CANCEL_SECONDS = 0.2
"""Between two tries to end a query that nobody waits for: it may not have begun yet."""

_LIMITS = Limits(answer_seconds=None, body_bytes=1024**3)
"""A question may take as long as it takes, and an insert is as large as its sender's batch."""


class Owner:
    """Serves a store from a thread until `close`. `url` is what `sinks.remote.Remote` takes."""

    def __init__(self, store: Chdb) -> None:
        secret = secrets.token_urlsafe(24)
        listener = listen(HOST, 0)
        self.url = f"http://{HOST}:{listener.getsockname()[1]}/{secret}"
        self._server = HttpServer("store-owner", listener, _routes(store, f"/{secret}"), limits=_LIMITS)

    def close(self) -> None:
        """Takes no more questions, and waits for those under way. The store stays open."""
        self._server.close()


def _routes(store: Chdb, base: str) -> list[web.RouteDef]:
    cancelling = ThreadPoolExecutor(1, "cancel")  # questions may hold all threads of the loop

    async def version(_: web.Request) -> web.Response:
        return web.Response(body=msgspec.json.encode(store.version))

    async def query(request: web.Request) -> web.Response:
        sql, name = await request.text(), uuid.uuid4().hex
        if WHILE_ASKED not in request.query:
            return await _answer(lambda: store.query_bytes(sql))
        asking = asyncio.create_task(_answer(lambda: store.query_bytes(sql, name)))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:  # whoever asked has gone
            while not asking.done():
                await asyncio.get_running_loop().run_in_executor(cancelling, store.cancel, name)
                await asyncio.wait([asking], timeout=CANCEL_SECONDS)
            raise

    async def insert(request: web.Request) -> web.Response:
        table, columns, rows = request.query["table"], request.query.getall("column"), await request.text()

        def insert_rows() -> bytes:
            store.insert_json(table, columns, rows)
            return b""

        return await _answer(insert_rows)

    return [web.post(f"{base}/version", version), web.post(f"{base}/query", query), web.post(f"{base}/insert", insert)]


async def _answer(ask: Callable[[], bytes]) -> web.Response:
    try:
        return web.Response(body=await asyncio.to_thread(ask))
    except Rejected as refused:
        return web.Response(status=REFUSED, body=msgspec.json.encode(Refusal(str(refused), refused.code)))
    except Unreachable as busy:
        return web.Response(status=BUSY, body=msgspec.json.encode(Refusal(str(busy))))
