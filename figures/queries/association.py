"""Two measures beside each other by place and unit of time, and how they go together, at once and later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from figures.association import Association, Table, associated
from figures.periods import Period, edges_json, period_of, tiles
from figures.queries.clock import CityClock
from figures.queries.sums import NOTHING, totals
from figures.queries.where import Where
from schemas.cities import City
from schemas.measures import Measure
from sinks.store import Store

REQUIREMENTS = (56,)
"""Rows of the reports that it answers."""

EVERYWHERE = ""
"""The place of a figure over all places."""


@dataclass(frozen=True)
class PairQuestion:
    """What is asked. dimension: `beat` or `sector`; None: the city as one place. lags: by how many units the second
    measure is later than the first, each 0 or more."""

    first: Measure
    second: Measure
    city: City
    tz: str
    span: Period
    unit: str
    dimension: str | None
    lags: tuple[int, ...] = (0,)

    @property
    def listed(self) -> tuple[str, ...]:
        """The places that the city's list has."""
        if self.dimension is None:
            return (EVERYWHERE,)
        return tuple(self.city.sectors if self.dimension == "sector" else self.city.beats)


@dataclass(frozen=True)
class Pairing:
    """How a place, or all of them, goes together at one lag. first, second: what the pairs add up to."""

    place: str
    lag: int
    first: int
    second: int
    found: Association


@dataclass(frozen=True)
class Together:
    """units: those that are whole and known of both measures. left_out: how many others the span has. first, second: by
    place a number for each unit. unlisted: what of both is at no place of the list. rows: over all places first."""

    units: tuple[Period, ...]
    left_out: int
    places: tuple[str, ...]
    first: Table
    second: Table
    unlisted: tuple[int, int]
    rows: tuple[Pairing, ...]


def together(store: Store, question: PairQuestion, first: CityClock, second: CityClock) -> Together:
    """Blocks on the store. first, second: how far the figures of both measures are.

    Only units that are over, wholly in the span and known of both measures count; only places that had any of either.
    """
    spans = tiles(question.span, question.unit, question.tz)
    known = [
        span == period_of(span.start, question.unit, question.tz)
        and first.known.covers(span)
        and second.known.covers(span)
        for span in spans
    ]
    units = tuple(span for span, is_known in zip(spans, known, strict=True) if is_known)
    one, other = [_values(store, question, measure, units) for measure in (question.first, question.second)]
    places = tuple(place for place in question.listed if any(one.get(place, ())) or any(other.get(place, ())))
    nothing = [0] * len(units)
    firsts, seconds = [[found.get(place, nothing) for place in places] for found in (one, other)]
    unlisted = _unlisted(question, one), _unlisted(question, other)
    rows = tuple(_rows(question, places, firsts, seconds, known))
    return Together(units, len(spans) - len(units), places, firsts, seconds, unlisted, rows)


def _unlisted(question: PairQuestion, found: Mapping[str, Sequence[int]]) -> int:
    return sum(sum(values) for place, values in found.items() if place not in question.listed)


def _values(store: Store, question: PairQuestion, measure: Measure, units: Sequence[Period]) -> dict[str, list[int]]:
    by = () if question.dimension is None else (question.dimension,)
    found = totals(store, Where(measure, question.city), question.tz, units, by) if units else {}
    places = {key for of_unit in found.values() for key in of_unit}
    return {"".join(key): [found[unit].get(key, NOTHING).value(measure) for unit in units] for key in sorted(places)}


def _rows(
    question: PairQuestion, places: Sequence[str], first: Table, second: Table, known: Sequence[bool]
) -> Iterator[Pairing]:
    for lag in question.lags:
        yield _pairing(EVERYWHERE, lag, first, second, known)
    for place, one, other in zip(places, first, second, strict=True) if question.dimension is not None else ():
        for lag in question.lags:
            yield _pairing(place, lag, [one], [other], known)


def _pairing(place: str, lag: int, first: Table, second: Table, known: Sequence[bool]) -> Pairing:
    """A pair is of a unit and of the one `lag` later, where both are known."""
    places_of = {unit: number for number, unit in enumerate(unit for unit, is_known in enumerate(known) if is_known)}
    pairs = [(number, places_of[unit + lag]) for unit, number in places_of.items() if unit + lag in places_of]
    one = [[values[number] for number, _ in pairs] for values in first]
    other = [[values[number] for _, number in pairs] for values in second]
    return Pairing(place, lag, sum(map(sum, one)), sum(map(sum, other)), associated(one, other))


def as_json(question: PairQuestion, found: Together) -> dict[str, Any]:
    """The object of `association --json`."""
    first, second, tz = question.first, question.second, question.tz
    return {
        "measure": first.name,
        "with": second.name,
        "city": question.city.name,
        "tz": tz,
        "by": {"unit": question.unit, "place": question.dimension},
        **edges_json(question.span, tz),
        "units": [edges_json(unit, tz) for unit in found.units],
        "left_out": found.left_out,
        "unlisted": {first.name: first.shown(found.unlisted[0]), second.name: second.shown(found.unlisted[1])},
        "counts": [
            {
                "place": place or None,
                first.name: [first.shown(value) for value in one],
                second.name: [second.shown(value) for value in other],
            }
            for place, one, other in zip(found.places, found.first, found.second, strict=True)
        ],
        "rows": [
            {
                "place": row.place or None,
                "lag": row.lag,
                "units": row.found.units,
                "n": row.found.pairs,
                first.name: first.shown(row.first),
                second.name: second.shown(row.second),
                "r": row.found.r,
                "interval": row.found.interval,
                "shifts": row.found.shifts,
                "as_far": row.found.as_far,
                "reason": row.found.why,
            }
            for row in found.rows
        ],
        "reads": "association only",
    }
