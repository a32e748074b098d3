"""What the store knows of subjects, brought into the live map: the judged rows of steps, and of what restates them.

May be read again at any time: a row that is there already changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache

from msgspec.json import Decoder

from figures.periods import Period
from figures.queries.parts import parts, within
from figures.queries.repeated import Judged
from figures.queries.steps import lasting, named
from runtime.log import LogPartition, Place
from schemas.envelope import CountedEvent
from schemas.families import LIFECYCLES, TYPES
from schemas.lifecycle import OWN, Lifecycle
from schemas.records import Step
from schemas.steps import step_of
from sinks.bind import literal
from sinks.store import Store
from streams.live.handover import TOPICS
from streams.live.state import LiveState
from streams.live.subjects import KEPT, MOST_UNSEEN, Name

FIRST_ROWS, MOST_ROWS = 20_000, 50_000
"""Rows of one question: few enough for memory."""

_ALL_TIME = Period(0, 4_102_444_800)
_SLICE = 10_000
"""Subjects whose older rows are asked for at once."""

_FIRST = " ORDER BY at LIMIT 8 BY source, subject"
_LAST = f" ORDER BY at DESC LIMIT {2 * MOST_UNSEEN} BY source, subject, type"
"""Rows of a subject: more than are kept of it, for some of them may not count."""


def load_subjects(store: Store, state: LiveState, positions: Mapping[LogPartition, int]) -> None:
    """All judged rows of steps below these positions of the sink, without those that were taken before, and without
    those of subjects that nothing counts any more. Blocks on the store; the lock is held only to take them, a part at a
    time."""
    sources = literal(sorted(state.by_source))
    ends = _ends(store, positions)
    judged = Judged(store)  # after the ends: it has all below them
    for topic in sorted({topic for _, topic, _ in ends}):
        of_topic = {place: end for place, end in ends.items() if place[1] == topic}
        spans, first = _not_taken(of_topic, state.handover.loaded), _first(store, topic)
        new = f"source IN {sources} AND ({spans}){first}"
        since = "0"
        if not of_topic.keys() & state.handover.loaded.keys():
            since = _since(state, topic)
            for condition, order in _older(store, state, topic, since, new):
                _take(state, _steps(store, topic, condition, order, judged))
        for kinds, limit in _kinds(topic):
            of_kinds = f"topic = {literal(topic)} AND type IN {literal(kinds)} AND {new} AND toUInt32(time) >= {since}"
            for part in parts(store, "events", "time", of_kinds, _ALL_TIME, FIRST_ROWS, MOST_ROWS):
                within_part = f"{of_kinds} AND {within('time', part)}"
                _take(state, _steps(store, topic, within_part, _LAST if limit else "", judged))
    with state.lock:
        state.handover.loaded.update(ends)
        state.subjects.forget()


def _take(state: LiveState, steps: Iterable[Step]) -> None:
    ready = list(steps)
    with state.lock:
        for step in ready:
            state.subjects.take(step)


def _since(state: LiveState, topic: str) -> str:
    """In SQL by source: what is older is needed only of subjects that still count. 0: of all."""
    with state.lock:
        clocks = {
            source: clock
            for source in sorted(state.by_source)
            for life in _lives(topic)[:1]
            if (clock := state.subjects.clock(life, source)) is not None and clock > KEPT
        }
    if not clocks:
        return "0"
    times = ", ".join(f"toUInt32({clock - KEPT})" for clock in clocks.values())
    return f"transform(source, [{', '.join(map(literal, clocks))}], [{times}], toUInt32(0))"


def _older(store: Store, state: LiveState, topic: str, since: str, new: str) -> Iterator[tuple[str, str]]:
    """Conditions of rows before then that may still count, each with the order in which so many of a subject are
    enough. What restates steps, and its subjects, are always among them."""
    if since == "0":
        return
    of_topic = f"topic = {literal(topic)} AND {new}"
    older = f"{of_topic} AND toUInt32(time) < {since}"
    ((number,),) = store.query(f"SELECT count() FROM events WHERE {older}")
    if not number:
        return
    letters = f"SELECT log, partition, offset FROM dead_letters WHERE topic = {literal(topic)}"
    accepted = f"{new} AND payload != '' AND (log, partition, offset) NOT IN ({letters})"
    restating = sorted({each.name for life in _lives(topic) for each in life.restating})
    restated = f"{of_topic} AND type IN {literal(restating)}"
    if restating:
        yield f"{older} AND type IN {literal(restating)}", ""
    for life in _lives(topic):
        found = lasting(life, state.subjects.stays(life), since, accepted)
        lasts = "lasts"
        if life.restating:
            lasts = f"(lasts OR (source, subject_name) IN (SELECT source, subject FROM events WHERE {restated}))"
        counted = store.query(
            f"SELECT source, countIf({lasts}), countIf(NOT {lasts}), maxIf(last_at, NOT {lasts}) FROM ({found})"
            " GROUP BY source"
        )
        with state.lock:
            for source, _, over, last in counted:
                if over:
                    state.subjects.left_out(life, source, int(last))
        slices = -(-sum(int(number) for _, number, _, _ in counted) // _SLICE)
        for nth in range(slices):
            sliced = f"cityHash64(source, subject_name) % {slices} = {nth}"
            condition = (
                f"{older} AND type IN {literal(list(life.steps))} AND (source, {named(life)}) IN"
                f" (SELECT source, subject_name FROM ({found}) WHERE {lasts} AND {sliced})"
            )
            for order in (_FIRST, _LAST) if life.named_by == OWN else ("",):
                yield condition, order


def load_again(store: Store, state: LiveState, positions: Mapping[LogPartition, int], names: Collection[Name]) -> None:
    """All rows of some subjects, as `load_subjects`. Where fields of the payload name them nothing is loaded."""
    if not names:
        return
    ends, judged = _ends(store, positions), Judged(store)
    of_life: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for life_name, source, subject in names:
        of_life[life_name].add((source, subject))
    for life_name, subjects in of_life.items():
        life = state.subjects.lives[life_name]
        if life.named_by == OWN:
            kinds = literal([*life.steps, *(each.name for each in life.restating)])
            spans = _not_taken({place: end for place, end in ends.items() if place[1] == life.topic}, {})
            condition = (
                f"topic = {literal(life.topic)} AND type IN {kinds} AND (source, subject) IN"
                f" {literal(sorted(subjects))} AND ({spans}){_first(store, life.topic)}"
            )
            _take(state, _steps(store, life.topic, condition, _LAST, judged))


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
    spans = [
        f"(log = {literal(place[0])} AND partition = {place[2]} AND offset >= {taken.get(place, 0)} AND offset < {end})"
        for place, end in ends.items()
    ]
    return " OR ".join(spans) or "0"


def _first(store: Store, topic: str) -> str:
    """Of an id that stands in several places the first row only, whatever the others are."""
    ((number,),) = store.query(f"SELECT count() FROM repeated_events WHERE topic = {literal(topic)}")
    firsts = "SELECT first_log, first_partition, first_offset FROM first_rows"
    place = "log, partition, offset"
    repeats = f"SELECT {place} FROM live_repeats WHERE ({place}) NOT IN ({firsts})"
    return f" AND ({place}) NOT IN ({repeats})" if number else ""


def _kinds(topic: str) -> Iterator[tuple[list[str], bool]]:
    """Types to read together; and whether (source, subject) names their subjects, so that old rows can be left out."""
    by_subject: dict[str, bool] = {}
    for life in _lives(topic):
        for each in (*life.types, *life.restating):
            by_subject[each.name] = by_subject.get(each.name, True) and life.named_by == OWN
    for limit in (True, False):
        if kinds := sorted(name for name, is_own in by_subject.items() if is_own == limit):
            yield kinds, limit


def _lives(topic: str) -> list[Lifecycle]:
    return [life for life in LIFECYCLES.values() if life.topic == topic]


def _steps(store: Store, topic: str, condition: str, order: str, judged: Judged) -> Iterator[Step]:
    place = "log, topic, partition, offset"
    for log, partition, offset, time, kind, payload in store.query(
        "SELECT log, partition, offset, toUInt32(time) AS at, type, payload"
        f" FROM events WHERE {condition} AND payload != '' AND ({place}) NOT IN"
        f" (SELECT {place} FROM dead_letters WHERE topic = {literal(topic)})"
        f"{order}"
    ):
        if judged.verdict(Place(log, topic, int(partition)), int(offset)) is None:
            yield step_of(log, topic, int(partition), int(offset), _decoder(kind).decode(payload), int(time))


@cache
def _decoder(kind: str) -> Decoder[CountedEvent]:
    return Decoder(TYPES[kind].kind)
