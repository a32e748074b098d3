"""The whole screen for any size: what matters most comes first, and nothing wraps.

Up to 110 columns one city at a time, compared with the span before or (key `c`) with the year before. From
110 on beats, response and feeds move beside the counters. From 176 on (a wall) both comparisons stand side
by side and as many cities as fit stand one below the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from console import due as clock_page
from console import stocks as stock_page
from console.due import due
from console.heading import freshness, title, warning
from console.lines import Block, Piece, beside, blank, line, spread
from console.meanings import pages
from console.notices import alarms, loading, not_known, unlisted
from console.panels import beats_flow, beats_list, feeds, responses, responses_flow, tally
from console.parts import Paged, Section, paged
from console.sheets import campaign_lines, sheet
from console.table import LEAST_WALL as WALL
from console.table import WIDEST_LABEL, Columns, big_totals, calls_height, columns, counters, table
from console.view import SIDES, Against, CityView, LongSpan, View
from console.words import Language, word

SIDE = 110
"""Columns from which there is room beside the counters."""

SOME_BEATS = 4
"""Lines of the busiest beats that phases and feeds do not take."""

TEXT_LINES = 8
"""Text has so many lines for alarms and what is not known of a city."""

TEXT_SHEET = 20
"""And so many for a campaign."""

CITY_LINES = 16
"""A city on the wall needs at least so many lines: freshness, heads, the total, and its classes."""

SOME_OTHERS = 6
"""Lines of measures that are no calls which what stands above the counters does not take."""

SOME_STOCKS = 6
"""Lines of stocks that feeds do not take."""

ALARM_LINES = 3
"""Lines for the alarms of one clock, at most."""

CLOCKS_GAP = 4
"""Cells between clocks and stocks on a wall."""

FOOT = 2
"""Lines of legend and keys."""


@dataclass(frozen=True)
class Choice:
    """What the person at the screen has chosen. `page`: how often `?` was pressed since the figures were shown: its
    pages of meanings follow one another, and after the last one come the figures again. `sheet`: as often as `p` was
    pressed, for the pages of the campaigns, the quarter and the year. `clocks`: the page of clocks and stocks.
    `counters`: that of all counters. `part`: how often the key for the next part of a page was pressed."""

    city: int = 0
    against: Against = "previous"
    language: Language = "en"
    page: int = 0
    sheet: int = 0
    clocks: bool = False
    counters: bool = False
    part: int = 0


Growing = tuple[Callable[[int], Block], int]
"""Makes a block of at most so many lines, and the lines that it gets in any case."""


def screen(view: View, width: int, height: int, choice: Choice) -> Block:
    """Exactly `height` lines of exactly `width` cells."""
    language = choice.language
    chosen = choice.city % len(view.cities) if view.cities else 0
    top = title(view, chosen, width, language) + warning(view, width, language)
    if meanings := _meanings(width, height - len(top), choice):
        return (top + meanings)[:height]
    shown = _sheet(view.cities[chosen], choice) if view.cities else None
    records = tally(view.tally, width, language)
    room = height - len(top) - len(records) - FOOT
    page = _page(view, chosen, choice, shown, width, room)
    bottom = [*records, *_foot(width, choice, page.parts, is_sheet=shown is not None)]
    lines = [*top, *page.lines[: max(0, room)]]
    lines += [blank(width)] * (height - len(bottom) - len(lines))
    return (lines + bottom)[:height]


def _page(view: View, chosen: int, choice: Choice, span: LongSpan | None, width: int, room: int) -> Paged:
    """What stands between the head and the foot."""
    language = choice.language
    if not view.cities:
        silent = view.age is not None and not view.starting
        return Paged([line(width, (f" {word('no clock', language)}", ""))] if silent else [])
    city = view.cities[chosen]
    if choice.clocks:
        return _with_clocks(view, city, width, room, choice)
    if choice.counters:
        return _with_counters(view, city, width, room, choice)
    if span is not None:
        return _with_sheet(view, city, span, width, room, choice)
    if width >= WALL:
        return Paged(_wall(view, chosen, width, room, language))
    return Paged(_one(view, replace(choice, city=chosen), width, room))


def _meanings(width: int, height: int, choice: Choice) -> Block:
    """The page of meanings that is chosen; nothing where it is the figures' turn."""
    if not choice.page:
        return []
    language = choice.language
    found = pages(width, height - 2, language)
    at = (choice.page - 1) % (len(found) + 1)
    if at == len(found):
        return []
    head = f" {word('help', language)} {at + 1}/{len(found)}"
    return [line(width, (head, "bold")), *found[at], line(width, (word("help keys", language), "dim"))]


