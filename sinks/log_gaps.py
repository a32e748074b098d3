"""Log gaps: records that retention took before anybody judged them. What the alert LogGap looks at."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from runtime import metrics
from runtime.log import LogPartition
from sinks.accounts import verdicts
from sinks.store import Store

log = logging.getLogger(__name__)


class LogGapWatch:
    """Shows, by input partition, how many offsets are gone above what is judged. They stay so until `start-at`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shown: set[tuple[str, str]] = set()
        self._told: dict[LogPartition, int] = {}

    def look(self, beginnings: Mapping[LogPartition, int]) -> None:
        """Compares the first offset of each partition with its verdicts. Blocks; raises Unreachable, Rejected."""
        judged = verdicts(self._store)
        places = {(topic, str(partition)) for _, topic, partition in beginnings}
        for gone in self._shown - places:
            metrics.LOG_GAP.remove(*gone)
        self._shown = places
        for place, begin in beginnings.items():
            read = judged[place].read if place in judged else 0
            metrics.LOG_GAP.labels(place[1], str(place[2])).set(max(0, begin - read))
            if begin > read and self._told.get(place) != begin:
                self._told[place] = begin
                log.error("%s/%d: offsets %d to %d are gone, and nobody judged them", *place[1:], read, begin - 1)
