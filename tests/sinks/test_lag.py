"""What the sink shows of itself stays true while its store is away, and when partitions go to another worker."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import cast

from aiokafka import TopicPartition

from runtime import metrics
from runtime.readiness import Readiness
from runtime.settings import load_settings
from schemas.families.incidents import INCIDENTS
from sinks.sink import MAX_BYTES, Sink
from sinks.store import Store

PLACE = TopicPartition(INCIDENTS, 0)


def shown() -> float | None:
    labels = {"role": "sink", "topic": INCIDENTS, "partition": "0"}
    return metrics.REGISTRY.get_sample_value("citywatch_commit_age_seconds", labels)


def test_the_age_of_the_last_commit_grows_while_a_full_batch_waits_for_the_store(tmp_path: Path) -> None:
    async def look() -> None:
        settings = load_settings(data=tmp_path, kafka="127.0.0.1:9")
        sink = Sink(settings, cast(Store, None), cast(Store, None), {INCIDENTS: "log-1"}, Readiness("sink"))
        sink._intake._consumer.assign([PLACE])
        sink._intake._next[PLACE] = 7
        sink._batch.take(("log-1", INCIDENTS, 0), (), 7)
        sink._batch.corrections.append(())
        sink._batch.size = MAX_BYTES
        sink._committed = time.monotonic() - 100
        await sink._read(None)
        assert 100 <= (shown() or 0) < 110

        sink._intake._next.clear()  # the partition is another worker's now
        sink._shown = 0.0
        await sink._read(None)
        assert shown() is None
        await sink._intake.stop()

    asyncio.run(look())
