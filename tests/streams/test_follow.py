"""Where the panes topic is read on from."""

from __future__ import annotations

import asyncio
from contextlib import closing

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from runtime.errors import CitywatchError
from runtime.kafka import topic_ids
from runtime.readiness import Readiness
from runtime.settings import Settings
from schemas.cities import load_cities
from schemas.topics import PANES
from streams.live.follow import Follower
from streams.live.state import LiveState
from tests.parts.kafka import KafkaBroker
from tests.parts.server import await_until
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


@pytest.mark.parametrize("partitions", [1, 3])
def test_a_topic_that_is_made_anew_under_it_is_never_taken_for_the_old_one(kafka: KafkaBroker, partitions: int) -> None:
    settings = Settings(kafka=kafka.bootstrap)
    state = LiveState.of(load_cities())
    with closing(KafkaAdminClient(bootstrap_servers=kafka.bootstrap)) as admin:
        admin.create_topics([NewTopic(PANES, 1, 1)])
        log = topic_ids(settings, [PANES])[PANES]

        async def follow() -> None:
            async with Follower(settings, state, log, Readiness("analyse")) as follower:
                await follower.start({})
                await follower.poll()
                await asyncio.to_thread(make_anew, admin, partitions)
                async with asyncio.timeout(60):
                    while True:
                        await follower.poll()

        with pytest.raises(CitywatchError, match=r"made anew|does not exist"):
            asyncio.run(follow())
    assert state.read == {(log, PANES, 0): 0}


def make_anew(admin: KafkaAdminClient, partitions: int) -> None:
    admin.delete_topics([PANES])
    await_until(lambda: PANES not in admin.list_topics(), 30, "the topic to be gone", every=0.1)
    admin.create_topics([NewTopic(PANES, partitions, 1)])
    with closing(KafkaProducer(bootstrap_servers=admin.config["bootstrap_servers"], acks="all")) as producer:
        producer.send(PANES, b"{}", partition=0)
        producer.flush()
