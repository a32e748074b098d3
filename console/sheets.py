"""The page of a campaign, of the quarter and of the year: to date, beside the span before and the year before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.text import Text

from console.figures import change, count
from console.lines import Block, Piece, beside, fit, flow, line
from console.notices import part_words
from console.panels import beats_flow, beats_list
from console.parts import Paged
from console.view import SIDES, CityView, CounterRow, LongSpan
from console.words import Language, name, word
from figures.periods import Period, date_of

NUMBER, CHANGE = 10, 8
"""Cells of a count and of a change."""

WIDEST_LABEL = 36

SOME_BEATS = 5
"""Lines from which the busiest beats stand one below the other."""

GAP, LEAST_BESIDE = 3, 30
"""Cells between counters and beats, and how many beats take at least to stand beside them."""


def sheet(city: CityView, span: LongSpan, width: int, height: int, language: Language, part: int = 0) -> Paged:
    """At most `height` lines: what it is, a part of the counters, and the busiest beats below or, in a wide one, beside
    them. Counters that are in other parts are counted."""
    head, busy = _heading(city, span, width, language), replace(city, beats=span.beats)
    height -= len(head)
    table = _heads_width(width)
    if width - table - GAP >= LEAST_BESIDE:
        right = beats_list(busy, width - table - GAP, max(0, height), language, "busiest long")
        shown = _part([*_counters(city, span, table, language)], table, height - 1, language, part)
        left = [*_heads(table, language), *shown.lines]
        return Paged([*head, *beside(left[: max(0, height)], right, GAP)], shown.parts)
    lines = [*_heads(width, language)]
    shown = _part([*_counters(city, span, width, language)], width, height - len(lines) - 1, language, part)
    lines += shown.lines
    rest = max(0, height - len(lines))
    busiest = beats_list if rest >= SOME_BEATS else beats_flow
    below = busiest(busy, width, rest, language, "busiest long")
    return Paged([*head, *[*lines, *below][: max(0, height)]], shown.parts)


def campaign_lines(city: CityView, width: int, language: Language) -> Block:
    """Of each campaign that runs one line: how far it is, and all calls to date beside both earlier spans; those of a
    span of which not all is known are marked."""
    lines: Block = []
    for span in city.campaigns:
        figure = span.total.figures[span.period]
        passed = word("day of", language).format(_days(city, span, span.current), _days(city, span, span.whole))
        pieces: list[Piece] = [(f"{_plain_name(span, language)}  ", "bold"), (f"{passed}  ", "dim")]
        partly = {part.side: word("partly", language) for part in span.lacking if part.counted}
        pieces.append((partly.get("current", "") + count(figure.current, NUMBER, language).strip(), "bold"))
        for side in SIDES:
            text, style = change(figure, side, CHANGE, language, marks=not city.replaying)
            earlier = partly.get(side, "") + count(figure.earlier(side), NUMBER, language).strip()
            pieces.append((f"  {word(side, language)} {earlier} ", "dim"))
            pieces.append((text.strip(), style))
        lines.append(line(width, *pieces))
    return lines


def _plain_name(span: LongSpan, language: Language) -> str:
    return span.zh if language == "zh" else span.en


def _part(counters: Block, width: int, room: int, language: Language, part: int) -> Paged:
    """So many counters as there is room for, and below them how many more there are."""
    if len(counters) <= room or room < 2:
        return Paged(counters[: max(0, room)])
    most = room - 1
    parts = -(-len(counters) // most)
    first = part % parts * most
    shown = counters[first : first + most]
    if left := len(counters) - first - len(shown):
        shown = [*shown, line(width, (word("more rows", language).format(left), "dim"))]
    return Paged(shown, parts)


def _heads_width(width: int) -> int:
    """Cells of the counters."""
    return _label_width(width) + NUMBER + len(SIDES) * (1 + NUMBER + CHANGE)


def _heading(city: CityView, span: LongSpan, width: int, language: Language) -> Block:
    """Its name and how far it is, the dates of what it is compared with, and what of them is not known."""
    label = name(span.zh, span.en, language, width // 2)
    begun = f"{_dates(city, span, span.current)}  "
    passed = word("day of", language).format(_days(city, span, span.current), _days(city, span, span.whole))
    over = "  " + word("over", language) if span.current.end >= span.whole.end else ""
    lines = [line(width, (f" {label} ", "bold reverse"), (f"  {begun}{passed}{over}", "bold"))]
    earlier = (("previous", span.previous), ("year", span.year))
    dates = "   ".join(f"{word(side, language)} {_dates(city, span, period)}" for side, period in earlier)
    lines.append(line(width, (f" {dates}", "dim")))
    if span.lacking:
        said = ((word("now" if part.side == "current" else part.side, language), part) for part in span.lacking)
        items = [[(f"{side}: {part_words(part, language)}", "")] for side, part in said]
        lines += flow(width, word("not known", language), items, 1)
    return lines


def _dates(city: CityView, span: LongSpan, period: Period) -> str:
    first, last = (date_of(at, span.dates, city.tz) for at in (period.start, period.end - 1))
    return f"{first}..{last}"


def _days(city: CityView, span: LongSpan, period: Period) -> int:
    """How many days it has, the one that runs among them."""
    first, last = (date_of(at, span.dates, city.tz) for at in (period.start, period.end - 1))
    return (last - first).days + 1


def _label_width(width: int) -> int:
    return max(12, min(WIDEST_LABEL, width - NUMBER - len(SIDES) * (1 + NUMBER + CHANGE)))


def _heads(width: int, language: Language) -> Block:
    pieces: list[Piece] = [(" " * _label_width(width), ""), (fit(word("to date", language), NUMBER, "right"), "dim")]
    for side in SIDES:
        pieces.append((" " + fit(word(side, language), NUMBER, "right"), "dim"))
        pieces.append((fit(word(f"{side} change", language), CHANGE - 1, "right") + " ", "dim"))
    return [line(width, *pieces)]


def _counters(city: CityView, span: LongSpan, width: int, language: Language) -> Iterator[Text]:
    marks = not city.replaying
    yield _counter(span.total, span, width, language, style="bold", marks=marks)
    rows = [row for row in span.rows if not row.empty or row.code == "unknown"]
    for row in (*rows, *(row for row in span.others if not row.empty)):
        yield _counter(row, span, width, language, style="", marks=marks and row.counts)


def _counter(row: CounterRow, span: LongSpan, width: int, language: Language, *, style: str, marks: bool) -> Text:
    label, figure = _label_width(width), row.figures[span.period]
    pieces: list[Piece] = [(fit(name(row.zh, row.en, language, label), label), style)]
    pieces.append((count(figure.current, NUMBER, language, row.scale), "bold"))
    for side in SIDES:
        pieces.append((" " + count(figure.earlier(side), NUMBER, language, row.scale), style))
        pieces.append(change(figure, side, CHANGE, language, marks=marks, scale=row.scale))
    return line(width, *pieces)
