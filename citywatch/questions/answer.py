"""The answer to `report`: rows with their status, and beside each the unit before and the year before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

from citywatch.questions.clock import CityClock
from citywatch.questions.figures import NOTHING, Key, Total, totals
from citywatch.questions.gaps import gaps
from schemas.cities import City
from schemas.measures import Measure
from sinks.store import Store
from streams.core.compare import percent, poisson_z
from streams.core.periods import Period, previous, rfc3339, tiles, year_before

Status = Literal["provisional", "final", "restated", "incomplete"]

COMPARISONS = ("previous", "year")
WITHIN = (60, 180, 300)
"""Seconds of the 1-3-5 minute rule: the shares that a response measure shows."""


@dataclass(frozen=True)
class Question:
    """What is asked. `unit` tiles the span in time; `dimensions` that are not named are summed."""

    measure: Measure
    city: City
    tz: str
    span: Period
    unit: str | None = None
    dimensions: tuple[str, ...] = ()
    compare: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One figure. `partial`: its unit still runs, so `others` hold the same elapsed span of the earlier ones."""

    period: Period
    key: Key
    total: Total
    status: Status
    partial: bool
    others: dict[str, tuple[Period, Total]] = field(default_factory=dict)


def answer(store: Store, question: Question, clock: CityClock) -> list[Row]:
    """The rows, in order of time and then of the dimensions. Blocks on the store.

    A row whose time a gap of the log may have touched is `incomplete`, whatever else it is.
    """
    lacking = gaps(store, question.measure, question.city)
    units = [question.span] if question.unit is None else tiles(question.span, question.unit, question.tz)
    compared = {unit: _compared(unit, question, clock) for unit in units}
    spans = {*units, *(other for others in compared.values() for other in others.values())}
    found = totals(store, question.measure, question.city, question.tz, spans, question.dimensions)
    rows = [row for unit in units for row in _rows(unit, compared[unit], found, question, clock)]
    return [_marked(row, lacking) for row in rows] if lacking else rows


def _marked(row: Row, lacking: Sequence[Period]) -> Row:
    touched = any(row.period.start < gap.end and gap.start < row.period.end for gap in lacking)
    return replace(row, status="incomplete") if touched else row


def _compared(unit: Period, question: Question, clock: CityClock) -> dict[str, Period]:
    elapsed = max(0, clock.as_of - unit.start) if _runs(unit, clock) and clock.as_of is not None else None
    spans = {
        "previous": lambda: previous(unit, question.unit, question.tz, elapsed),
        "year": lambda: year_before(unit, question.tz, elapsed, question.unit),
    }
    return {name: spans[name]() for name in question.compare}


def _runs(unit: Period, clock: CityClock) -> bool:
    """Whether the unit is not over by the city's clock."""
    return clock.as_of is not None and clock.as_of < unit.end


def _rows(
    unit: Period,
    compared: dict[str, Period],
    found: dict[Period, dict[Key, Total]],
    question: Question,
    clock: CityClock,
) -> list[Row]:
    keys = set(found[unit]).union(*(found[other] for other in compared.values()))
    if not question.dimensions and (clock.as_of is None or unit.start < clock.as_of):
        keys.add(())
    partial = _runs(unit, clock)
    rows = []
    for key in sorted(keys):
        total = found[unit].get(key, NOTHING)
        others = {name: (other, found[other].get(key, NOTHING)) for name, other in compared.items()}
        if question.dimensions and not any(
            each.records or each.count for each in (total, *(t for _, t in others.values()))
        ):
            continue
        rows.append(Row(unit, key, total, _status(unit, total, clock), partial, others))
    return rows


def _status(unit: Period, total: Total, clock: CityClock) -> Status:
    if total.adjusted:
        return "restated"
    return "final" if unit.end <= clock.closed else "provisional"


def share(part: int, whole: int) -> str | None:
    """A percentage of the whole with one decimal, rounded half up; None of nothing."""
    if whole <= 0:
        return None
    tenths = int(Fraction(1000 * part, whole) + Fraction(1, 2))
    return f"{tenths // 10}.{tenths % 10}"


def mean(seconds: int, number: int) -> float | None:
    """Seconds per event with one decimal, rounded half up; None of nothing."""
    return int(Fraction(10 * seconds, number) + Fraction(1, 2)) / 10 if number > 0 else None


def as_json(question: Question, rows: Sequence[Row], clock: CityClock) -> dict[str, Any]:
    """The object of `report --json`."""
    measure = question.measure
    return {
        "measure": measure.name,
        "unit": measure.unit,
        "city": question.city.name,
        "tz": question.tz,
        "from": rfc3339(question.span.start, question.tz),
        "to": rfc3339(question.span.end, question.tz),
        "as_of": None if clock.as_of is None else rfc3339(clock.as_of, question.tz),
        "rows": [_row_json(question, row, clock) for row in rows],
    }


def _row_json(question: Question, row: Row, clock: CityClock) -> dict[str, Any]:
    measure, tz = question.measure, question.tz
    shown: dict[str, Any] = {
        **_period_json(row.period, tz),
        "by": dict(zip(question.dimensions, row.key, strict=True)),
        **_total_json(row.total, measure),
        "status": row.status,
    }
    if row.partial and clock.as_of is not None:
        shown |= {"partial": True, "as_of": rfc3339(clock.as_of, tz)}
    value = row.total.value(measure)
    for name, (period, total) in row.others.items():
        before = total.value(measure)
        shown[name] = {
            **_period_json(period, tz),
            **_total_json(total, measure),
            "percent": percent(value, before),
            # the spread of a sum of minutes is not Poisson's
            "z": None if measure.value == "seconds" else poisson_z(value, before),
        }
    return shown


def _period_json(period: Period, tz: str) -> dict[str, str]:
    return {"from": rfc3339(period.start, tz), "to": rfc3339(period.end, tz)}


def _total_json(total: Total, measure: Measure) -> dict[str, Any]:
    number = total.value(measure)
    if not measure.is_phase:
        return {"value": number}
    below = total.below(measure)
    return {
        "value": number,
        "seconds_mean": mean(total.seconds(measure), total.count),
        "within": {str(edge): {"n": below[edge], "percent": share(below[edge], total.count)} for edge in WITHIN},
        "buckets": {str(edge): below_edge for edge, below_edge in below.items()},
    }
