"""The one registry: every metric of the pipeline's own health, each with its meaning.

Figures of the city are not here: `analyse` derives them from the declared measures when it is asked.
Labels are bounded: topics, partitions, declared sources, reasons; never an id, never a code as it came.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import version
from typing import Literal, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from runtime.readiness import Readiness

REGISTRY = CollectorRegistry(auto_describe=True)

_LATENCY = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 15.0, 60.0)
_PARTITION = ("topic", "partition")

_ALL = ("aggregate", "analyse", "sink")
_AGGREGATE = ("aggregate",)
_SINK = ("sink",)


class Declared(NamedTuple):
    """What `docs/metrics.md` says of a metric. `name` as a query names it; `roles`: who sets it."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    labels: tuple[str, ...]
    meaning: str
    roles: tuple[str, ...]


DECLARED: list[Declared] = []


def _gauge(roles: tuple[str, ...], name: str, meaning: str, *labels: str) -> Gauge:
    DECLARED.append(Declared(f"citywatch_{name}", "gauge", labels, meaning, roles))
    return Gauge(f"citywatch_{name}", meaning, labels, registry=REGISTRY)


def _counter(roles: tuple[str, ...], name: str, meaning: str, *labels: str) -> Counter:
    DECLARED.append(Declared(f"citywatch_{name}_total", "counter", labels, meaning, roles))
    return Counter(f"citywatch_{name}", meaning, labels, registry=REGISTRY)


def _latency(roles: tuple[str, ...], name: str, meaning: str) -> Histogram:
    DECLARED.append(Declared(f"citywatch_{name}", "histogram", (), meaning, roles))
    return Histogram(f"citywatch_{name}", meaning, registry=REGISTRY, buckets=_LATENCY)


REGISTRY.register(ProcessCollector(registry=None))
"""`process_*`, as every client of Prometheus has them: memory, processor time, open files, start."""

BUILD = _gauge(_ALL, "build_info", "1, with the versions of citywatch and of Python that run", "version", "python")
BUILD.labels(version("citywatch"), platform.python_version()).set(1)

UP = _gauge(_ALL, "up_since_seconds", "When this role was ready, in Unix seconds", "role")

RECORDS = _gauge(
    _AGGREGATE, "records", "Records judged, by verdict, over the whole log of a partition", *_PARTITION, "verdict"
)
LAG = _gauge(_ALL, "lag_records", "Records in the log that the role has not read", "role", *_PARTITION)
LAG_SECONDS = _gauge(
    _ALL, "lag_seconds", "Age of the newest record read, by the broker's clock; 0 when none waits", "role", *_PARTITION
)
CLOCK = _gauge(
    _AGGREGATE,
    "source_clock_seconds",
    "The source's clock as its heartbeats tell it, in Unix seconds",
    "source",
    *_PARTITION,
)
HEARTBEAT_AGE = _gauge(
    _AGGREGATE, "heartbeat_age_seconds", "Seconds since the source's clock last moved", "source", *_PARTITION
)
OPEN_PANES = _gauge(_AGGREGATE, "open_panes", "Panes that still take events", *_PARTITION)
STATE_BYTES = _gauge(_AGGREGATE, "state_bytes", "Estimated bytes of open panes", *_PARTITION)
COMMIT_AGE = _gauge(
    ("aggregate", "sink"),
    "commit_age_seconds",
    "Seconds since the last commit, while records wait; else 0",
    "role",
    *_PARTITION,
)
PUBLISH_LATENCY = _latency(_AGGREGATE, "publish_seconds", "From a snapshot of panes to the broker's acknowledgement")
EVENT_LATENCY = _latency(
    _AGGREGATE, "event_seconds", "From a record's arrival at the broker to its pane being acknowledged"
)
EARLY_CLOSES = _counter(_AGGREGATE, "early_closes", "Panes closed early at the memory limit")
IDLE_CLOSES = _counter(_AGGREGATE, "idle_closes", "Panes closed because their source's clock stood still", *_PARTITION)
POSITION_BEHIND = _gauge(
    _AGGREGATE,
    "position_behind_records",
    "Offsets that a restart reads again: from the committed position to `read`",
    *_PARTITION,
)
RESTARTS = _counter(
    _AGGREGATE, "partition_restarts", "Times a partition's state was dropped and read again", *_PARTITION
)
BREAKER_OPEN = _gauge(
    _AGGREGATE, "breaker_open", "1 while too many refused records stop a partition, else 0", *_PARTITION
)
DEAD_LETTERS = _counter(_AGGREGATE, "dead_letters", "Dead letters written by this process, by reason", "reason")

