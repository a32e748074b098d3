"""`/live`, and `/live/events` for those who follow it: the JSON twin of the gauges, made when asked; and the gauges of
clocks on a page of their own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from aiohttp import ETag, hdrs, web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST

from runtime import role_pages
from runtime.http_server import HttpServer, Shared, break_off, keep_open
from runtime.readiness import Readiness
from runtime.role_pages import json_response
from runtime.settings import Settings
from schemas.live import Live
from streams.live import asked, gauges
from streams.live.asked import WrongQuestion
from streams.live.board import board
from streams.live.state import LiveState

FOLLOWERS = 16
"""Who comes when so many follow is refused."""

LOOK_SECONDS = 0.5
"""Between two looks at what followers are told: several changes within it are one event."""

HEARTBEAT_SECONDS = 10.0
"""Followers to whom there is nothing to tell hear a comment this often."""

READ_SECONDS = 10.0
"""For reading what waits for a follower. Who takes longer is dropped."""

_SEND_BUFFER = 64 * 1024
"""Bytes that the kernel holds for a follower: with its own ample one, a slow follower would see figures of long ago."""


class Page(NamedTuple):
    """`/live` at one moment. Equal revisions are equal figures, whatever process says them."""

    revision: str
    body: bytes


def serve_live(settings: Settings, readiness: Readiness, state: LiveState) -> HttpServer:
    """The pages of `analyse`, until `close()`. Raises Unreachable at once where the address is taken."""
    live = LivePages(state)
    routes = [
        web.get("/live", live.page),
        web.get("/live/events", live.events),
        web.get("/metrics/clocks", live.clocks),
        web.get("/live/figure", live.asked(asked.figure)),
        web.get("/live/alarms", live.asked(asked.alarms)),
    ]
    return role_pages.serve(settings, readiness, routes, Shared(lambda: gauges.text(state)).get)


def render(state: LiveState, only: str | None = None) -> Page:
    """Of all cities, or of one alone. Takes the state's lock for some tens of milliseconds."""
    live = _with_text(board(state, only))
    revision = revision_of(live)
    return Page(revision, msgspec.json.encode(msgspec.structs.replace(live, revision=revision)))


def revision_of(live: Live) -> str:
    """Another one where anything but the seconds that sources have been quiet is another: they pass by themselves."""
    replace = msgspec.structs.replace
    cities = [replace(city, sources=[replace(one, quiet=0.0) for one in city.sources]) for city in live.cities]
    return blake2b(msgspec.json.encode(replace(live, cities=cities, revision="")), digest_size=12).hexdigest()


def _with_text(live: Live) -> Live:
    """Most of it as text by now, since it is written twice: for its revision, and with it."""
    replace, encode = msgspec.structs.replace, msgspec.json.encode
    cities = [replace(city, measures=msgspec.Raw(encode(city.measures))) for city in live.cities]
    return replace(live, cities=cities)


class LivePages:
    """The handlers, to be used in one loop."""

    def __init__(self, state: LiveState) -> None:
        self._state = state
        self._live = Shared(lambda: render(state))
        self._clocks = Shared(lambda: gauges.of_clocks(state))
        self._seen: tuple[float, Page] | None = None
        self._followers = 0

    async def page(self, request: web.Request) -> web.Response:
        """All cities, or with `?city=` one alone: a fixture stands only there."""
        only = request.query.get("city")
        if only is None:
            page = await self._live.get()
        elif not (only in self._state.cities or only in self._state.fixtures):
            return web.Response(status=404, text="no city of this name is declared\n")
        else:
            page = await asyncio.to_thread(render, self._state, only)
        headers: dict[str, str] = {hdrs.ETAG: f'W/"{page.revision}"', hdrs.CACHE_CONTROL: "no-cache"}
        if any(_matches(known, page.revision) for known in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return json_response(page.body, headers=headers)

    async def clocks(self, _: web.Request) -> web.Response:
        """The gauges of clocks alone, as Prometheus text: cheap enough to be asked every second."""
        return web.Response(body=(await self._clocks.get()).encode(), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST})

    def asked(self, answer: Callable[[LiveState, Mapping[str, str]], dict[str, Any]]) -> Handler:
        """What is asked of one figure; 400 with a line that says what is wrong with the question."""
        one_at_a_time = asyncio.Lock()

        async def handler(request: web.Request) -> web.StreamResponse:
            async with one_at_a_time:  # who asks much waits, and nobody else
                try:
                    said = await asyncio.to_thread(answer, self._state, request.query)
                except WrongQuestion as wrong:
                    return web.Response(status=400, text=f"{wrong}\n")
            return json_response(msgspec.json.encode(said), headers={hdrs.CACHE_CONTROL: "no-cache"})

        return handler

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: what `/live` says, at once and whenever it changes, with its revision as `id`."""
        headers = {hdrs.CONTENT_TYPE: "text/event-stream; charset=utf-8", hdrs.CACHE_CONTROL: "no-store"}
        if request.method == hdrs.METH_HEAD:
            return web.Response(headers=headers)
        if self._followers >= FOLLOWERS:
            text = f"{FOLLOWERS} follow already; ask /live, or try again\n"
            return web.Response(status=503, text=text, headers={hdrs.RETRY_AFTER: "10"})
        self._followers += 1
        try:
            response = web.StreamResponse(headers=headers)
            response.force_close()
            keep_open(request)
            await self._tell(request, response)
        except (TimeoutError, ConnectionError):
            break_off(request)
        finally:
            self._followers -= 1
        return response

    async def _tell(self, request: web.Request, response: web.StreamResponse) -> None:
        """Until the follower goes away, or reads too slowly (TimeoutError)."""
        if request.transport is not None:
            request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        await response.prepare(request)
        look = asyncio.create_task(self._other_than(""))
        try:
            while True:
                await asyncio.wait({look}, timeout=HEARTBEAT_SECONDS)
                said = b": still here\n\n"
                if look.done():
                    page = look.result()
                    said = b"id: %b\ndata: %b\n\n" % (page.revision.encode(), page.body)
                    look = asyncio.create_task(self._other_than(page.revision))
                async with asyncio.timeout(READ_SECONDS):
                    await response.write(said)
        finally:
            look.cancel()

    async def _other_than(self, revision: str) -> Page:
        while True:
            page = await self._recent()
            if page.revision != revision:
                return page
            await asyncio.sleep(LOOK_SECONDS)

    async def _recent(self) -> Page:
        """One look for all followers."""
        now = asyncio.get_running_loop().time()
        if self._seen is None or now - self._seen[0] >= LOOK_SECONDS:
            self._seen = now, await self._live.get()
        return self._seen[1]


def _matches(known: ETag, revision: str) -> bool:
    return known.value in (revision, "*")
