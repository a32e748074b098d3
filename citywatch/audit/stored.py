"""What the store says, row by row, read straight from its tables and views."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from citywatch.audit.reference_verdicts import stripped
from runtime.log import Place
from sinks.bind import literal
from sinks.store import Store

ROWS_AT_ONCE = 100_000

_DIMS = "beat, category, facet, further"
_NOW = "now_beat, now_category, now_facet, now_further"


class Seams(NamedTuple):
    """Where judging of a partition went on from durable cells: `at`. `log_gaps`: never judged, as [start, end)."""

    at: list[int]
    log_gaps: list[tuple[int, int]]


def seams(store: Store) -> dict[Place, Seams]:
    """Of each place that has any; log gaps in order, apart from each other."""
    found: dict[Place, Seams] = {}
    rows = store.query(
        "SELECT DISTINCT log, topic, partition, start_offset, end_offset FROM seams ORDER BY start_offset, end_offset"
    )
    for log, topic, partition, start, end in rows:
        at, log_gaps = found.setdefault(Place(log, topic, int(partition)), Seams([], []))
        at.append(int(end))
        if log_gaps and int(start) <= log_gaps[-1][1]:
            log_gaps[-1] = (log_gaps[-1][0], max(log_gaps[-1][1], int(end)))
        elif start < end:
            log_gaps.append((int(start), int(end)))
    return found


def cell_records(store: Store) -> dict[Place, tuple[int, int]]:
    """Of the cells of each place: the offset of the newest record in them, and how many records they hold."""
    rows = store.query(
        "SELECT log, topic, partition, max(version), sum(records) FROM cells FINAL GROUP BY log, topic, partition"
    )
    return {
        Place(log, topic, int(partition)): (int(version), int(records))
        for log, topic, partition, version, records in rows
    }


def cells(store: Store, place: Place, since: int | None, until: int | None) -> Iterator[tuple[Any, ...]]:
    """(place, source, pane, type, dims), version, records, count, values of each cell of a partition, of the panes in
    [since, until); None is no bound."""
    rows = store.query(
        f"SELECT source, toUInt32(pane), type, {_DIMS}, version, records, count, values"
        f" FROM cells FINAL WHERE {' AND '.join((_at(place), *_within(since, until)))}"
    )
    same = cache(_codes)
    for source, pane, name, first, second, third, further, version, records, count, values in rows:
        key = (place, source, pane, name, same(first, second, third, tuple(further)))
        yield key, int(version), int(records), int(count), stripped(values)


def _within(since: int | None, until: int | None) -> Iterator[str]:
    """In SQL: of the panes in [since, until)."""
    for sign, at in ((">=", since), ("<", until)):
        if at is not None:
            yield f"pane {sign} toDateTime({at})"


def raw_rows(store: Store, place: Place, begin: int, end: int) -> Iterator[tuple[Any, ...]]:
    """Raw rows of [begin, end), in its order: offset, the columns of `reference_verdicts.JudgedEvent` from `source` to
    `unit`, and the payload."""
    for start in range(begin, end, ROWS_AT_ONCE):
        rows = store.query(
            f"SELECT offset, source, id, subject, toUInt32(time), type, {_DIMS}, count, values, {_NOW},"
            " toUInt32(reported_at), unit, payload"
            f" FROM events FINAL WHERE {_at(place)} AND offset >= {start} AND offset < {min(end, start + ROWS_AT_ONCE)}"
        )
        for row in rows:
            yield (*row[:6], _codes(*row[6:10]), row[10], stripped(row[11]), _codes(*row[12:16]), *row[16:])


def dead_letters(store: Store, places: Mapping[Place, int]) -> dict[tuple[Place, int], tuple[str, bool]]:
    """Reason, and whether it was a control record, by place and offset; each place below its offset."""
    rows = _below(store, "reason, control", "dead_letters", places)
    return {(place, offset): (reason, bool(control)) for place, offset, reason, control in rows}


def corrections(store: Store, places: Mapping[Place, int]) -> dict[tuple[Place, int], tuple[Any, ...]]:
    """Verdict and event by place and offset; each place below its offset."""
    found: dict[tuple[Place, int], tuple[Any, ...]] = {}
    columns = f"verdict, source, id, subject, toUInt32(time), type, {_DIMS}, count, values, {_NOW}, moves"
    for (
        place,
        offset,
        *event,
        first,
        second,
        third,
        further,
        count,
        values,
        beat,
        category,
        facet,
        rest,
        moves,
    ) in _below(store, columns, "corrections", places):
        codes = _codes(first, second, third, further)
        now = _now(beat, category, facet, rest, moves)
        found[place, offset] = (*event, codes, count, stripped(values), now)
    return found


def source_gaps(store: Store, places: Mapping[Place, int]) -> dict[tuple[Place, int, str, int], tuple[Any, ...]]:
    """Until, cause, moment and reason by place, offset, source and start; each place below its offset."""
    columns = "source, toUInt32(since), toUInt32(until), cause, toUInt32(at), why"
    return {
        (place, offset, source, int(since)): (int(until), cause, int(at), why)
        for place, offset, source, since, until, cause, at, why in _below(store, columns, "source_gaps", places)
    }


def _below(store: Store, columns: str, table: str, places: Mapping[Place, int]) -> Iterator[tuple[Any, ...]]:
    """Place, offset and columns of the rows of each place below its offset."""
    within = " OR ".join(f"({_at(place)} AND offset < {end})" for place, end in sorted(places.items()))
    for log, topic, partition, offset, *rest in store.query(
        f"SELECT log, topic, partition, offset, {columns} FROM {table} FINAL WHERE {within or '0'}"
    ):
        yield Place(log, topic, int(partition)), int(offset), *rest


def figures(store: Store, since: int | None, until: int | None) -> Iterator[tuple[Any, ...]]:
    """The `figures` view by (source, pane, type, dims), with where its lists put them, of the panes in [since, until);
    None is no bound."""
    within = " AND ".join(_within(since, until)) or "1"
    rows = store.query(
        f"SELECT source, toUInt32(pane) AS start, type, {_DIMS},"
        " sum(records), sum(count), sumForEach(values), any(city), any(sector), any(class), any(node)"
        f" FROM figures WHERE {within} GROUP BY source, start, type, {_DIMS}"
    )
    same, listed = cache(_codes), cache(lambda *names: names)
    for source, start, name, first, second, third, further, records, count, values, *where in rows:
        key = (source, start, name, same(first, second, third, tuple(further)))
        yield key, int(records), int(count), stripped(values), listed(*where)


def _codes(first: str, second: str, third: str, further: Sequence[str]) -> tuple[str, ...]:
    """A row's codes in the order of its type's dimensions."""
    return stripped([first, second, third, *further])


def _now(*columns: Any) -> tuple[tuple[int, str], ...]:
    """The new codes of a re-coding, with the places of their dimensions."""
    first, second, third, further, places = columns
    codes = (first, second, third, *further)
    return tuple((int(place), codes[place - 1] if place <= len(codes) else "") for place in sorted(places))


def _at(place: Place) -> str:
    return f"log = {literal(place.log)} AND topic = {literal(place.topic)} AND partition = {place.partition}"


def correction_verdicts(store: Store) -> Iterator[tuple[Place, int, str]]:
    """Place, offset and verdict of each correction."""
    for log, topic, partition, offset, verdict in store.query(
        "SELECT log, topic, partition, offset, verdict FROM corrections FINAL"
    ):
        yield Place(log, topic, int(partition)), int(offset), verdict


def repeated(store: Store) -> Iterator[tuple[Place, int, str]]:
    """Place, offset and aggregate's verdict of each row that is not the first of its id."""
    for log, topic, partition, offset, verdict in store.query(
        "SELECT log, topic, partition, offset, verdict FROM repeats WHERE NOT first"
    ):
        yield Place(log, topic, int(partition)), int(offset), verdict


