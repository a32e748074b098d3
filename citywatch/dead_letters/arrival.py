"""Whether the store has the dead letters that were written so far: the sink follows the log, and may be behind."""

from __future__ import annotations

import time

from runtime import deployment
from runtime.log import extents
from runtime.settings import Settings
from schemas.topics import DEAD_LETTERS
from sinks.positions import positions
from sinks.store import Store
from sinks.store_factory import chdb_path

PATIENCE = 30.0
POLL_SECONDS = 0.1


def await_stored(settings: Settings, store: Store) -> int:
    """Wait until the store has all dead letters that Kafka holds now; gives how many it lacks after `PATIENCE` seconds.

    An embedded store that the sink does not serve is not waited for: nobody fills it while it is open here.
    Raises Unreachable when Kafka does not answer.
    """
    held = extents(settings, (DEAD_LETTERS,))
    running = deployment.read(settings)
    alone = chdb_path(settings) is not None and (running is None or running.store is None)
    deadline = time.monotonic() + (0.0 if alone else PATIENCE)
    while True:
        at = positions(store)
        lacking = sum(max(0, extent.end - max(extent.begin, at.get(place, 0))) for place, extent in held.items())
        if not lacking or time.monotonic() >= deadline:
            return lacking
        time.sleep(POLL_SECONDS)
