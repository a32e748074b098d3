"""The top of the screen: which city, what time, how fresh, and the line that a frozen screen must not
lack."""

from __future__ import annotations

from rich.cells import cell_len

from console.clock import span, stamp
from console.lines import Block, Piece, line, spread
from console.view import CityView, View
from console.words import Language, name, told, word

NO_ANSWER = 3.0
"""Seconds without an answer from the roles from which the screen says STALE."""

STILL = 90.0
"""Seconds without any movement of a city from which its line says so: more than the minute between two
heartbeats of the slowest sources."""

_ROOMY = 110
"""Columns from which an address stands before what is wrong with it."""

HISTORY = 86_400
"""A clock that is further behind than this replays the past; it is no late feed."""


def title(view: View, chosen: int, width: int, language: Language) -> Block:
    """The name of the program, the cities to choose from, the wall clock."""
    pieces: list[Piece] = [(" citywatch ", "bold reverse"), (" ", "")]
    for index, city in enumerate(view.cities):
        label = f"{index + 1} {name(city.zh, city.en, language, 24)}"
        pieces.append((f"[{label}] ", "bold") if index == chosen else (f" {label}  ", "dim"))
    tz = view.cities[max(chosen, 0)].tz if view.cities else "UTC"
    room = width - sum(cell_len(text) for text, _ in pieces)
    clocks = [f" {stamp(view.now, tz, form)}" for form in ("%Y-%m-%d %H:%M:%S", "%H:%M:%S")]
    return [spread(width, pieces, [(next((clock for clock in clocks if len(clock) <= room), clocks[-1]), "")])]


def warning(view: View, width: int, language: Language) -> Block:
    """Says in words that what is shown is old or incomplete; nothing while all is well."""
    if view.starting and (view.age is None or not view.cities):
        return [line(width, (f" {word('starting', language)} …", "bold"))]
    if view.age is None:
        return [line(width, (f" {word('waiting', language)} … {told(view.problem, language)}", "bold"))]
    if view.age >= NO_ANSWER:
        since = word("no answer", language).format(span(view.age, language))
        problem = view.problem if width >= _ROOMY else view.problem.rpartition(": ")[2]
        silence = f"{since}, {word('old', language)}. {told(problem, language)}"
        return [line(width, (f" {word('stale', language)}: {silence}", "bold reverse"))]
    if view.starting:
        return []
    if view.silent_roles:
        roles = ", ".join(view.silent_roles)
        return [line(width, (f" {word('no answer short', language)}: {roles} ", "bold reverse"))]
    if view.gap:
        return [line(width, (f" {told(view.gap, language)}", "bold"))]
    return []


def freshness(city: CityView, view: View, width: int, language: Language, *, named: bool) -> Block:
    """As of when the calls are, in event time; how far that is behind; when they last moved."""
    pieces: list[Piece] = [(f"{name(city.zh, city.en, language, 30)}  ", "bold")] if named else []
    if city.clock is None:
        return [line(width, *pieces, (word("never", language), "dim"))]
    behind = max(0.0, view.now - city.clock)
    pieces.append((f"{word('as of', language)} {stamp(city.clock, city.tz)}", "bold"))
    if behind > HISTORY:
        far = word("behind", language).format(span(behind, language))
        pieces.append((f", {far} ({word('replay', language)})", ""))
    else:
        pieces.append((f", {word('lag', language)} {span(behind, language)}", ""))
    quiet = city.quiet + (view.age or 0.0)
    tail = word("updated", language).format(span(quiet, language))
    if quiet < STILL or behind > HISTORY:
        return [spread(width, pieces, [(f" {tail}", "")])]
    return [spread(width, pieces, [(f" {word('still', language)}: {tail} ", "bold reverse")])]
