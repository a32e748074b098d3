"""One figure of the live state by what is asked of it: `/live/figure` and `/live/alarms`.

Figures are answered as `citywatch report --json` answers from the store, alarms as they stand on their topic; what the
live state does not hold is `not_live`, with the reason in place of rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Protocol

from msgspec import to_builtins

from figures.periods import UNITS, Period, date_of, period_of, span, year_before
from figures.quantiles import QUANTILES
from figures.queries import answer, funnels, ratios, stock_answer
from figures.queries.clock import CityClock
from figures.queries.streaked import as_json as streaks_json
from figures.queries.streaked import streaks_of
from figures.queries.sums import Totals
from figures.queries.terms import Asked, Terms, Told
from figures.streaks import Direction
from figures.stretches import EARLIER, NIGHT, Split, campaign_by, dates_of_nights, nights_by
from schemas.alarms import STATES
from schemas.cities import City
from schemas.clocks import CLOCKS, FLOORS, TRENDS
from schemas.derived import DERIVED, Derived, dimensions, terms_of, topics_of
from schemas.funnel import Funnel
from schemas.measure import Measure
from schemas.measures import MEASURES
from schemas.ratio import Ratio, Sum
from schemas.spelling import nearest
from schemas.stock import Stock
from streams.live.state import CityState, LiveState
from streams.live.told import LiveTold, NotLive

MOST_ALARMS = 1_000
"""Alarms that are told; all are counted."""

FIGURE_WORDS = ("city", "name", "by", "from", "to", "campaign", "nights", "compare", "where", "streak", "decimals")
ALARM_WORDS = ("city", "clock", "state", "subject")

DIRECTIONS: Mapping[str, Direction] = {"falling": "falling", "rising": "rising"}


class WrongQuestion(ValueError):
    """What is asked is nothing that can be answered; the text says why."""


Words = Mapping[str, str]
"""As they stand in the address."""


def figure(state: LiveState, words: Words) -> dict[str, Any]:
    """The object of `report --json` for a measure, stock, funnel, sum or ratio. Takes the state's lock. Raises
    WrongQuestion."""
    _refuse_others(words, FIGURE_WORDS)
    name = words.get("name", "")
    found = MEASURES.get(name) or DERIVED.get(name)
    if found is None:
        raise WrongQuestion(f"no figure {name!r}{nearest(name, (*MEASURES, *DERIVED))}")
    with state.lock:
        city = _city(state, words)
        try:
            said = Answer(LiveTold(state, city), city.city, city.floor, words).of(found)
        except NotLive as away:
            return {"measure": name, "city": city.city.name, "not_live": str(away)}
    return said


def alarms(state: LiveState, words: Words) -> dict[str, Any]:
    """Alarms of clocks in any state, as their topic has them: those that were given last first. `counts` are
    of all of them. Takes the state's lock. Raises WrongQuestion."""
    _refuse_others(words, ALARM_WORDS)
    states = _split(words.get("state", "")) or list(STATES)
    for what, wanted, there in (
        ("state", states, STATES),
        ("clock", _split(words.get("clock", "")), (*CLOCKS, *FLOORS, *TRENDS)),
    ):
        for one in wanted:
            if one not in there:
                raise WrongQuestion(f"no {what} {one!r}{nearest(one, there)}")
    clocks = _split(words.get("clock", ""))
    with state.lock:
        city = _city(state, words)
        if not state.has_all_steps or not state.alarms.is_standing_known:
            return {"city": city.city.name, "not_live": "not all alarms are known yet"}
        every = [
            alarm
            for alarm in state.alarms.every(city.city)
            if alarm.state in states
            and (not clocks or alarm.clock in clocks)
            and words.get("subject", alarm.subject) == alarm.subject
        ]
    every.sort(key=lambda alarm: (-alarm.raised_at, alarm.clock, alarm.source, alarm.subject))
    return {
        "city": city.city.name,
        "counts": dict(sorted(Counter(alarm.state for alarm in every).items())),
        "alarms": [to_builtins(alarm) for alarm in every[:MOST_ALARMS]],
    }


class Tells(Told, Protocol):
    """Where all kinds of figures are asked."""

    def totals(self, question: answer.Question, clock: CityClock, spans: Collection[Period]) -> Totals: ...

    def came(self, question: funnels.FunnelQuestion, clock: CityClock) -> Sequence[funnels.FunnelRow]: ...


