"""The counters: classes down, running periods across, each beside its comparison."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from console.digits import HEIGHT, big
from console.figures import change, count
from console.lines import Block, Piece, beside, blank, fit, line, rule
from console.view import PERIODS, Against, CityView, CounterRow
from console.words import Language, name, word

NUMBERS = {"hour": 5, "day": 6, "month": 7}
"""Cells of a count in the columns of a period."""

CHANGE = 8


def label_width(against: Sequence[Against]) -> int:
    return 17 if len(against) == 1 else 26


def table_width(against: Sequence[Against]) -> int:
    """Cells that the table takes when it is compared with these."""
    return label_width(against) + sum(1 + _group(period, against) for period in PERIODS)


def _group(period: str, against: Sequence[Against]) -> int:
    return NUMBERS[period] + len(against) * (NUMBERS[period] + CHANGE)


def table(city: CityView, width: int, height: int, language: Language, against: Sequence[Against]) -> Block:
    """At most `height` lines: two of heads, the total, then the classes that count anything (`unknown`
    always), then the other measures."""
    lines = _heads(width, language, against)
    marks = not city.replaying
    lines.append(_counter(city.total, width, language, against, style="bold", marks=marks))
    rows = [*_classes(city), *(row for row in city.others if not row.empty)]
    lines += [_counter(row, width, language, against, style="", marks=marks) for row in rows]
    return lines[:height]


def calls_height(city: CityView) -> int:
    """Lines of the table down to the last class."""
    return 3 + len(_classes(city))


def _classes(city: CityView) -> list[CounterRow]:
    return [row for row in city.rows if not row.empty or row.code == "unknown"]


def big_totals(city: CityView, width: int, language: Language, against: Sequence[Against]) -> Block:
    """The totals in digits that are read from afar, each under the columns and the name of its period."""
    label = label_width(against)
    caption = fit(name(city.total.zh, city.total.en, language, label), label)
    heads: list[Piece] = [(caption, "bold")]
    lines = [blank(label)] * HEIGHT
    for period in PERIODS:
        group = _group(period, against)
        heads.append((" " + rule(word(period, language), group), "dim"))
        lines = beside(lines, big(city.total.figures[period].current, group, language), 1)
    return [line(width, *heads), *beside(lines, [blank(width - table_width(against))] * HEIGHT, 0)]


def _heads(width: int, language: Language, against: Sequence[Against]) -> Block:
    label = " " * label_width(against)
    groups: list[Piece] = [(label, "")]
    columns: list[Piece] = [(label, "")]
    for period in PERIODS:
        number = NUMBERS[period]
        groups.append((" " + rule(word(period, language), _group(period, against)), "dim"))
        columns.append((" " + fit(word("now", language), number, "right"), "dim"))
        for other in against:
            columns.append((fit(word(other, language), number, "right"), "dim"))
            columns.append((fit(word(f"{other} change", language), CHANGE - 1, "right") + " ", "dim"))
    return [line(width, *groups), line(width, *columns)]


def _counter(
    row: CounterRow,
    width: int,
    language: Language,
    against: Sequence[Against],
    *,
    style: str,
    marks: bool,
) -> Text:
    label = label_width(against)
    pieces: list[Piece] = [(fit(name(row.zh, row.en, language, label), label), style)]
    for period in PERIODS:
        figure, number = row.figures[period], NUMBERS[period]
        pieces.append((" " + count(figure.current, number, language, row.scale), "bold"))
        for other in against:
            pieces += [
                (count(figure.earlier(other), number, language, row.scale), style),
                change(figure, other, CHANGE, language, marks=marks and row.counts, scale=row.scale),
            ]
    return line(width, *pieces)
