"""The log against `report` of stocks and funnels: at the end of each month of each city, by beat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from citywatch.audit.compare import Comparison
from citywatch.audit.in_city import InCity
from citywatch.audit.lives import Lives, by_life
from figures.periods import Period
from figures.queries import funnels, stock_answer
from figures.queries.clock import city_clock
from schemas.cities import City
from schemas.derived import FUNNELS, STOCKS
from schemas.funnel import Funnel
from schemas.stock import Stock
from sinks.store import Store

Month = tuple[int, int]
"""`[start, end)` in Unix seconds, up to the clock where it still runs."""


def compare_stood(store: Store, cities: Iterable[InCity], score: Comparison) -> None:
    """Ask for every stock and funnel of whose lifecycle there are steps. Blocks on the store."""
    figures: list[Stock | Funnel] = [*STOCKS.values(), *FUNNELS.values()]
    for place in cities:
        for life, of_life in by_life(figures, lambda figure: figure):
            if place.types.isdisjoint(life.steps):
                continue
            city, lives = place.city, Lives(place.expected, life, place.city)
            times = [step.time for steps in lives.subjects for step in steps]
            months = list(_months(min(times), max(times), place.vouched(life.topic).as_of, place.zone))
            if not months:
                continue
            for figure in of_life:
                if isinstance(figure, Stock):
                    _compare_stock(store, figure, city, lives, months, score)
                else:
                    _compare_funnel(store, figure, city, lives, months, score)


def _compare_stock(
    store: Store, stock: Stock, city: City, lives: Lives, months: list[Month], score: Comparison
) -> None:
    span = Period(months[0][0], _whole_months(months, city))
    question = stock_answer.StockQuestion(stock, city, city.tz, span, "month", ("beat",))
    clock = city_clock(store, city, [stock.topic])
    asked = stock_answer.as_json(question, stock_answer.stock_answer(store, question, clock), clock)
    found = {(row["at"], row["by"]["beat"]): (row["value"], row["unmatched"]) for row in asked["rows"]}
    said = {
        (_written(end, city), beat): (stock.shown(value), stray)
        for (_, end), by_beat in zip(months, lives.stock(stock, [end for _, end in months]), strict=True)
        for beat, (value, stray) in by_beat.items()
    }
    score.check_all(f"stock {stock.name}", said, found)


def _compare_funnel(
    store: Store, funnel: Funnel, city: City, lives: Lives, months: list[Month], score: Comparison
) -> None:
    span = Period(months[0][0], _whole_months(months, city))
    question = funnels.FunnelQuestion(funnel, city, city.tz, span, "month")
    clock = city_clock(store, city, [funnel.topic])
    asked = funnels.as_json(question, funnels.funnel_answer(store, question, clock), clock)
    found = {row["from"]: _funnel_row(funnel, row) for row in asked["rows"]}
    said = {_written(start, city): lives.funnel(funnel, start, end) for start, end in months}
    score.check_all(f"funnel {funnel.name}", said, found)


def _funnel_row(funnel: Funnel, row: Mapping[str, Any]) -> tuple[Any, ...]:
    stages = (row[name] for name in funnel.stages)
    took = ("seconds_mean", "seconds_p50", "seconds_p90")
    counts = ((stage["n"] or 0, *(stage["since_first"][name] for name in took)) for stage in stages)
    return row[funnel.first] or 0, row["unmatched"] or 0, *counts


def _months(first: int, last: int, as_of: int | None, zone: ZoneInfo) -> Iterator[Month]:
    """Every month from that of the first step to that of the last one that has begun by the clock."""
    at = datetime.fromtimestamp(first, zone).replace(day=1, hour=0, minute=0, second=0, tzinfo=None)
    while True:
        after = at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)
        start, end = (int(moment.replace(tzinfo=zone).timestamp()) for moment in (at, after))
        if start > last or (as_of is not None and start >= as_of):
            return
        yield start, min(end, as_of) if as_of is not None else end
        at = after


def _whole_months(months: list[Month], city: City) -> int:
    """The end of the month in which the last of them ends."""
    zone = ZoneInfo(city.tz)
    at = datetime.fromtimestamp(months[-1][0], zone).replace(tzinfo=None)
    return int(at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1, tzinfo=zone).timestamp())


def _written(moment: int, city: City) -> str:
    return datetime.fromtimestamp(moment, ZoneInfo(city.tz)).isoformat(timespec="seconds")
