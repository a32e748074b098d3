"""From batches to states: each batch is fed to the state of its partition, where it adjoins what was fed before."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from streams.core.partition import Partition
from streams.edge.batch import FetchedBatch
from streams.edge.breaker import BreakerSupervision
from streams.edge.held import Held, HeldStates
from streams.edge.positions import Origin
from streams.edge.rereading import Rereading

log = logging.getLogger(__name__)


class _HoleError(Exception):
    """Faust dropped a batch before this one."""


class Judging:
    """Feeds what belongs to the newest epoch of a partition; where something is missing, it is read again."""

    def __init__(
        self, logs: Mapping[str, str], states: HeldStates, rereading: Rereading, breaker: BreakerSupervision
    ) -> None:
        self._logs = logs
        self._states = states
        self._rereading = rereading
        self._breaker = breaker

    def take(self, batch: FetchedBatch) -> bool:
        """Whether the batch was fed. A failure costs the state, no record. Raises CheckFailed as `Rereading.begin`."""
        try:
            return self._feed(batch)
        except _HoleError as hole:
            why = str(hole)
        except Exception:
            log.exception("%s/%d: cannot judge offsets %d to %d", *batch.tp, batch.start, batch.end)
            why = "judging failed"
        self._rereading.begin(batch.tp, batch.epoch, why)
        return False

    def _feed(self, batch: FetchedBatch) -> bool:
        tp, states = batch.tp, self._states
        if states.is_over(tp, batch.epoch):
            return False
        if batch.origin is not None and not batch.origin.kept:
            states.hold(tp, Held(batch.epoch, self._begin(batch, batch.origin), batch.origin.committed))
        held = states.get(tp)
        if held is None or held.epoch < batch.epoch or self._breaker.expects(tp, held.partition) != batch.start:
            raise _HoleError(f"a hole before offset {batch.start}")
        if held.epoch > batch.epoch:
            return False
        held.partition.feed(batch.records, batch.end)
        if held.partition.has_news:
            if held.arrived is None and batch.records:
                held.arrived = batch.records[0].timestamp / 1000
            states.news.set()
        if self._breaker.look(held.partition, batch):
            states.drop(tp, batch.epoch)
            self._rereading.seek(tp)
        return True

    def _begin(self, batch: FetchedBatch, origin: Origin) -> Partition:
        log_id = self._logs[batch.tp.topic]
        passes = self._breaker.passes(log_id, batch.tp)
        self._breaker.begins(batch.tp)
        return Partition(
            log_id,
            *batch.tp,
            origin.position,
            origin.note,
            self._breaker.limits,
            passes,
            origin.seeds,
            origin.seam,
        )
