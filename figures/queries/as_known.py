"""Figures as known at a moment: counted from the raw rows received until then, by the rules by which they count now.

A row counts where it is accepted (judged, not dead) and the first of its (source, id) by (log, partition, offset) among
the rows received until then; it counts under the codes that the restatement gives it that rules among those received
until then, the greatest (time, id). Late rows count like any other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from figures.periods import Period, rfc3339
from figures.queries.listed import as_figures
from figures.queries.parts import PANE_OF_TIME, merged, within_any
from figures.queries.where import OfType, Where
from figures.spans import Spans
from runtime.errors import WrongUse
from schemas.effects import Cancels, Moves
from schemas.family import TYPES, EventType
from sinks import dims
from sinks.bind import literal
from sinks.store import Store

PLACE = "log, topic, partition, offset"

_LATEST = 2**32 - 1
_NOW = tuple(f"now_{name}" for name in dims.NAMES)


class Moment(NamedTuple):
    """What was known when: the rows received until `at`, in Unix seconds. read: of those, where it is said, the ones
    that stand below an offset of (log, partition) of the measure's topic, as far as partitions were judged and stored.
    """

    at: int
    read: tuple[tuple[str, int, int], ...] | None = None


def known_at_json(moment: Moment | None, tz: str) -> dict[str, str]:
    """What `report --json` says of it."""
    return {} if moment is None else {"as_known_at": rfc3339(moment.at, tz)}


def read_now(store: Store, topic: str) -> tuple[tuple[str, int, int], ...]:
    """How far each partition of a topic is judged and stored. Blocks on the store."""
    rows = store.query(
        "SELECT log, partition, if(position = 0, read, least(read, position)) FROM ("
        f"SELECT log, topic, partition, read FROM progress_latest WHERE topic = {literal(topic)}"
        ") AS l ANY LEFT JOIN (SELECT log, topic, partition, position FROM positions_latest) AS r"
        " USING log, topic, partition ORDER BY log, partition"
    )
    return tuple((log, int(partition), int(offset)) for log, partition, offset in rows)


def figures(where: Where, spans: Iterable[Period], moment: Moment) -> str:
    """In SQL what stands in for the view `figures`, as far as `sums` reads it, of these spans.

    What changed a figure until then has a `reason`; a row that counts elsewhere or nowhere any more has zeros.
    """
    asked = merged(spans)
    here = "toUInt8(here) = 1"
    counted = (
        "SELECT source, type, pane,"
        f" {', '.join(f'if({here}, to_{name}, {name}) AS at_{name}' for name in dims.NAMES)},"
        f" toInt64({here}) AS n, n * count AS all_count, if({here}, values, emptyArrayInt64()) AS all_values,"
        f" multiIf(NOT ({here}) OR restated_by != '', 'restated', late, 'late', '') AS why"
        " FROM (SELECT *, arrayJoin(multiIf(restated_by = '', [1], cancels, [0], [1, 0])) AS here"
        f" FROM ({rows(where.events, asked, moment)}) WHERE is_first)"
    )
    repeated = (
        f"SELECT source, {literal(where.measure.type)} AS type, pane,"
        f" {', '.join(f'{name} AS at_{name}' for name in dims.NAMES)},"
        " toInt64(0) AS n, toInt64(0) AS all_count, emptyArrayInt64() AS all_values, 'repeat' AS why"
        f" FROM ({_counted_elsewhere(where.events, asked, moment)})"
    )
    return as_figures(where, f"{counted} UNION ALL {repeated}")


def rows(of: OfType, spans: Spans, moment: Moment, carried: str = "") -> str:
    """In SQL every accepted row of a type received until then: its columns (`carried`: further ones), and

    is_first: it counts; id_since: when a row of its id was first received, where it has several; late; the columns
    `to_*`: the codes that it counts under; restated_by, restating_id: what gave it these, empty where nothing did;
    cancels: it counts nowhere.
    """
    event, of_type = of.event, of.condition
    own = f"{PLACE}, source, id, subject, time, type, {dims.SQL}, count, values, received{carried}"
    accepted = _accepted(
        own,
        f"SELECT {own} FROM events FINAL WHERE {of_type} AND {within_any('time', spans)} AND {_until(moment)}"
        f" AND {_not_dead(of)}",
    )
    named = f"{of_type} AND {within_any('time', spans)}"
    placed = (
        f"SELECT {own}, {PANE_OF_TIME} AS pane, id_since, {_IS_FIRST} AS is_first, ({PLACE}) IN ("
        f"SELECT {PLACE} FROM corrections WHERE verdict = 'late' AND {of_type} AND {within_any('time', spans)}) AS late"
        f" FROM ({accepted}) AS l ANY LEFT JOIN ({_firsts(of, named, moment)}) AS r USING source, id"
    )
    restating = _restating(event)
    if not restating:
        same = ", ".join(f"{name} AS to_{name}" for name in dims.NAMES)
        return f"SELECT *, {same}, '' AS restated_by, '' AS restating_id, toUInt8(0) AS cancels FROM ({placed})"
    return (
        f"SELECT {own}, pane, id_since, is_first, late, {_moved(event, restating)}, restated_by, restating_id,"
        f" restated_by IN {literal([each.name for each in restating if isinstance(each.effect, Cancels)])} AS cancels"
        f" FROM ({placed}) AS l ANY LEFT JOIN ({_rulings(of, restating, moment)}) AS r USING source, subject"
    )


def withdrawn(of: OfType, moment: Moment) -> str:
    """In SQL source and subject of those whose event of a type is cancelled, as known then; '' where none ever is."""
    restating = _restating(of.event)
    cancelling = [each.name for each in restating if isinstance(each.effect, Cancels)]
    if not cancelling:
        return ""
    ruled = _rulings(of, restating, moment)
    return f"SELECT source, subject FROM ({ruled}) WHERE restated_by IN {literal(cancelling)}"


def refuse_gone(store: Store, of: OfType, spans: Iterable[Period]) -> None:
    """Raises WrongUse where raw rows of these spans are not in the store (any more). Blocks on the store."""
    asked = merged(spans)
    ((gone,),) = store.query(f"SELECT {' + '.join(f'({each})' for each in _gone(of, asked))}")
    if gone:
        raise WrongUse(
            f"{int(gone)} raw rows of this span are gone, or do not say when they came, and only they tell what was"
            " known when: they go CITYWATCH_KEEP_RAW days after they came; ask for a later span, or without"
            " --as-known-at"
        )


def _gone(of: OfType, spans: Spans) -> tuple[str, ...]:
    """In SQL how many records are in cells, or late, or restate, that have no raw row, of partitions as far as they are
    both judged and stored; and how many rows of repeated ids a version has stored that did not keep when they came."""
    of_type, of_topic = of.condition, f"topic = {literal(of.event.topic)}"
    partition, cell = "log, topic, partition", "log, topic, partition, source, pane"
    raw = f"SELECT {PLACE} FROM events WHERE {of_type} AND {within_any('time', spans)}"
    live = _accepted(
        f"{PLACE}, source, id, {PANE_OF_TIME} AS pane, arrayCount(x -> x <= offset, ends) AS era",
        f"SELECT {PLACE}, source, id, time FROM events WHERE {of_type} AND {within_any('time', spans)} AND"
        f" {_not_dead(of)} AND ({PLACE}) NOT IN (SELECT {PLACE} FROM corrections WHERE verdict = 'late'"
        f" AND {of_type} AND {within_any('time', spans)})",
    )
    both = (
        f"SELECT {partition}, least(read, position) AS complete FROM (SELECT {partition}, read FROM progress_latest"
        f" WHERE {of_topic}) AS l ALL INNER JOIN (SELECT {partition}, position FROM positions_latest WHERE {of_topic})"
        f" AS r USING {partition}"
    )
    counted = (
        f"SELECT sum(if(in_cells > in_rows, in_cells - in_rows, 0)) FROM (SELECT {cell}, in_cells, in_rows FROM ("
        f"SELECT {cell}, in_cells FROM ("
        f"SELECT {cell}, sum(records) AS in_cells, max(version) AS newest FROM cells FINAL"
        f" WHERE {of_type} AND {within_any('pane', spans)} GROUP BY {cell}"
        f") AS l ALL INNER JOIN ({both}) AS r USING {partition} WHERE newest < complete"
        f") AS l ANY LEFT JOIN (SELECT {cell}, uniqExact(id, era) AS in_rows FROM ({live}) GROUP BY {cell})"
        f" AS r USING {cell})"
    )

    def corrections(condition: str, kept: str) -> str:
        return (
            f"SELECT count() FROM (SELECT {PLACE} FROM corrections FINAL WHERE {condition} AND ({PLACE}) NOT IN"
            f" ({kept})) AS l ALL INNER JOIN ({both}) AS r USING {partition} WHERE offset < complete"
        )

    late = corrections(f"verdict = 'late' AND {of_type} AND {within_any('time', spans)}", raw)
    restating = _restating(of.event)
    of_restating = _of_types(of, restating)
    undated = (
        "SELECT count() FROM repeated_events WHERE received = toDateTime(0, 'UTC') AND (source, id) IN ("
        f"SELECT source, id FROM repeated_events WHERE ({of_type} AND {within_any('time', spans)}) OR ({of_restating}))"
    )
    if not restating:
        return counted, late, undated
    restates = corrections(
        f"{of_restating} AND (source, subject) IN (SELECT source, subject FROM restated_events"
        f" WHERE {of_type} AND {within_any('time', spans)})",
        f"SELECT {PLACE} FROM events WHERE {of_restating}",
    )
    return counted, late, undated, restates


def _restating(event: EventType) -> list[EventType]:
    """The types that move or cancel events of a type."""
    return [
        each for each in TYPES.values() if isinstance(each.effect, (Moves, Cancels)) and each.effect.of == event.name
    ]


def _of_types(of: OfType, types: Iterable[EventType]) -> str:
    return f"source IN {literal(of.sources)} AND type IN {literal([each.name for each in types])}"


def _until(moment: Moment) -> str:
    until = f"received <= toDateTime({min(moment.at, _LATEST)}, 'UTC')"
    if moment.read is None:
        return until
    places = " OR ".join(
        f"(log = {literal(log)} AND partition = {partition} AND offset < {offset})"
        for log, partition, offset in moment.read
    )
    return f"{until} AND ({places or '0'})"


def _not_dead(of: OfType) -> str:
    return f"({PLACE}) NOT IN (SELECT {PLACE} FROM dead_letters WHERE topic = {literal(of.event.topic)})"


def _accepted(columns: str, raw: str) -> str:
    """Of raw rows those that are judged."""
    return (
        f"SELECT {columns} FROM ({raw}) AS l ALL INNER JOIN (SELECT log, topic, partition, read, starts, ends"
        " FROM judged_to) AS r USING log, topic, partition"
        " WHERE offset < read AND NOT arrayExists((x, y) -> (x <= offset) AND (offset < y), starts, ends)"
    )


_IS_FIRST = "first_log = '' OR (log = first_log AND partition = first_partition AND offset = first_offset)"


def _repeats(of: OfType, named: str, moment: Moment, columns: str, taken: str) -> str:
    """In SQL the accepted rows of the ids that stand in several places, one of them where `named` holds."""
    return _accepted(
        columns,
        f"SELECT {PLACE}, source, id, {taken} FROM repeated_events FINAL WHERE (source, id) IN ("
        f"SELECT source, id FROM repeated_events WHERE {named}) AND {_until(moment)} AND {_not_dead(of)}",
    )


def _firsts(of: OfType, named: str, moment: Moment) -> str:
    live = _repeats(of, named, moment, "log, partition, offset, source, id, received", "received")
    return (
        "SELECT source, id, lowest.1 AS first_log, lowest.2 AS first_partition, lowest.3 AS first_offset, id_since"
        " FROM (SELECT source, id, min((log, partition, offset)) AS lowest, min(received) AS id_since"
        f" FROM ({live}) GROUP BY source, id)"
    )


def _counted_elsewhere(of: OfType, spans: Spans, moment: Moment) -> str:
    """In SQL the rows that stand in a cell and are not the first of their id: of each partition, pane and era of an id
    at most one does, the lowest that is not late."""
    event = of.event.name
    named = f"{of.condition} AND {within_any('time', spans)}"
    live = _repeats(
        of,
        named,
        moment,
        f"{PLACE}, source, id, {PANE_OF_TIME} AS pane, type, {dims.SQL}, arrayCount(x -> x <= offset, ends) AS era,"
        f" ({PLACE}) IN (SELECT {PLACE} FROM corrections WHERE verdict = 'late') AS late",
        f"time, type, {dims.SQL}",
    )
    codes = ", ".join(f"row_{name}" for name in dims.NAMES)
    lowest = ", ".join(f"argMin({name}, offset) AS row_{name}" for name in ("type", *dims.NAMES))
    return (
        "SELECT source, lowest.4 AS pane,"
        f" {', '.join(f'lowest.{place} AS {name}' for place, name in enumerate(dims.NAMES, 7))}"
        " FROM (SELECT source, id, min(lowest_place) AS first_place, groupArray((log, partition, lowest_offset, pane,"
        f" row_type, late, {codes})) AS lowest_rows FROM ("
        "SELECT log, topic, partition, source, id, pane, era, late, min((log, partition, offset)) AS lowest_place,"
        f" min(offset) AS lowest_offset, {lowest} FROM ({live})"
        " GROUP BY log, topic, partition, source, id, pane, era, late"
        ") GROUP BY source, id) ARRAY JOIN lowest_rows AS lowest"
        " WHERE NOT lowest.6 AND (lowest.1, lowest.2, lowest.3) != first_place"
        f" AND lowest.5 = {literal(event)} AND {within_any('lowest.4', spans)}"
    )


def _rulings(of: OfType, restating: list[EventType], moment: Moment) -> str:
    """In SQL by (source, subject) the restatement that rules. Rows that are stored twice change no maximum."""
    own = f"{PLACE}, source, id, subject, time, type, {', '.join(_NOW)}"
    of_types = _of_types(of, restating)
    accepted = _accepted(own, f"SELECT {own} FROM events WHERE {of_types} AND {_until(moment)} AND {_not_dead(of)}")
    said = ", ".join(f"ruling.{place} AS {name}" for place, name in enumerate(_NOW, 4))
    return (
        f"SELECT source, subject, ruling.2 AS restating_id, ruling.3 AS restated_by, {said} FROM ("
        f"SELECT source, subject, max((time, id, type, {', '.join(_NOW)})) AS ruling FROM ({accepted}) AS l"
        f" ANY LEFT JOIN ({_firsts(of, of_types, moment)}) AS r USING source, id WHERE {_IS_FIRST}"
        " GROUP BY source, subject)"
    )


def _moved(event: EventType, restating: list[EventType]) -> str:
    """The columns `to_*`."""
    own = [_code(event, restating, place) for place in range(len(event.dims))]
    first = [f"{code} AS to_{name}" for code, name in zip(own, dims.NAMES[:3], strict=False)]
    first += [f"{name} AS to_{name}" for name in dims.NAMES[len(first) : 3]]
    further = f"[{', '.join(own[3:])}]" if len(own) > 3 else "further"
    return ", ".join((*first, f"{further} AS to_further"))


def _code(event: EventType, restating: list[EventType], place: int) -> str:
    """The code of a dimension as the ruling says it: always what a field of it says that cannot be left out, else
    where it is not empty."""
    dim, own = event.dims[place], dims.column(event, event.dims[place])
    now = dims.column(event, dim, "now_")
    moving = [each for each in restating if isinstance(each.effect, Moves) and dim in each.effect.now]
    always = [each.name for each in moving if each.fields[_field(each, dim)].required]
    where_said = [each.name for each in moving if each.name not in always]
    cases = [f"restated_by IN {literal(always)}, {now}"] if always else []
    cases += [f"restated_by IN {literal(where_said)} AND {now} != '', {now}"] if where_said else []
    return f"multiIf({', '.join((*cases, own))})" if cases else own


def _field(moving: EventType, dim: str) -> str:
    assert isinstance(moving.effect, Moves)
    return moving.effect.now[dim]
