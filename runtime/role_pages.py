"""The pages of a role: `/metrics`, `/healthz`, `/readyz`, and what it adds, on the address that is set for it."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping

import msgspec
from aiohttp import hdrs, web
from prometheus_client.exposition import choose_encoder

from runtime import metrics
from runtime.errors import Unreachable
from runtime.http_server import HttpServer, listen
from runtime.readiness import Readiness
from runtime.settings import Settings

_OPENMETRICS_END = b"# EOF\n"

FurtherMetrics = Callable[[], Awaitable[str]]
"""Gauges that are not in the registry: whole families in the form that Prometheus text and OpenMetrics share."""


def serve(
    settings: Settings,
    readiness: Readiness,
    routes: Iterable[web.RouteDef] = (),
    further_metrics: FurtherMetrics | None = None,
) -> HttpServer:
    """Serves the role's pages until `close()`. Raises Unreachable at once where the address is taken."""
    role = readiness.role
    metrics.show_readiness(readiness)
    listener = _listener(settings, role)
    pages = [*_pages(readiness, further_metrics), *routes]
    names = " ".join(page.path for page in pages)
    return HttpServer(f"pages-{role}", listener, pages, not_found=f"pages: {names}\n")


def require_free(settings: Settings, role: str) -> None:
    """Raises Unreachable, as `serve` would, where the address of the role's pages is taken."""
    _listener(settings, role).close()


def _listener(settings: Settings, role: str) -> socket.socket:
    host, port = settings.metrics_address(role)
    try:
        return listen(host, port)
    except OSError as taken:
        raise Unreachable(
            f"the metrics page of {role} cannot listen on {host}:{port} ({taken.strerror}); set CITYWATCH_METRICS"
        ) from None


def _pages(readiness: Readiness, further_metrics: FurtherMetrics | None) -> list[web.RouteDef]:
    async def exposition(request: web.Request) -> web.Response:
        try:
            encode, kind = choose_encoder(",".join(request.headers.getall(hdrs.ACCEPT, ())))
        except (ValueError, TypeError):  # a version that is no number
            encode, kind = choose_encoder("")
        body = encode(metrics.REGISTRY)
        if further_metrics is not None:
            further = (await further_metrics()).encode()
            whole = body.removesuffix(_OPENMETRICS_END)
            body = whole + further + body[len(whole) :]
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: kind})

    async def healthz(_: web.Request) -> web.Response:
        said = readiness.healthz()
        return json_response(msgspec.json.encode(said), 200 if said.alive else 503)

    async def readyz(_: web.Request) -> web.Response:
        said = readiness.readyz()
        return json_response(msgspec.json.encode(said), 200 if said.ready else 503)

    return [web.get("/metrics", exposition), web.get("/healthz", healthz), web.get("/readyz", readyz)]


def json_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """What is JSON already."""
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)
