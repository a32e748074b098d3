"""`make bench-alarms`: from the heartbeat that makes an alarm due to the webhook of Alertmanager.

Apache Kafka, clickhouse-server, all roles, Prometheus and Alertmanager with the shipped configuration and the generated
rules. Tasks and findings of some cities, a source each, are warned of and then due, one after the other: each of these
is an alert of its own. The time runs from before the heartbeat is sent to when the webhook has the alert; and to when
the topic of alarms has it.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import msgspec
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from rich.console import Console
from rich.table import Table

from bench.command import exit_with
from bench.latency import p99
from runtime.errors import Unreachable
from schemas.alarms import Alarm
from schemas.clocks import CLOCKS
from schemas.families.operations import FAMILY
from schemas.instants import rfc3339
from schemas.topics import ALARMS
from sources.feed import heartbeat
from tests.deploy.alerting import Alert, alertmanager_config, posted_to, prometheus_config
from tests.deployment import ROLES, Deployment
from tests.parts.alertmanager import Alertmanager
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.prometheus import Prometheus
from tests.parts.server import await_until

OPERATIONS = FAMILY.topic.name
PARTITIONS = 4
CITIES = 13
"""With the shipped one so many sources write operations that a topic takes no more (16)."""
HOUR, DAY = 3_600, 86_400
START = 1_767_225_600
"""2026-01-01T00:00:00Z."""
STEP = 1.37
"""Seconds between two of them: no multiple of any interval, so that they meet each at all of its moments."""
PATIENCE = 120.0


class Due(NamedTuple):
    """What a heartbeat of a city makes due."""

    city: str
    clock: str
    state: str
    at: int

    @property
    def alert(self) -> tuple[str, str, str]:
        return self.city, CLOCKS[self.clock].alert, self.state


TASK = ("task_overdue", "task_assigned", START + DAY + HOUR)
FINDING = ("finding_open", "finding_opened", START + DAY + 2 * HOUR)
"""Clock, step that starts it, and the date that it carries; both warn a day before."""


@dataclass
class Seen:
    """When each alert was first there, in seconds of `time.monotonic`."""

    webhook: dict[tuple[str, str, str], float] = field(default_factory=dict)
    topic: dict[tuple[str, str, str], float] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)

    def take(self, alerts: Sequence[Alert]) -> None:
        now = time.monotonic()
        for alert in alerts:
            said = alert["labels"]
            if said.get("kind") == "clock" and alert["status"] == "firing":
                self.webhook.setdefault((said["city"], said["alertname"], said["state"]), now)

    def follow(self, bootstrap: str) -> None:
        """The topic of alarms, until `stop`."""
        part = TopicPartition(ALARMS, 0)
        with KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False) as consumer:
            consumer.assign([part])
            consumer.seek_to_beginning()
            while not self.stop.is_set():
                for record in consumer.poll(50).get(part, ()):
                    alarm = msgspec.json.decode(record.value, type=Alarm)
                    name = alarm.source.partition("/")[0], CLOCKS[alarm.clock].alert, alarm.state
                    self.topic.setdefault(name, time.monotonic())


def city_files(directory: Path) -> list[str]:
    """Cities like the shipped one, each with one source; their names."""
    directory.mkdir()
    shipped = resources.files("schemas").joinpath("city_data", "xincheng.toml").read_text("utf-8")
    lists = re.sub(r"^geometry = .*\n", "", shipped[: shipped.index("[sources.")], flags=re.MULTILINE)
    names = [f"city{number:02d}" for number in range(1, CITIES + 1)]
    for name in names:
        source = f'[sources."{name}/operation"]\ntopics = ["{OPERATIONS}"]\nheartbeats = "own"\n'
        (directory / f"{name}.toml").write_text(lists.replace('"xincheng"', f'"{name}"') + source, "utf-8")
    return names


def begun(city: str) -> Iterator[bytes]:
    """The steps that start the clocks of a city."""
    for clock, step, due in (TASK, FINDING):
        data = {"beat": "B01", "due": rfc3339(due)} | ({"kind": "duty_room"} if clock == "finding_open" else {})
        yield msgspec.json.encode(
            {
                "specversion": "1.0", "type": f"operation.{step}.v1", "source": f"{city}/operation",
                "id": f"{step}-{city}", "subject": f"{step}-{city}", "time": rfc3339(START), "data": data,
            }
        )  # fmt: skip


def dues(cities: Sequence[str]) -> Iterator[Due]:
    """In the order in which they come: of each city one after that of all others."""
    for clock, state, at in (
        (TASK[0], "warned", TASK[2] - DAY),
        (FINDING[0], "warned", FINDING[2] - DAY),
        (TASK[0], "expired", TASK[2]),
        (FINDING[0], "expired", FINDING[2]),
    ):
        for city in cities:
            yield Due(city, clock, state, at)


def measure(scratch: Path, say: Console) -> dict[str, list[float]]:
    """Seconds from each heartbeat to the topic of alarms and to the webhook."""
    names, seen = city_files(scratch / "cities"), Seen()
    with (
        KafkaBroker(scratch / "kafka", lasting=True) as kafka,
        ClickHouseServer(scratch / "clickhouse") as server,
        server.fresh_database() as url,
        Deployment(kafka.bootstrap, url, scratch, cities=str(scratch / "cities")) as deployment,
        posted_to(seen.take) as address,
        Alertmanager(scratch / "alertmanager", alertmanager_config(address)) as alertmanager,
        Prometheus(scratch / "prometheus", prometheus_config(deployment, alertmanager)),
        KafkaProducer(bootstrap_servers=kafka.bootstrap, acks="all", linger_ms=0) as producer,
        following(seen, kafka.bootstrap),
    ):
        deployment.start(*ROLES)
        for name in names:
            beat(producer, name, START)
            for value in begun(name):
                producer.send(OPERATIONS, value, partition=0)
        producer.flush()
        say.print("waiting for the roles")
        deployment.drain()
        sent = {}
        for due in dues(names):
            say.print(f"{due.city} {due.clock} {due.state}")
            sent[due.alert] = time.monotonic()
            beat(producer, due.city, due.at)
            time.sleep(max(0.0, sent[due.alert] + STEP - time.monotonic()))
        await_until(lambda: sent.keys() <= seen.webhook.keys() & seen.topic.keys(), PATIENCE, "all alerts")
    return {
        "topic": [seen.topic[alert] - at for alert, at in sent.items()],
        "webhook": [seen.webhook[alert] - at for alert, at in sent.items()],
    }


def beat(producer: KafkaProducer, city: str, at: int) -> None:
    """The clock of a city's source, into every partition."""
    for partition in range(PARTITIONS):
        producer.send(OPERATIONS, heartbeat(f"{city}/operation", at, START), partition=partition)
    producer.flush()


