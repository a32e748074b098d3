"""The counters: classes down, running periods across, each beside its comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rich.text import Text

from console.digits import HEIGHT, big
from console.figures import change, count
from console.lines import Block, Piece, beside, blank, fit, line, rule
from console.view import PERIODS, CityView, Figure, Row
from console.words import Language, name, word

Against = Literal["previous", "year"]

NUMBERS = {"hour": 5, "day": 6, "month": 7}
"""Cells of a count in the columns of a period."""

CHANGE = 8

TOTAL = Row("all", word("all", "zh"), word("all", "en"), {})


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
    total = _total(city)
    marks = not city.replaying
    lines.append(_counter(total, total, width, language, against, style="bold", marks=marks))
    rows = [row for row in city.rows if not row.empty or row.code == "unknown"]
    rows += [row for row in city.others if not row.empty]
    lines += [_counter(row, total, width, language, against, style="", marks=marks) for row in rows]
    return lines[:height]


def big_totals(city: CityView, width: int, language: Language, against: Sequence[Against]) -> Block:
    """The totals in digits that are read from afar, each under the columns of its period."""
    label = label_width(against)
    caption = fit(name(TOTAL.zh, TOTAL.en, language, label), label)
    lines = [line(label, (caption, "bold") if row == HEIGHT // 2 else "") for row in range(HEIGHT)]
    for period, figure in _total(city).figures.items():
        lines = beside(lines, big(figure.current, _group(period, against)), 1)
    return beside(lines, [blank(width - table_width(against))] * HEIGHT, 0)


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
    row: Row,
    total: Row,
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
        pieces.append((" " + count(figure.current, number), "bold"))
        for other in against:
            earlier = _earlier(figure, total.figures[period], other)
            pieces += [
                (count(earlier, number), style),
                change(figure.current, earlier, CHANGE, marks=marks and row.counts),
            ]
    return line(width, *pieces)


def _earlier(figure: Figure, total: Figure, against: Against) -> int | None:
    """None where the whole city has nothing of then: no record of a time is no count of zero."""
    earlier, of_all = (figure.previous, total.previous) if against == "previous" else (figure.year, total.year)
    return earlier if of_all else None


def _total(city: CityView) -> Row:
    zero = Figure(0, 0, 0)
    sums = {period: sum((row.figures[period] for row in city.rows), zero) for period in PERIODS}
    return Row(TOTAL.code, TOTAL.zh, TOTAL.en, sums)
