"""What the store holds of a range of offsets, beside what the verdicts say it has to hold.

Of each input record that got a verdict something stands in the store: a raw row where it was accepted, a dead
letter where it was refused, a correction where it was late or restates another; and every counted record is in a
cell or in a correction. So the counts of two progress records tell how many rows stand between their offsets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from runtime.log import LogPartition
from sinks.bind import literal
from sinks.store import Store

Range = tuple[int, int]
"""First offset, and the offset behind the last."""

CHUNK = 500_000
"""Offsets that one statement looks at: bounded memory in the store, however long the range is."""

BUCKET = 6 * 3600
"""Seconds of event time whose cells are summed together."""

RAW, DEAD, LATE, RESTATING, CELLS = (
    "raw rows or dead letters",
    "dead letters",
    "corrections of late events",
    "corrections of re-codings and cancellations",
    "counted records in cells and in re-codings",
)


class Verdicts(NamedTuple):
    """Verdicts over the whole log below `read`. `restating`: the counted ones that no cell holds."""

    read: int
    counted: int = 0
    late: int = 0
    duplicates: int = 0
    dead: int = 0
    restating: int = 0

    @property
    def all(self) -> int:
        return self.counted + self.late + self.duplicates + self.dead


class Known(NamedTuple):
    """A state that was in balance, as it was written down. `oldest`: see the table `audits`."""

    verdicts: Verdicts
    oldest: int


class Found(NamedTuple):
    """Rows of one range, each offset once. `kept`: offsets with a raw row, a dead letter, or both."""

    kept: int = 0
    dead: int = 0
    late: int = 0
    restating: int = 0


class Difference(NamedTuple):
    """Where the store does not hold what the verdicts say, in records of one kind in one range of offsets."""

    place: LogPartition
    begin: int
    end: int
    what: str
    expected: int
    found: int

    @property
    def told(self) -> str:
        """In words, with topic, partition and range."""
        _, topic, partition = self.place
        number = abs(self.expected - self.found)
        sort = "missing" if self.found < self.expected else "too many"
        return f"{topic}/{partition} [{self.begin}, {self.end}): {number} {self.what} {sort}"


def verdicts(store: Store) -> dict[LogPartition, Verdicts]:
    """Of each place, as its furthest progress tells."""
    rows = store.query("SELECT log, topic, partition, read, counted, late, duplicates, dead FROM progress_latest")
    return {(log, topic, int(partition)): Verdicts(*map(int, numbers)) for log, topic, partition, *numbers in rows}


def known_states(store: Store, place: LogPartition) -> list[Known]:
    """Of one place, in their order."""
    log, topic, partition = place
    rows = store.query(
        "SELECT read, counted, late, duplicates, dead, restating, toUInt32(oldest) FROM audits FINAL"
        f" WHERE log = {literal(log)} AND topic = {literal(topic)} AND partition = {partition} ORDER BY read"
    )
    return [Known(Verdicts(*map(int, numbers)), int(oldest)) for *numbers, oldest in rows]


def never_judged(store: Store) -> dict[LogPartition, list[Range]]:
    """Ranges without verdicts, by place: records there may have rows and count for nothing."""
    found: dict[LogPartition, list[Range]] = {}
    rows = store.query(
        "SELECT DISTINCT log, topic, partition, start_offset, end_offset FROM seams WHERE start_offset < end_offset"
    )
    for log, topic, partition, start, end in rows:
        found.setdefault((log, topic, int(partition)), []).append((int(start), int(end)))
    return found


def rows_in(
    store: Store, ranges: Mapping[LogPartition, Range], unjudged: Mapping[LogPartition, Sequence[Range]]
) -> dict[LogPartition, Found]:
    """What stands in a range of each place, outside what was never judged. Blocks; three statements for each half a
    million offsets."""
    found = dict.fromkeys(ranges, Found())
    for some in _chunks(ranges):
        where = " OR ".join(_within(place, begin, end, unjudged.get(place, ())) for place, (begin, end) in some.items())
        place = "log, topic, partition"
        kept = store.query(
            f"SELECT {place}, uniqExact(offset) FROM ("
            f"SELECT {place}, offset FROM events WHERE {where}"
            f" UNION ALL SELECT {place}, offset FROM dead_letters WHERE {where}) GROUP BY {place}"
        )
        dead = store.query(f"SELECT {place}, uniqExact(offset) FROM dead_letters WHERE {where} GROUP BY {place}")
        corrections = store.query(
            f"SELECT {place}, uniqExactIf(offset, verdict = 'late'), uniqExactIf(offset, verdict != 'late')"
            f" FROM corrections WHERE {where} GROUP BY {place}"
        )
        for log, topic, partition, number in kept:
            found[log, topic, int(partition)] = _plus(found[log, topic, int(partition)], kept=number)
        for log, topic, partition, number in dead:
            found[log, topic, int(partition)] = _plus(found[log, topic, int(partition)], dead=number)
        for log, topic, partition, late, restating in corrections:
            at = (log, topic, int(partition))
            found[at] = _plus(found[at], late=late, restating=restating)
    return found


def differences(place: LogPartition, older: Verdicts, newer: Verdicts, found: Found, raw: bool) -> Iterator[Difference]:
    """Rows between two states of a place against their verdicts. `raw`: no raw row of the range is too old to be
    kept."""
    compared = (
        (RAW, newer.all - older.all if raw else found.kept, found.kept),
        (DEAD, newer.dead - older.dead, found.dead),
        (LATE, newer.late - older.late, found.late),
        (RESTATING, newer.restating - older.restating, found.restating),
    )
    for what, expected, there in compared:
        if expected != there:
            yield Difference(place, older.read, newer.read, what, expected, there)


class Sum(NamedTuple):
    """Of the cells of one bucket: the offset of the newest record in them, and how many records they hold."""

    newest: int
    records: int


def oldest_raw(store: Store, place: LogPartition, begin: int, end: int) -> int | None:
    """When the oldest record whose raw row stands in a range arrived, in Unix seconds; None where there is none."""
    ((number, oldest),) = store.query(
        f"SELECT count(), toUInt32(min(received)) FROM events WHERE {_within(place, begin, end)}"
    )
    return int(oldest) if number else None


def buckets_there(store: Store) -> set[int]:
    """Every bucket of event time that has cells. Blocks; reads one column of the table."""
    return {int(bucket) for (bucket,) in store.query(f"SELECT DISTINCT intDiv(toUInt32(pane), {BUCKET}) FROM cells")}


def cells_in(store: Store, buckets: Iterable[int], partitions: Sequence[int]) -> dict[tuple[LogPartition, int], Sum]:
    """By place and bucket, of these partitions. Blocks."""
    where = " OR ".join(
        f"(pane >= toDateTime({first * BUCKET}, 'UTC') AND pane < toDateTime({last * BUCKET + BUCKET}, 'UTC'))"
        for first, last in _runs(buckets)
    )
    if not where or not partitions:
        return {}
    rows = store.query(
        f"SELECT log, topic, partition, intDiv(toUInt32(pane), {BUCKET}) AS bucket, max(version), sum(records)"
        f" FROM cells FINAL WHERE ({where}) AND partition IN {literal(list(partitions))}"
        " GROUP BY log, topic, partition, bucket"
    )
    return {
        ((log, topic, int(partition)), int(bucket)): Sum(int(newest), int(records))
        for log, topic, partition, bucket, newest, records in rows
    }


def _plus(found: Found, **more: int) -> Found:
    return found._replace(**{name: getattr(found, name) + int(number) for name, number in more.items()})


def _within(place: LogPartition, begin: int, end: int, unjudged: Sequence[Range] = ()) -> str:
    log, topic, partition = place
    judged = "".join(
        f" AND NOT (offset >= {start} AND offset < {stop})" for start, stop in unjudged if start < end and stop > begin
    )
    return (
        f"(log = {literal(log)} AND topic = {literal(topic)} AND partition = {partition}"
        f" AND offset >= {begin} AND offset < {end}{judged})"
    )


def _chunks(ranges: Mapping[LogPartition, Range]) -> Iterator[dict[LogPartition, Range]]:
    """Parts of the ranges that hold at most `CHUNK` offsets together."""
    some: dict[LogPartition, Range] = {}
    room = CHUNK
    for place, (begin, end) in ranges.items():
        at = begin
        while at < end:
            step = min(end, at + room)
            some[place] = (at, step)
            room -= step - at
            at = step
            if room == 0:
                yield some
                some, room = {}, CHUNK
    if some:
        yield some


def _runs(buckets: Iterable[int]) -> Iterator[Range]:
    """First and last of each run of neighbours."""
    first = last = None
    for bucket in sorted(set(buckets)):
        if first is None or last is None:
            first = last = bucket
        elif bucket == last + 1:
            last = bucket
        else:
            yield first, last
            first = last = bucket
    if first is not None and last is not None:
        yield first, last
