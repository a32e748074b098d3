"""What is overdue, silent or soon due: a line among the figures, and its part of the page of clocks and stocks."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from console.clock import moment
from console.lines import Block, Piece, fit, flow, line
from console.parts import Section
from console.view import CityView, ClockRow, DueAlarm
from console.words import Language, name, word

NUMBER = 8
"""Cells of a number."""

WIDEST_LABEL = 60

QUIET_LINES = 9
"""Lines for all clocks of which nothing stands."""


def due(city: CityView, width: int, rows: int, language: Language) -> Block:
    """The clocks of which alarms stand, in at most `rows` lines; none where there is none."""
    if not city.due:
        return []
    return flow(width, word("due", language), (_counted(clock, language) for clock in city.due), rows)


def section(city: CityView, width: int, language: Language, named: int, *, waits: bool) -> Section:
    """Each clock of which alarms stand, with how many these are and the last of them in at most `named` lines. `waits`:
    none runs yet, since the history is not loaded."""
    label = max(12, min(WIDEST_LABEL, width - 2 * NUMBER))
    heads = (fit(word(key, language), NUMBER, "right") for key in ("expired", "warned"))
    title = word("clocks watched", language).format(len(city.clocks))
    if city.clocks and not city.due:
        title += word("and", language) + word("all in time", language)
    head = [line(width, (f" {word('clocks', language)} ", "bold reverse"), (f"  {title}", "bold"))]
    if not city.due:
        why = word("clocks wait" if waits else "no clocks", language)
        return Section(head, [[] if city.clocks else [line(width, why)]])
    columns = line(width, (" " * label, ""), *((each, "dim") for each in heads))
    entries = [
        [_head(clock, width, label, language), *_named(clock, city, width, named, language)] for clock in city.due
    ]
    return Section([*head, columns], entries)


def in_time(city: CityView, width: int, language: Language) -> Section:
    """The names of the clocks that are watched and of which nothing stands."""
    quiet = [clock for clock in city.clocks if not (clock.expired or clock.warned)]
    items = ([(clock.zh if language == "zh" else clock.en, "dim")] for clock in quiet)
    return Section([], [flow(width, word("in time", language), items, QUIET_LINES) if quiet else []])


def _counted(clock: ClockRow, language: Language) -> list[Piece]:
    said = [f"{number} {word(key, language)}" for key, number in _states(clock) if number]
    return [(clock.zh if language == "zh" else clock.en, "bold reverse"), (f" {', '.join(said)}", "")]


def _states(clock: ClockRow) -> tuple[tuple[str, int], tuple[str, int]]:
    return ("expired", clock.expired), ("warned", clock.warned)


def _head(clock: ClockRow, width: int, label: int, language: Language) -> Text:
    numbers = [(f"{number:>{NUMBER},}", "bold" if number else "dim") for _, number in _states(clock)]
    return line(width, (fit(name(clock.zh, clock.en, language, label), label), "bold"), *numbers)


def _named(clock: ClockRow, city: CityView, width: int, rows: int, language: Language) -> Iterator[Text]:
    """Of the alarms that were given last those that have expired, then the others, as many as there is room for in
    `rows` lines."""
    total = clock.expired + clock.warned
    last = sorted(clock.alarms, key=lambda alarm: not alarm.is_expired)
    items = [_alarm(alarm, city, language) for alarm in last]
    yield from flow(width, " ", items, rows, marker=len(items) == total)


def _alarm(alarm: DueAlarm, city: CityView, language: Language) -> list[Piece]:
    at = "" if alarm.due is None else " " + moment(alarm.due, city.clock, city.tz)
    named = alarm.zh if language == "zh" else alarm.en
    place = "".join(f" {part}" for part in (alarm.beat, named) if part)
    mark = f"{word('is expired', language)} " if alarm.is_expired else ""
    style = ("bold", "") if alarm.is_expired else ("", "dim")
    return [(f"{mark}{alarm.subject}", style[0]), (f"{place}{at}", style[1])]
