"""`citywatch doctor` with everything missing: it names what is away and what to do, and makes nothing."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from citywatch.health.broker import check_broker
from citywatch.health.finding import Finding, exit_code
from citywatch.health.store import check_store
from citywatch.local_deployment import command
from runtime.embedded import free_port
from runtime.settings import Settings, load_settings
from schemas.topics import TOPICS
from tests.commands.test_up import until
from tests.parts.kafka import KafkaBroker


def faults(settings: Settings) -> list[str]:
    return [finding.text for finding in check_broker(settings) if finding.state in ("wrong", "unreachable")]


def make_topics(settings: Settings) -> None:
    """Until they are there: those of the test before may only now be gone."""
    from runtime.topics import ensure_topics

    def there() -> bool:
        ensure_topics(settings)
        return not faults(settings)

    until(there, 30)


def test_with_nothing_running_every_part_is_named_with_what_to_do(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "CITYWATCH_DATA": str(tmp_path / "data"),
        "CITYWATCH_METRICS": f"127.0.0.1:{free_port(neighbours=3)}",
    }
    done = subprocess.run(
        command("doctor", "--json"), env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 3
    said = json.loads(done.stdout)
    assert said["healthy"] is False
    away = {finding["part"]: finding for finding in said["findings"] if finding["state"] == "unreachable"}
    assert set(away) == {"broker", "aggregate", "analyse", "sink"}
    assert all(finding["remedy"] for finding in away.values())
    assert not (tmp_path / "data").exists(), "looking makes nothing"


def test_a_setting_of_tls_that_is_wrong_is_one_finding_among_the_others(tmp_path: Path) -> None:
    security = {"security_protocol": "SSL", "ssl_cafile": str(tmp_path / "none.pem")}
    (found,) = check_broker(load_settings(kafka="127.0.0.1:9", kafka_security=security, data=tmp_path))
    assert (found.part, found.state) == ("broker", "wrong")
    assert "CITYWATCH_KAFKA_SSL_CAFILE" in found.text
    assert found.remedy


def test_a_broker_without_topics_is_wrong_and_one_with_them_is_well(kafka: KafkaBroker) -> None:
    from citywatch.rules import write_rules

    settings = load_settings(kafka=kafka.bootstrap)
    bare = list(check_broker(settings))
    assert {finding.state for finding in bare} == {"ok", "wrong", "note"}
    assert all("citywatch topics" in finding.remedy for finding in bare if finding.state == "wrong")
    make_topics(settings)
    write_rules(settings)
    assert not faults(settings)
    assert any(f"settings of {len(TOPICS)} topics as declared" in finding.text for finding in check_broker(settings))


def test_a_setting_of_a_topic_that_differs_is_named(kafka: KafkaBroker) -> None:
    from kafka.admin import ConfigResource

    settings = load_settings(kafka=kafka.bootstrap)
    make_topics(settings)
    with kafka.admin() as admin:
        admin.alter_configs([ConfigResource("TOPIC", "citywatch.panes", {"cleanup.policy": "compact"})])
    until(lambda: faults(settings) == ["citywatch.panes: cleanup.policy is compact, declared is delete"], 20)


def test_a_position_without_its_note_is_wrong(kafka: KafkaBroker) -> None:
    from kafka import KafkaConsumer, TopicPartition
    from kafka.structs import OffsetAndMetadata

    settings = load_settings(kafka=kafka.bootstrap)
    make_topics(settings)
    place = TopicPartition("citywatch.incidents", 0)
    consumer = KafkaConsumer(
        bootstrap_servers=kafka.bootstrap, group_id=settings.group_aggregate, enable_auto_commit=False
    )
    consumer.assign([place])
    consumer.commit({place: OffsetAndMetadata(0, "", -1)})
    consumer.close()
    wrong = [finding for finding in check_broker(settings) if finding.state == "wrong"]
    assert [finding.part for finding in wrong] == ["positions"]
    assert "no note of this log at citywatch.incidents/0" in wrong[0].text
    with kafka.admin() as admin:
        admin.delete_group_offsets(settings.group_aggregate, [place])


def test_a_store_that_is_not_migrated_is_wrong_and_a_migrated_one_is_well(store_url: str) -> None:
    from sinks.migrate import migrate
    from sinks.store_factory import open_store

    settings = load_settings(clickhouse=store_url)
    store = open_store(settings)
    try:
        if store_url.startswith("clickhouse"):
            assert [finding.state for finding in check_store(settings)] == ["ok", "wrong"]
        migrate(store, settings)
    finally:
        store.close()
    assert [finding.state for finding in check_store(settings)] == ["ok", "ok"]


def test_the_exit_code_is_that_of_the_worst_finding() -> None:
    well, note = Finding("a", "ok", ""), Finding("a", "note", "")
    wrong, away = Finding("a", "wrong", ""), Finding("a", "unreachable", "")
    assert exit_code([well, note]) == 0
    assert exit_code([well, wrong]) == 1
    assert exit_code([wrong, away]) == 3
