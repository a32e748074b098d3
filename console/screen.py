"""The whole screen for any size: what matters most comes first, and nothing wraps.

Up to 110 columns one city at a time, compared with the span before or (key `c`) with the year before. From
110 on beats, response and feeds move beside the counters. From 176 on (a wall) both comparisons stand side
by side and as many cities as fit stand one below the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from console.digits import HEIGHT
from console.due import due, due_page
from console.heading import freshness, title, warning
from console.lines import Block, beside, blank, line
from console.meanings import pages
from console.notices import alarms, loading, not_known, unlisted
from console.panels import beats_flow, beats_list, feeds, responses, responses_flow, tally
from console.sheets import campaign_lines, sheet
from console.table import big_totals, calls_height, table, table_width
from console.view import SIDES, Against, CityView, LongSpan, View
from console.words import Language, word

SIDE, WALL = 110, 176
"""Columns from which there is room beside the counters, and for both comparisons."""

SOME_BEATS = 4
"""Lines of the busiest beats that phases and feeds do not take."""

TEXT_LINES = 8
"""Text has so many lines for alarms and what is not known of a city."""

TEXT_SHEET = 20
"""And so many for a campaign."""

CITY_LINES = 16
"""A city on the wall needs at least so many lines: freshness, heads, the total, and its classes."""


@dataclass(frozen=True)
class Choice:
    """What the person at the screen has chosen. `page`: how often `?` was pressed since the figures were shown: its
    pages of meanings follow one another, and after the last one come the figures again. `sheet`: as often as `p` was
    pressed, for the pages of the campaigns, the quarter and the year. `clocks`: the page of what is due."""

    city: int = 0
    against: Against = "previous"
    language: Language = "en"
    page: int = 0
    sheet: int = 0
    clocks: bool = False


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
    bottom = _foot(view, width, choice, is_sheet=shown is not None)
    room = height - len(top) - len(bottom)
    if not view.cities:
        silent = view.age is not None and not view.starting
        middle: Block = [line(width, (f" {word('no clock', language)}", ""))] if silent else []
    elif choice.clocks:
        middle = _with_clocks(view, view.cities[chosen], width, room, language)
    elif shown is not None:
        middle = _with_sheet(view, view.cities[chosen], shown, width, room, language)
    elif width >= WALL:
        middle = _wall(view, chosen, width, room, language)
    else:
        middle = _one(view, replace(choice, city=chosen), width, room)
    lines = [*top, *middle[:room]]
    lines += [blank(width)] * (height - len(bottom) - len(lines))
    return (lines + bottom)[:height]


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
        left = table_width(against)
        counters = table(city, left, height, language, against)
        least = _side(city, width - left - 3, 0, language)
        head += shared_out(notices, height - len(head) - max(len(counters), len(least)))
        room = height - len(head)
        counters = _with_campaigns(counters, city, left, room, language)
        return head + beside(counters[:room], _side(city, width - left - 3, room, language)[:room], 3)
    phases = responses_flow(city, width, language)
    counters = table(city, width, height, language, against)
    growing: list[Growing] = [*notices, (partial(feeds, city, width, language=language), 2)]
    spare = height - len(head) - len(counters) - len(phases) - 1
    made = [make(rows) for make, rows in _given(growing, spare)]
    head += [each for block in made[:-1] for each in block]
    room = height - len(head)
    # classes come before phases where there is not room for both
    below = phases[: max(1, room - len(made[-1]) - 1 - calls_height(city))] + made[-1]
    counters = counters[: max(0, room - len(below) - 1)]
    spare = room - len(counters) - len(below)
    busiest = beats_list if spare > 4 else beats_flow
    return head + counters + busiest(city, width, spare, language) + below


def _sheet(city: CityView, choice: Choice) -> LongSpan | None:
    """The page that is chosen; None where it is the figures' turn."""
    at = choice.sheet % (len(city.long) + 1)
    return city.long[at - 1] if at else None


def _with_sheet(view: View, city: CityView, span: LongSpan, width: int, height: int, language: Language) -> Block:
    head = freshness(city, view, width, language, named=False)
    head += alarms(city, width, 1, language)
    return head + sheet(city, span, width, height - len(head), language)


def _with_clocks(view: View, city: CityView, width: int, height: int, language: Language) -> Block:
    head = freshness(city, view, width, language, named=False)
    return head + due_page(city, width, height - len(head), language)


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
    share = height // fitting
    lines: Block = []
    for city in view.cities[first : first + fitting]:
        left = table_width(SIDES)
        head = [line(width, ("─" * width, "dim")), *freshness(city, view, width, language, named=True)]
        counters = table(city, left, share, language, SIDES)
        least = _side(city, width - left - 4, 0, language)
        spare = share - len(head) - max(len(counters), len(least))
        head += shared_out(_notices(city, width, 1, language, SIDES), spare)
        room = share - len(head)
        side = _side(city, width - left - 4, room, language)
        counters = _with_campaigns(counters, city, left, room, language)
        if room - len(counters) > HEIGHT + 1:
            counters += [blank(left), *big_totals(city, left, language, SIDES)]
        body = [*head, *beside(counters[:room], side[:room], 4)]
        lines += [*body, *[blank(width)] * (share - len(body))]
    return lines


def _with_campaigns(counters: Block, city: CityView, width: int, height: int, language: Language) -> Block:
    """The counters, and below them a line for each campaign that runs, where there is room for all of these."""
    running = campaign_lines(city, width, language)
    if not running or len(counters) + 1 + len(running) > height:
        return counters
    return [*counters, blank(width), *running]


def _side(city: CityView, width: int, height: int, language: Language) -> Block:
    """Beats, phases and feeds in at most `height` lines; with fewer than they need, at least some of each."""
    phases = responses(city, width, language)
    beats = beats_list(city, width, SOME_BEATS, language)
    sources: Growing = (lambda most: feeds(city, width, most, language), 4)
    room = height - len(phases) - 2
    below = shared_out((sources,), room - len(beats))
    beats = beats_list(city, width, max(SOME_BEATS, room - len(below)), language)
    return [*beats, blank(width), *phases, blank(width), *below]


def _foot(view: View, width: int, choice: Choice, *, is_sheet: bool) -> Block:
    language = choice.language
    legend = "legend both" if width >= WALL else f"legend {choice.against}"
    legend = "legend clocks" if choice.clocks else "legend sheet" if is_sheet else legend
    return [
        *tally(view.tally, width, language),
        line(width, (word(legend, language), "dim")),
        line(width, (word("keys", language), "dim")),
    ]


def text(view: View, width: int, language: Language) -> str:
    """All cities with both comparisons, as text: what a log or a pipe gets."""
    lines = title(view, -1, width, language) + warning(view, width, language)
    for city in view.cities:
        lines += [blank(width), *freshness(city, view, width, language, named=True)]
        lines += shared_out(_notices(city, width, 2, language, SIDES), TEXT_LINES)
        lines += table(city, width, len(city.rows) + len(city.others) + 3, language, SIDES)
        lines += [*beats_flow(city, width, 2, language), *responses_flow(city, width, language)]
        lines += feeds(city, width, 3, language)
        for span in city.campaigns:
            lines += [blank(width), *sheet(city, span, width, TEXT_SHEET, language)]
    lines += [blank(width), *tally(view.tally, width, language)]
    return "\n".join(entry.plain.rstrip() for entry in lines)
