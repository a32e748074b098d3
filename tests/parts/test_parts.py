"""Every real part starts, answers, and comes back after it was killed."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from runtime.embedded import is_listening
from tests.parts import Broker
from tests.parts.alertmanager import Alertmanager
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.need import need
from tests.parts.notes import positions_without_note
from tests.parts.prometheus import Prometheus
from tests.parts.server import ROOT, Server, ServerFailed, await_until
from tests.parts.tansu import TansuBroker

TOPIC = "parts.answers"


def produce(bootstrap: str, values: list[bytes]) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", compression_type="lz4")
    try:
        for value in values:
            producer.send(TOPIC, value, partition=0)
        producer.flush(timeout=20)
    finally:
        producer.close()


def read(bootstrap: str, count: int) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, group_id=None)
    try:
        consumer.assign([TopicPartition(TOPIC, 0)])
        consumer.seek_to_beginning()
        found: list[bytes] = []
        while len(found) < count:
            for records in consumer.poll(timeout_ms=10_000).values():
                found += [record.value for record in records]
        return found
    finally:
        consumer.close()


def create(broker: Broker) -> None:
    from kafka import KafkaAdminClient

    with KafkaAdminClient(bootstrap_servers=broker.bootstrap) as admin:
        admin.create_topics({TOPIC: {"num_partitions": 1, "replication_factor": 1}})


def test_both_brokers_give_back_what_was_produced(broker: Broker) -> None:
    create(broker)
    produce(broker.bootstrap, [b"one", b"two"])
    assert read(broker.bootstrap, 2) == [b"one", b"two"]


@pytest.mark.full
def test_kafka_keeps_its_log_when_it_is_killed(kafka: KafkaBroker) -> None:
    create(kafka)
    produce(kafka.bootstrap, [b"kept"])
    kafka.kill()
    assert not is_listening(kafka.port)
    kafka.start()
    assert read(kafka.bootstrap, 1) == [b"kept"]


def test_a_position_without_its_note_is_found(kafka: KafkaBroker) -> None:
    create(kafka)
    partition = TopicPartition(TOPIC, 0)
    for group, note in (("citywatch-aggregate", "{}"), ("other-aggregate", ""), ("citywatch-sink", "")):
        consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap, group_id=group, enable_auto_commit=False)
        consumer.assign([partition])
        consumer.commit({partition: OffsetAndMetadata(0, note, -1)})
        consumer.close()
    with kafka.admin() as admin:
        assert positions_without_note(admin) == [f"other-aggregate {TOPIC}/0 @ 0"]
        admin.delete_groups(["other-aggregate"])


def test_the_embedded_broker_is_empty_after_a_restart(tansu: TansuBroker) -> None:
    create(tansu)
    tansu.stop()
    assert not is_listening(tansu.port)
    tansu.start()
    create(tansu)


def test_clickhouse_keeps_its_rows_when_it_is_killed(tmp_path: Path, clickhouse_server: ClickHouseServer) -> None:
    with ClickHouseServer(tmp_path) as server:
        assert server.execute("SELECT version()")[0][0].startswith("18.16")  # type: ignore[attr-defined]
        server.execute("CREATE TABLE kept (n UInt8) ENGINE = MergeTree ORDER BY n")
        server.execute("INSERT INTO kept SELECT 7")
        server.kill()
        server.start()
        assert server.execute("SELECT n FROM kept") == [(7,)]


def test_each_test_has_a_clickhouse_database_of_its_own(
    clickhouse_url: str, clickhouse_server: ClickHouseServer
) -> None:
    name = clickhouse_url.rpartition("/")[2]
    assert name != "default"
    assert clickhouse_server.execute(f"SHOW TABLES FROM {name}") == []


@pytest.mark.full
def test_prometheus_scrapes(start_prometheus: Callable[[str], Prometheus]) -> None:
    server = start_prometheus("global: {scrape_interval: 1s}\n")
    with urllib.request.urlopen(f"{server.url}/api/v1/query?query=1%2B1", timeout=5) as answer:
        assert json.load(answer)["data"]["result"][1] == "2"


@pytest.mark.full
def test_alertmanager_answers(start_alertmanager: Callable[[str], Alertmanager]) -> None:
    server = start_alertmanager("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    with urllib.request.urlopen(f"{server.url}/api/v2/status", timeout=5) as answer:
        assert json.load(answer)["cluster"]["status"] == "disabled"


def test_a_server_that_cannot_start_shows_its_log(tmp_path: Path, start_prometheus: object) -> None:
    server: Server = Prometheus(tmp_path / "wrong", "no_such_key: 1\n")
    with pytest.raises(ServerFailed, match="no_such_key"):
        server.start()
    assert not server.running


def test_no_server_outlives_a_test_run_that_is_killed(tmp_path: Path) -> None:
    need(ClickHouseServer)
    with subprocess.Popen(
        [sys.executable, "-c", _RUN_THAT_IS_KILLED, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        port = int(run.stdout.readline())
        assert is_listening(port)
        run.kill()
        run.wait()
        await_until(lambda: not is_listening(port), 10, "the server to end with the run")


_RUN_THAT_IS_KILLED = """
import sys, time
from pathlib import Path
from tests.parts.clickhouse import ClickHouseServer
print(ClickHouseServer(Path(sys.argv[1])).start().port, flush=True)
time.sleep(600)
"""
