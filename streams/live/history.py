"""What the store knows, brought into the live state: positions and clocks, cells, adjustments.

Every part can be read again at any time: cells are absolute and versioned, adjustments replace the earlier
ones. Positions are read before what they vouch for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np

from runtime import deployment
from runtime.errors import Unreachable
from runtime.settings import Settings
from schemas.records import Progress
from sinks.opening import chdb_path, open_store
from sinks.store import Row, Store
from streams.live.plan import Family
from streams.live.state import CityState, History, Identity, LiveState, Place


def reach(settings: Settings) -> Store:
    """The store, without ever becoming its owner. Raises Unreachable while the sink of an embedded one is
    away.
    """
    if chdb_path(settings) is None:
        return open_store(settings)
    from sinks.remote import Remote

    running = deployment.read(settings)
    if running is None or running.store is None:
        raise Unreachable("the sink does not run, and with it the embedded store; start `citywatch up`")
    return Remote(running.store)


def sink_positions(store: Store) -> dict[Place, int]:
    """Every record of a partition below its position is in the store."""
    rows = store.query("SELECT log, topic, partition, position FROM positions_latest")
    return {(log, topic, int(partition)): int(position) for log, topic, partition, position in rows}


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
    there = {(source, kind) for source, kind in store.query("SELECT DISTINCT source, type FROM cells")}
    for city in state.cities.values():
        for family in city.families.values():
            if any((source, family.type) in there for source in city.city.sources):
                history = _history(_cells(store, city, family), family)
                with state.lock:
                    city.load(family.type, history)


def load_adjustments(store: Store, state: LiveState) -> None:
    """All adjustments that the gauges can reach, and the number of unmatched restatements. Blocks on the
    store.
    """
    rows = _adjustments(store, state)
    unmatched = int(store.query("SELECT count() FROM unmatched")[0][0])
    with state.lock:
        for city in state.cities.values():
            for family in city.families.values():
                city.adjust(family.type, _history(_of(rows, city, family), family))
        state.unmatched = unmatched


def _cells(store: Store, city: CityState, family: Family) -> list[Row]:
    return store.query(
        "SELECT log, topic, partition, source, beat, category, facet, "
        f"groupArray(toUInt32(pane)), groupArray(version), groupArray(count){_arrays(family)} "
        "FROM cells WHERE source IN %(sources)s AND type = %(type)s AND pane >= toDateTime(%(floor)s) "
        "GROUP BY log, topic, partition, source, beat, category, facet",
        _asked(city, family),
    )


def _adjustments(store: Store, state: LiveState) -> list[Row]:
    """Per identity: type, source, codes, and arrays of panes, counts and values."""
    floor = min((city.floor for city in state.cities.values()), default=0)
    return store.query(
        "SELECT type, source, beat, category, facet, groupArray(at), groupArray(total), groupArray(numbers) "
        "FROM (SELECT type, source, beat, category, facet, toUInt32(pane) AS at, "
        "sum(count) AS total, sumForEach(values) AS numbers "
        "FROM adjustments WHERE pane >= toDateTime(%(floor)s) "
        "GROUP BY type, source, beat, category, facet, at) GROUP BY type, source, beat, category, facet",
        {"floor": floor},
    )


def _of(adjustments: list[Row], city: CityState, family: Family) -> list[Row]:
    """Those of one city and type, in the columns of `_cells`."""
    return [
        (
            *("", "", 0, source, beat, category, facet, panes, [0] * len(panes), totals),
            *([values[column] for values in numbers] for column in family.columns),
        )
        for kind, source, beat, category, facet, panes, totals, numbers in adjustments
        if kind == family.type and source in city.city.sources
    ]


def _arrays(family: Family) -> str:
    return "".join(f", groupArray(values[{column + 1}])" for column in family.columns)


def _asked(city: CityState, family: Family) -> dict[str, object]:
    return {"sources": sorted(city.city.sources), "type": family.type, "floor": city.floor}


def _history(rows: list[Row], family: Family) -> History:
    identities: list[Identity] = [(row[0], row[1], int(row[2]), *row[3:7]) for row in rows]
    sizes = [len(row[7]) for row in rows]
    return History(
        identities=identities,
        which=np.repeat(np.arange(len(rows)), sizes),
        panes=_joined(row[7] for row in rows),
        versions=_joined(row[8] for row in rows),
        numbers=np.array([_joined(row[9 + at] for row in rows) for at in range(family.width)], np.float64),
    )


def _joined(arrays: Iterable[list[int]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.concatenate([np.empty(0, np.int64), *(np.asarray(array, np.int64) for array in arrays)])
