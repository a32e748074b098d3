"""Runs the aggregate role as `citywatch up` does.

With `SABOTAGE=n` every n-th batch fails half judged, four times: a worker that never gets on ends itself. With
`LOSE_SNAPSHOT=n` the n-th publication with a snapshot of partition 0 writes nothing, and fails once partitions were
given up.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import Any

from runtime.errors import CitywatchError
from runtime.settings import load_settings
from streams import aggregate

LOST = "a snapshot is lost"


def _sabotage(every: int) -> None:
    from streams.core.partition import Partition

    feed, calls = Partition.feed, [0]

    def failing(self: Partition, records: Any, end: int) -> None:
        calls[0] += 1
        if calls[0] % every == 0 and calls[0] <= 4 * every:
            feed(self, records[: len(records) // 2], end)
            raise RuntimeError("sabotage")
        feed(self, records, end)

    Partition.feed = failing  # type: ignore[method-assign]


def _lose_snapshot(number: int) -> None:
    from aiokafka.errors import KafkaError

    from streams.edge.counting import Counting
    from streams.edge.publisher import Publisher

    publish, give_up, calls, given_up = Publisher.publish, Counting.give_up, [0], asyncio.Event()

    async def losing(self: Publisher, snapshots: Any) -> None:
        calls[0] += any(taken.progress.partition == 0 for taken in snapshots)
        if calls[0] == number and not given_up.is_set():
            logging.warning(LOST)
            await given_up.wait()
            raise KafkaError(LOST)
        await publish(self, snapshots)

    async def telling(self: Counting, seconds: float) -> None:
        await give_up(self, seconds)
        given_up.set()

    Publisher.publish, Counting.give_up = losing, telling  # type: ignore[method-assign]


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("kafka").setLevel(logging.WARNING)
    if every := os.environ.get("SABOTAGE"):
        _sabotage(int(every))
    if number := os.environ.get("LOSE_SNAPSHOT"):
        _lose_snapshot(int(number))
    try:
        return aggregate.run(load_settings())
    except CitywatchError as error:
        print(f"citywatch: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
