"""Places in a worker at which it can be told to kill itself with -9. The product's own code knows none of them.

Each is put around a method of the running code when a worker starts with CITYWATCH_CRASH_AT, see `worker`.
"""

from __future__ import annotations

import asyncio
import functools
import os
import signal
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streams.core.partition import Snapshot

VARIABLE = "CITYWATCH_CRASH_AT"
"""`name` or `name:n`: at the n-th time, by default the first."""

STOP_VARIABLE = "CITYWATCH_STOP_AT"
"""As CITYWATCH_CRASH_AT, but the worker stops itself with SIGSTOP there: it goes on from that place when woken."""

MARK = "crash point"
"""How the last line of a worker that crashed, or was stopped, begins."""

WOKEN = "woken at"
"""How the line begins that a stopped worker writes when it goes on."""

Reach = Callable[[], None]
"""Called where the point is; comes back while it is not yet the n-th time."""


def install(point: str, blow: signal.Signals = signal.SIGKILL) -> None:
    """Arm the point `name` or `name:n` in this process. Raises ValueError for one that there is not."""
    name, _, at = point.partition(":")
    if name not in POINTS:
        raise ValueError(f"{VARIABLE}={point}: there is no such point; points are {', '.join(POINTS)}")
    times = count(1)

    def reach() -> None:
        if next(times) == int(at or 1):
            os.write(2, f"{MARK} {point}\n".encode())
            os.kill(os.getpid(), blow)
            os.write(2, f"{WOKEN} {point}\n".encode())

    POINTS[name](reach)


def _around(
    owner: Any, method: str, before: Callable[..., None] | None = None, after: Callable[..., None] | None = None
) -> None:
    """Both are called with the arguments of the method, `after` only when it did not raise."""
    original = getattr(owner, method)

    def enter(*given: Any) -> None:
        if before is not None:
            before(*given)

    def leave(*given: Any) -> None:
        if after is not None:
            after(*given)

    if asyncio.iscoroutinefunction(original):

        @functools.wraps(original)
        async def wrapped(*given: Any, **named: Any) -> Any:
            enter(*given)
            result = await original(*given, **named)
            leave(*given)
            return result

    else:

        @functools.wraps(original)
        def wrapped(*given: Any, **named: Any) -> Any:
            enter(*given)
            result = original(*given, **named)
            leave(*given)
            return result

    setattr(owner, method, wrapped)


# --- aggregate


def _before_publish(reach: Reach) -> None:
    from streams.edge.publisher import Publisher

    _around(Publisher, "publish", before=lambda *_: reach())


def _after_publish(reach: Reach) -> None:
    from streams.edge.publisher import Publisher

    _around(Publisher, "publish", after=lambda *_: reach())


def _close_before_publish(reach: Reach) -> None:
    from streams.edge.publisher import Publisher

    _around(Publisher, "publish", before=lambda _, snapshots: reach() if _closes(snapshots) else None)


def _close_after_publish(reach: Reach) -> None:
    from streams.edge.publisher import Publisher

    _around(Publisher, "publish", after=lambda _, snapshots: reach() if _closes(snapshots) else None)


def _closes(snapshots: Sequence[Snapshot]) -> bool:
    """Whether cells are among them whose pane has closed: nobody gives these out again once they are committed."""
    return any(cell.pane < taken.progress.boundaries[cell.source] for taken in snapshots for cell in taken.cells)


def _after_commit(reach: Reach) -> None:
    from streams.edge.transport import BatchConsumer

    _around(BatchConsumer, "commit_vouched", after=lambda *_: reach())


def _on_revoke(reach: Reach) -> None:
    from streams.edge.transport import BatchConsumerThread

    def held_some(_: Any, revoked: Sequence[Any]) -> None:
        if revoked:
            reach()

    _around(BatchConsumerThread, "on_partitions_revoked", before=held_some)


def _in_re_read(reach: Reach) -> None:
    from streams.core.partition import Partition

    def below_what_was_read(partition: Partition, *_: Any) -> None:
        if partition.next_offset < partition._resume:
            reach()

    _around(Partition, "feed", before=below_what_was_read)


# --- sink: by what is inserted, in whatever order the writer does it


class _Flush:
    """What was inserted since the last positions."""

    def __init__(self) -> None:
        self.tables: set[str] = set()

    def begins(self, table: str) -> None:
        """The insert into this table is about to be made."""

    def ended(self, table: str) -> None:
        """The insert into this table was made."""


def _watch_inserts(flush: _Flush) -> None:
    from sinks.chdb_store import Chdb
    from sinks.clickhouse import ClickHouse

    def before(_: Any, table: str, *rest: Any) -> None:
        flush.begins(table)
        flush.tables.add(table)

    def after(_: Any, table: str, *rest: Any) -> None:
        flush.ended(table)
        if table == "sink_positions":
            flush.tables.clear()

    for store in (ClickHouse, Chdb):
        _around(store, "insert", before=before, after=after)


def _before_insert(reach: Reach) -> None:
    class BeforeAnyRow(_Flush):
        def begins(self, table: str) -> None:
            if table == "events" and table not in self.tables:
                reach()

    _watch_inserts(BeforeAnyRow())


def _between_inserts(reach: Reach) -> None:
    class EventsAlone(_Flush):
        def begins(self, table: str) -> None:
            if table == "cells" and "events" in self.tables:
                reach()

    _watch_inserts(EventsAlone())


def _after_insert(reach: Reach) -> None:
    class RowsWithoutPositions(_Flush):
        def begins(self, table: str) -> None:
            if table == "sink_positions" and self.tables:
                reach()

    _watch_inserts(RowsWithoutPositions())


def _after_positions(reach: Reach) -> None:
    class NotYetInKafka(_Flush):
        def ended(self, table: str) -> None:
            if table == "sink_positions":
                reach()

    _watch_inserts(NotYetInKafka())


# --- analyse


def _after_history(reach: Reach) -> None:
    from streams.live import history

    _around(history, "load_adjustments", after=lambda *_: reach())


POINTS: dict[str, Callable[[Reach], None]] = {
    "aggregate.before_publish": _before_publish,
    "aggregate.after_publish": _after_publish,
    "aggregate.close_before_publish": _close_before_publish,
    "aggregate.close_after_publish": _close_after_publish,
    "aggregate.after_commit": _after_commit,
    "aggregate.on_revoke": _on_revoke,
    "aggregate.in_re_read": _in_re_read,
    "sink.before_insert": _before_insert,
    "sink.between_inserts": _between_inserts,
    "sink.after_insert": _after_insert,
    "sink.after_positions": _after_positions,
    "analyse.after_history": _after_history,
}
"""after_publish: acknowledged, not committed. close_*: the same two, of the last cells of panes that have closed.
in_re_read: below the note's `read`, where nothing is given out. between_inserts: events are written, cells are not.
after_insert: all rows, no positions. after_positions: in the store, not in Kafka."""


def points_of(role: str) -> list[str]:
    """The points of a role, in their order."""
    return [name for name in POINTS if name.startswith(f"{role}.")]
