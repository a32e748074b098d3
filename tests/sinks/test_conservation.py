"""P1 while it runs: an imbalance is seen within a few passes, and nothing else is taken for one."""

from __future__ import annotations

import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bench.load import load
from schemas.families.incidents import INCIDENTS
from sinks.store_factory import open_store
from tests.faults.night import night
from tests.faults.workers import Workers
from tests.parts.clean import emptied_after
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.server import HOST, await_until

SEED = 22
EVENTS = 5_000
PARTS = 4
"""Pieces that the night is written in: what a sink meets is never all of it."""

SECONDS = 60.0
PARTITIONS = range(4)

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"

Shown = dict[int, float]
"""By partition of the incidents' topic."""


@pytest.fixture(scope="module")
def workers(
    kafka_broker: KafkaBroker, clickhouse_server: ClickHouseServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    with (
        emptied_after(kafka_broker),
        clickhouse_server.fresh_database() as url,
        Workers(kafka_broker, url, tmp_path_factory.mktemp("audit"), session_timeout="3") as found,
    ):
        yield found


def shown(workers: Workers, name: str) -> Shown:
    """A gauge of the sinks that run; at most one of them shows a partition."""
    found: Shown = {}
    for sink in workers.living("sink"):
        try:
            with urllib.request.urlopen(f"http://{HOST}:{sink.metrics_port}/metrics", timeout=5) as page:
                families = list(text_string_to_metric_families(page.read().decode()))
        except OSError:
            continue  # it is just starting
        for sample in (each for family in families for each in family.samples):
            if sample.name == f"citywatch_audit_{name}" and sample.labels["topic"] == INCIDENTS:
                found[int(sample.labels["partition"])] = sample.value
    return found


def checked(workers: Workers) -> bool:
    """Whether every partition is compared up to where it is judged, and found in balance just now."""
    reads = dict(workers.deployment.query(f"SELECT partition, read FROM progress_latest WHERE topic = '{INCIDENTS}'"))
    offsets, ages = shown(workers, "checked_offset"), shown(workers, "age_seconds")
    return all(
        offsets.get(partition) == reads.get(partition) and ages.get(partition, 99) < 10 for partition in PARTITIONS
    )


class Watch(threading.Thread):
    """Notes every imbalance that any sink shows until it is told to end."""

    def __init__(self, workers: Workers) -> None:
        super().__init__(daemon=True)
        self.workers = workers
        self.ended = threading.Event()
        self.looks = 0
        self.seen: list[Shown] = []

    def run(self) -> None:
        while not self.ended.wait(0.5):
            there = shown(self.workers, "imbalance_records")
            self.looks += bool(there)
            if any(there.values()):
                self.seen.append(there)


def test_a_hostile_night_with_kills_and_a_second_sink_raises_no_alarm(workers: Workers) -> None:
    workers.start("aggregate")
    first = workers.start("sink")
    watch = Watch(workers)
    watch.start()
    records = night(SEED, EVENTS)
    size = EVENTS // PARTS + 1
    for number in range(PARTS + 2):
        load(workers.deployment.bootstrap, INCIDENTS, islice(records, size))
        time.sleep(1.0)  # the night goes on while the sinks write; no state is awaited here
        if number == 1:
            first.kill()
            workers.start("sink")
        if number == 3:
            workers.start("sink")
    await_until(lambda: checked(workers), SECONDS, f"all partitions to balance: {shown(workers, 'imbalance_records')}")
    watch.ended.set()
    watch.join()
    assert watch.looks > 5
    assert watch.seen == []
    assert "out of balance" not in "".join(sink.log() for sink in workers.started)
    assert sum(shown(workers, "checked_offset").values()) > EVENTS


SABOTAGE = {
    # by partition: table, the row that goes, and what the log calls it
    0: ("corrections", "verdict = 'late'", "corrections of late events"),
    1: ("cells", "records > 1", "counted records in cells and in re-codings"),
    2: ("dead_letters", "1", "dead letters"),
    3: ("events", "type = 'incident.reported'", "raw rows or dead letters"),
}


def test_whatever_row_is_gone_is_an_alarm_and_the_runbook_brings_it_back(workers: Workers) -> None:
    gone = {partition: take_away(workers, partition, *what[:2]) for partition, what in SABOTAGE.items()}
    await_until(
        lambda: all(shown(workers, "imbalance_records").get(partition, 0) > 0 for partition in PARTITIONS),
        SECONDS,
        f"an imbalance in every partition\n{[sink.log_path for sink in workers.living('sink')]}",
    )
    log = "".join(sink.log() for sink in workers.living("sink"))
    for partition, (_, _, what) in SABOTAGE.items():
        assert f"out of balance: {INCIDENTS}/{partition} [0, " in log
        assert f"{what} missing" in log
    told = {each["partition"]: each for each in workers.deployment.answer("audit", code=1)["explained"]}
    assert set(told) == set(PARTITIONS)
    for partition, offset in gone.items():
        assert told[partition]["from_offset"] <= offset < told[partition]["to_offset"]
        assert told[partition]["missing"] > 0
        assert told[partition]["too_many"] == 0
    assert (told[3]["what"], told[3]["from_offset"], told[3]["missing"]) == ("raw rows", gone[3], 1)
    assert (told[2]["what"], told[2]["missing"]) == ("dead letters", 1)
    assert told[1]["what"].startswith("records in cells of xincheng/110 at ")
    for sink in workers.living("sink"):
        sink.terminate()
    with closing(open_store(workers.deployment.settings)) as store:
        store.command(sql_of("AuditImbalance"))
    workers.start("sink")
    await_until(lambda: checked(workers), SECONDS, "balance again")
    assert not any(shown(workers, "imbalance_records").values())


def sql_of(runbook: str) -> str:
    """The statement that a runbook gives."""
    [found] = re.findall(r"```sql\n(.*?)```", (RUNBOOKS / f"{runbook}.md").read_text("utf-8"), re.DOTALL)
    return str(found).strip()


def take_away(workers: Workers, partition: int, table: str, which: str) -> int:
    """Deletes one row of a partition for good; its offset."""
    column = "version" if table == "cells" else "offset"
    at = f"topic = '{INCIDENTS}' AND partition = {partition} AND {which}"
    with closing(open_store(workers.deployment.settings)) as store:
        ((number, first),) = store.query(f"SELECT count(), min({column}) FROM {table} FINAL WHERE {at}")
        assert number, f"no row of {table} to take away"
        row = f"{at} AND {column} = {first}"
        store.command(f"ALTER TABLE {table} DELETE WHERE {row}")
        await_until(
            lambda: store.query(f"SELECT count() FROM {table} WHERE {row}") == [(0,)], 30, f"{table} to lose it"
        )
    return int(first)
