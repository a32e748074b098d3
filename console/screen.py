"""The whole screen for any size: what matters most comes first, and nothing wraps.

Up to 110 columns one city at a time, compared with the span before or (key `c`) with the year before. From
110 on beats, response and feeds move beside the counters. From 176 on (a wall) both comparisons stand side
by side and as many cities as fit stand one below the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from console.digits import HEIGHT
from console.heading import freshness, title, warning
from console.lines import Block, beside, blank, line
from console.panels import alarms, beats_flow, beats_list, feeds, not_known, responses, responses_flow, tally
from console.table import big_totals, calls_height, table, table_width
from console.view import SIDES, Against, CityView, View
from console.words import Language, word

SIDE, WALL = 110, 176
"""Columns from which there is room beside the counters, and for both comparisons."""

CITY_LINES = 16
"""A city on the wall needs at least so many lines: freshness, heads, the total, and its classes."""


@dataclass(frozen=True)
class Choice:
    """What the person at the screen has chosen."""

    city: int = 0
    against: Against = "previous"
    language: Language = "en"


def screen(view: View, width: int, height: int, choice: Choice) -> Block:
    """Exactly `height` lines of exactly `width` cells."""
    language = choice.language
    chosen = choice.city % len(view.cities) if view.cities else 0
    top = title(view, chosen, width, language) + warning(view, width, language)
    bottom = _foot(view, width, choice)
    room = height - len(top) - len(bottom)
    if not view.cities:
        silence = [] if view.age is None else [line(width, (f" {word('no clock', language)}", ""))]
        middle: Block = silence
    elif width >= WALL:
        middle = _wall(view, chosen, width, room, language)
    else:
        middle = _one(view, replace(choice, city=chosen), width, room)
    lines = [*top, *middle[:room]]
    lines += [blank(width)] * (height - len(bottom) - len(lines))
    return (lines + bottom)[:height]


def _one(view: View, choice: Choice, width: int, height: int) -> Block:
    city, language = view.cities[choice.city], choice.language
    head = freshness(city, view, width, language, named=False) + alarms(city, width, language)
    head += not_known(city, width, 2, language, (choice.against,))
    room = height - len(head)
    if width >= SIDE:
        left = table_width((choice.against,))
        side = _side(city, width - left - 3, room, language)
        return head + beside(table(city, left, room, language, (choice.against,)), side, 3)
    below = feeds(city, width, 2, language)
    phases = responses_flow(city, width, language)
    # classes come before phases where there is not room for both
    below = phases[: max(1, room - len(below) - 1 - calls_height(city))] + below
    counters = table(city, width, room - len(below) - 1, language, (choice.against,))
    spare = room - len(counters) - len(below)
    if spare > 4:
        return head + counters + beats_list(city, width, spare, language) + below
    return head + counters + beats_flow(city, width, spare, language) + below


def _wall(view: View, chosen: int, width: int, height: int, language: Language) -> Block:
    fitting = max(1, min(len(view.cities), height // CITY_LINES))
    first = max(0, min(chosen, len(view.cities) - fitting))
    share = height // fitting
    lines: Block = []
    for city in view.cities[first : first + fitting]:
        left = table_width(SIDES)
        head = [line(width, ("─" * width, "dim")), *freshness(city, view, width, language, named=True)]
        head += alarms(city, width, language) + not_known(city, width, 1, language, SIDES)
        room = share - len(head)
        side = _side(city, width - left - 4, room, language)
        counters = table(city, left, room, language, SIDES)
        if room - len(counters) > HEIGHT:
            counters += [blank(left), *big_totals(city, left, language, SIDES)]
        body = [*head, *beside(counters, side, 4)]
        lines += [*body, *[blank(width)] * (share - len(body))]
    return lines


def _side(city: CityView, width: int, height: int, language: Language) -> Block:
    lower = [*responses(city, width, language), blank(width), *feeds(city, width, 4, language)]
    beats = beats_list(city, width, max(2, min(len(city.beats) + 1, height - len(lower) - 1)), language)
    return [*beats, blank(width), *lower][:height]


def _foot(view: View, width: int, choice: Choice) -> Block:
    language = choice.language
    legend = "legend both" if width >= WALL else f"legend {choice.against}"
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
        lines += alarms(city, width, language) + not_known(city, width, 2, language, SIDES)
        lines += table(city, width, len(city.rows) + len(city.others) + 3, language, SIDES)
        lines += [*beats_flow(city, width, 2, language), *responses_flow(city, width, language)]
        lines += feeds(city, width, 3, language)
    lines += [blank(width), *tally(view.tally, width, language)]
    return "\n".join(entry.plain.rstrip() for entry in lines)
