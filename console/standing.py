"""Clocks and stocks of a city, from `/live`: what stands open, since when, and what of it is overdue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from console.from_live import in_unit
from console.view import ClockRow, DueAlarm, StockRow
from schemas import live
from schemas.clock import Clock
from schemas.clocks import CLOCKS
from schemas.derived import STOCKS
from schemas.stock import Stock

Names = Mapping[str, tuple[str, str]]
"""By beat its Chinese and its English name."""


def clocks(city: live.CityView) -> tuple[ClockRow, ...]:
    """In the order of their declaration, each with the alarms that were given last."""
    names = _beats(city)
    return tuple(
        ClockRow(each.zh, each.en, each.warned, each.expired, tuple(_alarm(alarm, names) for alarm in each.alarms))
        for each in city.clocks
    )


def stocks(city: live.CityView) -> tuple[StockRow, ...]:
    """In the order of their declaration."""
    expired = {each.clock: each.expired for each in city.clocks}
    return tuple(_stock(each, expired) for each in city.stocks)


def _beats(city: live.CityView) -> Names:
    """Of the beats that anything is counted of."""
    standing = {row.code: (row.zh, row.en) for stock in city.stocks for row in stock.beats}
    counted = (row for measure in city.measures for running in measure.periods for row in running.beats)
    return standing | {row.code: (row.zh, row.en) for row in counted}


def _alarm(said: live.AlarmView, names: Names) -> DueAlarm:
    zh, en = names.get(said.beat, ("", ""))
    return DueAlarm(said.subject, said.beat, said.state == "expired", said.due, zh, en)


def _stock(said: live.StockView, expired: Mapping[str, int]) -> StockRow:
    zh, en = in_unit(said.zh, said.en, said.unit)
    declared = STOCKS.get(said.stock)
    watching = [expired[name] for name in _watching(declared) if name in expired] if declared is not None else []
    return StockRow(
        zh=zh,
        en=en,
        value=said.value,
        came=said.came,
        went=said.went,
        oldest=said.oldest,
        overdue=sum(watching) if watching else None,
        scale=said.scale,
        is_whole=said.coverage >= 1,
    )


def _watching(stock: Stock) -> Iterator[str]:
    """The clocks whose alarms are of what counts in the stock: it holds a subject for as long as they run, and it does
    not hold some kinds only."""
    if stock.value is None and not stock.where:
        yield from (clock.name for clock in CLOCKS.values() if _is_of(clock, stock))


def _is_of(clock: Clock, stock: Stock) -> bool:
    runs = clock.starts | clock.restarts
    return clock.lifecycle is stock.lifecycle and runs <= stock.counted and not clock.stops & stock.counted
