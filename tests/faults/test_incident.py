"""Several faults at once, mended by the commands that stand in the runbook."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from kafka import TopicPartition

from bench.load import load
from runtime.log import extents
from schemas.families.incidents import INCIDENTS
from tests.deployment import Deployment
from tests.end_to_end.events import MIDNIGHT, reported
from tests.faults.memory import Memory, check_figures
from tests.faults.night import night
from tests.faults.settled import arrived
from tests.faults.workers import Worker, Workers
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.server import ROOT, await_until

RUN = 200
"""Dead letters in a row that the breaker allows."""

BAD, LOST = 0, 2
"""Partitions: whose feed goes bad, and which loses records."""

ASKS = ("resume", "start-at")
"""Commands that ask, and are answered with yes here."""


@pytest.fixture
def workers(
    kafka: KafkaBroker, clickhouse_url: str, clickhouse_server: ClickHouseServer, tmp_path: Path
) -> Iterator[Workers]:
    with Workers(kafka, clickhouse_url, tmp_path, breaker_run=str(RUN), session_timeout="3") as found:
        yield found
    if not clickhouse_server.running:
        clickhouse_server.start()


def commands() -> list[str]:
    """What the page runs, in its order."""
    page = (ROOT / "docs" / "runbooks" / "README.md").read_text("utf-8")
    (block,) = re.findall(r"```sh\n(.*?)```", page.partition("## Everything at once\n")[2], re.DOTALL)
    return [line for line in block.splitlines() if line and not line.startswith("#")]


def strike(workers: Workers, clickhouse: ClickHouseServer, memory: Memory) -> Worker:
    """The breaker open, the store down, records gone that nobody judged; aggregate, which has refused to start."""
    deployment = workers.deployment
    records = list(night(77, 4_000))
    aggregate, *_ = workers.start("aggregate"), workers.start("analyse"), workers.start("sink")
    load(deployment.bootstrap, INCIDENTS, records[:2_000])
    arrived(deployment)
    memory.keep()
    clickhouse.stop()
    bad = [json.dumps(reported(f"bad-{n}", MIDNIGHT + 100, source="ghost/110")).encode() for n in range(3 * RUN)]
    load(deployment.bootstrap, INCIDENTS, [(BAD, value) for value in bad])
    stopped = f'citywatch_breaker_open{{partition="{BAD}",topic="{INCIDENTS}"}}'
    await_until(lambda: aggregate.metrics(stopped) == 1, 60, "the breaker to open", every=0.2)
    aggregate.terminate()
    load(deployment.bootstrap, INCIDENTS, records[2_000:3_000])
    end = next(at.end for place, at in extents(deployment.settings, (INCIDENTS,)).items() if place.partition == LOST)
    with workers.admin() as admin:
        admin.delete_records({TopicPartition(INCIDENTS, LOST): end})
    load(deployment.bootstrap, INCIDENTS, records[3_000:])
    memory.keep()
    refused = workers.start("aggregate")
    await_until(lambda: not refused.alive, 60, "aggregate to refuse", every=0.2)
    return refused


def run(deployment: Deployment, line: str, docker: Mapping[str, Callable[[], object]]) -> tuple[int, str]:
    """Exit code and output of one line of the page; `docker` does here what Compose does there."""
    if line.startswith("docker compose"):
        docker[line]()
        return 0, ""
    _, *words = shlex.split(line)
    done = deployment.call(*words, *(["--yes"] if words[0] in ASKS else []))
    return done.returncode, done.stdout + done.stderr


def test_an_operator_brings_back_a_system_with_breaker_open_store_down_and_records_lost(
    workers: Workers, clickhouse_server: ClickHouseServer
) -> None:
    deployment, memory = workers.deployment, Memory(workers.deployment)
    refused = strike(workers, clickhouse_server, memory)
    docker: dict[str, Callable[[], object]] = {
        "docker compose up --detach --wait --no-deps clickhouse": clickhouse_server.start,
        "docker compose stop aggregate": refused.terminate,
        "docker compose up --detach --no-deps aggregate": lambda: workers.start("aggregate"),
    }
    first, *rest = commands()
    code, told = run(deployment, first, docker)
    assert code == 3, told
    for wrong in (f"WRONG  breaker            STOPPED: {INCIDENTS}/{BAD}", "AWAY   store", "AWAY   aggregate"):
        assert wrong in told
    assert re.search(rf"WRONG  positions +{INCIDENTS}/{LOST}: offsets \d+ to \d+ are gone", told), told
    assert "-> `citywatch start-at earliest`" in told

    said = {}
    for line in rest:
        code, said[line] = run(deployment, line, docker)
        assert code == 0, f"{line}: {code}\n{said[line]}"
    assert "undeclared_source" in said["citywatch deadletters list --limit 20"]
    assert f"{INCIDENTS} {LOST}: offsets " in said["citywatch audit"]
    assert "\nbalanced: " in said["citywatch audit"]
    assert "are pending" not in said["citywatch audit"]
    assert "all equal" in said["citywatch recount"]
    assert "\nnothing is broken; " in said["citywatch doctor"]
    assert "nothing is wrong" not in said["citywatch doctor"]
    assert re.search(r"note   refused +[\d,]+ in all, .*: undeclared_source ", said["citywatch doctor"])
    assert re.search(rf"note   gaps +never judged: {INCIDENTS}/{LOST} ", said["citywatch doctor"])
    check_figures(deployment, memory.expected())
    day = ("--from", "2026-03-02", "--to", "2026-03-02", "--by", "day")
    assert {row["status"] for row in deployment.answer("report", "incidents", *day)["rows"]} == {"incomplete"}
