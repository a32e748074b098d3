"""Prometheus and Alertmanager as they are shipped, with the addresses of this machine; and a webhook."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.deployment import ROLES, Deployment
from tests.parts.alertmanager import Alertmanager
from tests.parts.server import HOST

DEPLOY = Path(__file__).parents[2] / "deploy"

Alert = dict[str, Any]


@contextmanager
def webhook() -> Iterator[tuple[str, list[Alert]]]:
    """A receiver on a free port, and the alerts that were posted to it."""
    received: list[Alert] = []
    with posted_to(received.extend) as url:
        yield url, received


@contextmanager
def posted_to(take: Callable[[list[Alert]], object]) -> Iterator[str]:
    """The address of a receiver, which hands on the alerts of each post in a thread of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            take(body["alerts"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}/alerts"
    finally:
        server.shutdown()
        server.server_close()


def alertmanager_config(url: str, group_wait: str | None = None) -> str:
    """The shipped one with this webhook; with `group_wait` each group of alerts waits so long."""
    text = (DEPLOY / "alertmanager" / "alertmanager.yml").read_text()
    text = re.sub(r"url: \S+", f"url: {url}", text)
    return text if group_wait is None else re.sub(r"group_wait: \S+", f"group_wait: {group_wait}", text)


def prometheus_config(deployment: Deployment, alertmanager: Alertmanager, every: str | None = None) -> str:
    """The shipped one with the addresses of a deployment; with `every` it looks at all so often."""
    text = (DEPLOY / "prometheus" / "prometheus.yml").read_text()
    text = text.replace("rules/*.yml", str(DEPLOY / "prometheus" / "rules" / "*.yml"))
    if every is not None:
        text = re.sub(r"(scrape|evaluation)_interval: \S+", rf"\1_interval: {every}", text)
    text = text.replace("alertmanager:9093", f"{HOST}:{alertmanager.port}")
    for role in ROLES:
        text = re.sub(rf"\b{role}:\d+", "{}:{}".format(*deployment.settings.metrics_address(role)), text)
    return text
