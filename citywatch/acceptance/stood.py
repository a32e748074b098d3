"""Questions about stocks, funnels, sums, ratios and alarms, for one figure each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citywatch.acceptance.live_page import LivePage, NotShown
from citywatch.acceptance.question import CityStore, Codes
from citywatch.commandline.arguments import split_by
from citywatch.commandline.asked_time import TimeOptions, asked_time
from figures.queries import funnels, ratios, stock_answer
from figures.queries.clock import city_clock
from figures.queries.terms import Asked, Stored, Terms
from schemas.alarms import STANDING
from schemas.derived import DERIVED, Derived, dimensions, terms_of, topics_of
from schemas.funnel import Funnel
from schemas.ratio import Ratio
from schemas.stock import Stock
from sinks import alarms


@dataclass(frozen=True)
class Stood:
    """A row of `citywatch report` of a stock, funnel, sum or ratio.

    take: a field of the row, or of a stage of a funnel: `value`, `part`, `whole`, `transferred.n`. by, key: as those of
    a report of a measure.
    """

    name: str
    when: TimeOptions
    take: str = "value"
    by: str = ""
    key: Codes = ()

    def stored(self, asked: CityStore) -> Any:
        return self._answered(self._rows(asked, DERIVED[self.name]))

    def live(self, page: LivePage) -> Any:
        figure = DERIVED[self.name]
        allowed = figure.dimensions if isinstance(figure, Stock | Funnel) else dimensions(figure)
        said = page.figure(self.name, self.when, self.by, allowed)
        return said if isinstance(said, NotShown) else self._answered(said["rows"])

    def _answered(self, every: Sequence[Mapping[str, Any]]) -> Any:
        rows = [row for row in every if row["by"] == dict(self.key)]
        if not rows:
            return None
        found: Any = rows[0]
        for name in self.take.split("."):
            found = found[name]
        return found

    def _rows(self, asked: CityStore, figure: Derived) -> list[dict[str, Any]]:
        store, city, tz = asked.store, asked.city, asked.city.tz
        if isinstance(figure, Stock | Funnel):
            clock = city_clock(store, city, [figure.topic])
            unit, dims = split_by(self.by, figure.dimensions)
            when = asked_time(self.when, unit, city, tz, clock.as_of)
            if isinstance(figure, Stock):
                stock = stock_answer.StockQuestion(
                    figure, city, tz, when.span, when.unit, dims, stretches=when.stretches
                )
                found = stock_answer.as_json(stock, stock_answer.stock_answer(store, stock, clock), clock)
            else:
                way = funnels.FunnelQuestion(figure, city, tz, when.span, when.unit, dims, stretches=when.stretches)
                found = funnels.as_json(way, funnels.funnel_answer(store, way, clock), clock)
        else:
            clocks = [city_clock(store, city, [topic]) for topic in topics_of(*terms_of(figure))]
            slowest = min(clocks, key=lambda clock: clock.as_of or 0)
            unit, dims = split_by(self.by, dimensions(figure))
            when = asked_time(self.when, unit, city, tz, slowest.as_of)
            question = Asked(city, tz, when.span, when.unit, dims, stretches=when.stretches)
            terms = Terms(Stored(store, city), question)
            if isinstance(figure, Ratio):
                found = ratios.as_json(figure, question, ratios.ratio_answer(terms, figure), slowest.as_of)
            else:
                found = ratios.as_json(figure, question, ratios.sum_answer(terms, figure), slowest.as_of)
        rows: list[dict[str, Any]] = found["rows"]
        return rows


@dataclass(frozen=True)
class Alarmed:
    """What `citywatch alarms list` says of a clock: how many alarms there are in some states, or a time of the one.

    subject: only those about it. take: `number`, or a field of the only one, such as `due` (Unix seconds) or `state`.
    """

    clock: str
    states: tuple[str, ...] = ()
    subject: str = ""
    take: str = "number"

    def stored(self, asked: CityStore) -> Any:
        subjects = [self.subject] if self.subject else None
        sources = [*asked.city.sources, asked.city.whole]
        wanted = alarms.Asked([self.clock], self.states or None, sources, subjects)
        found = alarms.newest(asked.store, wanted, 1_000)
        if self.take == "number":
            return len(found)
        return getattr(found[0], self.take) if len(found) == 1 else None

    def live(self, page: LivePage) -> Any:
        """`/live` shows how many stand; the others are told to who asks for them."""
        shown = next((each for each in page.page["clocks"] if each["clock"] == self.clock), None)
        of_all = self.take == "number" and not self.subject and self.states
        if shown is not None and of_all and STANDING.issuperset(self.states):
            return sum(shown[state] for state in self.states)
        words = {"state": ",".join(self.states), "subject": self.subject}
        said = page.alarms(clock=self.clock, **{name: text for name, text in words.items() if text})
        if isinstance(said, NotShown):
            return said
        found = said["alarms"]
        if self.take == "number":
            return len(found)
        return found[0][self.take] if len(found) == 1 else None