def _one(view: View, choice: Choice, width: int, height: int) -> Block:
    city, language, against = view.cities[choice.city], choice.language, (choice.against,)
    head = freshness(city, view, width, language, named=False)
    notices = _notices(city, width, 2, language, against)
    if width >= SIDE:
        of = columns(width, against)
        least = _side(city, width - of.width - 3, 0, language)
        needed = min(len(table(city, of.width, height, language, of)), calls_height(city) + SOME_OTHERS)
        head += shared_out(notices, height - len(head) - max(needed, len(least)))
        room = height - len(head)
        figures = _with_campaigns(city, of, room, language)
        return head + beside(figures[:room], _side(city, width - of.width - 3, room, language)[:room], 3)
    of = columns(width, against)
    phases = responses_flow(city, width, language)
    figures = table(city, width, height, language, of)
    growing: list[Growing] = [*notices, (partial(feeds, city, width, language=language), 2)]
    spare = height - len(head) - len(figures) - len(phases) - 1
    made = [make(rows) for make, rows in _given(growing, spare)]
    head += [each for block in made[:-1] for each in block]
    room = height - len(head)
    # classes come before phases where there is not room for both
    below = phases[: max(1, room - len(made[-1]) - 1 - calls_height(city))] + made[-1]
    figures = table(city, width, max(0, room - len(below) - 1), language, of)
    spare = room - len(figures) - len(below)
    busiest = beats_list if spare > 4 else beats_flow
    return head + figures + busiest(city, width, spare, language) + below


def _sheet(city: CityView, choice: Choice) -> LongSpan | None:
    """The page that is chosen; None where it is the figures' turn."""
    at = choice.sheet % (len(city.long) + 1)
    return city.long[at - 1] if at else None


def _with_sheet(view: View, city: CityView, span: LongSpan, width: int, height: int, choice: Choice) -> Paged:
    language = choice.language
    head = freshness(city, view, width, language, named=False)
    head += alarms(city, width, 1, language)
    shown = sheet(city, span, width, height - len(head), language, choice.part)
    return Paged(head + shown.lines, shown.parts)


def _with_counters(view: View, city: CityView, width: int, height: int, choice: Choice) -> Paged:
    language = choice.language
    head = freshness(city, view, width, language, named=False)
    against = SIDES if width >= WALL else (choice.against,)
    shown = counters(city, width, height - len(head), language, against, choice.part)
    return Paged(head + shown.lines, shown.parts)


def _with_clocks(view: View, city: CityView, width: int, height: int, choice: Choice) -> Paged:
    """Clocks with alarms, stocks, then the clocks that are in time; on a wall stocks beside clocks. Of each clock more
    than one line of alarms only where no more parts come of it."""
    language, waits = choice.language, bool(view.gap)
    head = freshness(city, view, width, language, named=False)
    head += not_known(replace(city, not_known=replace(city.not_known, parts=(), alarms=None)), width, 1, language, ())
    room = height - len(head)
    if width >= WALL:
        half = (width - CLOCKS_GAP) // 2
        quiet = clock_page.in_time(city, half, language)
        left = _least_parts(
            lambda named: [clock_page.section(city, half, language, named, waits=waits), quiet], room, choice.part
        )
        rest = width - CLOCKS_GAP - half
        right = paged(stock_page.sections(city, rest, language), room, choice.part)
        return Paged(head + beside(left.lines, right.lines, CLOCKS_GAP), max(left.parts, right.parts))
    below = [*stock_page.sections(city, width, language), clock_page.in_time(city, width, language)]
    both = _least_parts(
        lambda named: [clock_page.section(city, width, language, named, waits=waits), *below], room, choice.part
    )
    return Paged(head + both.lines, both.parts)


