"""What makes the difference between a figure as known at two moments: events, each with its reason and what it adds."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from figures.periods import Period
from figures.queries import as_known
from figures.queries.answer import Question
from figures.queries.as_known import Moment
from figures.queries.behind import is_asked_hour
from figures.queries.listed import listed
from figures.queries.parts import merged
from figures.queries.sums import NOTHING, Key, Total, totals
from figures.queries.where import Where
from figures.spans import Spans, joined
from figures.stretches import Stretch
from schemas.named import dims_of, numbers_of
from schemas.numbers import COUNT
from sinks import dims
from sinks.store import Store

Reason = Literal["new", "late", "re-coded", "cancelled", "repeated"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One event, as it counts under these codes at one of the moments and not at the other.

    adds: what it adds to the figure or, negative, takes from it: seconds for a measure of minutes, of another sum its
    integers, else its count. reason: `new` and `late`, received in between, late where its pane had closed; `re-coded`
    and `cancelled`, by another restatement, the event `by`; `repeated`, as its id, or that of the restatement `by`,
    counts at another row now.
    """

    time: int
    reason: Reason
    adds: int
    by: str
    source: str
    id: str
    subject: str
    type: str
    dims: dict[str, str]
    numbers: dict[str, int]
    received: int
    log: str
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True)
class Changed:
    """One figure as known at both moments, of a unit; `key` are the values of the question's dimensions."""

    unit: Stretch
    key: Key
    before: Total
    after: Total


def changed(store: Store, question: Question, later: Moment) -> list[Changed]:
    """The rows of a question that has a `known_at`, as known then and later, also those that are alike. Blocks on the
    store. Raises WrongUse where raw rows are gone."""
    assert question.known_at is not None
    where, units, spans = question.narrowed(), question.units(), question.spans()
    parts = {part for unit in units for part in unit.parts}
    as_known.refuse_gone(store, where.events, spans)
    before, after = (
        totals(store, where, question.tz, parts, question.dimensions, as_known.figures(where, spans, moment))
        for moment in (question.known_at, later)
    )
    nothing: set[Key] = set() if question.dimensions else {()}
    return [
        Changed(unit, key, *(_sum(found, unit, key) for found in (before, after)))
        for unit in units
        for key in sorted(nothing.union(*(found[part] for found in (before, after) for part in unit.parts)))
    ]


def _sum(found: Mapping[Period, Mapping[Key, Total]], unit: Stretch, key: Key) -> Total:
    return sum((found[part].get(key, NOTHING) for part in unit.parts), NOTHING)


class _State(NamedTuple):
    """A row at one of the moments."""

    takes: int
    is_first: int
    cancels: int
    beat: str
    category: str
    facet: str
    further: tuple[str, ...]
    restating_id: str
    id_since: int

    @property
    def codes(self) -> tuple[str, str, str, tuple[str, ...]]:
        return self.beat, self.category, self.facet, self.further


def differences(
    store: Store, tz: str, spans: Iterable[Period], where: Where, then: Moment, later: Moment
) -> Iterator[Difference]:
    """Of events of these spans, in order of time; what they add sums to the figure as known at `later` less that
    known `then`. Blocks on the store at the start."""
    asked = joined(spans)
    starts = [span.start for span in asked]
    for row in store.query(_statement(merged(asked), where, then, later)):
        (
            log,
            topic,
            partition,
            offset,
            source,
            name,
            subject,
            time,
            received,
            late,
            count,
            values,
            was_there,
            *states,
        ) = row
        measure = where.measure
        if int(time) not in asked[bisect_right(starts, int(time)) - 1] or not is_asked_hour(measure, int(time), tz):
            continue
        event, (before, after) = measure.event, map(_state, states)
        numbers = numbers_of(measure.type, int(count), [*values, *[0] * (len(event.places) - len(values))])
        reason, by = _reason(before, after, bool(was_there), bool(late), then)
        for sign, state in ((-1, before), (1, after)):
            if state.takes:
                yield Difference(
                    int(time), reason, sign * numbers[measure.summed or COUNT.name], by, source, name, subject,
                    measure.type, dims_of((measure.type, *dims.codes(event, *state.codes))), numbers, int(received),
                    log, topic, int(partition), int(offset),
                )  # fmt: skip


def _state(said: Any) -> _State:
    takes, is_first, cancels, beat, category, facet, further, restating_id, id_since = said
    return _State(
        int(takes), int(is_first), int(cancels), beat, category, facet, tuple(further), restating_id, int(id_since)
    )


def _reason(before: _State, after: _State, was_there: bool, late: bool, then: Moment) -> tuple[Reason, str]:
    """The reason, and the id of the restatement behind it."""
    if not after.is_first:
        return "repeated", ""
    if not was_there:
        return ("repeated" if 0 < after.id_since <= then.at else "late" if late else "new"), ""
    if after.restating_id in ("", before.restating_id):
        return "repeated", before.restating_id
    return ("cancelled" if after.cancels else "re-coded"), after.restating_id


def _statement(spans: Spans, where: Where, then: Moment, later: Moment) -> str:
    own = "source, id, subject, time, received, count, values"
    place = as_known.PLACE
    codes = ", ".join(dims.NAMES)

    def states(nth: int, moment: Moment) -> str:
        carried = f"{place}, {own}, late, type, id_since, is_first, cancels, restating_id"
        placed = ", ".join(f"to_{name} AS at_{name}" for name in dims.NAMES)
        rows = f"SELECT {carried}, {placed} FROM ({as_known.rows(where.events, spans, moment)})"
        return (
            f"SELECT {place}, {own}, materialize(late) AS was_late, toUInt8({nth}) AS moment,"
            f" (toUInt8(is_first AND NOT cancels AND {where.of_figures()}), toUInt8(is_first), toUInt8(cancels),"
            f" {codes}, restating_id, toUInt32(id_since)) AS state FROM ({listed(where, rows, carried)})"
        )

    return (
        f"SELECT {place}, any(source), any(id), any(subject), toUInt32(any(time)) AS at, toUInt32(any(received)),"
        " any(was_late), any(count), any(values), countIf(moment = 1),"
        " maxIf(state, moment = 1) AS before, maxIf(state, moment = 2) AS after"
        f" FROM ({states(1, then)} UNION ALL {states(2, later)}) GROUP BY {place}"
        " HAVING before.1 != after.1 OR (after.1 = 1 AND (before.4, before.5, before.6, before.7) !="
        f" (after.4, after.5, after.6, after.7)) ORDER BY at, {place}"
    )
