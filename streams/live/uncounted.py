"""Stored rows of steps that count nowhere: lost and dead ones, and of an id that stands in several places all but the
first, whatever the others are.

They are few, and asked for once: within each question for rows they would cost the store more than the rows.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left

import numpy as np

from figures.queries.repeated import Judged
from runtime.log import Place
from sinks.bind import literal
from sinks.store import ResultRow, Store
from streams.live.handover import TOPICS

_FOUND = "log, topic, partition, groupArray(offset), groupArray(cityHash64(source, subject, type))"
_BY = "GROUP BY log, topic, partition"


class Uncounted:
    """What of the inputs with steps counts nowhere, of the rows below ends up to which all was judged and stored before
    it was asked. Where a row that is stored later is the first of an id, whoever takes both finds that. Blocks on the
    store."""

    def __init__(self, store: Store) -> None:
        self._judged = Judged(store)
        self.lost = self._judged.lost()
        """Of each partition that has lost records the offsets from the first to the last of them. `most` has none of
        these."""
        self._offsets: dict[Place, array[int]] = {}
        hashes = [np.empty(0, np.uint64)]
        offsets: dict[Place, list[int]] = {}
        for log, topic, partition, found, subjects in (*_repeats(store), *_dead(store)):
            offsets.setdefault(Place(log, topic, int(partition)), []).extend(found)
            hashes.append(np.array(subjects, np.uint64))
        for place, each in offsets.items():
            self._offsets[place] = array("Q", sorted(each))
        counts = np.unique(np.concatenate(hashes), return_counts=True)[1]
        self.most = int(counts.max(initial=0))
        """Dead rows and repeats of one source, subject and type, at most."""

    def has(self, place: Place, offset: int) -> bool:
        """Whether a row below the ends counts nowhere."""
        offsets = self._offsets.get(place)
        if offsets is not None:
            at = bisect_left(offsets, offset)
            if at < len(offsets) and offsets[at] == offset:
                return True
        return place in self.lost and self._judged.verdict(place, offset) is not None


def _repeats(store: Store) -> list[ResultRow]:
    topics = literal(sorted(TOPICS))
    ((number,),) = store.query(f"SELECT count() FROM repeated_events WHERE topic IN {topics}")
    if not number:
        return []
    return store.query(
        f"SELECT {_FOUND} FROM live_repeats WHERE topic IN {topics} AND (log, partition, offset) NOT IN"
        f" (SELECT first_log, first_partition, first_offset FROM first_rows) {_BY}"
    )


def _dead(store: Store) -> list[ResultRow]:
    topics = literal(sorted(TOPICS))
    ((number,),) = store.query(f"SELECT count() FROM dead_letters WHERE topic IN {topics}")
    if not number:
        return []
    places = f"SELECT log, topic, partition, offset FROM dead_letters WHERE topic IN {topics}"
    return store.query(
        f"SELECT {_FOUND} FROM events WHERE topic IN {topics} AND (log, topic, partition, offset) IN ({places}) {_BY}"
    )