@contextmanager
def following(seen: Seen, bootstrap: str) -> Iterator[None]:
    thread = threading.Thread(target=seen.follow, args=(bootstrap,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        seen.stop.set()
        thread.join()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-alarms", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    asked = parser.parse_args()
    for part in (KafkaBroker, ClickHouseServer, Prometheus, Alertmanager):
        if missing := part.missing():
            raise Unreachable(f"the benchmark needs {missing}; run `make parts`")
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(Path(scratch), Console(stderr=True))
    figures = {
        name: {"min": min(took), "p50": sorted(took)[len(took) // 2], "p99": p99(took), "max": max(took)}
        for name, took in found.items()
    }
    if asked.json:
        said = {name: {which: round(value, 2) for which, value in each.items()} for name, each in figures.items()}
        print(json.dumps({"alarms": len(found["webhook"])} | said))
        return 0
    table = Table(title=f"{len(found['webhook'])} alarms of clocks: seconds from the heartbeat that makes each due")
    for column in ("", "min", "p50", "p99", "max"):
        table.add_column(column, justify="right" if column else "left")
    for name, each in figures.items():
        table.add_row(f"to the {name}", *(f"{value:.2f}" for value in each.values()))
    Console().print(table)
    return 0


if __name__ == "__main__":
    exit_with(main)