def _least_parts(sections: Callable[[int], Sequence[Section]], height: int, part: int) -> Paged:
    """With as many lines of alarms of each clock as there can be in no more parts than with one."""
    least = paged(sections(1), height, part)
    more = (paged(sections(named), height, part) for named in range(ALARM_LINES, 1, -1))
    return next((page for page in more if page.parts == least.parts), least)


def _notices(
    city: CityView, width: int, rows: int, language: Language, against: Sequence[Against]
) -> tuple[Growing, ...]:
    """What stands below the head of a city, the gravest first: alarms, what is due, not known, and in no list."""
    return (
        (lambda most: alarms(city, width, most, language), 1),
        (lambda most: due(city, width, most, language), 1),
        (lambda most: loading(city, width, most, language), 1),
        (lambda most: not_known(city, width, most, language, against), rows),
        (lambda most: unlisted(city, width, most, language), 1),
    )


def _given(growing: Sequence[Growing], lines: int) -> list[Growing]:
    """How many of so many lines each block gets: what it gets in any case, then, in their order, what it takes."""
    spare = lines - sum(len(make(least)) for make, least in growing)
    given: list[Growing] = []
    for make, least in growing:
        taken = len(make(least + spare)) - len(make(least)) if spare > 0 else 0
        spare -= taken
        given.append((make, least + taken))
    return given


def shared_out(growing: Sequence[Growing], lines: int) -> Block:
    """The blocks below each other in so many lines: nothing is left out of them while lines would stay empty."""
    return [each for make, rows in _given(growing, lines) for each in make(rows)]


