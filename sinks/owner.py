"""The process that owns chDB answers the others on loopback: SQL in, rows out.

Addresses begin with a secret that stands only in the run file: neither other users of the machine nor a
page in a browser can ask.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import msgspec

from runtime.errors import Unreachable
from sinks.store import Rejected

if TYPE_CHECKING:
    from sinks.chdb_store import Chdb  # loads the engine, and who asks an owner needs none

HOST = "127.0.0.1"
REFUSED, BUSY = 422, 503


class Refusal(msgspec.Struct):
    """The body of an answer other than 200: the line to show, and ClickHouse's code."""

    message: str
    code: int = 0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class Owner:
    """Serves a store from daemon threads until `close`. `url` is what `sinks.remote.Remote` takes."""

    def __init__(self, store: Chdb) -> None:
        secret = secrets.token_urlsafe(24)
        self._server = _Server((HOST, 0), _handler(store, secret))
        self.url = f"http://{HOST}:{self._server.server_address[1]}/{secret}"
        threading.Thread(target=self._server.serve_forever, name="store-owner", daemon=True).start()

    def close(self) -> None:
        """Takes no more questions. The store stays open."""
        self._server.shutdown()
        self._server.server_close()


def _handler(store: Chdb, secret: str) -> type[BaseHTTPRequestHandler]:
    def version(_: dict[str, list[str]], __: str) -> bytes:
        return msgspec.json.encode(store.version)

    def query(_: dict[str, list[str]], body: str) -> bytes:
        return store.query_bytes(body)

    def insert(asked: dict[str, list[str]], body: str) -> bytes:
        store.insert_json(asked["table"][0], asked["column"], body)
        return b""

    routes: dict[str, Callable[[dict[str, list[str]], str], bytes]] = {
        f"/{secret}/version": version,
        f"/{secret}/query": query,
        f"/{secret}/insert": insert,
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 65_536  # head and body leave together

        def do_POST(self) -> None:
            target = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            route = routes.get(target.path)
            if route is None:
                self._answer(404, b"")
                return
            try:
                status, answer = 200, route(parse_qs(target.query), body)
            except Rejected as refused:
                status, answer = REFUSED, msgspec.json.encode(Refusal(str(refused), refused.code))
            except Unreachable as busy:
                status, answer = BUSY, msgspec.json.encode(Refusal(str(busy)))
            self._answer(status, answer)

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Questions are not news, and the address is a secret."""

    return Handler
