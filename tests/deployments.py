"""Both kinds of deployment: the embedded parts of one machine, and the real servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.parts.clean import emptied_after
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.tansu import TansuBroker

KINDS = ("embedded", "real")
REAL_UNLESS_FULL = (pytest.param("embedded", marks=pytest.mark.full), "real")
"""Of what no part decides: on the real servers always, on the embedded parts in `make prove`."""

ENGINES = ("clickhouse", pytest.param("chdb", marks=pytest.mark.full))
SERVER_UNLESS_FULL = pytest.mark.parametrize("store_url", ENGINES, indirect=True)
"""Of what no engine decides: on clickhouse-server always, on the embedded engine in `make prove`."""

KAFKA_UNLESS_FULL = pytest.mark.parametrize(
    "broker", ["kafka", pytest.param("tansu", marks=pytest.mark.full)], indirect=True
)
"""Of what no broker decides: on Apache Kafka always, on the embedded broker in `make prove`."""


@contextmanager
def deployment_of(
    kind: str, request: pytest.FixtureRequest, directory: Path, source: Path | None = None, **settings: str
) -> Iterator[Deployment]:
    """A migrated deployment without roles, on empty parts of the kind."""
    directory.mkdir(parents=True, exist_ok=True)
    if kind == "embedded":
        with (
            TansuBroker(directory / "tansu") as broker,
            Deployment(broker.bootstrap, f"chdb://{directory / 'chdb'}", directory, source, **settings) as deployment,
        ):
            yield deployment
        return
    kafka: KafkaBroker = request.getfixturevalue("kafka_broker")
    server: ClickHouseServer = request.getfixturevalue("clickhouse_server")
    with (
        emptied_after(kafka),
        server.fresh_database() as url,
        Deployment(kafka.bootstrap, url, directory, source, **settings) as deployment,
    ):
        yield deployment
