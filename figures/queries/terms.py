"""Sums of figures over units of time: what ratios are made of, and figures that are sums themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Protocol

from figures.periods import Period
from figures.queries.answer import Question, ReportRow, answer
from figures.queries.as_known import Moment
from figures.queries.clock import CityClock, city_clock
from figures.queries.stock_answer import StockQuestion, StockRow, stock_answer
from figures.stretches import Stretch, units_of
from schemas.cities import City
from schemas.derived import parts_of
from schemas.measure import Measure
from schemas.ratio import Term
from schemas.stock import Stock
from sinks.store import Store

Key = tuple[str, ...]
Place = tuple[Period, Key]
"""A unit and the codes of a row."""

STATUSES = ("final", "restated", "provisional", "incomplete")
"""Of a sum the last of those of its figures."""


@dataclass(frozen=True)
class Asked:
    """What is asked of terms; as a report of a measure has it."""

    city: City
    tz: str
    span: Period
    unit: str | None = None
    dimensions: tuple[str, ...] = ()
    compare: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict, hash=False)
    stretches: tuple[Stretch, ...] = ()
    known_at: Moment | None = None
    decimals: int = 1
    """Of the percentages of a sum; a ratio has its own."""


@dataclass(frozen=True)
class Part:
    """A value, the share of its span that is known, and whether there is any at all: if not it is no 0."""

    value: int = 0
    coverage: float = 1.0
    is_known: bool = True

    def nothing(self) -> Part:
        """The same span where nothing came."""
        return Part(0, self.coverage, self.coverage > 0)

    def __add__(self, other: Part) -> Part:
        return Part(self.value + other.value, min(self.coverage, other.coverage), self.is_known and other.is_known)


@dataclass(frozen=True)
class TermRow:
    """Of one unit and key. others: by comparison, each with its span. partial: the unit still runs."""

    part: Part
    status: str
    partial: bool
    others: Mapping[str, tuple[Period, Part]]

    def nothing(self) -> TermRow:
        """The same unit where nothing came."""
        others = {name: (period, part.nothing()) for name, (period, part) in self.others.items()}
        return TermRow(self.part.nothing(), "final" if self.status == "restated" else self.status, self.partial, others)

    def __add__(self, other: TermRow) -> TermRow:
        others = {name: (period, part + other.others[name][1]) for name, (period, part) in self.others.items()}
        status = max(self.status, other.status, key=STATUSES.index)
        return TermRow(self.part + other.part, status, self.partial or other.partial, others)


@dataclass(frozen=True)
class Found:
    """Rows of a term, and what one has that is not among them: all that is known, and nothing came."""

    rows: Mapping[Place, TermRow]
    of_unit: Mapping[Period, TermRow]

    def at(self, place: Place) -> TermRow | None:
        """None of a unit that has not begun."""
        return self.rows.get(place, self.of_unit.get(place[0]))


class Told(Protocol):
    """Where figures of a city are asked."""

    def clock(self, topic: str) -> CityClock: ...

    def measured(self, question: Question, clock: CityClock) -> Sequence[ReportRow]: ...

    def stood(self, question: StockQuestion, clock: CityClock) -> Sequence[StockRow]: ...


@dataclass(frozen=True)
class Stored:
    """The store; each of these blocks on it. clock_at: up to when clocks are told, as `city_clock` takes it."""

    store: Store
    city: City
    clock_at: int | None = None

    def clock(self, topic: str) -> CityClock:
        return city_clock(self.store, self.city, [topic], self.clock_at)

    def measured(self, question: Question, clock: CityClock) -> Sequence[ReportRow]:
        return answer(self.store, question, clock)

    def stood(self, question: StockQuestion, clock: CityClock) -> Sequence[StockRow]:
        return stock_answer(self.store, question, clock)


class Terms:
    """Asks for terms, all of one question: what several of them have in common is asked once."""

    def __init__(self, told: Told, asked: Asked) -> None:
        self.asked = asked
        self._told = told
        self._clocks: dict[str, CityClock] = {}
        self._found: dict[tuple[str, tuple[tuple[str, str], ...]], Found] = {}

    def found(self, *terms: Term) -> Found:
        """The sum of terms. Blocks where they are asked. The filters of a question are those of all its figures."""
        return reduce(_sum, (self._one(figure, where) for term in terms for figure, where in parts_of(term)))

    def _one(self, figure: Measure | Stock, where: Mapping[str, str]) -> Found:
        name = (figure.name, tuple(sorted(where.items())))
        if name not in self._found:
            self._found[name] = self._ask(figure, replace(self.asked, where={**where, **self.asked.where}))
        return self._found[name]

    def _ask(self, figure: Measure | Stock, asked: Asked) -> Found:
        clock = self._clock(figure.topic)
        rows = _rows(self._told, figure, asked, clock)
        of_unit = {period: row.nothing() for (period, _), row in rows.items()}
        units = units_of(asked.span, asked.unit, asked.tz, asked.stretches)
        as_of = clock.as_of
        begun = {unit.period for unit in units if as_of is None or unit.period.start < as_of}
        if begun - of_unit.keys():  # nothing came there: what is known of that is asked for without dimensions
            whole = _rows(self._told, figure, replace(asked, dimensions=()), clock)
            of_unit |= {period: row.nothing() for (period, _), row in whole.items()}
        return Found(rows, of_unit)

    def _clock(self, topic: str) -> CityClock:
        if topic not in self._clocks:
            self._clocks[topic] = self._told.clock(topic)
        return self._clocks[topic]


def _rows(told: Told, figure: Measure | Stock, asked: Asked, clock: CityClock) -> dict[Place, TermRow]:
    where = (asked.city, asked.tz, asked.span, asked.unit, asked.dimensions, asked.compare)
    if isinstance(figure, Stock):
        stock = StockQuestion(figure, *where, asked.where, stretches=asked.stretches, known_at=asked.known_at)
        return {
            (row.period, row.key): TermRow(
                Part(row.at.level.value, row.at.coverage, row.at.is_known),
                row.status,
                row.partial,
                {
                    name: (
                        Period(before.moment, before.moment),
                        Part(before.level.value, before.coverage, before.is_known),
                    )
                    for name, before in row.others.items()
                },
            )
            for row in told.stood(stock, clock)
        }
    question = Question(figure, *where, where=asked.where, stretches=asked.stretches, known_at=asked.known_at)
    return {
        (row.period, row.key): TermRow(
            Part(row.total.value(figure), row.coverage, row.is_known),
            row.status,
            row.partial,
            {
                name: (other.period, Part(other.total.value(figure), other.coverage, other.is_known))
                for name, other in row.others.items()
            },
        )
        for row in told.measured(question, clock)
    }


def _sum(one: Found, other: Found) -> Found:
    rows = {
        place: mine + theirs
        for place in one.rows.keys() | other.rows.keys()
        if (mine := one.at(place)) is not None and (theirs := other.at(place)) is not None
    }
    both = one.of_unit.keys() & other.of_unit.keys()
    return Found(rows, {unit: one.of_unit[unit] + other.of_unit[unit] for unit in both})
