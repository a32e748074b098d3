"""docker-compose.yml as the parser of Docker Compose sees it, and the settings as Apache Kafka takes them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from runtime.settings import Settings
from schemas.topics import INPUTS, TOPICS
from tests.parts.kafka import KafkaBroker
from tests.parts.need import ComposeParser, need

ROOT = Path(__file__).parents[1]
ROLES = {"aggregate", "analyse", "sink"}
INFRASTRUCTURE = {"kafka", "clickhouse", "prometheus", "alertmanager"}
ONCE = {"topics", "tables"}
DAY_MINUTES = 24 * 60


def parse(**environment: str) -> subprocess.CompletedProcess[str]:
    need(ComposeParser)
    return subprocess.run(
        [ComposeParser.PATH, "docker-compose.yml"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    done = parse(CLICKHOUSE_PASSWORD="secret")
    assert done.returncode == 0, done.stderr
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


@pytest.fixture(scope="module")
def services(project: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = project["services"]
    return found


def test_it_has_every_part_and_every_role(services: dict[str, Any]) -> None:
    assert set(services) == ROLES | INFRASTRUCTURE | ONCE


def test_it_refuses_to_run_without_a_password() -> None:
    done = parse()
    assert done.returncode == 1
    assert "CLICKHOUSE_PASSWORD" in done.stderr


def test_nothing_is_published_beyond_loopback(services: dict[str, Any]) -> None:
    published = [(name, port) for name, service in services.items() for port in service.get("ports", [])]
    assert published
    assert [(name, port) for name, port in published if port.get("host_ip") != "127.0.0.1"] == []


def test_what_keeps_running_has_a_health_check_and_comes_back(services: dict[str, Any]) -> None:
    for name in ROLES | INFRASTRUCTURE:
        assert services[name]["healthcheck"]["test"], name
        assert services[name]["restart"] == "unless-stopped", name


def test_data_outlives_the_containers(project: dict[str, Any]) -> None:
    services = project["services"]
    for name in INFRASTRUCTURE:
        kept = [volume["source"] for volume in services[name]["volumes"] if volume["type"] == "volume"]
        assert kept, name
        assert set(kept) <= set(project["volumes"]), name


def test_every_mounted_file_is_in_the_repository(services: dict[str, Any]) -> None:
    mounted = {
        volume["source"]
        for service in services.values()
        for volume in service.get("volumes", [])
        if volume["type"] == "bind"
    }
    assert mounted
    assert [path for path in sorted(mounted) if not (ROOT / path).exists()] == []


def test_roles_wait_for_topics_and_tables_and_run_without_privileges(services: dict[str, Any]) -> None:
    for name in ROLES:
        role = services[name]
        assert role["command"] == ["up", name]
        assert {part: wait["condition"] for part, wait in role["depends_on"].items()} == {
            "topics": "service_completed_successfully",
            "tables": "service_completed_successfully",
        }
        assert role["cap_drop"] == ["ALL"]
        assert role["read_only"] is True


def test_the_settings_of_the_roles_are_settings(services: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    given = {name: value for name, value in services["sink"]["environment"].items() if name.startswith("CITYWATCH_")}
    known = {f"CITYWATCH_{field.upper()}" for field in Settings.model_fields}
    assert set(given) <= known
    for name, value in given.items():
        if value is not None:
            monkeypatch.setenv(name, value)
    settings = Settings()
    for role in ROLES:
        port = settings.metrics_address(role)[1]
        assert f":{port}/readyz" in " ".join(services[role]["healthcheck"]["test"]), role


@pytest.mark.parametrize("zone", [None, "America/New_York"])
def test_roles_have_a_time_zone_of_their_own_only_where_one_is_set(zone: str | None) -> None:
    done = parse(CLICKHOUSE_PASSWORD="secret", **({"CITYWATCH_TZ": zone} if zone else {}))
    services = json.loads(done.stdout)["services"]
    assert {services[role]["environment"]["CITYWATCH_TZ"] for role in ROLES} == {zone}


def broker_properties() -> dict[str, str]:
    lines = (ROOT / "deploy/kafka/server.properties").read_text().splitlines()
    pairs = [line.partition("=")[::2] for line in lines if line and not line.startswith("#")]
    properties = dict(pairs)
    assert len(properties) == len(pairs), "a setting is given twice"
    return properties


def test_positions_outlive_the_inputs() -> None:
    kept_days = max(int(TOPICS[name].config["retention.ms"]) for name in INPUTS) / 1000 / 60 / DAY_MINUTES
    assert int(broker_properties()["offsets.retention.minutes"]) > kept_days * DAY_MINUTES


def test_the_broker_never_elects_a_leader_that_lost_records() -> None:
    assert broker_properties()["unclean.leader.election.enable"] == "false"
    assert broker_properties()["auto.create.topics.enable"] == "false"


def test_apache_kafka_starts_with_the_broker_settings(tmp_path: Path) -> None:
    need(KafkaBroker)
    place = ("listeners", "advertised.listeners", "log.dirs", "controller.quorum.voters")
    settings = {name: value for name, value in broker_properties().items() if name not in place}
    settings["listener.security.protocol.map"] += ",PLAINTEXT:PLAINTEXT"
    settings["inter.broker.listener.name"] = "PLAINTEXT"
    asked = ConfigResource(ConfigResourceType.BROKER, "1")
    with KafkaBroker(tmp_path, properties=settings) as broker, broker.admin() as admin:
        taken = admin.describe_configs([asked], config_filter="all")["broker"]["1"]
    assert {name: taken.get(name, {}).get("value") for name in settings} == settings


def test_prometheus_scrapes_services_that_exist(services: dict[str, Any]) -> None:
    config = (ROOT / "deploy/prometheus/prometheus.yml").read_text()
    targets = re.findall(r"targets: \[([\w-]+):(\d+)\]", config)
    assert {host for host, _ in targets} >= ROLES
    for host, port in targets:
        published = services["prometheus" if host == "localhost" else host]["ports"]
        assert int(port) in [one["target"] for one in published], host