class Answer:
    """What is said to some words. floor: what was before is not held."""

    def __init__(self, told: Tells, city: City, floor: int, words: Words) -> None:
        self._told = told
        self._city = city
        self._floor = floor
        self._words = words
        self._compare = tuple(_split(words.get("compare", "")))
        for name in self._compare:
            if name not in EARLIER:
                raise WrongQuestion(f"compare {name!r} is none of {', '.join(EARLIER)}")
        decimals = words.get("decimals", "1")
        if not decimals.isdecimal() or int(decimals) > 4:
            raise WrongQuestion(f"decimals {decimals!r} is no number from 0 to 4")
        self._decimals = int(decimals)

    def of(self, found: Measure | Derived) -> dict[str, Any]:
        """The object of `report --json`. Raises WrongQuestion."""
        if isinstance(found, Measure):
            return self._streak(found) if "streak" in self._words else self._measure(found)
        if "streak" in self._words:
            raise WrongQuestion("streak is for measures")
        if isinstance(found, Stock):
            return self._stock(found)
        return self._funnel(found) if isinstance(found, Funnel) else self._terms(found)

    def _measure(self, measure: Measure) -> dict[str, Any]:
        clock = self._told.clock(measure.topic)
        by = self._by(measure.dimensions)
        when = self._when(by[0], clock)
        question = answer.Question(
            measure, self._city, self._city.tz, when.span, when.unit, by[1], self._compare,
            where=self._where((*measure.dimensions, "source")), stretches=when.stretches, decimals=self._decimals,
        )  # fmt: skip
        said = answer.as_json(question, self._told.measured(question, clock), clock)
        return said if measure.phase is None else {**said, "rows": [with_shown(row, measure) for row in said["rows"]]}

    def _streak(self, measure: Measure) -> dict[str, Any]:
        direction = DIRECTIONS.get(self._words["streak"])
        if direction is None:
            raise WrongQuestion(f"streak is {' or '.join(DIRECTIONS)}")
        if self._words.keys() & {"campaign", "nights", "compare"}:
            raise WrongQuestion("a streak is of months beside the year before; it takes from and to")
        clock = self._told.clock(measure.topic)
        unit, by = self._by(measure.dimensions)
        if unit not in (None, "month") or by:
            raise WrongQuestion("a live streak is of a measure in all")
        when = self._when("month", clock, self._first_month(clock))
        question = answer.Question(measure, self._city, self._city.tz, when.span, "month", (), ("year",))
        found = streaks_of(question, clock, direction, lambda spans: self._told.totals(question, clock, spans))
        return streaks_json(question, found, clock, direction)

    def _first_month(self, clock: CityClock) -> str:
        """The first month of those at the end that are known and held with the year before them."""
        tz, known = self._city.tz, clock.known
        first = period_of((clock.as_of or 1) - 1, "month", tz)
        while True:
            month = period_of(first.start - 1, "month", tz)
            gone = (each.until(self._floor) for each in (month, year_before(month, tz)))
            if not known.part(month) or any(map(known.part, gone)):
                return date_of(first.start, None, tz).isoformat()
            first = month

    def _stock(self, stock: Stock) -> dict[str, Any]:
        clock = self._told.clock(stock.topic)
        unit, by = self._by(stock.dimensions)
        when = self._when(unit, clock)
        question = stock_answer.StockQuestion(
            stock, self._city, self._city.tz, when.span, when.unit, by, self._compare,
            self._where(stock.dimensions), stretches=when.stretches, decimals=self._decimals,
        )  # fmt: skip
        return stock_answer.as_json(question, self._told.stood(question, clock), clock)

    def _funnel(self, funnel: Funnel) -> dict[str, Any]:
        self._refuse_decimals(funnel)
        if self._compare or "nights" in self._words:
            raise WrongQuestion(f"{funnel.name} is a funnel: compare and nights are not for those")
        clock = self._told.clock(funnel.topic)
        unit, by = self._by(funnel.dimensions)
        when = self._when(unit, clock)
        question = funnels.FunnelQuestion(
            funnel, self._city, self._city.tz, when.span, when.unit, by, self._where(funnel.dimensions), when.stretches
        )
        return funnels.as_json(question, self._told.came(question, clock), clock)

    def _refuse_decimals(self, figure: Ratio | Funnel) -> None:
        if "decimals" in self._words:
            raise WrongQuestion(f"{figure.name} has decimals of its own")

    def _terms(self, found: Ratio | Sum) -> dict[str, Any]:
        if isinstance(found, Ratio):
            self._refuse_decimals(found)
        clocks = [self._told.clock(topic) for topic in topics_of(*terms_of(found))]
        slowest = min(clocks, key=lambda clock: clock.as_of or 0)
        unit, by = self._by(dimensions(found))
        when = self._when(unit, slowest)
        where = self._where(dimensions(found))
        asked = Asked(
            self._city, self._city.tz, when.span, when.unit, by, self._compare, where, stretches=when.stretches,
            decimals=self._decimals,
        )  # fmt: skip
        terms = Terms(self._told, asked)
        rows = ratios.ratio_answer(terms, found) if isinstance(found, Ratio) else ratios.sum_answer(terms, found)
        return ratios.as_json(found, asked, rows, slowest.as_of)

    def _by(self, known: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
        """The unit of time, and the dimensions: those that are declared."""
        asked = _split(self._words.get("by", ""))
        units, others = [name for name in asked if name in UNITS], [name for name in asked if name not in UNITS]
        for name in others:
            if name not in known:
                raise WrongQuestion(f"by {name!r} is none of {', '.join((*UNITS, *known))}{nearest(name, known)}")
        if len(units) > 1 or len(set(others)) < len(others):
            raise WrongQuestion("by takes one unit of time, and each dimension once")
        return (units[0] if units else None), tuple(others)

    def _where(self, known: Sequence[str]) -> dict[str, str]:
        found = {}
        for part in _split(self._words.get("where", "")):
            name, equals, code = part.partition("=")
            if not equals or name not in known:
                raise WrongQuestion(f"where {part!r} is not NAME=CODE with a name of: {', '.join(known)}")
            if name in found:
                raise WrongQuestion(f"where has {name} twice; ask once for each")
            found[name] = code
        return found

    def _when(self, unit: str | None, clock: CityClock, first: str = "") -> Split:
        words, city, tz = self._words, self._city, self._city.tz
        if len(words.keys() & {"campaign", "nights"}) + bool(words.keys() & {"from", "to"}) > 1:
            raise WrongQuestion("campaign, nights, and from with to say when, each by itself")
        if "campaign" in words:
            name = words["campaign"]
            if name not in city.campaigns:
                raise WrongQuestion(f"no campaign {name!r} of {city.name}{nearest(name, city.campaigns)}")
            return campaign_by(name, city.campaigns[name], tz, unit)
        if "nights" in words:
            return _of_nights(words["nights"], unit, tz)
        if clock.as_of is None:
            raise NotLive("no heartbeat has come yet")
        start = _edge(words.get("from", first) or _month_of(clock.as_of, tz), unit, tz, end=False)
        end = _edge(words["to"], unit, tz, end=True) if "to" in words else clock.as_of
        if end <= start:
            raise WrongQuestion("to is not after from")
        return Split(Period(start, end), unit)


def _of_nights(text: str, unit: str | None, tz: str) -> Split:
    try:
        first, last = dates_of_nights(text)
    except ValueError:
        raise WrongQuestion(f"nights {text!r} is not FROM..TO with the dates on which they begin") from None
    if last < first or last - first > timedelta(days=400) or unit not in (None, NIGHT):
        raise WrongQuestion(f"nights {text!r}: from the first to the last, 400 at most, by night only")
    return nights_by(first, last, tz, unit)


def _edge(text: str, unit: str | None, tz: str, *, end: bool) -> int:
    """A date, of which `to` is the last one, or Unix seconds."""
    if text.isdecimal() and len(text) <= 10:
        return int(text)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise WrongQuestion(f"{text!r} is neither a date nor Unix seconds") from None
    whole = span(day, day, tz, unit)
    return whole.end if end else whole.start


def _month_of(as_of: int, tz: str) -> str:
    return date_of(period_of(as_of - 1, "month", tz).start, None, tz).isoformat()


def with_shown(row: dict[str, Any], measure: Measure) -> dict[str, Any]:
    """A row of a phase with the edges that the live cells have, without what is made of all of them."""
    assert measure.phase is not None
    edges = {str(edge) for edge in measure.phase.shown}
    found = {name: each for name, each in row.items() if name not in QUANTILES}
    found["buckets"] = {edge: number for edge, number in row["buckets"].items() if edge in edges}
    for name in EARLIER:
        if name in found:
            found[name] = with_shown(found[name], measure)
    return found


def _city(state: LiveState, words: Words) -> CityState:
    name = words.get("city", "")
    found = state.cities.get(name, state.fixtures.get(name))
    if found is None:
        raise WrongQuestion(f"no city {name!r} is declared{nearest(name, state.cities)}")
    return found


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _refuse_others(words: Words, known: Sequence[str]) -> None:
    for word in words:
        if word not in known:
            raise WrongQuestion(f"{word!r} is none of {', '.join(known)}{nearest(word, known)}")
