"""The answer to `report`: rows with their status, and beside each the unit before and the year before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from figures import quantiles
from figures.alike import Alike, alike_parts
from figures.compare import change, lacking, poisson_z
from figures.known import part_in_units
from figures.periods import Period, edges_json, rfc3339
from figures.queries import as_known
from figures.queries.clock import CityClock
from figures.queries.sums import NOTHING, Key, Total, Totals, Wanted, all_totals
from figures.queries.where import Where
from figures.spans import Spans, common, joined, length
from figures.stretches import EARLIER, Stretch, units_of
from schemas.cities import City
from schemas.measures import Measure
from sinks.store import Store

Status = Literal["provisional", "final", "restated", "incomplete"]

COMPARISONS = EARLIER


@dataclass(frozen=True)
class Question:
    """What is asked. `unit` tiles the span in time; `dimensions` that are not named are summed. `like_for_like`: where
    a side is not wholly known, the parts that both sides know are compared. `where`: filters that
    `figures.queries.where` has checked. `stretches`: campaigns or nights, in place of the units of `span`;
    `by_campaign`: rows are named by their campaigns. `decimals`: of percentages. `known_at`: only what was
    received until then counts."""

    measure: Measure
    city: City
    tz: str
    span: Period
    unit: str | None = None
    dimensions: tuple[str, ...] = ()
    compare: tuple[str, ...] = ()
    like_for_like: bool = False
    where: Mapping[str, str] = field(default_factory=dict, hash=False)
    stretches: tuple[Stretch, ...] = ()
    by_campaign: bool = False
    decimals: int = 1
    known_at: as_known.Moment | None = None

    def units(self) -> tuple[Stretch, ...]:
        """What a row is of, in order of time."""
        return units_of(self.span, self.unit, self.tz, self.stretches)

    def spans(self) -> Spans:
        """Every moment that is asked about."""
        return joined(part for stretch in self.stretches for part in stretch.parts) or (self.span,)

    def narrowed(self) -> Where:
        """What of the measure is asked for."""
        return Where(self.measure, self.city, self.where)


@dataclass(frozen=True)
class Earlier:
    """An earlier span beside a row: its total, the share of it that is known, and what may be compared.

    now, before: the totals that a percentage is made of; None where a side is not wholly known, and no part of both is.
    nights: how many of them, where it is of several.
    """

    period: Period
    total: Total
    coverage: float
    now: Total | None
    before: Total | None
    alike: Alike | None = None
    parts: Spans = ()
    nights: int | None = None

    @property
    def counted(self) -> Spans:
        """What of `period` is counted."""
        return self.parts or (self.period,)

    @property
    def is_known(self) -> bool:
        """False where nothing came, and nothing is known: that is no 0."""
        return _is_known(self.total, self.coverage)


@dataclass(frozen=True)
class ReportRow:
    """One figure. `over`: the part of its unit that is over by the measure's clock. Where it is compared its numbers
    are of that, and `others` of the same elapsed part of the earlier units; else they are of all that came.
    `coverage`: the share of `over` that is known. `nights`: how many of them are over, where it is of several."""

    period: Period
    over: Period
    key: Key
    total: Total
    status: Status
    coverage: float
    others: dict[str, Earlier] = field(default_factory=dict)
    parts: Spans = ()
    nights: int | None = None
    campaign: str = ""

    @property
    def counted(self) -> Spans:
        """What of `over` is counted."""
        return self.parts or (self.over,)

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
    (rows,) = answers(store, [(question, clock)])
    return rows


def answers(store: Store, questions: Sequence[tuple[Question, CityClock]]) -> list[list[ReportRow]]:
    """The answer to each of them, for little more than one costs. Blocks on the store."""
    units = [_units(question, clock) for question, clock in questions]
    wanted = []
    for (question, _), asked in zip(questions, units, strict=True):
        where, spans, counted = question.narrowed(), _spans(asked), None
        if question.known_at is not None:
            as_known.refuse_gone(store, where.events, spans)
            counted = as_known.figures(where, spans, question.known_at)
        wanted.append(Wanted(where, question.tz, spans, question.dimensions, counted))
    return [_rows(asked, found) for asked, found in zip(units, all_totals(store, wanted), strict=True)]


def rows_of(question: Question, clock: CityClock, told: Callable[[Collection[Period]], Totals]) -> list[ReportRow]:
    """The same of totals that are told elsewhere, which are asked for once."""
    asked = _units(question, clock)
    return _rows(asked, told(_spans(asked)))


def _units(question: Question, clock: CityClock) -> list[_Asked]:
    return [_Asked(unit, question, clock) for unit in question.units()]


def _spans(asked: Sequence[_Asked]) -> set[Period]:
    return {span for each in asked for span in each.spans()}


def _rows(asked: Sequence[_Asked], found: Totals) -> list[ReportRow]:
    return [row for each in asked for row in each.rows(found)]


class _Asked:
    """One unit of a question: the spans that it needs, and the rows that come of them."""

    def __init__(self, unit: Stretch, question: Question, clock: CityClock) -> None:
        self._unit = unit
        self._question = question
        self._clock = clock
        known, tz = clock.known, question.tz
        self._over = unit.over(clock.as_of)
        self._is_whole = known.covers_all(self._over.parts)
        self._coverage = known.share(self._over.parts)
        self._counted = (self._over if question.compare else unit).parts
        self._earlier = {name: unit.earlier(name, tz, clock.as_of) for name in question.compare}
        self._coverages = {name: known.share(earlier) for name, earlier in self._earlier.items()}
        self._whole = {name for name, earlier in self._earlier.items() if self._is_whole and known.covers_all(earlier)}
        self._alike = {
            name: alike_parts(known, self._over.parts, earlier, tz)
            for name, earlier in self._earlier.items()
            if question.like_for_like and name not in self._whole
        }

    def spans(self) -> Iterator[Period]:
        """Every span whose total is needed."""
        yield from self._counted
        for earlier in self._earlier.values():
            yield from earlier
        for parts in self._alike.values():
            yield from parts.now
            yield from parts.earlier

    def rows(self, found: Mapping[Period, Mapping[Key, Total]]) -> Iterator[ReportRow]:
        keys = {key for parts in (self._counted, *self._earlier.values()) for part in parts for key in found[part]}
        unit, over, as_of = self._unit, self._over, self._clock.as_of
        frame = unit.period
        ends = frame if as_of is None or not unit.runs(as_of) else frame.until(as_of)
        if not self._question.dimensions and (as_of is None or frame.start < as_of):
            keys.add(())
        for key in sorted(keys):
            total = _sum(found, self._counted, key)
            others = {name: self._beside(name, key, total, found) for name in self._earlier}
            if self._question.dimensions and not any(
                each.records or each.count for each in (total, *(other.total for other in others.values()))
            ):
                continue
            yield ReportRow(
                frame,
                ends,
                key,
                total,
                self._status(total),
                self._coverage,
                others,
                over.parts,
                over.nights,
                unit.campaign,
            )

    def _beside(self, name: str, key: Key, total: Total, found: Mapping[Period, Mapping[Key, Total]]) -> Earlier:
        spans, parts = self._earlier[name], self._alike.get(name)
        period = Period(spans[0].start, spans[-1].end)
        before = _sum(found, spans, key)
        if name in self._whole:
            pair: tuple[Total | None, Total | None] = (total, before)
        elif parts is not None and parts.now:
            pair = _sum(found, parts.now, key), _sum(found, parts.earlier, key)
        else:
            pair = None, None
        nights = None if self._over.nights is None else len(spans)
        return Earlier(period, before, self._coverages[name], *pair, parts, spans, nights)

    def _status(self, total: Total) -> Status:
        if not self._is_whole:
            return "incomplete"
        if total.adjusted:
            return "restated"
        return "final" if self._unit.period.end <= self._clock.closed else "provisional"


def _sum(found: Mapping[Period, Mapping[Key, Total]], parts: Spans, key: Key) -> Total:
    if len(parts) == 1:
        return found[parts[0]].get(key, NOTHING)
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
        now, before = of_known(row.counted, row.coverage), of_known(other.counted, other.coverage)
        return f"not comparable: {now} here, {before} there"
    return lacking(other.before.value(measure), measure.scale)


def of_known(spans: Spans, coverage: float) -> str:
    """The share of spans that is known, in words: `11.5 of 31 days known`."""
    part, whole, unit = part_in_units(length(spans), coverage)
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
        **edges_json(question.span, tz),
        **as_known.known_at_json(question.known_at, tz),
        **_stretches_json(question),
        "as_of": None if clock.as_of is None else rfc3339(clock.as_of, tz),
        "without": [{"source": absent.source, "since": rfc3339(absent.since, tz)} for absent in clock.known.absent],
        "known": [edges_json(span, tz) for span in common(clock.known.spans, question.spans())],
        "rows": [_row_json(question, row, clock) for row in rows],
    }


def _row_json(question: Question, row: ReportRow, clock: CityClock) -> dict[str, Any]:
    measure, tz = question.measure, question.tz
    shown: dict[str, Any] = {
        **edges_json(row.period, tz),
        **_nights_json(row.nights),
        "by": by_names(question, row),
        **_total_json(row.total, measure, is_known=row.is_known),
        "status": row.status,
        "coverage": row.coverage,
    }
    if row.partial and clock.as_of is not None:
        shown |= {"partial": True, "as_of": rfc3339(clock.as_of, tz)}
    for name, other in row.others.items():
        shown[name] = {
            **edges_json(other.period, tz),
            **_nights_json(other.nights),
            **_total_json(other.total, measure, is_known=other.is_known),
            "coverage": other.coverage,
            **_comparison_json(row, other, question),
        }
    return shown


def _comparison_json(row: ReportRow, other: Earlier, question: Question) -> dict[str, Any]:
    measure, tz, decimals = question.measure, question.tz, question.decimals
    why = reason(row, other, measure)
    if other.now is None or other.before is None:
        return {"percent": None, "z": None, "reason": why}
    now, before = other.now.value(measure), other.before.value(measure)
    compared: dict[str, Any] = {
        "percent": change(now, before, decimals, measure.scale),
        # the spread of a sum is not Poisson's
        "z": None if measure.summed is not None else poisson_z(now, before),
    }
    if other.alike is not None:
        compared["like_for_like"] = {
            "value": measure.shown(now),
            "before": measure.shown(before),
            "now": [edges_json(part, tz) for part in other.alike.now],
            "earlier": [edges_json(part, tz) for part in other.alike.earlier],
        }
    return compared if why is None else {**compared, "reason": why}


def by_names(question: Question, row: ReportRow) -> dict[str, str]:
    """What a row is of, by what was asked for beside its time."""
    named = {"campaign": row.campaign} if question.by_campaign else {}
    return named | dict(zip(question.dimensions, row.key, strict=True))


def _nights_json(nights: int | None) -> dict[str, int]:
    return {} if nights is None else {"nights": nights}


def _stretches_json(question: Question) -> dict[str, Any]:
    """The campaigns that rows are of, or the nights of one figure."""
    campaigns = question.city.campaigns
    found: dict[str, Any] = {}
    if named := [stretch for stretch in question.stretches if stretch.campaign]:
        found["campaigns"] = [
            {
                "name": stretch.campaign,
                "zh": campaigns[stretch.campaign].zh,
                "en": campaigns[stretch.campaign].en,
                **edges_json(stretch.period, question.tz),
            }
            for stretch in named
        ]
    if nights := [part for stretch in question.stretches if stretch.nights for part in stretch.parts]:
        found["nights"] = [edges_json(night, question.tz) for night in nights]
    return found


def _total_json(total: Total, measure: Measure, *, is_known: bool) -> dict[str, Any]:
    number = measure.shown(total.value(measure)) if is_known else None
    phase = measure.phase
    if phase is None:
        return {"value": number}
    below = total.below(measure)
    told = {edge: n if is_known else None for edge, n in below.items()}
    return {
        "value": number,
        "seconds_mean": mean(total.seconds(measure), total.count),
        "within": {str(edge): {"n": told[edge], "percent": share(below[edge], total.count)} for edge in phase.shown},
        "buckets": {str(edge): n for edge, n in told.items()},
        **quantiles.as_json(total.count, below),
    }
