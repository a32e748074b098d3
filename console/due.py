"""What is overdue, silent or soon due: a line among the figures, and a page of its own."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from console.clock import moment
from console.lines import Block, Piece, fit, flow, line
from console.view import CityView, ClockRow, DueAlarm
from console.words import Language, name, word

NUMBER = 8
"""Cells of a number."""

WIDEST_LABEL = 60

ALARM_LINES, QUIET_LINES = 3, 3
"""Lines for the alarms of one clock, and for all clocks of which nothing stands."""


def due(city: CityView, width: int, rows: int, language: Language) -> Block:
    """The clocks of which alarms stand, in at most `rows` lines; none where there is none."""
    if not city.due:
        return []
    return flow(width, word("due", language), (_counted(clock, language) for clock in city.due), rows)


def due_page(city: CityView, width: int, height: int, language: Language) -> Block:
    """At most `height` lines: each clock with how many of its alarms stand and the last of them, as far as there is
    room for all clocks; then those that are in time."""
    label = max(12, min(WIDEST_LABEL, width - 2 * NUMBER))
    heads = (fit(word(key, language), NUMBER, "right") for key in ("expired", "warned"))
    title = word("clocks watched", language).format(len(city.clocks))
    lines = [line(width, (f" {word('clocks', language)} ", "bold reverse"), (f"  {title}", "bold"))]
    if city.due:
        lines.append(line(width, (" " * label, ""), *((head, "dim") for head in heads)))
    quiet = _in_time(city, width, language)
    room = height - len(lines) - len(quiet)
    shown = city.due[: max(0, room)]
    spare = room - len(shown)
    for clock in shown:
        lines.append(_head(clock, width, label, language))
        named = list(_named(clock, city, width, max(0, spare), language))
        spare -= len(named)
        lines += named
    return [*lines, *quiet][:height]


def _counted(clock: ClockRow, language: Language) -> list[Piece]:
    said = [f"{number} {word(key, language)}" for key, number in _states(clock) if number]
    return [(clock.zh if language == "zh" else clock.en, "bold reverse"), (f" {', '.join(said)}", "")]


def _states(clock: ClockRow) -> tuple[tuple[str, int], tuple[str, int]]:
    return ("expired", clock.expired), ("warned", clock.warned)


def _head(clock: ClockRow, width: int, label: int, language: Language) -> Text:
    numbers = [(f"{number:>{NUMBER},}", "bold" if number else "dim") for _, number in _states(clock)]
    return line(width, (fit(name(clock.zh, clock.en, language, label), label), "bold"), *numbers)


def _named(clock: ClockRow, city: CityView, width: int, rows: int, language: Language) -> Iterator[Text]:
    """The alarms that were given last, as many as there is room for in `rows` lines of one clock."""
    if not rows:
        return
    total = clock.expired + clock.warned
    items = [_alarm(alarm, city, language) for alarm in clock.alarms]
    label = " " * 2
    yield from flow(width, label, items, min(rows, ALARM_LINES), marker=len(items) == total)


def _alarm(alarm: DueAlarm, city: CityView, language: Language) -> list[Piece]:
    at = "" if alarm.due is None else " " + moment(alarm.due, city.clock, city.tz)
    place = f" {alarm.beat}" if alarm.beat else ""
    return [(alarm.subject, "bold" if alarm.is_expired else ""), (f"{place}{at}", "" if alarm.is_expired else "dim")]


def _in_time(city: CityView, width: int, language: Language) -> Block:
    """Clocks that are watched and of which nothing stands."""
    quiet = [clock for clock in city.clocks if not (clock.expired or clock.warned)]
    if not quiet:
        return [] if city.clocks else [line(width, word("no clocks", language))]
    items = ([(clock.zh if language == "zh" else clock.en, "dim")] for clock in quiet)
    return flow(width, word("in time", language), items, QUIET_LINES)
