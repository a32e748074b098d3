"""Runs the aggregate role as `citywatch up` does; with `SABOTAGE=n` every n-th batch fails half judged."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

from citywatch.errors import CitywatchError
from citywatch.settings import load_settings
from streams import aggregate


def _sabotage(every: int) -> None:
    from streams.core.partition import Partition

    feed, calls = Partition.feed, [0]

    def failing(self: Partition, records: Any, end: int) -> None:
        calls[0] += 1
        if calls[0] % every == 0:
            feed(self, records[: len(records) // 2], end)
            raise RuntimeError("sabotage")
        feed(self, records, end)

    Partition.feed = failing  # type: ignore[method-assign]


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("kafka").setLevel(logging.WARNING)
    if every := os.environ.get("SABOTAGE"):
        _sabotage(int(every))
    try:
        return aggregate.run(load_settings())
    except CitywatchError as error:
        print(f"citywatch: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
