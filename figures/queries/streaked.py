"""The streaks of a measure, from the store: its complete months beside those that they are compared with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from figures.compare import change
from figures.periods import Period, date_of, period_of, rfc3339
from figures.queries.answer import Question
from figures.queries.clock import CityClock
from figures.queries.sums import NOTHING, Key, Total, Totals, totals
from figures.spans import Spans
from figures.streaks import Break, Direction, MonthPair, Streak, streak
from figures.stretches import Stretch
from sinks.store import Store


@dataclass(frozen=True)
class Streaked:
    """The streak of one set of codes, and the months that it was found in."""

    key: Key
    months: tuple[MonthPair, ...]
    found: Streak


def streaks(store: Store, question: Question, clock: CityClock, direction: Direction) -> list[Streaked]:
    """Of a question by month with one comparison: a streak for each set of codes, in their order. Blocks on the store.

    A set of codes of which nothing came in any of the months has none.
    """

    def stored(spans: Collection[Period]) -> Totals:
        return totals(store, question.narrowed(), question.tz, spans, question.dimensions)

    return streaks_of(question, clock, direction, stored)


def streaks_of(
    question: Question, clock: CityClock, direction: Direction, told: Callable[[Collection[Period]], Totals]
) -> list[Streaked]:
    """The same of totals that are told elsewhere, which are asked for once."""
    months = _complete(question, clock)
    (which,) = question.compare
    pairs = [(month, month.earlier(which, question.tz, None)) for month in months]
    spans = {part for month, earlier in pairs for part in (*month.parts, *earlier)}
    sums = told(spans) if spans else {}
    keys = {key for of in sums.values() for key in of} or ({()} if not question.dimensions else set())
    found = []
    for key in sorted(keys):
        each = tuple(
            MonthPair(
                date_of(month.period.start, None, question.tz).isoformat()[:7],
                _value(question, clock, month.parts, sums, key),
                _value(question, clock, earlier, sums, key),
            )
            for month, earlier in pairs
        )
        found.append(Streaked(key, each, streak(each, direction)))
    return found


def _complete(question: Question, clock: CityClock) -> list[Stretch]:
    """The whole months of the span that are over."""
    as_of = clock.as_of
    return [
        month
        for month in question.units()
        if as_of is not None
        and month.period.end <= as_of
        and month.period == period_of(month.period.start, "month", question.tz)
    ]


def _value(
    question: Question, clock: CityClock, parts: Spans, sums: Mapping[Period, Mapping[Key, Total]], key: Key
) -> int | None:
    if not clock.known.covers_all(parts):
        return None
    return sum((sums[part].get(key, NOTHING) for part in parts), NOTHING).value(question.measure)


def as_json(question: Question, found: list[Streaked], clock: CityClock, direction: Direction) -> dict[str, Any]:
    """The object of `report --streak --json`. Without dimensions the streak stands in it, else in its rows."""
    tz = question.tz
    told: dict[str, Any] = {
        "measure": question.measure.name,
        "unit": question.measure.unit,
        "city": question.city.name,
        "tz": tz,
        **({"where": dict(question.where)} if question.where else {}),
        "as_of": None if clock.as_of is None else rfc3339(clock.as_of, tz),
        "direction": direction,
        "compare": question.compare[0],
    }
    if not question.dimensions:
        return told | _json(question, found[0])
    dimensions = question.dimensions
    rows = [{"by": dict(zip(dimensions, each.key, strict=True)), **_json(question, each)} for each in found]
    return told | {"rows": rows}


def _json(question: Question, each: Streaked) -> dict[str, Any]:
    shown = each.found
    return {
        "streak": shown.streak,
        "since": shown.since,
        "until": shown.until,
        "at_least": shown.at_least,
        "broken": None if shown.broken is None else shown.broken.month,
        "ended": None if shown.broken is None else _ended(shown.broken),
        "unknown": shown.unknown,
        "months": [_month(question, month) for month in each.months],
    }


def _ended(ended: Break) -> dict[str, Any]:
    return {"streak": ended.streak, "since": ended.since, "at_least": ended.at_least}


def _month(question: Question, month: MonthPair) -> dict[str, Any]:
    value, before = month.value, month.before
    shown = question.measure.shown
    return {
        "month": month.month,
        "value": None if value is None else shown(value),
        "before": None if before is None else shown(before),
        "percent": None
        if value is None or before is None
        else change(value, before, question.decimals, question.measure.scale),
    }
