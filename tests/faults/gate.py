"""A gate on the wire: a TCP proxy that can cut, stall, and let a request through whose reply never comes."""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import Self

from tests.parts.server import HOST, free_port

CHUNK = 64 * 1024
HELD = 1 << 20
"""Bytes that wait for a slow reader before its peer is read no more."""

CONNECT_SECONDS = 2.0
ORDER_SECONDS = 10.0
_RESET = struct.pack("ii", 1, 0)


class State(Enum):
    """What the gate does with what arrives."""

    OPEN = "open"
    CUT = "cut"
    STALLED = "stalled"
    SWALLOWING = "swallowing"


class _Way:
    """One direction of a connection: what was read from `source` and is not yet written to `sink`."""

    def __init__(self, source: socket.socket, sink: socket.socket, is_reply: bool) -> None:
        self.source = source
        self.sink = sink
        self.is_reply = is_reply
        self.held = bytearray()
        self.ended = False


class _Connection:
    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.ways = (_Way(client, server, False), _Way(server, client, True))
        self.asked = 0
        """Bytes of the request since the last reply."""

    def close(self) -> None:
        for side in (self.client, self.server):
            side.close()

    def reset(self) -> None:
        """Neither side may take it for an orderly end."""
        for side in (self.client, self.server):
            with suppress(OSError):
                side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.close()


class Gate:
    """A proxy to 127.0.0.1:target_port in a thread of its own; a context manager.

    Orders (`cut`, `open`, ...) hold when they return, and may come from any thread.
    `connections`: accepted so far. `live`: open now. `to_target`, `from_target`: bytes that went through.
    `cuts`: connections that were broken. `swallowed`: bytes of replies that `swallow` kept from their readers.
    """

    def __init__(self, target_port: int, port: int | None = None) -> None:
        self.target_port = target_port
        self.port = port or free_port()
        self.state = State.OPEN
        self.connections = 0
        self.cuts = 0
        self.to_target = 0
        self.from_target = 0
        self.swallowed = 0
        self._swallow_after = 0
        self._live: list[_Connection] = []
        self._selector = selectors.DefaultSelector()
        self._listener: socket.socket | None = None
        self._orders: list[tuple[Callable[[], None], threading.Event]] = []
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._ended = False
        self._listen()
        self._thread = threading.Thread(target=self._run, name=f"gate-{self.port}", daemon=True)
        self._thread.start()

    @property
    def live(self) -> int:
        return len(self._live)

    @property
    def withheld(self) -> int:
        """Bytes of replies that wait here to be let through, or lost. While it is open all are on their way."""
        if self.state is State.OPEN:
            return 0
        return sum(len(connection.ways[1].held) for connection in list(self._live))

    def cut(self) -> None:
        """Break all connections and refuse new ones, until `open`."""
        self._order(self._cut)

    def open(self) -> None:
        """Let everything through again, what was held by `stall` and `swallow` first."""
        self._order(partial(self._become, State.OPEN))

    def stall(self) -> None:
        """Keep the connections and take new ones, but move no byte, until `open`."""
        self._order(partial(self._become, State.STALLED))

    def swallow(self, after: int = 0) -> None:
        """Requests go through, replies are held back. `cut` then loses them: applied, but never answered.

        `after`: only once a request has come to so many bytes, for protocols that are asked before they are told.
        """
        self._order(partial(self._lie_in_wait, after) if after else partial(self._become, State.SWALLOWING))

    def close(self) -> None:
        """Break everything and end. Safe to repeat."""
        if not self._ended:
            self._order(self._end)
            self._thread.join(ORDER_SECONDS)
            self._wake.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- in the gate's own thread

    def _order(self, what: Callable[[], None]) -> None:
        done = threading.Event()
        self._orders.append((what, done))
        self._wake.send(b"!")
        assert done.wait(ORDER_SECONDS), f"the gate at {self.port} does not obey"

    def _run(self) -> None:
        while not self._ended:
            self._attend()
            for key, events in self._selector.select():
                if key.fileobj is self._woken:
                    self._obey()
                    break  # what was selected may be gone by now
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._move(key.data, events)
        self._selector.close()
        self._woken.close()

    def _obey(self) -> None:
        with suppress(BlockingIOError):
            self._woken.recv(CHUNK)
        while self._orders:
            what, done = self._orders.pop(0)
            what()
            done.set()

    def _listen(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, self.port))
        listener.listen(64)
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ)
        self._listener = listener

    def _become(self, state: State) -> None:
        self.state = state
        self._swallow_after = 0
        if self._listener is None:
            self._listen()

    def _lie_in_wait(self, after: int) -> None:
        self._swallow_after = after

    def _cut(self) -> None:
        self.state = State.CUT
        if self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None
        self.cuts += len(self._live)
        for connection in list(self._live):
            self.swallowed += len(connection.ways[1].held)
            self._forget(connection)
            connection.reset()

    def _end(self) -> None:
        self._cut()
        self._ended = True

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            client, _ = self._listener.accept()
        except OSError:
            return  # it went away again
        self.connections += 1
        try:
            server = socket.create_connection((HOST, self.target_port), CONNECT_SECONDS)
        except OSError:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            client.close()
            return
        for side in (client, server):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            side.setblocking(False)
        self._live.append(_Connection(client, server))

    def _forget(self, connection: _Connection) -> None:
        for side in (connection.client, connection.server):
            with suppress(KeyError):
                self._selector.unregister(side)
        self._live.remove(connection)

    def _attend(self) -> None:
        """Ask the selector for what may move now."""
        for connection in list(self._live):
            up, down = connection.ways
            if any(way.ended and not way.held for way in connection.ways) and self.state is State.OPEN:
                self._forget(connection)
                connection.close()
                continue
            self._want(connection.client, connection, up, down)
            self._want(connection.server, connection, down, up)

    def _want(self, side: socket.socket, connection: _Connection, read: _Way, write: _Way) -> None:
        events = 0
        if self._may_read(read):
            events |= selectors.EVENT_READ
        if write.held and self._may_write(write):
            events |= selectors.EVENT_WRITE
        known = self._selector.get_map().get(side)
        if not events:
            if known is not None:
                self._selector.unregister(side)
        elif known is None:
            self._selector.register(side, events, connection)
        elif known.events != events:
            self._selector.modify(side, events, connection)

    def _may_read(self, way: _Way) -> bool:
        if way.ended or self.state is State.STALLED:
            return False
        return len(way.held) < HELD or (self.state is State.SWALLOWING and way.is_reply)

    def _may_write(self, way: _Way) -> bool:
        return self.state is State.OPEN or (self.state is State.SWALLOWING and not way.is_reply)

    def _move(self, connection: _Connection, events: int) -> None:
        if connection not in self._live:
            return
        try:
            for way in connection.ways:
                self._read(way)
                self._write(way, connection)
        except OSError:
            self._forget(connection)
            connection.reset()

    def _read(self, way: _Way) -> None:
        if not self._may_read(way):
            return
        with suppress(BlockingIOError):
            data = way.source.recv(CHUNK)
            way.ended = not data
            way.held += data

    def _write(self, way: _Way, connection: _Connection) -> None:
        if not way.held or not self._may_write(way):
            return
        with suppress(BlockingIOError):
            sent = way.sink.send(way.held)
            del way.held[:sent]
            if way.is_reply:
                self.from_target += sent
                connection.asked = 0
            else:
                self.to_target += sent
                connection.asked += sent
                if 0 < self._swallow_after <= connection.asked:
                    self._become(State.SWALLOWING)
