"""Partitions whose state is of no more use: they are read again, from what is committed. It costs time, no record."""

from __future__ import annotations

import asyncio
import logging

from faust.types import TP

from runtime.errors import CheckFailed
from streams.edge.batch import Positions
from streams.edge.health import Health
from streams.edge.held import HeldStates

log = logging.getLogger(__name__)

RESTARTS_WITHOUT_PROGRESS = 5


class Rereading:
    """Begins partitions anew, and gives up on one that never gets on."""

    def __init__(self, states: HeldStates, positions: Positions, health: Health) -> None:
        self._states = states
        self._positions = positions
        self._health = health
        self._restarts: dict[TP, int] = {}
        self._seeking: set[asyncio.Task[object]] = set()

    def begin(self, tp: TP, epoch: int, why: str) -> None:
        """Drops the state and has it read again. Raises CheckFailed when that was so too often without a commit."""
        self._states.drop(tp, epoch)
        restarts = self._restarts[tp] = self._restarts.get(tp, 0) + 1
        self._health.restarted(tp)
        log.warning("%s/%d: %s; reading again from the committed position", *tp, why)
        if restarts > RESTARTS_WITHOUT_PROGRESS:
            raise CheckFailed(f"{tp.topic}/{tp.partition}: {why}, {restarts} times without progress; see the log")
        self.seek(tp)

    def progressed(self, tp: TP) -> None:
        """Its position was committed."""
        self._restarts.pop(tp, None)

    def seek(self, tp: TP) -> None:
        """Has the consumer begin a new epoch of it. Where that fails the app crashes, which tells it."""
        task = asyncio.create_task(self._positions.seek_to_origins({tp}))
        self._seeking.add(task)
        task.add_done_callback(self._sought)

    def _sought(self, task: asyncio.Task[object]) -> None:
        self._seeking.discard(task)
        if not task.cancelled():
            task.exception()  # it has crashed the app
