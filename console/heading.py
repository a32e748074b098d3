"""The top of the screen: which city, what time, how fresh, and the line that a frozen screen must not
lack."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from console.clock import span
from console.lines import Block, Piece, line, spread
from console.view import CityView, View
from console.words import Language, name, word

NO_ANSWER = 3.0
"""Seconds without an answer from the roles from which the screen says STALE."""

STILL = 90.0
"""Seconds without any movement of a city from which its line says so: more than the minute between two
heartbeats of the slowest sources."""

HISTORY = 86_400
"""A clock that is further behind than this replays the past; it is no late feed."""


def title(view: View, chosen: int, width: int, language: Language) -> Block:
    """The name of the program, the cities to choose from, the wall clock."""
    pieces: list[Piece] = [(" citywatch ", "bold reverse"), (" ", "")]
    for index, city in enumerate(view.cities):
        label = f"{index + 1} {name(city.zh, city.en, language, 24)}"
        pieces.append((f"[{label}] ", "bold") if index == chosen else (f" {label}  ", "dim"))
    zone = ZoneInfo(view.cities[chosen].tz if view.cities else "UTC")
    now = datetime.fromtimestamp(view.now, zone)
    return [spread(width, pieces, [(f" {now:%Y-%m-%d %H:%M:%S %Z}", "")])]


def warning(view: View, width: int, language: Language) -> Block:
    """Says in words that what is shown is old or incomplete; nothing while all is well."""
    if view.age is None:
        return [line(width, (f" {word('waiting', language)} … {view.problem}", "bold"))]
    if view.age >= NO_ANSWER:
        silence = f"{word('no answer', language)} {span(view.age)}, {word('old', language)}. {view.problem}"
        return [line(width, (f" {word('stale', language)}: {silence}", "bold reverse"))]
    if view.silent_roles:
        roles = ", ".join(view.silent_roles)
        return [line(width, (f" {word('no answer short', language)}: {roles} ", "bold reverse"))]
    if view.gap:
        return [line(width, (f" {view.gap}", "bold"))]
    return []


def freshness(city: CityView, view: View, width: int, language: Language, *, named: bool) -> Block:
    """As of when the calls are, in event time; how far that is behind; when they last moved."""
    pieces: list[Piece] = [(f"{name(city.zh, city.en, language, 30)}  ", "bold")] if named else []
    if city.clock is None:
        return [line(width, *pieces, (word("never", language), "dim"))]
    clock = datetime.fromtimestamp(city.clock, ZoneInfo(city.tz))
    behind = max(0.0, view.now - city.clock)
    pieces.append((f"{word('as of', language)} {clock:%Y-%m-%d %H:%M:%S}", "bold"))
    if behind > HISTORY:
        pieces.append((f", {span(behind)} {word('behind', language)} ({word('replay', language)})", ""))
    else:
        pieces.append((f", {word('lag', language)} {span(behind)}", ""))
    quiet = city.quiet + (view.age or 0.0)
    tail = f"{word('updated', language)} {span(quiet)}{word('ago', language)}"
    if quiet < STILL or behind > HISTORY:
        return [spread(width, pieces, [(f" {tail}", "")])]
    return [spread(width, pieces, [(f" {word('still', language)}: {tail} ", "bold reverse")])]
