"""Once a second: gauges and readiness are kept current, and a worker that reads nothing ends itself."""

from __future__ import annotations

from faust.types import TP

from runtime.errors import CheckFailed
from streams.edge.batch import Positions
from streams.edge.breaker import BreakerSupervision
from streams.edge.clock import Clock
from streams.edge.health import Health
from streams.edge.held import HeldStates

STALLED_SECONDS = 60.0


class Watchdog:
    """Looks at each assigned partition: what waits there, and since when nothing was fed."""

    def __init__(
        self, states: HeldStates, positions: Positions, breaker: BreakerSupervision, health: Health, clock: Clock
    ) -> None:
        self._states = states
        self._positions = positions
        self._breaker = breaker
        self._health = health
        self._clock = clock
        self._fed_at: dict[TP, float] = {}

    def fed(self, tp: TP) -> None:
        self._fed_at[tp] = self._clock.monotonic()

    def forget(self) -> None:
        """The assignment has ended: nothing of it is shown or waited for."""
        for tp in self._states.partitions():
            self._health.forget(tp)
        self._fed_at.clear()

    def look(self, publishing_since: float | None) -> None:
        """Raises CheckFailed when records wait and nothing moves; a publication under way is waited for."""
        assigned = self._positions.assignment()
        self._health.keep_only(assigned)
        self._breaker.keep_only(assigned)
        group, silent = self._positions.awaited(assigned)
        self._health.waits(group, publishing_since)
        for tp in assigned:
            held = self._states.get(tp)
            partition = held.partition if held else None
            unread = self._positions.unread(tp, partition.next_offset if partition else None)
            self._health.observe(tp, partition, unread, silent.get(tp, ""))
            self._breaker.observe(tp, partition, self._positions.origin(tp))
            unread = self._positions.unread(tp, self._breaker.expects(tp, partition) if partition else None)
            if unread == 0 or publishing_since is not None:
                self.fed(tp)
            elif self._clock.monotonic() - self._fed_at.setdefault(tp, self._clock.monotonic()) > STALLED_SECONDS:
                raise CheckFailed(
                    f"{tp.topic}/{tp.partition}: {unread} records wait and none came for"
                    f" {STALLED_SECONDS:.0f} s; start the role again, and look at the broker"
                )
