"""Alive and ready are different: what each role answers while Kafka, the store or the role itself is away."""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from bench.load import load
from citywatch.health.ready import check_ready
from schemas.families.incidents import INCIDENTS
from schemas.topics import INPUTS
from tests.deploy.test_metric_pages import checked
from tests.deployment import ROLES, Deployment
from tests.deployments import deployment_of
from tests.faults.night import night
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.server import await_until

EVENTS = 2_000
PATIENCE = 90.0


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """All roles, ready."""
    with deployment_of("real", request, tmp_path_factory.mktemp("ready"), session_timeout="3") as deployment:
        load(deployment.bootstrap, INCIDENTS, night(seed=1, events=EVENTS))
        deployment.start()
        await_ready(deployment, *ROLES)
        yield deployment


def ask(deployment: Deployment, role: str, page: str) -> tuple[int, dict[str, Any]]:
    """Status and body; status 0 where nobody answers."""
    host, port = deployment.settings.metrics_address(role)
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/{page}", timeout=3) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)
    except (OSError, TimeoutError):
        return 0, {}


@pytest.mark.parametrize("role", ROLES)
def test_the_linter_of_prometheus_finds_nothing_in_the_page_of_a_role(running: Deployment, role: str) -> None:
    host, port = running.settings.metrics_address(role)
    with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=10) as page:
        shown = page.read()
    assert b"\ncitywatch_ready{" in shown
    assert checked(shown) == ""


def waits(deployment: Deployment, role: str) -> set[str]:
    """The parts that a role waits for."""
    return {wait["part"] for wait in ask(deployment, role, "readyz")[1].get("waiting", [])}


def await_ready(deployment: Deployment, *roles: str) -> None:
    for role in roles:
        await_until(
            lambda: ask(deployment, role, "readyz")[0] == 200,  # noqa: B023
            PATIENCE,
            f"{role} to be ready: {ask(deployment, role, 'readyz')}",
            every=0.2,
        )


def test_a_broker_that_is_away_makes_every_role_unready_by_name_and_none_dead(
    running: Deployment, kafka_broker: KafkaBroker
) -> None:
    kafka_broker.kill()
    for role in ROLES:
        await_until(lambda: "kafka" in waits(running, role), PATIENCE, f"{role} to wait for kafka", every=0.2)  # noqa: B023
        status, said = ask(running, role, "readyz")
        assert status == 503
        wait = next(wait for wait in said["waiting"] if wait["part"] == "kafka")
        assert wait["since"].endswith("Z")
        assert "broker" in wait["waits_for"]
        assert ask(running, role, "healthz")[0] == 200
    analysed = ask(running, "analyse", "readyz")[1]["waiting"]
    assert {wait["partition"] for wait in analysed} == {0, 1, 2, 3}
    kafka_broker.start()
    await_ready(running, *ROLES)


def test_a_store_that_is_away_makes_the_sink_unready_and_nobody_else(
    running: Deployment, clickhouse_server: ClickHouseServer
) -> None:
    clickhouse_server.kill()
    load(running.bootstrap, INCIDENTS, night(seed=2, events=EVENTS))
    await_until(lambda: waits(running, "sink"), PATIENCE, "the sink to wait", every=0.2)
    assert waits(running, "sink") == {"store"}
    assert ask(running, "sink", "healthz")[0] == 200
    await_ready(running, "aggregate", "analyse")
    status, said = ask(running, "sink", "readyz")
    assert status == 503
    assert "ClickHouse" in said["waiting"][0]["waits_for"]
    assert running.metric("sink", 'citywatch_ready{role="sink"}') == 0
    [found] = check_ready("sink", "{}:{}".format(*running.settings.metrics_address("sink")), timeout=3)
    assert (found.part, found.state) == ("sink", "wrong")
    assert "ClickHouse" in found.text
    clickhouse_server.start()
    await_ready(running, *ROLES)


def test_a_worker_that_stands_still_does_not_answer(running: Deployment) -> None:
    running.running["aggregate"].send_signal(signal.SIGSTOP)
    assert ask(running, "aggregate", "healthz")[0] == 0
    running.running["aggregate"].send_signal(signal.SIGCONT)
    await_ready(running, "aggregate")


def test_a_restarted_worker_is_not_ready_before_it_has_read_again(running: Deployment) -> None:
    running.kill("aggregate")
    running.start("aggregate")
    await_until(lambda: ask(running, "aggregate", "readyz")[0], PATIENCE, "the page of aggregate", every=0.02)
    status, said = ask(running, "aggregate", "readyz")
    assert status == 503, said
    await_ready(running, "aggregate")
    assert ask(running, "aggregate", "readyz")[1]["partitions"] == 4 * len(INPUTS)
