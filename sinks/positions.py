"""How far each partition is judged and stored, as the store tells. Each blocks on the store."""

from __future__ import annotations

import json
from typing import NamedTuple

from runtime.log import LogPartition, Place
from sinks.store import Store


class JudgedUpTo(NamedTuple):
    """How far a partition is judged and durable, and the clocks of its sources there."""

    read: int
    clocks: dict[str, int]


def progress(store: Store) -> dict[Place, JudgedUpTo]:
    """By place, as the last progress record says."""
    rows = store.query("SELECT log, topic, partition, read, clocks FROM progress FINAL")
    return {
        Place(log, topic, int(partition)): JudgedUpTo(int(read), json.loads(clocks))
        for log, topic, partition, read, clocks in rows
    }


def positions(store: Store) -> dict[LogPartition, int]:
    """How far the sink has stored each topic it reads: every record below the position is in the store."""
    rows = store.query("SELECT log, topic, partition, position FROM positions_latest")
    return {Place(log, topic, int(partition)): int(position) for log, topic, partition, position in rows}
