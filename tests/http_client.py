"""A client that may do what no decent one does: raw bytes over a socket, and server-sent events line by line."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from typing import NamedTuple

from tests.parts.server import HOST

PATIENCE = 30.0


class Answer(NamedTuple):
    status: int
    headers: Message
    body: bytes


def ask(port: int, path: str, method: str = "GET", **headers: str) -> Answer:
    """One decent request. `_` in the name of a header stands for `-`."""
    with closing(http.client.HTTPConnection(HOST, port, timeout=PATIENCE)) as connection:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


def connect(port: int, sends: bytes = b"", *, receive_buffer: int | None = None) -> socket.socket:
    """Says so much and then what the test says; with a small buffer nothing is read on its behalf."""
    client = socket.socket()
    if receive_buffer is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    client.settimeout(PATIENCE)
    client.connect((HOST, port))
    client.sendall(sends)
    return client


def rest(client: socket.socket) -> bytes:
    """All that comes until the other side ends the connection, in order or not."""
    found = bytearray()
    try:
        while piece := client.recv(65_536):
            found += piece
    except ConnectionError:
        pass
    return bytes(found)


class Events:
    """What a follower has heard: events by field, comments as texts."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self._answer = answer

    def next(self) -> dict[str, str] | str:
        """The next event or comment. Raises EOFError when the server has ended."""
        lines: list[str] = []
        while line := self._answer.readline().decode():
            if line != "\n":
                lines.append(line.rstrip("\n"))
            elif lines:
                return lines[0] if lines[0].startswith(":") else dict(_field(each) for each in lines)
        raise EOFError


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name, value


@contextmanager
def following(port: int, path: str = "/live/events") -> Iterator[Events]:
    with closing(http.client.HTTPConnection(HOST, port, timeout=PATIENCE)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Content-Type")) == (200, "text/event-stream; charset=utf-8")
        with answer:
            yield Events(answer)
