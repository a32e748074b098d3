"""The counters: classes down, running periods across, each beside its comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.text import Text

from console.digits import HEIGHT, big
from console.figures import change, count
from console.lines import Block, Piece, beside, blank, fit, line, rule
from console.parts import Paged, Section, paged
from console.view import PERIODS, Against, CityView, CounterRow
from console.words import Language, name, word

NUMBERS = {"hour": 5, "day": 6, "month": 7}
"""Cells of a count in the columns of a period."""

CHANGE = 8

LEAST_WALL = 176
"""Columns from which there is room for both comparisons."""

WIDEST_BESIDE = 60
"""Cells of a name on the page of all counters, at most."""


WIDEST_LABEL = 36
"""Cells that a name takes at most beside its numbers."""

OF_COUNTERS = ("day", "month")
"""The periods of the page of all counters, whose names are long."""


@dataclass(frozen=True)
class Columns:
    """What stands in a line: a name in `label` cells, and of each period the count and what it is compared with."""

    label: int
    periods: tuple[str, ...]
    against: tuple[Against, ...]

    @property
    def width(self) -> int:
        return self.label + sum(1 + self.group(period) for period in self.periods)

    def group(self, period: str) -> int:
        """Cells of a period."""
        return NUMBERS[period] + len(self.against) * (NUMBERS[period] + CHANGE)


def columns(width: int, against: Sequence[Against]) -> Columns:
    """Those of the figures: on a wall names get some of the room that is there."""
    label = 17 if len(against) == 1 else min(WIDEST_LABEL, max(26, 26 + (width - LEAST_WALL) // 2))
    return Columns(label, PERIODS, tuple(against))


def table(city: CityView, width: int, height: int, language: Language, of: Columns) -> Block:
    """At most `height` lines: two of heads, the total, then the classes that count anything (`unknown`
    always), then the other measures; those that have no room are counted."""
    lines = _heads(width, language, of)
    marks = not city.replaying
    lines.append(_counter(city.total, width, language, of, style="bold", marks=marks))
    lines += [_counter(row, width, language, of, style="", marks=marks) for row in _classes(city)]
    others = [_counter(row, width, language, of, style="", marks=marks) for row in _others(city)]
    room = height - len(lines)
    if len(others) > room > 0:
        more = word("more counters", language).format(len(others) - room + 1)
        others = [*others[: room - 1], line(width, (more, "dim"))]
    return [*lines, *others][:height]


def counters(
    city: CityView, width: int, height: int, language: Language, against: tuple[Against, ...], part: int
) -> Paged:
    """All counters with their whole names, in parts of at most `height` lines."""
    of = Columns(0, OF_COUNTERS, against)
    of = replace(of, label=max(12, min(WIDEST_BESIDE, width - of.width)))
    marks = not city.replaying
    total = _counter(city.total, width, language, of, style="bold", marks=marks)
    rows = [_counter(row, width, language, of, style="", marks=marks) for row in (*_classes(city), *_others(city))]
    return paged([Section(_heads(width, language, of), [[each] for each in (total, *rows)])], height, part)


def _others(city: CityView) -> list[CounterRow]:
    return [row for row in city.others if not row.empty]


def calls_height(city: CityView) -> int:
    """Lines of the table down to the last class."""
    return 3 + len(_classes(city))


def _classes(city: CityView) -> list[CounterRow]:
    return [row for row in city.rows if not row.empty or row.code == "unknown"]


def big_totals(city: CityView, width: int, language: Language, of: Columns) -> Block:
    """The totals in digits that are read from afar, each under the columns and the name of its period."""
    label = of.label
    caption = fit(name(city.total.zh, city.total.en, language, label), label)
    heads: list[Piece] = [(caption, "bold")]
    lines = [blank(label)] * HEIGHT
    for period in of.periods:
        group = of.group(period)
        heads.append((" " + rule(word(period, language), group), "dim"))
        lines = beside(lines, big(city.total.figures[period].current, group, language), 1)
    return [line(width, *heads), *beside(lines, [blank(width - of.width)] * HEIGHT, 0)]


def _heads(width: int, language: Language, of: Columns) -> Block:
    label = " " * of.label
    groups: list[Piece] = [(label, "")]
    heads: list[Piece] = [(label, "")]
    for period in of.periods:
        number = NUMBERS[period]
        groups.append((" " + rule(word(period, language), of.group(period)), "dim"))
        heads.append((" " + fit(word("now", language), number, "right"), "dim"))
        for other in of.against:
            heads.append((fit(word(other, language), number, "right"), "dim"))
            heads.append((fit(word(f"{other} change", language), CHANGE - 1, "right") + " ", "dim"))
    return [line(width, *groups), line(width, *heads)]


def _counter(
    row: CounterRow,
    width: int,
    language: Language,
    of: Columns,
    *,
    style: str,
    marks: bool,
) -> Text:
    pieces: list[Piece] = [(fit(name(row.zh, row.en, language, of.label), of.label), style)]
    for period in of.periods:
        figure, number = row.figures[period], NUMBERS[period]
        pieces.append((" " + count(figure.current, number, language, row.scale), "bold"))
        for other in of.against:
            pieces += [
                (count(figure.earlier(other), number, language, row.scale), style),
                change(figure, other, CHANGE, language, marks=marks and row.counts, scale=row.scale),
            ]
    return line(width, *pieces)
