"""`report` of what is no measure: stocks, funnels, sums and ratios."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from citywatch.commandline.arguments import asked_moment, split_by, told_to
from citywatch.commandline.asked_time import CAMPAIGN, AskedTime, TimeOptions, asked_time
from citywatch.commandline.choices import chosen_zone
from citywatch.commandline.funnel_text import print_funnel
from citywatch.commandline.printing import print_json
from citywatch.commandline.ratio_text import print_ratio
from citywatch.commandline.stock_text import print_stock
from figures.queries import funnels, ratios
from figures.queries.as_known import Moment
from figures.queries.clock import CityClock, chosen_city, city_clock
from figures.queries.funnels import FunnelQuestion, funnel_answer
from figures.queries.narrowed import narrowed
from figures.queries.places import Key
from figures.queries.ratios import RatioRow, SumRow, ratio_answer, sum_answer
from figures.queries.stock_answer import StockQuestion, as_json, stock_answer
from figures.queries.terms import Asked, Stored, Terms
from figures.queries.where import SOURCE, UnknownName, checked, pairs
from runtime.errors import WrongUse
from runtime.settings import Settings
from schemas.cities import City
from schemas.derived import Derived, dimensions, parts_of, terms_of, topics_of
from schemas.funnel import Funnel
from schemas.lifecycle import Lifecycle
from schemas.ratio import Ratio, Sum
from schemas.stock import Stock
from sinks.store import Store


@dataclass(frozen=True)
class Typed:
    """What a person asks of a figure, as it was typed."""

    when: TimeOptions
    by: str | None
    compare: tuple[str, ...]
    where: str | None
    city: str | None
    tz: str | None
    decimals: int | None
    ages: bool
    json: bool
    csv: bool
    as_known_at: str | None = None

    @property
    def of_percentages(self) -> int:
        """Their decimals, said or not."""
        return 1 if self.decimals is None else self.decimals


@dataclass(frozen=True)
class _Known:
    """As known at which moment; and up to when clocks are told."""

    moment: Moment | None
    clock_at: int | None


def _known(typed: Typed, zone: str) -> _Known:
    at = asked_moment("--as-known-at", typed.as_known_at, zone)
    return _Known(None if at is None else Moment(at), told_to(typed.as_known_at, at))


def report_derived(settings: Settings, store: Store, figure: Derived, typed: Typed) -> None:
    """Print it in the form asked for. Raises WrongUse for what such a figure has not. Blocks on the store."""
    place = chosen_city(store, settings, typed.city)
    zone = chosen_zone(settings, place, typed.tz)
    if isinstance(figure, Stock):
        _stock(store, figure, place, zone, typed)
    elif isinstance(figure, Funnel):
        _funnel(store, figure, place, zone, typed)
    else:
        _ratio(store, figure, place, zone, typed)


def _stock(store: Store, stock: Stock, city: City, zone: str, typed: Typed) -> None:
    known = _known(typed, zone)
    clock = city_clock(store, city, [stock.topic], known.clock_at)
    unit, dimensions = split_by(typed.by, stock.dimensions)
    when = _when(typed, unit, city, zone, clock)
    where = checked_where(typed.where, stock.lifecycle, stock.dimensions, city, store)
    question = StockQuestion(
        stock, city, zone, when.span, when.unit, dimensions, typed.compare, where, typed.ages, when.stretches,
        typed.of_percentages, known.moment,
    )  # fmt: skip
    rows = [
        replace(row, key=(*campaign, *row.key))
        for campaign, asked in _each(question, when)
        for row in stock_answer(store, asked, clock)
    ]
    question = _named(question, when)
    if typed.json:
        print_json(as_json(question, rows, clock))
    elif typed.csv:
        print_flat(as_json(question, rows, clock)["rows"])
    else:
        print_stock(question, rows, clock)


def _funnel(store: Store, funnel: Funnel, city: City, zone: str, typed: Typed) -> None:
    if typed.compare or typed.ages:
        raise WrongUse(f"{funnel.name} is a funnel: --compare and --ages are not for those; give --by month")
    _refuse_decimals(funnel, typed)
    known = _known(typed, zone)
    clock = city_clock(store, city, [funnel.topic], known.clock_at)
    unit, dimensions = split_by(typed.by, funnel.dimensions)
    when = _when(typed, unit, city, zone, clock)
    if any(stretch.nights for stretch in when.stretches):
        raise WrongUse(f"{funnel.name} is a funnel: --nights is not for those; give --by night")
    where = checked_where(typed.where, funnel.lifecycle, funnel.dimensions, city, store)
    question = FunnelQuestion(funnel, city, zone, when.span, when.unit, dimensions, where, when.stretches, known.moment)
    rows = [
        replace(row, key=(*campaign, *row.key))
        for campaign, asked in _each(question, when)
        for row in funnel_answer(store, asked, clock)
    ]
    question = _named(question, when)
    if typed.json:
        print_json(funnels.as_json(question, rows, clock))
    elif typed.csv:
        print_flat(funnels.as_json(question, rows, clock)["rows"])
    else:
        print_funnel(question, rows, clock)


def _ratio(store: Store, figure: Ratio | Sum, city: City, zone: str, typed: Typed) -> None:
    if typed.ages:
        raise WrongUse("--ages is for stocks; `citywatch report` lists them")
    if isinstance(figure, Ratio):
        _refuse_decimals(figure, typed)
    known = _known(typed, zone)
    clocks = [city_clock(store, city, [topic], known.clock_at) for topic in topics_of(*terms_of(figure))]
    slowest = min(clocks, key=lambda clock: clock.as_of or 0)
    allowed = dimensions(figure)
    unit, by = split_by(typed.by, allowed)
    where = _where_of_all(typed.where, figure, allowed, city, store)
    when = _when(typed, unit, city, zone, slowest)
    asked = Asked(
        city, zone, when.span, when.unit, by, typed.compare, where, when.stretches, known.moment,
        typed.of_percentages,
    )  # fmt: skip
    stored = Stored(store, city, known.clock_at)
    rows: list[RatioRow | SumRow] = []
    for campaign, each in _each(asked, when):
        terms = Terms(stored, each)
        found = ratio_answer(terms, figure) if isinstance(figure, Ratio) else sum_answer(terms, figure)
        rows += [replace(row, key=(*campaign, *row.key)) for row in found]
    asked = _named(asked, when)
    if typed.json or typed.csv:
        shown = ratios.as_json(figure, asked, rows, slowest.as_of)
        print_json(shown) if typed.json else print_flat(shown["rows"])
    else:
        print_ratio(figure, asked, rows, slowest)


def _refuse_decimals(figure: Ratio | Funnel, typed: Typed) -> None:
    if typed.decimals is not None:
        raise WrongUse(f"{figure.name} has decimals of its own; --decimals is of the percentages to an earlier span")


_Asked = TypeVar("_Asked", StockQuestion, FunnelQuestion, Asked)


def _each(question: _Asked, when: AskedTime) -> list[tuple[Key, _Asked]]:
    """What is asked of the store, and what its rows are named by before their own codes: campaigns may overlap, so each
    of them is asked for by itself."""
    if not when.by_campaign:
        return [((), question)]
    return [((each.campaign,), replace(question, span=each.period, stretches=(each,))) for each in when.stretches]


def _named(question: _Asked, when: AskedTime) -> _Asked:
    """What all these rows answer."""
    return replace(question, dimensions=(CAMPAIGN, *question.dimensions)) if when.by_campaign else question


def _where_of_all(
    text: str | None, figure: Ratio | Sum, allowed: tuple[str, ...], city: City, store: Store
) -> Mapping[str, str]:
    """Filters that every figure of it has, and that it does not set itself."""
    try:
        asked = dict(pairs(text, (*allowed, SOURCE)))
        if unknown := [name for name in asked if name not in (*allowed, SOURCE)]:
            raise UnknownName(f"{unknown[0]!r} is none of {', '.join((*allowed, SOURCE))}")
        for one, own in (part for term in terms_of(figure) for part in parts_of(term)):
            if fixed := sorted(asked.keys() & own.keys()):
                raise UnknownName(f"{fixed[0]}: {figure.name} says itself which")
            if isinstance(one, Stock):
                narrowed(one.lifecycle, city, asked.items(), store)
            else:
                checked(one, city, asked, store)
    except UnknownName as wrong:
        raise WrongUse(f"--where {wrong}") from None
    return asked


def _when(typed: Typed, unit: str | None, city: City, zone: str, clock: CityClock) -> AskedTime:
    return asked_time(typed.when, unit, city, zone, clock.reaches)


def checked_where(
    text: str | None, life: Lifecycle, dimensions: tuple[str, ...], city: City, store: Store
) -> Mapping[str, str]:
    """The filters asked for. Raises WrongUse with what there is for a name or a code that there is not."""
    try:
        return narrowed(life, city, pairs(text, (*dimensions, SOURCE)), store)
    except UnknownName as wrong:
        raise WrongUse(f"--where {wrong}") from None


def print_flat(rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows of `report --json` as comma-separated values, a line a row; what is not known is empty, never 0."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    flat = [dict(_flat("", row)) for row in rows]
    heads = list(dict.fromkeys(name for row in flat for name in row))
    out.writerow(heads)
    out.writerows([row.get(name) for name in heads] for row in flat)


def _flat(before: str, value: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, each in value.items():
        called = f"{before}{name}"
        if isinstance(each, Mapping):
            yield from _flat("" if name == "by" else f"{called}_", each)
        else:
            yield called, each
