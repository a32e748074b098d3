"""The one HTTP server: it answers decent clients, whatever others do meanwhile, and costs bounded memory."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from aiohttp import web

from runtime.http_server import HttpServer, Limits, Shared, listen
from tests.http_client import PATIENCE, ask, connect, rest
from tests.parts.server import HOST, await_until

LARGE = b"x" * 16_000_000
"""More than the kernel keeps for a client that does not read."""

GET = b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n"


@contextmanager
def serving(limits: Limits | None = None, *further: web.RouteDef) -> Iterator[int]:
    """A server with two pages; its port."""

    async def small(_: web.Request) -> web.Response:
        return web.Response(text="good")

    async def large(_: web.Request) -> web.Response:
        return web.Response(body=LARGE)

    listener = listen(HOST, 0)
    port: int = listener.getsockname()[1]
    routes = [web.get("/small", small), web.get("/large", large), *further]
    server = HttpServer("test", listener, routes, not_found="pages: /small /large\n", limits=limits)
    try:
        yield port
    finally:
        server.close()


def test_get_and_head_are_answered_and_nothing_else_is() -> None:
    with serving() as port:
        got, head = ask(port, "/small"), ask(port, "/small?a=b", "HEAD")
        assert (got.status, got.body) == (200, b"good")
        assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", "4")
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            refused = ask(port, "/small", method)
            assert (refused.status, refused.headers["Allow"]) == (405, "GET,HEAD")
        lost = ask(port, "/nowhere")
        assert (lost.status, lost.body) == (404, b"pages: /small /large\n")


def test_many_at_once_are_all_answered() -> None:
    with serving() as port, ThreadPoolExecutor(32) as clients:
        answers = clients.map(lambda _: ask(port, "/small"), range(400))
        assert {(answer.status, answer.body) for answer in answers} == {(200, b"good")}


def test_a_connection_carries_one_request() -> None:
    with serving() as port, connect(port, GET * 50) as client:
        assert rest(client).count(b"HTTP/1.1 200") == 1


@pytest.mark.parametrize("sends", [b"", b"GET /small", GET[:-2], GET[:-2] + b"X-A: b\r\n"])
def test_who_does_not_finish_a_request_is_let_go(sends: bytes) -> None:
    with serving(Limits(ask_seconds=0.2)) as port, connect(port, sends) as client:
        assert rest(client) == b""


@pytest.mark.parametrize(
    "sends",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
        b"GET\r\n\r\n",
        b"GET /small HTTP/9.9\r\n\r\n",
        b"GET /small HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET /small HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /small HTTP/1.1\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /small HTTP/1.1\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n",
    ],
    ids=["tls", "short", "version", "length", "header", "long-path", "long-header", "many-headers"],
)
def test_what_is_no_request_is_refused_without_a_word_in_the_log(
    sends: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving() as port:
        with connect(port, sends) as client:
            assert rest(client)[:12] in (b"HTTP/1.0 400", b"HTTP/1.1 400", b"")
        assert ask(port, "/small").body == b"good"
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


ENDLESS = 4_000_000_000


def pour(client: socket.socket, piece: bytes) -> int:
    """Sends it again and again until the other side ends the connection; how many bytes."""
    sent = 0
    try:
        while sent < ENDLESS:
            sent += client.send(piece)
    except ConnectionError:
        pass
    return sent


def test_headers_without_end_are_cut_off() -> None:
    with serving(Limits(ask_seconds=PATIENCE)) as port, connect(port, GET[:-2]) as client:
        assert pour(client, b"X-A: " + b"a" * 4_000 + b"\r\n") < ENDLESS
        assert ask(port, "/small").body == b"good"


def test_an_endless_body_is_not_kept() -> None:
    head = b"POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\n\r\n"
    with serving() as port, connect(port, head) as client:
        assert pour(client, b"a" * 65_536) < ENDLESS
        assert ask(port, "/small").body == b"good"


def test_clients_that_only_connect_keep_nobody_out() -> None:
    with serving(Limits(connections=8, ask_seconds=PATIENCE)) as port:
        silent = [connect(port) for _ in range(40)]
        assert ask(port, "/small").body == b"good"
        for client in silent[:30]:  # the oldest gave way
            assert rest(client) == b""
        for client in silent:
            client.close()


def test_clients_that_do_not_read_keep_nobody_out() -> None:
    with serving(Limits(connections=8, answer_seconds=PATIENCE)) as port:
        slow = [connect(port, GET.replace(b"small", b"large"), receive_buffer=4_096) for _ in range(20)]
        assert ask(port, "/small").body == b"good"
        assert ask(port, "/large").body == LARGE
        for client in slow:
            client.close()


def test_who_may_take_as_long_as_it_takes_gives_way_to_nobody() -> None:
    asked, go_on = threading.Semaphore(0), asyncio.Event()

    async def waits(_: web.Request) -> web.Response:
        asked.release()
        await go_on.wait()
        return web.Response(text="at last")

    async def go(_: web.Request) -> web.Response:
        go_on.set()
        return web.Response()

    routes = (web.get("/waits", waits), web.get("/go", go))
    with serving(Limits(connections=4, answer_seconds=None), *routes) as port:
        waiting = [connect(port, GET.replace(b"small", b"waits")) for _ in range(3)]
        for _ in waiting:
            assert asked.acquire(timeout=PATIENCE)
        silent = [connect(port) for _ in range(20)]
        assert ask(port, "/go").status == 200
        for client in waiting:
            assert rest(client).endswith(b"at last")
        for client in (*waiting, *silent):
            client.close()


def test_who_does_not_read_its_answer_holds_nobody_up_and_is_let_go() -> None:
    with serving(Limits(answer_seconds=1.0)) as port:
        slow = [connect(port, GET.replace(b"small", b"large"), receive_buffer=4_096) for _ in range(8)]
        assert ask(port, "/small").body == b"good"
        assert ask(port, "/large").body == LARGE
        for client in slow:
            await_until(lambda: _is_reset(client), PATIENCE, "the connection to end")  # noqa: B023
            assert len(rest(client)) < len(LARGE)
            client.close()


def _is_reset(client: socket.socket) -> bool:
    """Whether the other side has broken it off; nothing of what waits is read."""
    return client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0


def test_a_page_that_fails_is_one_answer_and_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(_: web.Request) -> web.Response:
        raise ZeroDivisionError

    with serving(None, web.get("/broken", broken)) as port:
        answer = ask(port, "/broken")
        assert (answer.status, answer.body.count(b"\n")) == (500, 1)
        assert ask(port, "/small").body == b"good"
    [said] = caplog.records
    assert (said.levelno, said.message) == (logging.ERROR, "GET /broken failed")


def test_closing_ends_connections_and_frees_the_port() -> None:
    asked = threading.Event()

    async def endless(_: web.Request) -> web.Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    with serving(None, web.get("/endless", endless)) as port:
        client = connect(port, GET.replace(b"small", b"endless"))
        assert asked.wait(PATIENCE)
    assert rest(client) == b""
    client.close()
    listen(HOST, port).close()


def test_a_port_that_is_taken_is_told_at_once() -> None:
    with listen(HOST, 0) as taken, pytest.raises(OSError, match="in use"):
        listen(HOST, taken.getsockname()[1])


async def test_what_is_made_is_shared_and_never_older_than_its_question() -> None:
    number = 0
    made: list[int] = []
    began, go_on = threading.Event(), threading.Event()

    def make() -> int:
        found = number
        began.set()
        assert go_on.wait(PATIENCE)
        made.append(found)
        return found

    shared = Shared(make)
    first = asyncio.create_task(shared.get())
    assert await asyncio.to_thread(began.wait, PATIENCE)
    number = 1
    later = [asyncio.create_task(shared.get()) for _ in range(20)]
    await asyncio.sleep(0)
    later[0].cancel()
    go_on.set()
    assert await first == 0
    assert {await one for one in later[1:]} == {1}
    assert made == [0, 1]
