"""The accepted steps of a lifecycle as rows of one SELECT: each id once, and none that is dead, unjudged or of what was
withdrawn.

A row may come several times, which changes no last step. Where a restatement moves a step, that has its new codes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from figures.periods import Period
from figures.queries import as_known
from figures.queries.as_known import Moment
from figures.queries.where import SOURCE, OfType
from schemas.family import EventType
from schemas.lifecycle import OWN, Lifecycle
from schemas.stock import numbers
from sinks import dims
from sinks.bind import literal
from sinks.store import Store

_PLACE = "log, partition, offset"
_DATA = "substring(payload, position(payload, '\"data\":'))"
"""Of the event as it was accepted the payload: its fields may be called as those of the envelope."""

FIRST_ORDER = 1_000_000_000
"""Added to times in `ranks`, so that all have ten digits."""

RANK_DIGITS = 2
"""Of the place in `ranks`: from 11, for the first step of a life."""


def ranks(column: str = "ranking") -> str:
    """In SQL: (time, place of the step, id) as a text that sorts as they do."""
    return f"concat(toString(toUInt64(at) + {FIRST_ORDER}), toString(place + 10), id) AS {column}"


def accepted(
    store: Store,
    life: Lifecycle,
    sources: Sequence[str],
    names: Sequence[str],
    until: int,
    known_at: Moment | None = None,
) -> str:
    """A SELECT of the steps before `until`, in Unix seconds: source, subject, at, place (in the lifecycle, from 1),
    ranking, and for each of `names`, codes and integers, a text `said_NAME`, empty where it is not carried. Blocks on
    the store to see what of repeats and restatements there is to look at.

    known_at: those that were received until then, by the rules of now. Raises WrongUse where raw rows of it are gone.
    """
    if known_at is not None:
        return _as_known(store, life, sources, names, Period(0, until), known_at)
    moved, withdrawn = _restated(store, life)
    within = [
        f"topic = {literal(life.topic)}",
        f"{SOURCE} IN {literal(list(sources))}",
        f"type IN {literal(list(life.steps))}",
        f"time < toDateTime({until}, 'UTC')",
        _judged(store, life.topic),
        *_not_dead(store, life.topic),
        *_first(store, life),
    ]
    if withdrawn:
        within.append(
            f"(source, subject) NOT IN (SELECT source, subject FROM rulings WHERE cancels AND {_restates(life)})"
        )
    said = "".join(f", {_said(life, name, moved=moved)} AS said_{name}" for name in names)
    return (
        f"SELECT {SOURCE}, {_subject(life)} AS subject_name, at, place, {ranks()}{said} FROM ("
        f"SELECT {_PLACE}, {SOURCE}, subject, id, type, {dims.SQL}, toUInt32(time) AS at,"
        f" indexOf([{', '.join(map(literal, life.steps))}], type) AS place"
        f"{f', {_DATA} AS said_data' if _reads_payload(life, names) else ''}"
        f" FROM events WHERE {' AND '.join(within)}){_JOINED if moved else ''}"
    )


def _as_known(
    store: Store, life: Lifecycle, sources: Sequence[str], names: Sequence[str], span: Period, known_at: Moment
) -> str:
    said = "".join(f", {_said(life, name, prefix='to_')} AS said_{name}" for name in names)
    data = f", {_DATA} AS said_data" if _reads_payload(life, names) else ""
    carried = f"{SOURCE}, subject, id, type, time, {', '.join(f'to_{name}' for name in dims.NAMES)}{data}"
    of_types = []
    for step in life.types:
        of = OfType(step, list(sources))
        as_known.refuse_gone(store, of, [span])
        rows = as_known.rows(of, (span,), known_at, ", payload" if data else "")
        of_types.append(f"SELECT {carried} FROM ({rows}) WHERE is_first")
    withdrawn = as_known.withdrawn(OfType(life.types[0], list(sources)), known_at)
    return (
        f"SELECT {SOURCE}, {_subject(life)} AS subject_name, at, place, {ranks()}{said} FROM ("
        f"SELECT *, toUInt32(time) AS at, indexOf([{', '.join(map(literal, life.steps))}], type) AS place"
        f" FROM ({' UNION ALL '.join(of_types)})"
        f"{f' WHERE (source, subject) NOT IN ({withdrawn})' if withdrawn else ''})"
    )


_JOINED = (
    f" AS l ANY LEFT JOIN (SELECT {_PLACE}, toUInt8(1) AS is_moved, to_beat, to_category, to_facet, to_further"
    f" FROM restated WHERE NOT cancels) AS r USING {_PLACE}"
)


def _restated(store: Store, life: Lifecycle) -> tuple[bool, bool]:
    """Whether steps of it are moved, and whether subjects of it are withdrawn."""
    if not life.restating:
        return False, False
    ((moved, withdrawn),) = store.query(
        f"SELECT countIf(sign < 0 AND NOT cancels), countIf(cancels) FROM rulings WHERE {_restates(life)}"
    )
    return int(moved) > 0, int(withdrawn) > 0


def _restates(life: Lifecycle) -> str:
    return f"restated_by IN {literal([each.name for each in life.restating])}"


def _judged(store: Store, topic: str) -> str:
    """Of records that aggregate has judged."""
    lost: dict[tuple[str, int], set[str]] = defaultdict(set)
    for log, partition, start, end in store.query(
        f"SELECT log, partition, start_offset, end_offset FROM seams WHERE topic = {literal(topic)}"
    ):
        if start < end:
            lost[log, int(partition)].add(f" AND NOT (offset >= {start} AND offset < {end})")
    judged = [
        f"(log = {literal(log)} AND partition = {partition} AND offset < {read}"
        f"{''.join(sorted(lost[log, int(partition)]))})"
        for log, partition, read in store.query(
            f"SELECT log, partition, read FROM progress_latest WHERE topic = {literal(topic)} ORDER BY log, partition"
        )
    ]
    return f"({' OR '.join(judged)})" if judged else "0"


def _not_dead(store: Store, topic: str) -> Iterator[str]:
    of_topic = f"FROM dead_letters WHERE topic = {literal(topic)}"
    ((number,),) = store.query(f"SELECT count() {of_topic}")
    if number:
        yield f"({_PLACE}) NOT IN (SELECT {_PLACE} {of_topic})"


def _first(store: Store, life: Lifecycle) -> Iterator[str]:
    """Of an id that stands in several places the first row."""
    ((number,),) = store.query(f"SELECT count() FROM repeated_events WHERE type IN {literal(list(life.steps))}")
    if number:
        firsts = "SELECT first_log, first_partition, first_offset FROM first_rows"
        yield f"({_PLACE}) NOT IN (SELECT {_PLACE} FROM live_repeats WHERE ({_PLACE}) NOT IN ({firsts}))"


def _subject(life: Lifecycle) -> str:
    if life.named_by == OWN:
        return "subject"
    parts = [_said(life, name) for name in life.named_by]
    return parts[0] if len(parts) == 1 else f"concat({', '.join(_between(parts))})"


def _between(parts: Sequence[str]) -> Iterator[str]:
    for place, part in enumerate(parts):
        if place:
            yield "'/'"
        yield part


def _reads_payload(life: Lifecycle, names: Sequence[str]) -> bool:
    named = () if life.named_by == OWN else life.named_by
    return any(name in step.fields and name not in step.dims for name in (*names, *named) for step in life.types)


def _said(life: Lifecycle, name: str, *, moved: bool = False, prefix: str = "") -> str:
    """What a row carries of a code or an integer, as text. `prefix`: of the columns of its codes."""
    is_number = name in numbers(life)
    each = {step.name: _said_by(step, name, is_number=is_number, moved=moved, prefix=prefix) for step in life.types}
    ways = sorted(set(each.values()))
    if len(ways) == 1:
        return ways[0]
    chosen = "".join(
        f"type IN {literal([kind for kind, said in each.items() if said == way])}, {way}, " for way in ways[1:]
    )
    return f"multiIf({chosen}{ways[0]})"


def _said_by(step: EventType, name: str, *, is_number: bool, moved: bool, prefix: str) -> str:
    if name in step.dims:
        own = dims.column(step, name, prefix)
        return f"if(is_moved = 1, {dims.column(step, name, 'to_')}, {own})" if moved else own
    if name not in step.fields:
        return "''"
    if is_number:
        raw = f"visitParamExtractRaw(said_data, {literal(name)})"
        return f"if({raw} = 'null', '', {raw})"
    return f"visitParamExtractString(said_data, {literal(name)})"
