"""A moment at which the store can be asked: what is durable, and everything that belongs to it, is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from citywatch.audit import stored
from runtime.errors import CheckFailed
from runtime.log import Place, ends
from runtime.settings import Settings
from schemas.topics import CORRECTIONS, DEAD_LETTERS, INPUTS
from sinks.positions import positions, progress
from sinks.store import Store

T = TypeVar("T")

SETTLE_SECONDS = 30.0
POLL_SECONDS = 0.1


class Moment(NamedTuple):
    """`cuts`: how far each partition is durable. `records`: what its cells hold at exactly that cut."""

    cuts: dict[Place, int]
    records: dict[Place, int]


def durable_moment(settings: Settings, store: Store) -> Moment:
    """Cells and progress of one moment; then waits until every row below the cuts is stored. Blocks.

    Works while records flow: cells are read between two flushes of the sink, rows can be cut at any offset.
    Raises CheckFailed when the sink does not get there.
    """
    moment = _await(lambda: _cells_at_rest(store), "the sink writes cells without progress; see its log")
    # aggregate writes corrections and dead letters before the progress that vouches for them
    wanted = {**ends(settings, (CORRECTIONS, DEAD_LETTERS)), **moment.cuts}
    _await(lambda: _all_stored(store, wanted), "the sink is behind; does it run? `citywatch drain` waits for it")
    return moment


def still_moment(settings: Settings, store: Store) -> Moment:
    """As `durable_moment`, at rest: no cell has moved on meanwhile."""

    def look() -> Moment | None:
        moment = durable_moment(settings, store)
        return moment if _cells_at_rest(store) == moment else None

    return _await(look, "figures keep moving; run `citywatch drain` first")


def _cells_at_rest(store: Store) -> Moment | None:
    """Progress, and cells that hold nothing beyond it; None in the middle of a flush."""
    cuts = {place: at.read for place, at in progress(store).items()}
    sums = stored.cell_records(store)
    if any(version >= cuts.get(place, 0) for place, (version, _) in sums.items()):
        return None
    return Moment(cuts, {place: records for place, (_, records) in sums.items()})


def _all_stored(store: Store, wanted: Mapping[Place, int]) -> bool | None:
    at = positions(store)
    # rows of a log that is gone are stored or lost: there is nothing to wait for
    current = {log for log, _, _ in at}
    reached = all(
        at.get(place, 0) >= end for place, end in wanted.items() if place.log in current or place.topic not in INPUTS
    )
    return True if reached else None


def _await(look: Callable[[], T | None], failure: str) -> T:
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise CheckFailed(failure)
        time.sleep(POLL_SECONDS)
