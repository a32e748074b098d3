"""The producer: no failed record goes unnoticed; a broker that comes back gets each record once, in order."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import kafka.record.util
import pytest
from kafka.partitioner.default import DefaultPartitioner

import runtime.producer
from runtime.errors import Unreachable
from runtime.producer import Producer
from runtime.settings import Settings
from schemas.families.incidents import INCIDENTS
from sources.feed import heartbeat
from tests.parts import KafkaBroker, TansuBroker
from tests.parts.server import await_until
from tests.sources.reading import PARTITIONS, make_topics, read_all

RECORDS = 4_000

# kafka-python leaves the sockets of failed connections to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _leave_no_sockets_to_other_tests() -> Iterator[None]:
    yield
    gc.collect()


class _Cluster:
    def topics(self) -> set[str]:
        return {INCIDENTS}

    def partitions_for_topic(self, topic: str) -> set[int]:
        return set(range(PARTITIONS))

    available_partitions_for_topic = partitions_for_topic


def test_a_key_goes_where_every_kafka_client_would_send_it(tansu: TansuBroker, tmp_path: Path) -> None:
    make_topics(tansu)
    others = DefaultPartitioner()
    with Producer(Settings(kafka=tansu.bootstrap, data=tmp_path), [INCIDENTS]) as producer:
        for number in range(200):
            key = f"B{number}".encode()
            expected = others.partition(INCIDENTS, key, key, b"", b"", _Cluster())
            assert producer.partition(INCIDENTS, key) == expected


def test_checksums_are_not_computed_in_python() -> None:
    assert kafka.record.util.crc32c_c is not None


def test_a_broker_that_dies_and_comes_back_gets_every_record_once_and_in_order(
    kafka: KafkaBroker, tmp_path: Path
) -> None:
    make_topics(kafka)
    sent = threading.Event()
    failed: list[BaseException] = []

    def send() -> None:
        try:
            with Producer(Settings(kafka=kafka.bootstrap, data=tmp_path), [INCIDENTS]) as producer:
                for number in range(RECORDS):
                    producer.send(INCIDENTS, number % PARTITIONS, b"k", heartbeat("a/b", number))
                    if number == RECORDS // 4:
                        sent.set()
                    if number % 100 == 0:
                        time.sleep(0.01)  # so that the broker dies in the middle
        except BaseException as error:  # noqa: BLE001 - asserted below
            failed.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    assert sent.wait(60)
    kafka.kill()
    kafka.start()
    thread.join(120)
    assert not thread.is_alive()
    assert not failed
    arrived = read_all(kafka, INCIDENTS)
    for partition in range(PARTITIONS):
        numbers = [r.event["id"] for r in arrived if r.partition == partition]
        assert numbers == [f"h-{number}" for number in range(partition, RECORDS, PARTITIONS)]


def test_a_broker_that_stays_away_is_told_in_one_line(
    tansu: TansuBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.producer, "REQUEST_MS", 2_000)
    monkeypatch.setattr(runtime.producer, "DELIVERY_MS", 3_000)
    make_topics(tansu)
    producer = Producer(Settings(kafka=tansu.bootstrap, data=tmp_path), [INCIDENTS])
    tansu.stop()
    producer.send(INCIDENTS, 0, b"k", b"{}")
    with pytest.raises(Unreachable) as lost:
        producer.close()
    assert "\n" not in str(lost.value)


def test_whoever_sends_now_and_then_hears_that_the_broker_is_gone(
    tansu: TansuBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.producer, "REQUEST_MS", 2_000)
    monkeypatch.setattr(runtime.producer, "DELIVERY_MS", 3_000)
    make_topics(tansu)
    producer = Producer(Settings(kafka=tansu.bootstrap, data=tmp_path), [INCIDENTS])
    lost: list[Unreachable] = []

    def is_told() -> bool:
        try:
            producer.send(INCIDENTS, 0, b"k", b"{}")
        except Unreachable as gone:
            lost.append(gone)
        return bool(lost)

    is_told()
    tansu.stop()
    try:
        await_until(is_told, 30, "the producer to say that the broker is gone")
    finally:
        producer.abandon()


def test_what_listens_but_is_no_kafka_is_told_within_seconds(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(Unreachable, match=address):
            Producer(Settings(kafka=address, data=tmp_path), [INCIDENTS])
        assert time.monotonic() - started < 30
