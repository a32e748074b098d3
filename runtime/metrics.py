"""The one registry: every metric of the pipeline's own health, each with its meaning, and the page that shows them.

Figures of the city are not here: `analyse` derives them from the declared measures when it is asked.
Labels are bounded: topics, partitions, declared sources, reasons; never an id, never a code as it came.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from runtime.errors import Unreachable
from runtime.readiness import Readiness
from runtime.settings import Settings

REGISTRY = CollectorRegistry(auto_describe=True)

_LATENCY = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 15.0, 60.0)
_PARTITION = ("topic", "partition")


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(f"citywatch_{name}", meaning, labels, registry=REGISTRY)


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(f"citywatch_{name}", meaning, labels, registry=REGISTRY)


def _latency(name: str, meaning: str, *labels: str) -> Histogram:
    return Histogram(f"citywatch_{name}", meaning, labels, registry=REGISTRY, buckets=_LATENCY)


UP = _gauge("up_since_seconds", "When this role was ready, in Unix seconds", "role")

RECORDS = _gauge("records", "Records judged, by verdict, over the whole log of a partition", *_PARTITION, "verdict")
LAG = _gauge("lag_records", "Records in the log that the role has not read", "role", *_PARTITION)
LAG_SECONDS = _gauge(
    "lag_seconds", "Age of the newest record read, by the broker's clock; 0 when none waits", "role", *_PARTITION
)
CLOCK = _gauge(
    "source_clock_seconds", "The source's clock as its heartbeats tell it, in Unix seconds", "source", *_PARTITION
)
HEARTBEAT_AGE = _gauge("heartbeat_age_seconds", "Seconds since the source's clock last moved", "source", *_PARTITION)
OPEN_PANES = _gauge("open_panes", "Panes that still take events", *_PARTITION)
STATE_BYTES = _gauge("state_bytes", "Estimated bytes of open panes", *_PARTITION)
COMMIT_AGE = _gauge(
    "commit_age_seconds", "Seconds since the last commit, while records wait; else 0", "role", *_PARTITION
)
PUBLISH_LATENCY = _latency("publish_seconds", "From a snapshot of panes to the broker's acknowledgement")
EVENT_LATENCY = _latency("event_seconds", "From a record's arrival at the broker to its pane being acknowledged")
EARLY_CLOSES = _counter("early_closes", "Panes closed early at the memory limit")
IDLE_CLOSES = _counter("idle_closes", "Panes closed because their source's clock stood still", *_PARTITION)
POSITION_BEHIND = _gauge(
    "position_behind_records", "Offsets that a restart reads again: from the committed position to `read`", *_PARTITION
)
RESTARTS = _counter("partition_restarts", "Times a partition's state was dropped and read again", *_PARTITION)
BREAKER_OPEN = _gauge("breaker_open", "1 while too many refused records stop a partition, else 0", *_PARTITION)
DEAD_LETTERS = _counter("dead_letters", "Dead letters written by this process, by reason", "reason")

LOG_GAP = _gauge(
    "log_gap_records", "Offsets gone by retention before they were judged, until `start-at` gives them up", *_PARTITION
)
UNREADABLE = _counter("unreadable_records", "Records on topics of citywatch's own that are none of its own", "role")

SINK_ROWS = _counter("sink_rows", "Rows acknowledged by the store", "table")
SINK_FLUSH = _latency("sink_flush_seconds", "From the first to the last insert of a flush")
SINK_LATENCY = _latency("sink_event_seconds", "From a record's arrival at the broker to its row being durable")
SINK_RETRIES = _counter("sink_retries", "Flushes tried again because the store failed")
STORE_UP = _gauge("store_up", "1 when the store answered last time")
AUDIT_IMBALANCE = _gauge(
    "audit_imbalance_records", "Records that the store lacks or has too many, against the verdicts; 0: P1", *_PARTITION
)
AUDIT_CHECKED = _gauge("audit_checked_offset", "Offset below which rows and verdicts were compared", *_PARTITION)
AUDIT_AGE = _gauge("audit_age_seconds", "Seconds since rows and cells were last found in balance", *_PARTITION)
ID_CONFLICTS = _gauge("id_conflicts", "Ids that came again with other content and count once, in all", "source")
UNKNOWN_CODES = _gauge("unknown_codes", "Distinct codes the city's lists do not know, by list", "city", "list")
UNKNOWN_CODES_FULL = _gauge(
    "unknown_codes_full",
    "1 while there are more unknown codes than are counted: their gauge stands still",
    "city",
    "list",
)


class Reply(NamedTuple):
    """What a page answers."""

    kind: str
    body: bytes
    status: int = 200


Page = Callable[[], Reply]


class _Progress(Collector):
    """Whether the roles of this process are ready, made when it is asked: a loop that is stuck cannot hide it."""

    def __init__(self) -> None:
        self.served: dict[str, Readiness] = {}

    def collect(self) -> Iterator[Metric]:
        ready = GaugeMetricFamily("citywatch_ready", "1 while everything the role reads moves on", labels=("role",))
        stalled = GaugeMetricFamily(
            "citywatch_stalled_seconds",
            "Seconds in which nothing of a partition moved although something waits; else 0",
            labels=("role", *_PARTITION),
        )
        for role, readiness in self.served.items():
            ready.add_metric([role], float(readiness.ready))
            for (topic, partition), seconds in readiness.stalled().items():
                stalled.add_metric([role, topic, str(partition)], seconds)
        yield ready
        yield stalled


_PROGRESS = _Progress()
REGISTRY.register(_PROGRESS)


def metrics_page() -> Reply:
    """Every metric of this process as Prometheus text."""
    return Reply("text/plain; version=0.0.4; charset=utf-8", generate_latest(REGISTRY))


def _health_pages(readiness: Readiness) -> dict[str, Page]:
    def healthz() -> Reply:
        said = readiness.healthz()
        return Reply("application/json", msgspec.json.encode(said), 200 if said.alive else 503)

    def readyz() -> Reply:
        said = readiness.readyz()
        return Reply("application/json", msgspec.json.encode(said), 200 if said.ready else 503)

    return {"/healthz": healthz, "/readyz": readyz}


def serve(settings: Settings, readiness: Readiness, pages: Mapping[str, Page] | None = None) -> ThreadingHTTPServer:
    """Serve `/metrics`, `/healthz`, `/readyz` and further pages on the role's address, in daemon threads.

    `shutdown()` ends it. Raises Unreachable when the address is taken.
    """
    role = readiness.role
    routes: dict[str, Page] = {"/metrics": metrics_page, **_health_pages(readiness), **(pages or {})}
    _PROGRESS.served[role] = readiness

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            page = routes.get(self.path.partition("?")[0])
            if page is None:
                self.send_error(404, "pages: " + " ".join(routes))
                return
            reply = page()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:
            """Scrapes are not news."""

    host, port = settings.metrics_address(role)
    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as taken:
        raise Unreachable(
            f"the metrics page of {role} cannot listen on {host}:{port} ({taken.strerror}); set CITYWATCH_METRICS"
        ) from None
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name=f"metrics-{role}", daemon=True).start()
    return server
