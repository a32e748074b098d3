"""Where the panes topic is read on from."""

from __future__ import annotations

import asyncio
from contextlib import closing

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from runtime.kafka import topic_ids
from runtime.readiness import Readiness
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.topics import PANES
from streams.live.follow import Follower
from streams.live.state import LiveState
from tests.parts.tansu import TansuBroker


@pytest.mark.parametrize(("stored", "begins"), [(7, 7), (9, 9), (10, 0)], ids=["in the last batch", "end", "beyond it"])
def test_it_is_read_on_from_within_the_last_batch_of_the_embedded_broker(
    tansu: TansuBroker, stored: int, begins: int
) -> None:
    settings = Settings(kafka=tansu.bootstrap)
    with closing(KafkaAdminClient(bootstrap_servers=tansu.bootstrap)) as admin:
        admin.create_topics([NewTopic(PANES, 1, 1)])
    with closing(KafkaProducer(bootstrap_servers=tansu.bootstrap, acks="all", linger_ms=1_000)) as producer:
        for _ in range(9):
            producer.send(PANES, b"{}", partition=0)
        producer.flush()
    log = topic_ids(settings, [PANES])[PANES]
    state = LiveState.of(load_cities())

    async def start() -> None:
        async with Follower(settings, state, log, Readiness("analyse")) as follower:
            await follower.start({(log, PANES, 0): stored})

    asyncio.run(start())
    assert state.read == {(log, PANES, 0): begins}
