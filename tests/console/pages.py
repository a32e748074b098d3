"""The pages of the roles, made from their real structures: what `watch` reads without any role running."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from schemas.cities import load_cities
from schemas.records import Cell, Progress, SourceGap
from streams.live.board import board
from streams.live.state import LiveState
from tests.placed import placed

LOG = "a-log"
PANE = 300
DAY = 86_400
MONTH = 30 * DAY


def live_page(now: int) -> bytes:
    """`GET /live` of analyse for a city whose clock stands at `now`: twelve calls in the hour, ten a day
    ago, and so on, and three arrivals of which two took three minutes at most. Enough of them for an alarm."""
    state = LiveState.of(load_cities())
    state.history_loaded = True
    state.take(list(_records(now)))
    return msgspec.json.encode(board(state))


def _records(now: int) -> Iterator[Cell | Progress | SourceGap]:
    pane = (now - PANE) // PANE * PANE
    for version, (at, count) in enumerate(((pane, 12), (pane - DAY, 10), (pane - MONTH, 40), (pane - 35 * DAY, 1))):
        for beat, code in (("B01", "110201"), ("B07", "no-such-code")):
            yield _cell(at, "incident.reported", beat, code, count, (), version)
    within = (250, *(0, 0, 1, 2, 3, 3, 3, 3, 3, 3, 3))
    yield _cell(pane, "incident.arrived", "B01", "110201", 3, within + within, 9)
    yield SourceGap(
        log=LOG,
        topic="citywatch.incidents",
        partition=0,
        offset=0,
        source="xincheng/110",
        since=0,
        until=now - 500 * DAY,
        cause="start",
        at=now - 500 * DAY,
    )
    yield Progress(
        log=LOG,
        topic="citywatch.incidents",
        partition=0,
        read=80,
        counted=75,
        late=2,
        duplicates=2,
        dead=1,
        clocks={"xincheng/110": now},
        boundaries={},
        open_panes=3,
        bytes=0,
    )


def _cell(pane: int, kind: str, beat: str, category: str, count: int, values: tuple[int, ...], version: int) -> Cell:
    return Cell(
        log=LOG,
        topic="citywatch.incidents",
        partition=0,
        source="xincheng/110",
        pane=pane,
        version=version,
        records=count,
        **placed(kind, beat, category, "citizen", count=count, values=values),
    )


@contextmanager
def serving(port: int, body: bytes) -> Iterator[ThreadingHTTPServer]:
    """Any page of `127.0.0.1:port` answers with the body, until the block ends or the server is shut down."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
