"""What the store knows of subjects, brought into the live map: the judged rows of steps, and of what restates them.

May be read again at any time: a row that is there already changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from msgspec.json import Decoder

from figures.periods import Period
from figures.queries.parts import parts, within
from runtime.log import LogPartition, Place
from schemas.envelope import CountedEvent
from schemas.families import LIFECYCLES, TYPES
from schemas.lifecycle import OWN
from schemas.records import Step
from schemas.steps import step_of
from sinks.bind import literal
from sinks.store import ResultRow, Store
from streams.live.ahead import ahead
from streams.live.handover import TOPICS
from streams.live.state import LiveState
from streams.live.subjects import MOST_UNSEEN, Name
from streams.live.uncounted import Uncounted

FIRST_ROWS, MOST_ROWS = 20_000, 50_000
"""Rows of one question: few enough for memory."""

_ALL_TIME = Period(0, 4_102_444_800)
_MOST_CROWDED = 1_000
"""Subjects and types, those with the most rows, whose rows in the middle are left out: few enough for one question."""

_AT_ONCE = 1_000
"""Subjects of one question that names them: a server reads 262,144 bytes of a statement."""

_NAME = "cityHash64(source, subject, type)"
_MOST = 2 * MOST_UNSEEN
"""The last rows of a subject and type that are read: more than are kept of it."""


def load_subjects(store: Store, state: LiveState, positions: Mapping[LogPartition, int]) -> None:
    """All judged rows of steps below these positions of the sink, without those that were taken before. Blocks on the
    store; the lock is held only to take them, a part at a time."""
    ends = _ends(store, positions)
    uncounted = Uncounted(store)  # after the ends: it has all below them
    for topic, rows in ahead(_parts(store, state, ends, uncounted)):
        steps = list(_steps(topic, rows, uncounted))
        rows.clear()
        with state.lock:
            for step in steps:
                state.subjects.take(step)
    with state.lock:
        state.handover.loaded.update(ends)
        state.subjects.forget()


def _parts(
    store: Store, state: LiveState, ends: Mapping[LogPartition, int], uncounted: Uncounted
) -> Iterator[tuple[str, list[ResultRow]]]:
    """Topics, each with rows of it as `_rows` gives them, a part at a time."""
    sources = literal(sorted(state.by_source))
    with state.lock:
        middle_is_kept = state.subjects.is_looked_at
    for topic in sorted({topic for _, topic, _ in ends}):
        spans = _not_taken({place: end for place, end in ends.items() if place[1] == topic}, state.handover.loaded)
        for kinds, is_by_subject in _kinds(topic):
            of_kinds = f"topic = {literal(topic)} AND type IN {literal(kinds)} AND source IN {sources} AND ({spans})"
            if is_by_subject and not middle_is_kept:
                of_kinds += _not_between(store, of_kinds, topic, uncounted)
            for part in parts(store, "events", "time", of_kinds, _ALL_TIME, FIRST_ROWS, MOST_ROWS):
                yield topic, _rows(store, f"{of_kinds} AND {within('time', part)}")


def _not_between(store: Store, condition: str, topic: str, uncounted: Uncounted) -> str:
    """In SQL, to be added to the condition: without what stands between the first and the last rows of a subject and
    type. A sensor that says every hour that it is there has thousands, and none of them is kept before somebody has
    looked. Counted are moments that differ, for a row that was stored again is there twice until it is merged, and
    none of lost rows."""
    first, last = 1 + uncounted.most, _MOST + uncounted.most
    names = store.query(
        f"SELECT {_NAME} AS name, count() AS number FROM events WHERE {condition}"
        f" GROUP BY name HAVING number > {first + last} ORDER BY number DESC LIMIT {_MOST_CROWDED}"
    )
    if not names:
        return ""
    lost = " OR ".join(
        _in_span(place.log, place.partition, at.begin, at.end)
        for place, at in uncounted.lost.items()
        if place.topic == topic
    )
    crowded = store.query(
        f"SELECT name, times[{first}], times[length(times) - {last - 1}] FROM ("
        f"SELECT {_NAME} AS name, arraySort(groupUniqArray(toUInt32(time))) AS times FROM events"
        f" WHERE {condition} AND {_NAME} IN ({_numbers(name for name, _ in names)}) AND payload != ''"
        f" AND NOT ({lost or 0})"
        f" GROUP BY name) WHERE length(times) > {first + last}"
    )
    if not crowded:
        return ""
    subjects, begins, ends = (f"[{_numbers(column)}]" for column in zip(*crowded, strict=True))
    return (
        f" AND (toUInt32(time) >= transform({_NAME}, {subjects}, {ends}, toUInt32(0))"
        f" OR toUInt32(time) <= transform({_NAME}, {subjects}, {begins}, toUInt32(0)))"
    )


def _numbers(column: Iterable[Any]) -> str:
    return ", ".join(str(int(each)) for each in column)


def load_again(store: Store, state: LiveState, positions: Mapping[LogPartition, int], names: Collection[Name]) -> None:
    """The rows of some subjects that were left out, as `load_subjects`: all that somebody has yet to look at, and of
    the older ones the first and the last. Where fields of the payload name them nothing is loaded."""
    if not names:
        return
    ends = _ends(store, positions)
    uncounted = Uncounted(store)
    of_life: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for life_name, source, subject in names:
        of_life[life_name].add((source, subject))
    asked = [
        (life_name, every[at : at + _AT_ONCE])
        for life_name, every in ((name, sorted(subjects)) for name, subjects in of_life.items())
        for at in range(0, len(every), _AT_ONCE)
    ]
    for life_name, subjects in asked:
        life = state.subjects.lives[life_name]
        if life.named_by == OWN:
            kinds = literal([*life.steps, *(each.name for each in life.restating)])
            spans = _not_taken({place: end for place, end in ends.items() if place[1] == life.topic}, {})
            condition = (
                f"topic = {literal(life.topic)} AND type IN {kinds} AND (source, subject) IN"
                f" {literal(subjects)} AND ({spans})"
            )
            with state.lock:
                needed = min(state.subjects.needed_from((life_name, *each)) for each in subjects)
            older = f"toUInt32(time) < {needed}"
            if without := _not_between(store, f"{condition} AND {older}", life.topic, uncounted):
                condition += f" AND (NOT ({older}) OR (1{without}))"
            for part in parts(store, "events", "time", condition, _ALL_TIME, MOST_ROWS, MOST_ROWS):
                steps = list(_steps(life.topic, _rows(store, f"{condition} AND {within('time', part)}"), uncounted))
                with state.lock:
                    for step in steps:
                        state.subjects.take(step, life)


def _ends(store: Store, positions: Mapping[LogPartition, int]) -> dict[LogPartition, int]:
    """Of each partition up to where all is there that says which of its rows count: they are stored and judged, and so
    are the dead letters among them. A partition of which some lack is left out: they are on their way."""
    topics = literal(sorted(TOPICS))
    reads = {
        (log, topic, int(partition)): (int(read), int(dead))
        for log, topic, partition, read, dead in store.query(
            f"SELECT log, topic, partition, read, dead FROM progress_latest WHERE topic IN {topics}"
        )
    }
    below = " OR ".join(
        f"(log = {literal(log)} AND topic = {literal(topic)} AND partition = {partition} AND offset < {read})"
        for (log, topic, partition), (read, dead) in reads.items()
        if dead
    )
    letters: dict[LogPartition, int] = {}
    if below:
        for log, topic, partition, number in store.query(
            "SELECT log, topic, partition, uniqExact(offset) FROM dead_letters"
            f" WHERE {below} GROUP BY log, topic, partition"
        ):
            letters[log, topic, int(partition)] = int(number)
    return {
        place: min(read, positions.get(place, 0))
        for place, (read, dead) in reads.items()
        if letters.get(place, 0) >= dead
    }


def _not_taken(ends: Mapping[LogPartition, int], taken: Mapping[LogPartition, int]) -> str:
    spans = [_in_span(place[0], place[2], taken.get(place, 0), end) for place, end in ends.items()]
    return " OR ".join(spans) or "0"


def _in_span(log: str, partition: int, begin: int, end: int) -> str:
    """In SQL, of the rows of one topic: offsets `[begin, end)` of a partition."""
    return f"(log = {literal(log)} AND partition = {partition} AND offset >= {begin} AND offset < {end})"


def _kinds(topic: str) -> Iterator[tuple[list[str], bool]]:
    """Types to read together; and whether (source, subject) names their subjects, so that rows can be left out."""
    named: dict[str, bool] = {}
    for life in LIFECYCLES.values():
        if life.topic == topic:
            for each in (*life.types, *life.restating):
                named[each.name] = named.get(each.name, True) and life.named_by == OWN
    for is_by_subject in (True, False):
        if kinds := sorted(name for name, by_subject in named.items() if by_subject == is_by_subject):
            yield kinds, is_by_subject


def _rows(store: Store, condition: str) -> list[ResultRow]:
    """Log, partition, offset, time, type and payload."""
    return store.query(
        f"SELECT log, partition, offset, toUInt32(time), type, payload FROM events WHERE {condition} AND payload != ''"
    )


def _steps(topic: str, rows: Sequence[ResultRow], uncounted: Uncounted) -> Iterator[Step]:
    """Those that count, in the order of time: each goes to the end of what is held."""
    for log, partition, offset, time, kind, payload in sorted(rows, key=itemgetter(3)):
        if not uncounted.has(Place(log, topic, int(partition)), int(offset)):
            yield step_of(log, topic, int(partition), int(offset), _decoder(kind).decode(payload), int(time))


@cache
def _decoder(kind: str) -> Decoder[CountedEvent]:
    return Decoder(TYPES[kind].kind)
