"""What stands out: counts of a span by place and kind, ranked by their excess over what earlier spans let expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from figures.excess import Excess, one_decimal, ranked
from figures.periods import Period, edges_json, rfc3339
from figures.queries.clock import CityClock
from figures.queries.sums import NOTHING, Key, totals
from figures.queries.where import Where
from figures.stretches import of_unit
from schemas.cities import City
from schemas.measures import Measure
from sinks.store import Store

Against = Literal["earlier", "year"]


@dataclass(frozen=True)
class OutQuestion:
    """What is asked. against: as many spans just before, or the same dates of as many years before. where: filters that
    `figures.queries.where` has checked."""

    measure: Measure
    city: City
    tz: str
    span: Period
    dimensions: tuple[str, ...]
    against: Against = "earlier"
    spans: int = 4
    where: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class StandingOut:
    """over: the part of the span that is over. earlier: the spans beside it of which all is known, the last one first.
    rows: the greatest excess first; none where nothing can be expected, or not all of the span is known."""

    over: Period
    is_whole: bool
    earlier: tuple[Period, ...]
    rows: list[tuple[Key, Excess]]


def standing_out(store: Store, question: OutQuestion, clock: CityClock) -> StandingOut:
    """Blocks on the store."""
    known, as_of, tz = clock.known, clock.as_of, question.tz
    over = clock.over(question.span)
    beside: list[Period] = []
    at = question.span
    for _ in range(question.spans):
        runs = as_of if at == question.span else None
        (before,) = of_unit(at, None).earlier("previous" if question.against == "earlier" else "year", tz, runs)
        beside.append(before)
        at = before
    whole = tuple(span for span in beside if known.covers(span))
    if not known.covers(over) or not whole:
        return StandingOut(over, known.covers(over), whole, [])
    narrowed = Where(question.measure, question.city, question.where)
    found = totals(store, narrowed, tz, {over, *whole}, question.dimensions)
    keys = {key for of_span in found.values() for key in of_span}

    def value(span: Period, key: Key) -> int:
        return found[span].get(key, NOTHING).value(question.measure)

    rows = [(key, Excess(value(over, key), tuple(value(span, key) for span in whole))) for key in keys]
    return StandingOut(over, True, whole, ranked(rows))


def as_json(question: OutQuestion, found: StandingOut, clock: CityClock, top: int) -> dict[str, Any]:
    """The object of `excess --json`."""
    measure, tz = question.measure, question.tz
    has_z = measure.summed is None
    return {
        "measure": measure.name,
        "unit": measure.unit,
        "city": question.city.name,
        "tz": tz,
        **({"where": dict(question.where)} if question.where else {}),
        **edges_json(found.over, tz),
        "as_of": None if clock.as_of is None else rfc3339(clock.as_of, tz),
        "known": found.is_whole,
        "against": [edges_json(span, tz) for span in found.earlier],
        "rows": [
            {
                "by": dict(zip(question.dimensions, key, strict=True)),
                "value": measure.shown(each.value),
                "earlier": [measure.shown(value) for value in each.earlier],
                "expected": one_decimal(each.expected / 10**measure.scale),
                "excess": one_decimal(each.excess / 10**measure.scale),
                "z": each.z if has_z else None,
            }
            for key, each in found.rows[:top]
        ],
    }
