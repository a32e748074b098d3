"""The path of `aggregate` without its promises: no ids, no lateness, no corrections, no panes published, no notes.

What is left is what any counter does: fetch, decode and check a record, add it to its pane's cell, commit the offset.

Usage: python -m bench.without_promises BOOTSTRAP EVENTS
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from bench import whole_edge
from bench.contest import report
from schemas.accept import NO_VERDICT, accept_all
from schemas.consumed import ConsumerRecord
from schemas.envelope import CellKey
from streams.core.panes import PANE
from streams.core.partition import Partition, Snapshot
from streams.edge import judging
from streams.edge.publisher import Publisher


class Counter(Partition):
    """Counts into panes, and vouches for nothing."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._panes: dict[int, dict[CellKey, list[int]]] = {}

    def _judge_chunk(self, records: Sequence[ConsumerRecord]) -> None:
        events, times = accept_all([record.value for record in records])
        for event, at in zip(events, times, strict=True):
            if at == NO_VERDICT:
                continue
            added = event.adds()  # type: ignore[union-attr]  # it has a time, so it counts
            if added is None:
                continue
            key, count, _ = added
            cells = self._panes.setdefault(at - at % PANE, {})
            cell = cells.get(key)
            if cell is None:
                cells[key] = [1, count]
            else:
                cell[0] += 1
                cell[1] += count
            self.counts.counted += 1

    def snapshot(self) -> Snapshot:
        self._taken = self.next_offset
        return Snapshot([], [], [], [], [], self._progress(0), self.next_offset, "")


async def publish_nothing(self: Publisher, snapshots: Sequence[Snapshot]) -> None:
    """Stands in for `Publisher.publish`."""


if __name__ == "__main__":
    judging.Partition = Counter  # type: ignore[attr-defined, assignment]
    Publisher.publish = publish_nothing  # type: ignore[method-assign]
    report(whole_edge.run(sys.argv[1], int(sys.argv[2])))