def _wall(view: View, chosen: int, width: int, height: int, language: Language) -> Block:
    fitting = max(1, min(len(view.cities), height // CITY_LINES))
    first = max(0, min(chosen, len(view.cities) - fitting))
    shown = view.cities[first : first + fitting]
    of = columns(width, SIDES)
    wanted = [len(_wall_city(view, city, of, width, height, language)) for city in shown]
    lines: Block = []
    for city, share in zip(shown, _shares(wanted, height), strict=True):
        body = _wall_city(view, city, of, width, share, language)
        lines += [*body, *[blank(width)] * (share - len(body))]
    return lines


def _shares(wanted: Sequence[int], lines: int) -> list[int]:
    """Equal parts of the lines; what one does not want, those get that do."""
    given, left = [0] * len(wanted), lines
    for place, at in enumerate(sorted(range(len(wanted)), key=lambda at: wanted[at])):
        equal = left // (len(wanted) - place)
        given[at] = equal if place == len(wanted) - 1 else min(equal, max(wanted[at], CITY_LINES))
        left -= given[at]
    return given


def _wall_city(view: View, city: CityView, of: Columns, width: int, height: int, language: Language) -> Block:
    """One city in at most `height` lines; as few as it needs."""
    side = width - of.width - 4
    head = [line(width, ("─" * width, "dim")), *freshness(city, view, width, language, named=True)]
    least = _side(city, side, 0, language)
    needed = min(len(table(city, of.width, height, language, of)), calls_height(city) + SOME_OTHERS)
    spare = height - len(head) - max(needed, len(least))
    head += shared_out(_notices(city, width, 1, language, SIDES), spare)
    room = height - len(head)
    digits = [blank(of.width), *big_totals(city, of.width, language, of)]
    with_digits = room - len(digits) >= calls_height(city)
    figures = _with_campaigns(city, of, room - len(digits) if with_digits else room, language)
    if with_digits:
        figures += digits
    return [*head, *beside(figures[:room], _side(city, side, room, language)[:room], 4)]


def _with_campaigns(city: CityView, of: Columns, height: int, language: Language) -> Block:
    """The counters, and below those of calls a line for each campaign that runs, where there is room for all of these;
    other counters give way to them."""
    running = campaign_lines(city, of.width, language)
    if not running or calls_height(city) + 1 + len(running) > height:
        return table(city, of.width, height, language, of)
    figures = table(city, of.width, height - 1 - len(running), language, of)
    return [*figures, blank(of.width), *running]


def _side(city: CityView, width: int, height: int, language: Language) -> Block:
    """Beats, phases, stocks and feeds in at most `height` lines; with fewer than they need, at least some of each, but
    stocks only where there is room for them."""
    phases = responses(city, width, language)
    beats = beats_list(city, width, SOME_BEATS, language)
    sources: Growing = (lambda most: feeds(city, width, most, language), 4)
    room = height - len(phases) - 2
    open_now: Block = []
    if (left := room - len(beats) - len(feeds(city, width, 4, language)) - 1) >= SOME_STOCKS:
        wanted = len(stock_page.beside_figures(city, width, height, language))
        feeding = len(feeds(city, width, height, language))
        most = max(SOME_STOCKS, min(wanted, room - len(beats) - feeding - 1))
        open_now = stock_page.beside_figures(city, width, min(left, most), language)
        open_now = [*open_now, blank(width)] if open_now else []
    room -= len(open_now)
    below = shared_out((sources,), room - len(beats))
    beats = beats_list(city, width, max(SOME_BEATS, room - len(below)), language)
    return [*beats, blank(width), *phases, blank(width), *open_now, *below]


def _foot(width: int, choice: Choice, parts: int, *, is_sheet: bool) -> Block:
    """What the signs mean, and the keys. Where a page has more than one part, which one this is."""
    language = choice.language
    legend = "legend both" if width >= WALL else f"legend {choice.against}"
    legend = "legend clocks" if choice.clocks else "legend sheet" if is_sheet else legend
    said: list[Piece] = [(word(legend, language), "dim")]
    if parts > 1:
        of = word("part of", language).format(choice.part % parts + 1, parts)
        return [spread(width, said, [(f" {of} ", "bold reverse")]), line(width, (word("keys", language), "dim"))]
    return [line(width, *said), line(width, (word("keys", language), "dim"))]


def text(view: View, width: int, language: Language) -> str:
    """All cities with both comparisons, as text: what a log or a pipe gets."""
    lines = title(view, -1, width, language) + warning(view, width, language)
    for city in view.cities:
        lines += [blank(width), *freshness(city, view, width, language, named=True)]
        lines += shared_out(_notices(city, width, 2, language, SIDES), TEXT_LINES)
        of = columns(width, SIDES)
        of = replace(of, label=min(WIDEST_LABEL, of.label + max(0, width - of.width)))
        lines += table(city, width, len(city.rows) + len(city.others) + 3, language, of)
        lines += [*beats_flow(city, width, 2, language), *responses_flow(city, width, language)]
        lines += feeds(city, width, 3, language)
        if city.clocks or city.stocks:
            open_now = [
                clock_page.section(city, width, language, 1, waits=bool(view.gap)),
                *stock_page.sections(city, width, language),
            ]
            lines += [blank(width), *(each for part in open_now for each in (*part.head, *chain(*part.entries)))]
        for span in city.campaigns:
            lines += [blank(width), *sheet(city, span, width, TEXT_SHEET, language).lines]
    lines += [blank(width), *tally(view.tally, width, language)]
    return "\n".join(entry.plain.rstrip() for entry in lines)
