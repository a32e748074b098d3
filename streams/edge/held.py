"""Which partitions this worker holds, each with its state, in which assignment epoch.

Every start of reading a partition is an epoch of its own. What an epoch that is over has fetched is not taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from faust.types import TP

from streams.core.partition import Partition
from streams.edge.positions import Committed


@dataclass(slots=True)
class Held:
    """A partition's state in one assignment epoch.

    committed: what the group holds for it, as far as this worker knows. arrived: broker time of its oldest unpublished.
    unacknowledged: a snapshot was taken and may be lost. uncommitted: its position is not committed.
    """

    epoch: int
    partition: Partition
    committed: Committed | None
    arrived: float | None = None
    unacknowledged: bool = False
    uncommitted: bool = False

    @property
    def to_publish(self) -> bool:
        """Not while a snapshot may be lost: the next one would vouch for values that it does not hold."""
        return not self.unacknowledged and (self.partition.has_news or self.uncommitted)


class HeldStates:
    """The state of each partition that is read now. `news`: set when one of them has something to publish."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self._held: dict[TP, Held] = {}
        self._ended_epoch = 0
        self._dropped_epoch: dict[TP, int] = {}

    def get(self, tp: TP) -> Held | None:
        return self._held.get(tp)

    def partitions(self) -> Mapping[TP, Partition]:
        return {tp: held.partition for tp, held in self._held.items()}

    def to_publish(self) -> Mapping[TP, Held]:
        return {tp: held for tp, held in self._held.items() if held.to_publish}

    def is_over(self, tp: TP, epoch: int) -> bool:
        """Whether what this epoch has fetched is not to be taken any more."""
        return epoch <= max(self._ended_epoch, self._dropped_epoch.get(tp, 0))

    def hold(self, tp: TP, held: Held) -> None:
        self._held[tp] = held
        if held.to_publish:
            self.news.set()

    def drop(self, tp: TP, epoch: int) -> None:
        """Forgets the state; its epoch is over."""
        self._dropped_epoch[tp] = epoch
        self._held.pop(tp, None)

    def end(self, epoch: int) -> dict[TP, Held]:
        """All epochs up to this one are over: gives the states away."""
        self._ended_epoch = epoch
        ended, self._held = self._held, {}
        return ended
