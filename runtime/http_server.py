"""What a process shows over HTTP: an aiohttp app in a thread and a loop of its own, so that a busy role answers too.

A connection carries one request, lasts only so long and costs bounded memory, whatever its client does. Where too many
are open, the oldest gives way, and first of all one that has asked nothing: clients that wait keep nobody out.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Generic, NamedTuple, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

log = logging.getLogger(__name__)

_clients = logging.getLogger(f"{__name__}.clients")
_clients.setLevel(logging.CRITICAL + 1)  # what clients send is no news, and must not fill a disk

_BACKLOG = 128

_LINGER_SECONDS = 1.0
"""How long the rest of a body that nobody wants is read, so that its sender sees the answer."""

_FORGET = struct.pack("ii", 1, 0)
"""For SO_LINGER: a closed socket keeps nothing for its client."""

T = TypeVar("T")


class Limits(NamedTuple):
    """Of each connection, and of their number. `answer_seconds` None: an answer may take as long as it takes."""

    connections: int = 64
    ask_seconds: float = 5.0
    answer_seconds: float | None = 15.0
    body_bytes: int = 1024


class HttpServer:
    """Serves `routes` on a listening socket until `close`; both may be called in any thread.

    `not_found` is the body of a 404. Handlers run in the server's loop: what may block belongs in a thread.
    """

    def __init__(
        self,
        name: str,
        listener: socket.socket,
        routes: Iterable[web.AbstractRouteDef],
        *,
        not_found: str = "",
        limits: Limits | None = None,
    ) -> None:
        self._listener = listener
        self._routes = tuple(routes)
        self._not_found = not_found
        self._limits = limits or Limits()
        self._begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        self._loop, self._stop = self._begun.result()

    def close(self) -> None:
        """Takes no more requests and breaks the connections off. Blocks until work in threads has ended."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as failed:
            if self._begun.done():
                raise
            self._begun.set_exception(failed)

    async def _serve(self) -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(middlewares=[_answering(self._not_found)], client_max_size=self._limits.body_bytes)
        app.add_routes(self._routes)
        runner = web.AppRunner(app, handle_signals=False, handler_cancellation=True, shutdown_timeout=1.0)
        await runner.setup()
        server = runner.server
        assert server is not None
        connections = _Connections(self._limits)
        listening = await loop.create_server(
            lambda: _Connection(server, loop, connections), sock=self._listener, backlog=_BACKLOG
        )
        self._begun.set_result((loop, stop))
        await stop.wait()
        listening.close()
        connections.abort()
        await runner.cleanup()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError at once where the address is taken or not of this machine."""
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def keep_open(request: web.Request) -> None:
    """Lifts the limit on the time of this request: its handler bounds what a slow client costs, and may `break_off`."""
    assert isinstance(request.protocol, _Connection)
    request.protocol.allow(None)


def break_off(request: web.Request) -> None:
    """Ends the connection; what its client has not read is forgotten."""
    assert isinstance(request.protocol, _Connection)
    request.protocol.abort()


class Shared(Generic[T]):
    """What is made in a thread, once for all who ask meanwhile. An answer is never older than its question."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._under_way = asyncio.Lock()
        self._next: asyncio.Task[T] | None = None

    async def get(self) -> T:
        if self._next is None:
            self._next = asyncio.create_task(self._made())
        return await asyncio.shield(self._next)  # one who leaves takes it from nobody

    async def _made(self) -> T:
        async with self._under_way:
            self._next = None  # who asks from here on, asks for a newer one
            return await asyncio.to_thread(self._make)


def _answering(not_found: str) -> Middleware:
    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        assert isinstance(request.protocol, _Connection)
        request.protocol.asked()
        try:
            response = await handler(request)
        except web.HTTPException as refused:
            text = not_found if refused.status == web.HTTPNotFound.status_code else f"{refused.reason}\n"
            allowed = {name: value for name, value in refused.headers.items() if name == "Allow"}
            response = web.Response(status=refused.status, text=text, headers=allowed)
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            response = web.Response(status=500, text="it failed; the log of the process says why\n")
        response.force_close()
        return response

    return answer


class _Connection(web.RequestHandler):
    __slots__ = ("_connections", "_deadline", "has_asked")

    def __init__(self, server: web.Server, loop: asyncio.AbstractEventLoop, connections: _Connections) -> None:
        super().__init__(
            server, loop=loop, logger=_clients, access_log=_clients, keepalive_timeout=0, lingering_time=_LINGER_SECONDS
        )
        self._connections = connections
        self._deadline: asyncio.TimerHandle | None = None
        self.has_asked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.allow(self._connections.limits.ask_seconds)
        self._connections.opened(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.allow(None)
        self._connections.closed(self)
        super().connection_lost(exc)

    def asked(self) -> None:
        """The head of its request is there."""
        self.has_asked = True
        self.allow(self._connections.limits.answer_seconds)

    def allow(self, seconds: float | None) -> None:
        """The connection ends after so many seconds from now; None: it may last."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self._loop.call_later(seconds, self.abort)

    @property
    def has_deadline(self) -> bool:
        return self._deadline is not None

    def abort(self) -> None:
        """Ends it now; what its client has not read is forgotten, also by the kernel."""
        transport = self.transport
        if transport is not None:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _FORGET)
            transport.abort()


class _Connections:
    """Those that are open, in the order in which they came."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: dict[_Connection, None] = {}

    def opened(self, connection: _Connection) -> None:
        self._open[connection] = None
        if len(self._open) > self.limits.connections:
            one = self._dispensable(connection)
            self.closed(one)
            one.abort()

    def _dispensable(self, newest: _Connection) -> _Connection:
        """The oldest that has asked nothing, else the oldest whose time runs: good clients are done within it."""
        older = [each for each in self._open if each is not newest and each.has_deadline]
        return next((each for each in older if not each.has_asked), older[0] if older else newest)

    def closed(self, connection: _Connection) -> None:
        self._open.pop(connection, None)

    def abort(self) -> None:
        for connection in tuple(self._open):
            connection.abort()
