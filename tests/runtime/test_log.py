"""Readers of the log are stopped in order, whatever a fetch of theirs is at."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from runtime.log import with_consumer
from runtime.settings import Settings
from schemas.families.incidents import INCIDENTS
from tests.parts import TansuBroker
from tests.sources.reading import make_topics

TRIES_AGAIN = 600.0
"""Seconds that a failed fetch waits here: longer than any test."""


def test_a_reader_whose_fetch_has_failed_and_waits_to_try_again_is_stopped(tansu: TansuBroker, tmp_path: Path) -> None:
    """`stop` of aiokafka ends with the CancelledError of that fetch: it ended the thread in which the sink publishes
    adjustments, and whoever awaited that one awaited it for ever."""
    make_topics(tansu, [INCIDENTS])

    async def use(consumer: Any) -> str:
        sends, failed = consumer._client.send, asyncio.Event()

        async def cut(node: int, request: Any, **words: Any) -> Any:
            if not type(request).__name__.startswith("Fetch"):
                return await sends(node, request, **words)
            failed.set()
            raise KafkaConnectionError("cut")

        consumer._client.send = cut
        consumer._fetcher._retry_backoff = TRIES_AGAIN
        consumer.assign([TopicPartition(INCIDENTS, 0)])
        consumer.seek(TopicPartition(INCIDENTS, 0), 0)
        await failed.wait()
        await asyncio.sleep(0)  # from the failure to the wait
        return "read"

    assert with_consumer(Settings(kafka=tansu.bootstrap, data=tmp_path), [INCIDENTS], use) == "read"
