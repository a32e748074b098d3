"""The heartbeat role: a clock for sources that send none."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from runtime.settings import Settings
from schemas.accept import accept
from schemas.families.incidents import INCIDENTS
from schemas.instants import epoch
from sources.heartbeats import role_sources, run
from tests.deployments import KAFKA_UNLESS_FULL
from tests.parts import Broker
from tests.sources.reading import PARTITIONS, Stored, make_topics, read_all

CITY = """
name = "quiet"
zh = "静城"
en = "Quiet"
tz = "Asia/Shanghai"
sectors = {}
beats = {}
codes = {}
[sources."quiet/cad"]
topics = ["citywatch.incidents"]
heartbeats = "role"
delay = 120
"""


@KAFKA_UNLESS_FULL
def test_each_partition_gets_now_less_the_delay_until_it_is_stopped(broker: Broker, tmp_path: Path) -> None:
    make_topics(broker)
    (tmp_path / "quiet.toml").write_text(CITY, "utf-8")
    settings = Settings(kafka=broker.bootstrap, cities=tmp_path, data=tmp_path)
    assert list(role_sources(settings)) == ["quiet/cad"]
    stop = threading.Event()
    before = int(time.time())
    role = threading.Thread(target=run, args=(settings, stop, 0.1))
    role.start()
    deadline = time.monotonic() + 30
    records: list[Stored] = []
    while len(records) < 3 * PARTITIONS and time.monotonic() < deadline:
        records = read_all(broker, INCIDENTS)
    stop.set()
    role.join(30)
    assert not role.is_alive()
    after = int(time.time())
    for partition in range(PARTITIONS):
        clocks = [epoch(record.event["time"]) for record in records if record.partition == partition]
        assert len(clocks) >= 3
        assert clocks == sorted(clocks)
        assert all(before - 120 <= clock <= after - 120 for clock in clocks)


def test_without_such_sources_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert run(Settings(kafka="127.0.0.1:9", data=tmp_path)) == 0


def test_a_heartbeat_is_an_event_that_the_pipeline_accepts() -> None:
    from sources.feed import heartbeat

    event = accept(heartbeat("quiet/cad", 1_767_225_600))
    assert (event.is_control, event.epoch) == (True, 1_767_225_600)
