"""What the store knows, brought into the live state: positions and clocks, cells, adjustments.

Every part can be read again at any time: cells are absolute and versioned, adjustments replace the earlier
ones. Positions are read before what they vouch for.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from runtime import deployment
from runtime.errors import Unreachable
from runtime.settings import Settings
from schemas.live import NO_SINK
from schemas.records import Progress
from sinks import dims
from sinks.migrate import refuse_newer
from sinks.store import ResultRow, Store
from sinks.store_factory import chdb_path, open_store
from streams.live.ahead import ahead
from streams.live.plan import Shown
from streams.live.state import CityState, History, Identity, LiveState

MOST_CELLS = 200_000
"""Of one question, where it is of several types: few enough for memory."""


def reach(settings: Settings) -> Store:
    """The store, without ever becoming its owner. Raises Unreachable while the sink of an embedded one is
    away, NewerStore where a newer version has been at it.
    """
    if chdb_path(settings) is None:
        return open_store(settings)
    from sinks.remote import Remote

    running = deployment.read(settings)
    if running is None or running.store is None:
        raise Unreachable(f"{NO_SINK}; start `citywatch up`")
    remote = Remote(running.store)
    try:
        refuse_newer(remote)
    except BaseException:
        remote.close()
        raise
    return remote


def progress(store: Store) -> list[Progress]:
    """How far each partition was judged when the store last heard of it."""
    rows = store.query(
        "SELECT log, topic, partition, read, counted, late, duplicates, dead, clocks, boundaries FROM progress_latest"
    )
    return [
        Progress(
            log=log,
            topic=topic,
            partition=int(partition),
            read=int(read),
            counted=int(counted),
            late=int(late),
            duplicates=int(duplicates),
            dead=int(dead),
            clocks=json.loads(clocks),
            boundaries=json.loads(boundaries),
            open_panes=0,
            bytes=0,
        )
        for log, topic, partition, read, counted, late, duplicates, dead, clocks, boundaries in rows
    ]


def load_cells(store: Store, state: LiveState) -> None:
    """All cells that the gauges of each city can reach. Blocks on the store; the lock is held only to take them."""
    there = {
        (source, kind): int(number)
        for source, kind, number in store.query("SELECT source, type, count() FROM cells GROUP BY source, type")
    }
    questions = [(city, alike) for city in state.every for alike in _alike(city, there)]
    with state.lock:
        floors = {city.city.name: city.floor for city in state.every}
    for (city, alike), rows in ahead((each, _cells(store, *each, floors[each[0].city.name])) for each in questions):
        of_type: dict[str, list[ResultRow]] = defaultdict(list)
        for kind, *row in rows:
            of_type[kind].append(tuple(row))
        rows.clear()
        for shown in alike:
            history = _history(of_type.pop(shown.type, []), shown)
            with state.lock:
                city.load(shown.type, history)


def _alike(city: CityState, there: Mapping[tuple[str, str], int]) -> Iterator[list[Shown]]:
    """Types with the same columns, to be asked for at once, of about so many cells: a question costs an old server as
    much as ten thousand of them."""
    alike: dict[tuple[int, ...], tuple[list[Shown], int]] = {}
    for shown in city.shown.values():
        number = sum(there.get((source, shown.type), 0) for source in city.city.sources)
        if not number:
            continue
        found, cells = alike.get(shown.columns, ([], 0))
        if found and cells + number > MOST_CELLS:
            yield found
            found, cells = [], 0
        alike[shown.columns] = [*found, shown], cells + number
    yield from (found for found, _ in alike.values())


def load_adjustments(store: Store, state: LiveState) -> None:
    """All adjustments that the gauges can reach, and the number of unmatched restatements. Blocks on the
    store.
    """
    rows: dict[str, list[ResultRow]] = defaultdict(list)
    for row in _adjustments(store, state):
        rows[row[0]].append(row)
    unmatched = int(store.query("SELECT count() FROM unmatched")[0][0])
    with state.lock:
        for city in state.every:
            for shown in city.shown.values():
                city.adjust(shown.type, _history(_of(rows.get(shown.type, []), city, shown), shown))
        state.unmatched = unmatched


def _cells(store: Store, city: CityState, alike: Sequence[Shown], floor: int) -> list[ResultRow]:
    """Per identity: type, then what `_history` takes. alike: types with the same columns."""
    return store.query(
        f"SELECT type, log, topic, partition, source, {dims.SQL}, "
        f"groupArray(toUInt32(pane)), groupArray(version), groupArray(count){_arrays(alike[0])} "
        "FROM cells WHERE source IN %(sources)s AND type IN %(types)s AND pane >= toDateTime(%(floor)s) "
        f"GROUP BY type, log, topic, partition, source, {dims.SQL}",
        {"sources": sorted(city.city.sources), "types": [shown.type for shown in alike], "floor": floor},
    )


def _adjustments(store: Store, state: LiveState) -> list[ResultRow]:
    """Per identity: type, source, codes, and arrays of panes, counts and values."""
    with state.lock:
        floor = min((city.floor for city in state.every), default=0)
    return store.query(
        f"SELECT type, source, {dims.SQL}, groupArray(at), groupArray(total), groupArray(numbers) "
        f"FROM (SELECT type, source, {dims.SQL}, toUInt32(pane) AS at, "
        "sum(count) AS total, sumForEach(values) AS numbers "
        "FROM adjustments WHERE pane >= toDateTime(%(floor)s) "
        f"GROUP BY type, source, {dims.SQL}, at) GROUP BY type, source, {dims.SQL}",
        {"floor": floor},
    )


def _of(adjustments: list[ResultRow], city: CityState, shown: Shown) -> list[ResultRow]:
    """Those of one type that are of the city, in the columns of `_cells`."""
    return [
        (
            *("", "", 0, source, *columns, panes, [0] * len(panes), totals),
            *([_at(values, column) for values in numbers] for column in shown.columns),
        )
        for _, source, *columns, panes, totals, numbers in adjustments
        if source in city.city.sources
    ]


def _arrays(shown: Shown) -> str:
    return "".join(f", groupArray(values[{column + 1}])" for column in shown.columns)


def _history(rows: list[ResultRow], shown: Shown) -> History:
    identities: list[Identity] = [
        (row[0], row[1], int(row[2]), row[3], dims.codes(shown.event, *row[4:8])) for row in rows
    ]
    sizes = [len(row[8]) for row in rows]
    return History(
        identities=identities,
        which=np.repeat(np.arange(len(rows)), sizes),
        panes=_joined((row[8] for row in rows), sum(sizes)),
        versions=_joined((row[9] for row in rows), sum(sizes)),
        numbers=np.array(
            [_joined((row[10 + at] for row in rows), sum(sizes)) for at in range(shown.width)], np.float64
        ),
    )


def _at(values: Sequence[int], column: int) -> int:
    """A number that the type has got since is 0 in rows from before."""
    return values[column] if column < len(values) else 0


def _joined(arrays: Iterable[list[int]], size: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.fromiter(chain.from_iterable(arrays), np.int64, size)
