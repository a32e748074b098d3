"""Two figures as known at two moments, and the events that make the difference: as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from citywatch.commandline.printing import print_json, print_table
from citywatch.commandline.report_text import named, period_words, title
from figures.periods import edges_json, rfc3339
from figures.queries.answer import Question
from figures.queries.as_known import Moment
from figures.queries.differences import Changed, Difference, changed, differences
from schemas.measures import Measure
from sinks.store import Store

TEXT_LINES = 50


def print_difference(store: Store, question: Question, later: Moment, *, json: bool) -> int:
    """Of a question that has a `known_at`. Blocks on the store. Raises WrongUse where raw rows are gone."""
    assert question.known_at is not None
    rows = changed(store, question, later)
    lines = list(differences(store, question.tz, question.spans(), question.narrowed(), question.known_at, later))
    if json:
        print_json(difference_json(question, later, rows, lines))
    else:
        print_difference_text(question, later, rows, lines)
    return 0


def difference_json(
    question: Question, later: Moment, rows: Sequence[Changed], lines: Sequence[Difference]
) -> dict[str, Any]:
    """`difference` and what events add are seconds for a measure of minutes, integers in its scale for an amount."""
    measure, tz, known_at = question.measure, question.tz, question.known_at
    assert known_at is not None
    return {
        "measure": measure.name,
        "unit": measure.unit,
        "city": question.city.name,
        "tz": tz,
        **({"where": dict(question.where)} if question.where else {}),
        **edges_json(question.span, tz),
        "as_known_at": rfc3339(known_at.at, tz),
        "diff": rfc3339(later.at, tz),
        "difference": sum(line.adds for line in lines),
        "rows": [
            {
                **edges_json(row.unit.period, tz),
                "by": by_of(question, row),
                "value": measure.shown(row.before.value(measure)),
                "later": measure.shown(row.after.value(measure)),
                "difference": _difference(question, row),
            }
            for row in rows
        ],
        "events": [
            {**msgspec.to_builtins(line), "time": rfc3339(line.time, tz), "received": rfc3339(line.received, tz)}
            for line in lines
        ],
    }


def print_difference_text(
    question: Question, later: Moment, rows: Sequence[Changed], lines: Sequence[Difference]
) -> None:
    """The rows that differ, then the first events behind that."""
    measure, tz = question.measure, question.tz
    assert question.known_at is not None
    differing = [row for row in rows if _difference(question, row)]
    then, at_later = (rfc3339(at, tz)[:19].replace("T", " ") for at in (question.known_at.at, later.at))
    if differing:
        heads = ("period", *by_of(question, differing[0]), then, at_later, "difference")
        cells = [
            (
                period_words(row.unit.period, question, row.unit.nights),
                *(named(name, code, question.city) for name, code in by_of(question, row).items()),
                str(measure.shown(row.before.value(measure))),
                str(measure.shown(row.after.value(measure))),
                _added(measure, _difference(question, row)),
            )
            for row in differing
        ]
        print_table(title(question), heads, cells, range(len(heads) - 3, len(heads)), whole=(0,))
    else:
        print(f"{title(question)}\nas known at {then} and at {at_later}: the same")
    if len(rows) > len(differing) and differing:
        print(f"the same at both: {len(rows) - len(differing)} further rows")
    if not lines:
        return
    print()
    _print_events(question, lines)
    print(f"sum {_added(measure, sum(line.adds for line in lines))}{_by_reason(measure, lines)}")
    if len(lines) > TEXT_LINES:
        print(f"{len(lines) - TEXT_LINES} further events are left out; --json has all")


def _print_events(question: Question, lines: Sequence[Difference]) -> None:
    tz = question.tz
    heads = ("time", "reason", "adds", "category", "beat", "source", "id", "received", "by", "stands at")
    cells = [
        (
            rfc3339(line.time, tz),
            line.reason,
            _added(question.measure, line.adds),
            (*line.dims.values(), "")[1],
            line.dims["beat"],
            line.source,
            line.id,
            rfc3339(line.received, tz),
            line.by,
            f"{line.topic} {line.partition} @{line.offset}",
        )
        for line in lines[:TEXT_LINES]
    ]
    print_table(None, heads, cells, (2,), whole=(0, 1, 2))


def _by_reason(measure: Measure, lines: Sequence[Difference]) -> str:
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.reason] = sums.get(line.reason, 0) + line.adds
    return ": " + ", ".join(f"{reason} {_added(measure, adds)}" for reason, adds in sorted(sums.items()))


def _added(measure: Measure, adds: int) -> str:
    """What is added as people read it: of a measure of minutes seconds, which are not rounded."""
    sign = "-" if adds < 0 else "+"
    return f"{sign}{abs(adds)} s" if measure.in_minutes else f"{sign}{measure.shown(abs(adds))}"


def by_of(question: Question, row: Changed) -> dict[str, str]:
    """What a row is of, by what was asked for beside its time."""
    named_by = {"campaign": row.unit.campaign} if question.by_campaign else {}
    return named_by | dict(zip(question.dimensions, row.key, strict=True))


def _difference(question: Question, row: Changed) -> int:
    return row.after.adds(question.measure) - row.before.adds(question.measure)