LOG_GAP = _gauge(
    _SINK,
    "log_gap_records",
    "Offsets gone by retention before they were judged, until `start-at` gives them up",
    *_PARTITION,
)
UNREADABLE = _counter(
    ("analyse", "sink"), "unreadable_records", "Records on topics of citywatch's own that are none of its own", "role"
)

SINK_ROWS = _counter(_SINK, "sink_rows", "Rows acknowledged by the store", "table")
SINK_FLUSH = _latency(_SINK, "sink_flush_seconds", "From the first to the last insert of a flush")
SINK_LATENCY = _latency(_SINK, "sink_event_seconds", "From a record's arrival at the broker to its row being durable")
SINK_RETRIES = _counter(_SINK, "sink_retries", "Flushes tried again because the store failed")
STORE_UP = _gauge(("analyse", "sink"), "store_up", "1 when the store answered last time")
AUDIT_IMBALANCE = _gauge(
    _SINK,
    "audit_imbalance_records",
    "Records that the store lacks or has too many, against the verdicts; 0: P1",
    *_PARTITION,
)
AUDIT_CHECKED = _gauge(_SINK, "audit_checked_offset", "Offset below which rows and verdicts were compared", *_PARTITION)
AUDIT_AGE = _gauge(_SINK, "audit_age_seconds", "Seconds since rows and cells were last found in balance", *_PARTITION)
ID_CONFLICTS = _gauge(_SINK, "id_conflicts", "Ids that came again with other content and count once, in all", "source")
ADJUSTMENTS_AGE = _gauge(
    _SINK,
    "adjustments_age_seconds",
    "How old the state of the store is that the adjustments topic has; NaN while another sink publishes",
)
ADJUSTMENTS_PUBLISHED = _counter(_SINK, "adjustments_published", "Adjustments that the broker has acknowledged")
ALARMS_AGE = _gauge(("analyse",), "alarms_age_seconds", "Seconds since all alarms of clocks were last published")
ALARMS_PUBLISHED = _counter(("analyse",), "alarms_published", "Alarms of clocks that the broker has acknowledged")
ALARMS_LOOKS = _counter(
    ("analyse",), "alarms_looks", "Looks at all clocks after which what they say stood on the topic of alarms"
)
UNKNOWN_CODES = _gauge(_SINK, "unknown_codes", "Distinct codes the city's lists do not know, by list", "city", "list")
UNKNOWN_CODES_FULL = _gauge(
    _SINK,
    "unknown_codes_full",
    "1 while there are more unknown codes than are counted: their gauge stands still",
    "city",
    "list",
)


_READY = Declared("citywatch_ready", "gauge", ("role",), "1 while everything the role reads moves on", _ALL)
_STALLED = Declared(
    "citywatch_stalled_seconds",
    "gauge",
    ("role", *_PARTITION),
    "Seconds in which nothing of a partition moved although something waits; else 0",
    _ALL,
)
DECLARED += (_READY, _STALLED)


class _Progress(Collector):
    """Whether the roles of this process are ready, made when it is asked: a loop that is stuck cannot hide it."""

    def __init__(self) -> None:
        self.served: dict[str, Readiness] = {}

    def collect(self) -> Iterator[Metric]:
        ready, stalled = (GaugeMetricFamily(one.name, one.meaning, labels=one.labels) for one in (_READY, _STALLED))
        for role, readiness in self.served.items():
            ready.add_metric([role], float(readiness.ready))
            for (topic, partition), seconds in readiness.stalled().items():
                stalled.add_metric([role, topic, str(partition)], seconds)
        yield ready
        yield stalled


_PROGRESS = _Progress()
REGISTRY.register(_PROGRESS)


def show_readiness(readiness: Readiness) -> None:
    """The role's readiness is among the metrics from here on."""
    _PROGRESS.served[readiness.role] = readiness
