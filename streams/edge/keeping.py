"""States over a rebalance: set aside when an assignment ends, told to the consumer, taken up again or forgotten."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from faust.types import TP

from streams.edge.batch import Positions
from streams.edge.clock import Clock
from streams.edge.held import Held, HeldStates
from streams.edge.positions import Kept, Origin
from streams.edge.rereading import Rereading

log = logging.getLogger(__name__)

KEPT_SECONDS = 60.0
"""For how long states are kept for an assignment that does not come. Longer than a rebalance takes."""


class Keeping:
    """The states of the assignment that has ended."""

    def __init__(self, states: HeldStates, positions: Positions, rereading: Rereading, clock: Clock) -> None:
        self._states = states
        self._positions = positions
        self._rereading = rereading
        self._clock = clock
        self._kept: dict[TP, Held] = {}
        self._since = 0.0

    def set_aside(self) -> None:
        """The assignment has ended: its batches are not taken any more, its states are kept."""
        self._kept.update(self._states.end(self._positions.newest_epoch))
        self._since = self._clock.monotonic()

    def kept(self) -> Mapping[TP, Kept]:
        """The states that may go on: those whose snapshots are acknowledged. Not one that stands at an open breaker: it
        waits for a new start."""
        self.set_aside()  # nothing flows; what an overtaken `resume` has put back belongs to the assignment before
        return {
            tp: Kept(held.committed, held.partition.next_offset)
            for tp, held in self._kept.items()
            if not held.unacknowledged and held.partition.stopped is None
        }

    def resume(self, begun: Mapping[TP, Origin]) -> None:
        """The states that go on get the epoch of the new assignment; all others are forgotten."""
        for tp, origin in begun.items():
            if not origin.kept:
                continue
            held = self._kept.get(tp)
            if held is None:  # kept for too long
                self._rereading.seek(tp)
                continue
            held.epoch = origin.epoch
            self._states.hold(tp, held)
            log.info("%s/%d: goes on at offset %d with the state it had", *tp, origin.position)
        self._kept.clear()

    def expire(self) -> None:
        """Forgets what was kept for too long."""
        if self._kept and self._clock.monotonic() - self._since > KEPT_SECONDS:
            self._kept.clear()
