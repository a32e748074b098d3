"""Steady 1,000 events/s on real servers: how long from produce to the metrics page, and to a ClickHouse row.

One event in a hundred carries a category of its own. The n-th of them has arrived when the gauge, or the
count of rows, shows n; what the looking itself takes is part of the figure.
"""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kafka import KafkaProducer

from bench.events import event, heartbeat, partition_of
from runtime.settings import Settings
from schemas.families.incidents import INCIDENTS
from sinks.store_factory import open_store
from tests.deployment import ROLES, Deployment
from tests.parts.server import await_until

RATE = 1_000
PROBE_EVERY = 100
PROBE_BEAT, PROBE_CATEGORY = "B27", "170101"
GAUGE = 'citywatch_window_incidents_by_beat{city="xincheng",beat="B27",period="month"} '
BEATS = tuple(f"B{number:02d}" for number in range(1, 27))
LOOK_SECONDS = 0.02
WARM_UP = 45
"""Seconds before it counts: by then Java has compiled what the broker needs, which takes a core from the rest."""


@dataclass
class Arrivals:
    """When each probe was first seen, by looking again and again."""

    look: Callable[[], int]
    seen: list[float] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self.stop.is_set():
            found = self.look()
            self.seen += [time.monotonic()] * (found - len(self.seen))
            self.stop.wait(LOOK_SECONDS)


def metrics_probe(settings: Settings) -> Callable[[], int]:
    """Reads the gauge of the probes from analyse's page."""
    host, port = settings.metrics_address("analyse")

    def look() -> int:
        with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=10) as page:
            text: str = page.read().decode()
        start = text.find(GAUGE)
        return 0 if start < 0 else int(float(text[start + len(GAUGE) : text.index("\n", start)]))

    return look


def store_probe(settings: Settings) -> Callable[[], int]:
    """Counts the rows of the probes."""
    store = open_store(settings)
    return lambda: int(store.query(f"SELECT count() FROM events WHERE category = '{PROBE_CATEGORY}'")[0][0])


def produce(bootstrap: str, seconds: int) -> list[float]:
    """Send the events at their rate; when each probe was sent."""
    sent: list[float] = []
    run = time.time_ns() // 1_000_000
    with KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=0) as producer:
        begun = time.monotonic()
        for number in range(RATE * seconds):
            if (ahead := begun + number / RATE - time.monotonic()) > 0:
                time.sleep(ahead)
            now = int(time.time())
            if number % RATE == 0:
                for partition in range(4):
                    producer.send(INCIDENTS, heartbeat(now), partition=partition)
            probe = number % PROBE_EVERY == 0
            beat = PROBE_BEAT if probe else BEATS[number % len(BEATS)]
            category = PROBE_CATEGORY if probe else "120301"
            value = event(run * 1_000 + number, now, beat, category)
            if probe:
                sent.append(time.monotonic())
            producer.send(INCIDENTS, value, partition=partition_of(beat, 4))
        producer.flush()
    return sent


def measure(bootstrap: str, store_url: str, directory: Path, seconds: int) -> dict[str, list[float]]:
    """Seconds from produce to the metrics page and to ClickHouse, of every probe after the warm-up."""
    with Deployment(bootstrap, store_url, directory) as deployment:
        deployment.start(*ROLES)
        arrivals = {
            "metrics": Arrivals(metrics_probe(deployment.settings)),
            "clickhouse": Arrivals(store_probe(deployment.settings)),
        }
        await_until(lambda: _answers(arrivals["metrics"].look), 60, "analyse to answer")
        threads = [threading.Thread(target=each.watch, daemon=True) for each in arrivals.values()]
        for thread in threads:
            thread.start()
        sent = produce(bootstrap, WARM_UP + seconds)
        for name, each in arrivals.items():
            await_until(lambda each=each: len(each.seen) >= len(sent), 60, f"all probes in {name}")  # type: ignore[misc]
            each.stop.set()
        for thread in threads:
            thread.join()
    first = WARM_UP * RATE // PROBE_EVERY
    return {
        name: [seen - at for seen, at in zip(each.seen[first:], sent[first:], strict=False)]
        for name, each in arrivals.items()
    }


def _answers(look: Callable[[], int]) -> bool:
    try:
        return look() == 0
    except OSError:
        return False


def p99(values: list[float]) -> float:
    """The value that 99 of 100 do not exceed."""
    return sorted(values)[max(0, -(-99 * len(values) // 100) - 1)]
