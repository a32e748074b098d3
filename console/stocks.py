"""What stands open: its part of the page of clocks and stocks, and a list beside the figures of a wall."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.text import Text

from console.clock import span
from console.figures import UNKNOWN, count
from console.lines import Block, Piece, fit, flow, line
from console.parts import Section
from console.view import CityView, StockRow
from console.words import Language, name, word

NAME_LINES = 9
"""Lines for the names of the stocks of which nothing stands open, or nothing is known."""

OLDEST_FROM = 50
"""Columns from which a list beside the figures has a column for the oldest one."""

_Column = tuple[str, int, Callable[[StockRow, int, Language], Piece]]
"""The word above it, its cells, and what stands in it."""


def _value(stock: StockRow, width: int, language: Language) -> Piece:
    said = count(stock.value, width, language, stock.scale)
    if stock.value is not None and not stock.is_whole:
        number = count(stock.value, width - 1, language, stock.scale).strip()
        said = fit(word("partly", language) + number, width, "right")
    return said, "bold"


def _came(stock: StockRow, width: int, language: Language) -> Piece:
    return count(stock.came, width, language), "" if stock.came else "dim"


def _went(stock: StockRow, width: int, language: Language) -> Piece:
    return count(stock.went, width, language), "" if stock.went else "dim"


def _oldest(stock: StockRow, width: int, language: Language) -> Piece:
    return fit(UNKNOWN if stock.oldest is None else span(stock.oldest, language), width, "right"), ""


def _overdue(stock: StockRow, width: int, language: Language) -> Piece:
    """Nothing where no clock watches."""
    said = "" if stock.overdue is None else count(stock.overdue, width, language)
    return fit(said, width, "right"), "bold reverse" if stock.overdue else "dim"


_NOW: _Column = ("now", 9, _value)
_OLDEST: _Column = ("oldest", 9, _oldest)
_OVERDUE: _Column = ("overdue", 8, _overdue)
COLUMNS: tuple[_Column, ...] = (_NOW, ("came", 8, _came), ("went", 9, _went), _OLDEST, _OVERDUE)


def sections(city: CityView, width: int, language: Language) -> list[Section]:
    """Those that stand open or of which not all is known, a line each, and the names of those of which nothing does or
    nothing is known; none where there are none."""
    if not city.stocks:
        return []
    title = word("stocks in all", language).format(len(city.stocks))
    head = [
        line(width, (f" {word('stocks', language)} ", "bold reverse"), (f"  {title}", "bold")),
        _heads(width, language, COLUMNS, ""),
    ]
    rows = [[_row(stock, width, language, COLUMNS)] for stock in city.standing if stock.value is not None]
    nothing = [stock for stock in city.stocks if stock.value == 0 and stock.is_whole]
    unknown = [stock for stock in city.stocks if stock.value is None]
    others = [_named("nothing open", nothing, width, language), _named("not known", unknown, width, language)]
    return [Section(head, rows or [[]]), *(Section([], [block]) for block in others if block)]


def beside_figures(city: CityView, width: int, height: int, language: Language) -> Block:
    """At most `height` lines; those left out are counted."""
    if not city.standing or height < 2:
        return []
    columns = (_NOW, _OLDEST, _OVERDUE) if width >= OLDEST_FROM else (_NOW, _OVERDUE)
    lines = [_heads(width, language, columns, word("stocks", language))]
    room = height - 1
    shown = city.standing if len(city.standing) <= room else city.standing[: room - 1]
    lines += [_row(stock, width, language, columns) for stock in shown]
    if left := len(city.standing) - len(shown):
        lines.append(line(width, (f" +{left}", "bold")))
    return lines


def _heads(width: int, language: Language, columns: Sequence[_Column], caption: str) -> Text:
    label = _label(width, columns)
    heads = ((fit(word(key, language), cells, "right"), "dim") for key, cells, _ in columns)
    return line(width, (fit(caption, label), "bold"), *heads)


def _label(width: int, columns: Sequence[_Column]) -> int:
    return max(8, width - sum(cells for _, cells, _ in columns))


def _row(stock: StockRow, width: int, language: Language, columns: Sequence[_Column]) -> Text:
    label = _label(width, columns)
    pieces = [made(stock, cells, language) for _, cells, made in columns]
    return line(width, fit(name(stock.zh, stock.en, language, label - 1), label), *pieces)


def _named(key: str, stocks: Sequence[StockRow], width: int, language: Language) -> Block:
    """The names of these stocks, behind the word for them."""
    named = [stock.zh if language == "zh" else stock.en for stock in stocks]
    return flow(width, word(key, language), ([(each, "dim")] for each in named), NAME_LINES) if named else []
