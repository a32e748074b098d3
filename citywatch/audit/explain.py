"""Where the store and the verdicts differ: which rows, in which offsets of which partition.

The verdicts of each partition tell how many rows there have to be. Where there are others, states in balance that the
sink wrote down narrow the range; then the log itself names raw rows and dead letters, and raw rows name cells.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from citywatch.audit.moment import durable_moment
from runtime.log import OffsetRange, Place, Record, extents, read
from runtime.settings import Settings
from schemas.accept import Refused, accept
from schemas.topics import INPUTS
from sinks.accounts import (
    CELLS,
    DEAD,
    RAW,
    RESTATING,
    Difference,
    Range,
    Verdicts,
    differences,
    known_states,
    never_judged,
    oldest_raw,
    rows_in,
    verdicts,
)
from sinks.bind import literal
from sinks.repeats import RESTATING as RESTATING_TYPES
from sinks.store import Store

DAY = 86_400
EXPIRES = (20, 1)
"""From this version of the engine on raw rows go by age."""
SHOWN = 20
"""Ranges of one kind that are named for a partition; the rest are counted in one more."""

RAW_ROWS = "raw rows"


class Explanation(Struct, frozen=True):
    """Rows of one kind that are missing, or too many, at offsets in [from_offset, to_offset)."""

    topic: str
    partition: int
    from_offset: int
    to_offset: int
    what: str
    missing: int
    too_many: int

    @property
    def told(self) -> str:
        """As one line."""
        number, sort = (self.missing, "missing") if self.missing else (self.too_many, "too many")
        return (
            f"{self.topic} {self.partition} offsets [{self.from_offset}, {self.to_offset}): {number} {self.what} {sort}"
        )


class _Seen(NamedTuple):
    """What is asked about one place: its verdicts now, and from which offset on raw rows have to be there."""

    now: Verdicts
    raw_from: int
    cells: int | None


def explain(settings: Settings, store: Store) -> list[Explanation]:
    """Every difference between verdicts and rows, as narrow as it can be told. Blocks; reads the log only where
    something differs. Raises Unreachable, CheckFailed when the sink is not there."""
    unjudged = never_judged(store)
    there = extents(settings, INPUTS)
    found: list[Explanation] = []
    for place, seen in _seen(settings, store, there).items():
        each_kind = list(_narrowed(store, place, seen, unjudged))
        letters = {(each.begin, each.end) for each in each_kind if each.what == DEAD}
        for each in each_kind:
            named = list(_exactly(settings, store, there, each, unjudged.get(place, ())))
            if not named and not (each.what == RAW and (each.begin, each.end) in letters):
                named = [_unnamed(each)]
            found += named
    return found


def _seen(settings: Settings, store: Store, there: Mapping[Place, OffsetRange]) -> dict[Place, _Seen]:
    now = verdicts(store)
    moment = durable_moment(settings, store)  # from here on all rows below `now` are stored
    horizon = int(time.time()) - (settings.keep_raw - 1) * DAY if store.version >= EXPIRES else 0
    seen = {}
    for place, at in now.items():
        known = Place(*place)
        oldest = oldest_raw(store, place, 0, at.read)
        kept = known in there and (oldest is None or oldest > horizon)
        at_rest = moment.cuts.get(known) == at.read
        cells = moment.records.get(known, 0) if at_rest else None
        seen[known] = _Seen(at, there[known].begin if kept else at.read, cells)
    return seen


def _narrowed(
    store: Store, place: Place, seen: _Seen, unjudged: Mapping[tuple[str, str, int], Sequence[Range]]
) -> Iterator[Difference]:
    """Differences of the whole place, each cut at the states that were in balance once."""
    whole = rows_in(store, {place: (0, seen.now.read)}, unjudged)[place]
    now = seen.now._replace(restating=whole.restating)
    raw = seen.raw_from == 0
    off = {each.what for each in differences(place, Verdicts(0), now, whole, raw)}
    if seen.cells is not None and seen.cells + whole.restating != now.counted:
        yield Difference(place, 0, now.read, CELLS, now.counted, seen.cells + whole.restating)
    older_ones = (known.verdicts for known in known_states(store, place) if known.verdicts.read < now.read)
    states = [Verdicts(0), *older_ones, now]
    if not off and raw:
        return
    for older, newer in pairwise(states):
        looked = older.read >= seen.raw_from
        if not off and not looked:
            continue
        rows = rows_in(store, {place: (older.read, newer.read)}, unjudged)[place]
        yield from (each for each in differences(place, older, newer, rows, looked) if each.what != RESTATING)


def _exactly(
    settings: Settings, store: Store, there: Mapping[Place, OffsetRange], each: Difference, unjudged: Sequence[Range]
) -> Iterator[Explanation]:
    place = Place(*each.place)
    if each.what == CELLS:
        yield from _cells(store, place, each.end, unjudged)
    elif each.what in (RAW, DEAD) and place in there:
        begin = max(each.begin, there[place].begin)
        yield from _rows(settings, store, place, begin, each.end, each.what, unjudged)


def _unnamed(each: Difference) -> Explanation:
    """As narrow as the verdicts tell it."""
    short, over = max(0, each.expected - each.found), max(0, each.found - each.expected)
    return Explanation(*each.place[1:], each.begin, each.end, each.what, short, over)


class _Wanted:
    """Which offsets of the log have to have a raw row, and which a dead letter, as validation judges them."""

    def __init__(self) -> None:
        self.accepted: set[int] = set()
        self.refused: set[int] = set()

    def visit(self, place: Place, records: Sequence[Record]) -> None:
        for record in records:
            try:
                control = accept(record.value).is_control
            except Refused:
                self.refused.add(record.offset)
                continue
            if not control:
                self.accepted.add(record.offset)


def _rows(
    settings: Settings, store: Store, place: Place, begin: int, end: int, what: str, unjudged: Sequence[Range]
) -> Iterator[Explanation]:
    wanted = _Wanted()
    read(settings, {place: OffsetRange(begin, end)}, wanted.visit)

    def judged(offset: int) -> bool:
        return not any(start <= offset < stop for start, stop in unjudged)

    table, offsets = ("events", wanted.accepted) if what == RAW else ("dead_letters", wanted.refused)
    within = f"{_at(place)} AND offset >= {begin} AND offset < {end}"
    found = {int(offset) for (offset,) in store.query(f"SELECT DISTINCT offset FROM {table} WHERE {within}")}
    name = RAW_ROWS if what == RAW else DEAD
    missing = sorted(filter(judged, offsets - found))
    # a dead letter of the core's own (future, undeclared) is of a valid record: only raw rows can be too many
    surplus = sorted(filter(judged, found - offsets)) if what == RAW else []
    for start, stop, number in _runs(missing):
        yield Explanation(*place[1:], start, stop, name, number, 0)
    for start, stop, number in _runs(surplus):
        yield Explanation(*place[1:], start, stop, name, 0, number)


def _cells(store: Store, place: Place, end: int, unjudged: Sequence[Range]) -> Iterator[Explanation]:
    """Panes whose cells hold fewer records than raw rows were counted in them, or more."""
    outside = "".join(f" AND NOT (offset >= {start} AND offset < {stop})" for start, stop in unjudged)
    rows = store.query(
        "SELECT source, intDiv(toUInt32(time), 300) * 300 AS start, uniqExact(id), min(offset), max(offset)"
        f" FROM events WHERE {_at(place)} AND offset < {end}{outside} AND type NOT IN {literal(RESTATING_TYPES)}"
        f" AND offset NOT IN (SELECT offset FROM corrections WHERE {_at(place)} AND verdict = 'late')"
        f" AND offset NOT IN (SELECT offset FROM dead_letters WHERE {_at(place)}) GROUP BY source, start"
    )
    held = {
        (source, int(start)): int(records)
        for source, start, records in store.query(
            "SELECT source, toUInt32(pane) AS start, sum(records)"
            f" FROM cells FINAL WHERE {_at(place)} GROUP BY source, start"
        )
    }
    for source, start, counted, first, last in sorted(rows, key=lambda row: (int(row[1]), row[0])):
        there = held.pop((source, int(start)), 0)
        if there != int(counted):
            at = datetime.fromtimestamp(int(start), UTC).strftime("%Y-%m-%dT%H:%MZ")
            what = f"records in cells of {source} at {at}"
            missing, too_many = max(0, int(counted) - there), max(0, there - int(counted))
            yield Explanation(*place[1:], int(first), int(last) + 1, what, missing, too_many)


def _runs(offsets: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Start, end and number of neighbours; beyond `SHOWN` of them all the rest as one."""
    runs: list[list[int]] = []
    for offset in offsets:
        if runs and (offset == runs[-1][1] or len(runs) > SHOWN):
            runs[-1][1:] = [offset + 1, runs[-1][2] + 1]
        else:
            runs.append([offset, offset + 1, 1])
    yield from ((start, end, number) for start, end, number in runs)


def _at(place: Place) -> str:
    return f"log = {literal(place.log)} AND topic = {literal(place.topic)} AND partition = {place.partition}"
