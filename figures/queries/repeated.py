"""What became of raw rows whose id stands in several places: as the view `repeats` says, for the ids of a span alone.

The view looks at all ids that there are, however few are asked for; here the store finds those by their key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from runtime.log import OffsetRange, Place
from schemas.control import PANE
from sinks.store import Store

Spot = tuple[str, int, int]
"""Log, partition and offset."""


class Judged:
    """Up to where partitions are judged, and what of them never was, when it was asked. Blocks on the store."""

    def __init__(self, store: Store) -> None:
        self._read = {
            Place(log, topic, int(partition)): int(read)
            for log, topic, partition, read in store.query("SELECT log, topic, partition, read FROM progress_latest")
        }
        self._seams: dict[Place, set[tuple[int, int]]] = defaultdict(set)
        for log, topic, partition, start, end in store.query(
            "SELECT DISTINCT log, topic, partition, start_offset, end_offset FROM seams"
        ):
            self._seams[Place(log, topic, int(partition))].add((int(start), int(end)))

    def lost(self) -> dict[Place, OffsetRange]:
        """Of each partition that has lost records the offsets from the first to the last of them."""
        found = {place: [seam for seam in seams if seam[0] < seam[1]] for place, seams in self._seams.items()}
        return {
            place: OffsetRange(min(start for start, _ in seams), max(end for _, end in seams))
            for place, seams in found.items()
            if seams
        }

    def verdict(self, place: Place, offset: int) -> str | None:
        """`lost` or `pending`; None where the record is judged."""
        if any(start <= offset < end for start, end in self._seams.get(place, ())):
            return "lost"
        return None if offset < self._read.get(place, 0) else "pending"

    def era(self, place: Place, offset: int) -> int:
        """How often, before this record, judging had begun anew to know ids."""
        return sum(end <= offset for _, end in self._seams.get(place, ()))


class _Row(NamedTuple):
    place: Place
    offset: int
    name: tuple[str, str]
    """Source and id."""
    time: int
    late: bool

    @property
    def spot(self) -> Spot:
        return self.place.log, self.place.partition, self.offset


def repeats(store: Store, condition: str, judged: Judged) -> dict[Spot, tuple[str, bool]]:
    """Of each row of an id that has a row under `condition` the verdict that aggregate gave (counted, late or
    duplicate), and whether it is the one that counts. Rows that are not judged, or dead, are none. Blocks on the store.
    """
    rows = [row for row in _rows(store, condition) if judged.verdict(row.place, row.offset) is None]
    first: dict[tuple[str, str], Spot] = {}
    counted: dict[tuple[object, ...], int] = {}
    for row in rows:
        first[row.name] = min(first.get(row.name, row.spot), row.spot)
        if not row.late:
            cell = _cell(row, judged)
            counted[cell] = min(counted.get(cell, row.offset), row.offset)
    return {row.spot: (_verdict(row, counted, judged), row.spot == first[row.name]) for row in rows}


def _verdict(row: _Row, counted: dict[tuple[object, ...], int], judged: Judged) -> str:
    if row.late:
        return "late"
    return "duplicate" if row.offset > counted[_cell(row, judged)] else "counted"


def _cell(row: _Row, judged: Judged) -> tuple[object, ...]:
    """Within it one row of an id is counted, the first."""
    return row.place, row.name, row.time // PANE, judged.era(row.place, row.offset)


def _rows(store: Store, condition: str) -> Iterator[_Row]:
    places = "SELECT log, topic, partition, offset FROM"
    named = f"(source, id) IN (SELECT source, id FROM repeated_events WHERE {condition})"
    for log, topic, partition, offset, source, name, time, late in store.query(
        "SELECT log, topic, partition, offset, source, id, toUInt32(time) AS at,"
        f" (log, topic, partition, offset) IN ({places} corrections WHERE verdict = 'late' AND {named}) AS late"
        f" FROM repeated_events FINAL WHERE {named}"
        f" AND (log, topic, partition, offset) NOT IN ({places} dead_letters)"
    ):
        yield _Row(Place(log, topic, int(partition)), int(offset), (source, name), int(time), bool(late))
