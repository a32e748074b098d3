"""Brokers that die: Kafka as a whole, and the leader of a partition among three."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.families.incidents import INCIDENTS
from tests.faults.fleet import SESSION_SECONDS, Fleet, fleet_on
from tests.faults.gated_kafka import KafkaCluster
from tests.faults.workers import Workers
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.need import need


@pytest.fixture
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fleet]:
    with fleet_on(request, tmp_path, seed=6) as found:
        found.crew(1)
        yield found


@pytest.mark.full
def test_kafka_killed_with_9_and_started_again_changes_no_figure(fleet: Fleet, kafka_broker: KafkaBroker) -> None:
    with fleet.feeding() as feed:
        feed.flow(250)
        fleet.commits_resume()
        kafka_broker.kill()
        kafka_broker.start()
        fleet.shared_by(1)
        feed.flow(250)
        fleet.commits_resume()
    fleet.settled()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[KafkaCluster]:
    need(KafkaBroker)
    with KafkaCluster(tmp_path / "cluster", brokers=3) as found:
        yield found


@pytest.mark.full
def test_the_leader_of_a_partition_lost_among_three_brokers_changes_no_figure(
    cluster: KafkaCluster, clickhouse_server: ClickHouseServer, tmp_path: Path
) -> None:
    settings = {"session_timeout": str(SESSION_SECONDS), "replication": "3"}
    with (
        clickhouse_server.fresh_database() as url,
        Workers(cluster.bootstrap, url, tmp_path / "workers", **settings) as workers,  # type: ignore[arg-type]
    ):
        fleet = Fleet(workers, cluster.admin, seed=7)
        fleet.crew(1)
        with fleet.feeding() as feed:
            feed.flow(250)
            fleet.commits_resume()
            lost = cluster.leader(INCIDENTS, 0)
            cluster.kill(lost)
            fleet.wait(lambda: cluster.leader(INCIDENTS, 0) not in (lost, -1), "another broker to lead")
            feed.flow(250)
            fleet.commits_resume()
            cluster.start(lost)
            feed.flow(150)
        fleet.settled()
