"""The answer to `report`: rows with their status, and beside each the unit before and the year before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from figures.alike import Alike, alike
from figures.compare import percent, poisson_z
from figures.known import part_in_units
from figures.periods import Period, previous, rfc3339, tiles, year_before
from figures.queries import as_known
from figures.queries.clock import CityClock
from figures.queries.sums import NOTHING, Key, Total, totals
from figures.queries.where import Where
from figures.spans import Spans
from schemas.cities import City
from schemas.measures import Measure
from sinks.store import Store

Status = Literal["provisional", "final", "restated", "incomplete"]

COMPARISONS = ("previous", "year")


@dataclass(frozen=True)
class Question:
    """What is asked. `unit` tiles the span in time; `dimensions` that are not named are summed. `like_for_like`: where
    a side is not wholly known, the parts that both sides know are compared. `where`: filters that
    `figures.queries.where` has checked. `known_at`: only what was received until then counts."""

    measure: Measure
    city: City
    tz: str
    span: Period
    unit: str | None = None
    dimensions: tuple[str, ...] = ()
    compare: tuple[str, ...] = ()
    like_for_like: bool = False
    where: Mapping[str, str] = field(default_factory=dict, hash=False)
    known_at: int | None = None

    def narrowed(self) -> Where:
        """What of the measure is asked for."""
        return Where(self.measure, self.city, self.where)

    def units(self) -> list[Period]:
        """The spans that rows are of."""
        return [self.span] if self.unit is None else tiles(self.span, self.unit, self.tz)


@dataclass(frozen=True)
class Earlier:
    """An earlier span beside a row: its total, the share of it that is known, and what may be compared.

    now, before: the totals that a percentage is made of; None where a side is not wholly known, and no part of both is.
    """

    period: Period
    total: Total
    coverage: float
    now: Total | None
    before: Total | None
    alike: Alike | None = None

    @property
    def is_known(self) -> bool:
        """False where nothing came, and nothing is known: that is no 0."""
        return _is_known(self.total, self.coverage)


@dataclass(frozen=True)
class ReportRow:
    """One figure. `over`: the part of its unit that is over by the measure's clock. Where it is compared its numbers
    are of that, and `others` of the same elapsed part of the earlier units; else they are of all that came.
    `coverage`: the share of `over` that is known."""

    period: Period
    over: Period
    key: Key
    total: Total
    status: Status
    coverage: float
    others: dict[str, Earlier] = field(default_factory=dict)

    @property
    def partial(self) -> bool:
        """Whether the unit still runs."""
        return self.over != self.period

    @property
    def is_known(self) -> bool:
        """False where nothing came, and nothing is known: that is no 0."""
        return _is_known(self.total, self.coverage)


def _is_known(total: Total, coverage: float) -> bool:
    return coverage > 0 or total.records != 0


def answer(store: Store, question: Question, clock: CityClock) -> list[ReportRow]:
    """The rows, in order of time and then of the dimensions. Blocks on the store.

    A row of which not all is known is `incomplete`, whatever else it is. Raises WrongUse where it is asked as known at
    a moment, and raw rows are gone.
    """
    asked = [_Asked(unit, question, clock) for unit in question.units()]
    where, spans = question.narrowed(), {span for each in asked for span in each.spans()}
    counted = "figures"
    if question.known_at is not None:
        as_known.refuse_gone(store, where, spans)
        counted = as_known.figures(where, spans, question.known_at)
    found = totals(store, where, question.tz, spans, question.dimensions, counted)
    return [row for each in asked for row in each.rows(found)]


class _Asked:
    """One unit of a question: the spans that it needs, and the rows that come of them."""

    def __init__(self, unit: Period, question: Question, clock: CityClock) -> None:
        self._unit = unit
        self._question = question
        self._clock = clock
        known = clock.known
        self._over = clock.over(unit)
        self._is_whole = known.covers(self._over)
        self._coverage = known.coverage(self._over)
        self._counted = self._over if question.compare else unit
        self._earlier = self._compared()
        self._coverages = {name: known.coverage(earlier) for name, earlier in self._earlier.items()}
        self._whole = {name for name, earlier in self._earlier.items() if self._is_whole and known.covers(earlier)}
        self._alike = {
            name: alike(known, self._over, earlier, question.tz)
            for name, earlier in self._earlier.items()
            if question.like_for_like and name not in self._whole
        }

    def spans(self) -> Iterator[Period]:
        """Every span whose total is needed."""
        yield self._counted
        yield from self._earlier.values()
        for parts in self._alike.values():
            yield from parts.now
            yield from parts.earlier

    def rows(self, found: Mapping[Period, Mapping[Key, Total]]) -> Iterator[ReportRow]:
        keys = set(found[self._counted]).union(*(found[earlier] for earlier in self._earlier.values()))
        as_of = self._clock.as_of
        if not self._question.dimensions and (as_of is None or self._unit.start < as_of):
            keys.add(())
        for key in sorted(keys):
            total = found[self._counted].get(key, NOTHING)
            others = {name: self._beside(name, key, total, found) for name in self._earlier}
            if self._question.dimensions and not any(
                each.records or each.count for each in (total, *(other.total for other in others.values()))
            ):
                continue
            yield ReportRow(self._unit, self._over, key, total, self._status(total), self._coverage, others)

    def _compared(self) -> dict[str, Period]:
        unit, question, tz = self._unit, self._question, self._question.tz
        elapsed = self._over.end - unit.start if self._over != unit else None
        spans = {
            "previous": lambda: previous(unit, question.unit, tz, elapsed),
            "year": lambda: year_before(unit, tz, elapsed, question.unit),
        }
        return {name: spans[name]() for name in question.compare}

    def _beside(self, name: str, key: Key, total: Total, found: Mapping[Period, Mapping[Key, Total]]) -> Earlier:
        period, parts = self._earlier[name], self._alike.get(name)
        before = found[period].get(key, NOTHING)
        if name in self._whole:
            pair: tuple[Total | None, Total | None] = (total, before)
        elif parts is not None and parts.now:
            pair = _sum(found, parts.now, key), _sum(found, parts.earlier, key)
        else:
            pair = None, None
        return Earlier(period, before, self._coverages[name], *pair, parts)

    def _status(self, total: Total) -> Status:
        if not self._is_whole:
            return "incomplete"
        if total.adjusted:
            return "restated"
        return "final" if self._unit.end <= self._clock.closed else "provisional"


def _sum(found: Mapping[Period, Mapping[Key, Total]], parts: Spans, key: Key) -> Total:
    return sum((found[part].get(key, NOTHING) for part in parts), NOTHING)


def share(part: int, whole: int) -> str | None:
    """A percentage of the whole with one decimal, rounded half up; None of nothing."""
    if whole <= 0:
        return None
    tenths = int(Fraction(1000 * part, whole) + Fraction(1, 2))
    return f"{tenths // 10}.{tenths % 10}"


def mean(seconds: int, number: int) -> float | None:
    """Seconds per event with one decimal, rounded half up; None of nothing."""
    return int(Fraction(10 * seconds, number) + Fraction(1, 2)) / 10 if number > 0 else None


def reason(row: ReportRow, other: Earlier, measure: Measure) -> str | None:
    """Why a row and an earlier span have no percentage; None where they have one."""
    if other.before is None:
        now, before = of_known(row.over, row.coverage), of_known(other.period, other.coverage)
        return f"not comparable: {now} here, {before} there"
    return None if other.before.value(measure) > 0 else "not defined: 0 before"


def of_known(period: Period, coverage: float) -> str:
    """The share of a span that is known, in words: `11.5 of 31 days known`."""
    part, whole, unit = part_in_units(period.end - period.start, coverage)
    return f"{part:g} of {whole:g} {unit} known"


def as_json(question: Question, rows: Sequence[ReportRow], clock: CityClock) -> dict[str, Any]:
    """The object of `report --json`."""
    measure, tz = question.measure, question.tz
    return {
        "measure": measure.name,
        "unit": measure.unit,
        "city": question.city.name,
        "tz": tz,
        **({"where": dict(question.where)} if question.where else {}),
        "from": rfc3339(question.span.start, tz),
        "to": rfc3339(question.span.end, tz),
        **({} if question.known_at is None else {"as_known_at": rfc3339(question.known_at, tz)}),
        "as_of": None if clock.as_of is None else rfc3339(clock.as_of, tz),
        "without": [{"source": absent.source, "since": rfc3339(absent.since, tz)} for absent in clock.known.absent],
        "known": [_period_json(span, tz) for span in clock.known.part(question.span)],
        "rows": [_row_json(question, row, clock) for row in rows],
    }


def _row_json(question: Question, row: ReportRow, clock: CityClock) -> dict[str, Any]:
    measure, tz = question.measure, question.tz
    shown: dict[str, Any] = {
        **_period_json(row.period, tz),
        "by": dict(zip(question.dimensions, row.key, strict=True)),
        **_total_json(row.total, measure, is_known=row.is_known),
        "status": row.status,
        "coverage": row.coverage,
    }
    if row.partial and clock.as_of is not None:
        shown |= {"partial": True, "as_of": rfc3339(clock.as_of, tz)}
    for name, other in row.others.items():
        shown[name] = {
            **_period_json(other.period, tz),
            **_total_json(other.total, measure, is_known=other.is_known),
            "coverage": other.coverage,
            **_comparison_json(row, other, measure, tz),
        }
    return shown


def _comparison_json(row: ReportRow, other: Earlier, measure: Measure, tz: str) -> dict[str, Any]:
    why = reason(row, other, measure)
    if other.now is None or other.before is None:
        return {"percent": None, "z": None, "reason": why}
    now, before = other.now.value(measure), other.before.value(measure)
    compared: dict[str, Any] = {
        "percent": percent(now, before),
        # the spread of a sum is not Poisson's
        "z": None if measure.summed is not None else poisson_z(now, before),
    }
    if other.alike is not None:
        compared["like_for_like"] = {
            "value": measure.shown(now),
            "before": measure.shown(before),
            "now": [_period_json(part, tz) for part in other.alike.now],
            "earlier": [_period_json(part, tz) for part in other.alike.earlier],
        }
    return compared if why is None else {**compared, "reason": why}


def _period_json(period: Period, tz: str) -> dict[str, str]:
    return {"from": rfc3339(period.start, tz), "to": rfc3339(period.end, tz)}


def _total_json(total: Total, measure: Measure, *, is_known: bool) -> dict[str, Any]:
    number = measure.shown(total.value(measure)) if is_known else None
    phase = measure.phase
    if phase is None:
        return {"value": number}
    below = total.below(measure)
    return {
        "value": number,
        "seconds_mean": mean(total.seconds(measure), total.count),
        "within": {str(edge): {"n": below[edge], "percent": share(below[edge], total.count)} for edge in phase.shown},
        "buckets": {str(edge): below_edge for edge, below_edge in below.items()},
    }