def kept_records(store: Store, place: Place, end: int, log_gaps: Collection[tuple[int, int]]) -> tuple[int, int]:
    """Records below an offset, outside the log gaps, that the store has a raw row or a dead letter of, once each; and
    how many more there may have been: before its first raw row, where rows may be gone by age, and where the sink did
    not come to read them."""
    outside = "".join(f" AND NOT (offset >= {start} AND offset < {stop})" for start, stop in log_gaps)
    where = f"{_at(place)} AND offset < {end}{outside}"
    ((number,),) = store.query(
        "SELECT uniqExact(offset) FROM ("
        f"SELECT offset FROM events WHERE {where} UNION ALL SELECT offset FROM dead_letters WHERE {where})"
    )
    ((raw, lowest),) = store.query(f"SELECT count(), min(offset) FROM events WHERE {where}")
    first = int(lowest) if raw else end
    ((dead,),) = store.query(f"SELECT uniqExact(offset) FROM dead_letters WHERE {where} AND offset < {first}")
    room = first - int(dead) - sum(max(0, min(stop, first) - start) for start, stop in log_gaps)
    for start, stop in unread(store).get(place, ()):
        begin, until = max(start, first), min(stop, end)
        ((dead,),) = store.query(
            f"SELECT uniqExact(offset) FROM dead_letters WHERE {where} AND offset >= {begin} AND offset < {until}"
        )
        room += max(0, until - begin) - int(dead)
    return int(number), room


def unread(store: Store) -> dict[Place, list[tuple[int, int]]]:
    """Ranges [start, end) of offsets that were gone before the sink read them, in order."""
    found: dict[Place, list[tuple[int, int]]] = {}
    rows = store.query(
        "SELECT log, topic, partition, start_offset, max(end_offset) FROM unread"
        " GROUP BY log, topic, partition, start_offset ORDER BY start_offset"
    )
    for log, topic, partition, start, end in rows:
        found.setdefault(Place(log, topic, int(partition)), []).append((int(start), int(end)))
    return found
