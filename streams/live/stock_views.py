"""The stocks of a city as `/live` and the gauges show them."""

from __future__ import annotations

from collections.abc import Iterator

from figures.known import Known
from figures.periods import Period
from schemas.categories import TREE, UNKNOWN
from schemas.cities import City
from schemas.family import BEAT
from schemas.live import StockRow, StockView
from schemas.stock import Stock
from streams.live.state import CityState, LiveState
from streams.live.stocks import Level, day_of

BUSIEST = 12
"""Beats that are listed."""


def shown(state: LiveState, city: CityState) -> Iterator[tuple[Stock, Known, Level | None, float]]:
    """Each stock that sources of the city feed, with what is known of its topic. The level is None where nothing is
    known, or not all steps are loaded. Hold the state's lock."""
    whole = state.has_all_steps
    for stock in state.stocks.stocks.values():
        if stock.topic in city.topics:
            known = city.known(stock)
            level = state.stocks.level(city.city, stock, known.as_of) if whole and known.as_of is not None else None
            coverage = _coverage(city, stock, known)
            is_known = level is not None and (coverage > 0 or level.value != 0 or level.unmatched != 0)
            yield stock, known, level if is_known else None, coverage


def settle(state: LiveState, at_once: int = 2_000) -> None:
    """Looks at all subjects that have changed, so many under the lock at a time: after a start the page does not have
    to look at all of them."""
    more = True
    while more:
        with state.lock:
            moments = {
                (city.city.name, stock.topic): known.as_of
                for city in state.every
                for stock in state.stocks.stocks.values()
                if stock.topic in city.topics and (known := city.known(stock)).as_of is not None
            }
            more = state.stocks.settle(moments, at_once)


def views(state: LiveState, city: CityState) -> Iterator[StockView]:
    """Hold the state's lock."""
    for stock, known, level, coverage in shown(state, city):
        as_of = known.as_of
        came, went = _flows(city.city, stock, known, level)
        yield StockView(
            stock=stock.name,
            zh=stock.zh,
            en=stock.en,
            unit=stock.unit,
            as_of=as_of,
            value=None if level is None else level.value,
            unmatched=None if level is None else level.unmatched,
            oldest=None if level is None or as_of is None else state.stocks.oldest(city.city, stock, as_of),
            coverage=coverage,
            beats=[] if level is None else _beats(city.city, level),
            scale=stock.scale,
            came=came,
            went=went,
        )


def _flows(city: City, stock: Stock, known: Known, level: Level | None) -> tuple[int | None, int | None]:
    """None of a sum, and where not all of the day is known."""
    if level is None or known.as_of is None or stock.value is not None:
        return None, None
    if not known.covers(Period(day_of(known.as_of, city.tz), known.as_of)):
        return None, None
    return level.came, level.went


def _beats(city: City, level: Level) -> list[StockRow]:
    rows = []
    for code, value in level.by[BEAT].items():
        beat = city.beats.get(code)
        unknown = TREE[UNKNOWN]
        zh, en = (unknown.zh, unknown.en) if beat is None else (beat.zh, beat.en)
        if value:
            rows.append(StockRow(code, zh, en, value))
    return sorted(rows, key=lambda row: (-row.value, row.code))[:BUSIEST]


def _coverage(city: CityState, stock: Stock, known: Known) -> float:
    """The share that is known of all from the first heartbeat up to now, which cannot be all of it after a gap."""
    whole, as_of = city.known_from_start(stock), known.as_of
    if whole is None or as_of is None or as_of <= whole.start:
        return 0.0
    return 1.0 if as_of <= whole.end else min(known.coverage(Period(whole.start, as_of)), 0.9999)
