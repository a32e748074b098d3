"""What a year in the store costs to ask: a month by beat and category, and every stock at month ends by beat."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from msgspec import Struct

from bench.timings import Timings, timed
from figures.periods import span
from figures.queries.answer import Question, answer
from figures.queries.clock import city_clock, measure_clock
from figures.queries.stock_answer import StockQuestion, stock_answer
from schemas.cities import City
from schemas.derived import STOCKS
from schemas.measures import MEASURES
from schemas.stock import Stock
from sinks.store import Store

TIMES, STOCK_TIMES = 7, 3
MEASURE = "incidents"
BY = ("beat", "category")
STOCK = "hazards_open"
"""The one that is asked about; the slowest of all is told beside it."""

CITYWATCH = str(Path(sys.executable).with_name("citywatch"))


class Answered(Struct, frozen=True):
    """What was asked, how many rows came, and in how many seconds: the store's and this process's together."""

    what: str
    rows: int
    seconds: Timings


def last_month(days: int, end: date) -> tuple[date, date]:
    """The month that ends with a day, or as many days of it as there are."""
    return max(end.replace(day=1), end - timedelta(days=days - 1)), end


def month_by_beat_and_category(store: Store, city: City, first: date, last: date) -> Answered:
    """How far the figures go, and the figures: as the command asks for them, once it has started."""
    measure = MEASURES[MEASURE]
    question = Question(measure, city, city.tz, span(first, last, city.tz), "month", BY)
    seconds, rows = timed(lambda: answer(store, question, measure_clock(store, city, measure)), TIMES)
    return Answered(f"{MEASURE} of {first} to {last} by {' and '.join(BY)}", len(rows), seconds)


def month_by_command(environment: Mapping[str, str], city: City, first: date, last: date) -> Answered:
    """The same from a prompt: with the start of Python, and the rows as JSON."""
    words = ("report", MEASURE, "--by", f"month,{','.join(BY)}", "--from", str(first), "--to", str(last))
    command = [CITYWATCH, *words, "--city", city.name, "--json"]
    seconds, said = timed(lambda: subprocess.run(command, env=environment, capture_output=True, check=True), TIMES)
    return Answered(f"citywatch {' '.join(words)}", said.stdout.count(b'"by"'), seconds)


def stocks_at_month_ends(store: Store, city: City, first: date, last: date) -> list[Answered]:
    """Every stock that the city feeds, by beat at each month's end, the slowest first."""
    fed = [stock for stock in STOCKS.values() if city.feeds(stock.topic)]
    found = [_at_month_ends(store, city, stock, first, last) for stock in fed]
    return sorted(found, key=lambda each: -each.seconds.best)


def _at_month_ends(store: Store, city: City, stock: Stock, first: date, last: date) -> Answered:
    question = StockQuestion(stock, city, city.tz, span(first, last, city.tz), "month", ("beat",))
    seconds, rows = timed(lambda: stock_answer(store, question, city_clock(store, city, [stock.topic])), STOCK_TIMES)
    return Answered(stock.name, len(rows), seconds)
