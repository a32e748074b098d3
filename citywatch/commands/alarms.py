"""`citywatch alarms`: what was not done in time, or is silent, as the store has it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

import msgspec
import typer

from citywatch.commandline.options import JsonOption, ZoneOption
from citywatch.commandline.printing import print_json, print_table
from citywatch.commandline.store import opened_store
from figures.periods import rfc3339, to_minute
from runtime.cities import cities
from runtime.errors import WrongUse
from runtime.settings import load_settings
from schemas.alarms import STANDING, STATES, Alarm
from schemas.cities import Cities
from schemas.clocks import WATCHED
from schemas.spelling import instead
from sinks.alarms import Asked, counted, find, newest
from sinks.store import Store

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Clocks = Annotated[list[str] | None, typer.Option("--clock", help="Only alarms of this clock; may be repeated.")]
States = Annotated[
    list[str] | None,
    typer.Option("--state", help=f"{', '.join(STATES)}, standing (the first two) or all; may be repeated."),
]

_TIMES = ("begin", "warn_at", "due", "raised_at", "end")


@app.callback()
def run() -> None:
    """Alarms of clocks: what was not done in time, or is silent. Nothing here is a quota: of three days without a
    result an alarm asks whether the feed, the duty or the place was quiet."""


@app.command("list")
def list_(
    clock: Clocks = None,
    state: States = None,
    city: Annotated[str | None, typer.Option(help="Only those of this city's sources.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> int:
    """Alarms that stand, or those in the states given, the last one first. Times are of each city's zone.

    Exit code 0, whether there are any or not.
    """
    settings = load_settings()
    known = cities(settings)
    fixtures = (
        [source for place in known.fixtures.values() for source in (*place.sources, place.whole)]
        if city is None
        else ()
    )
    asked = Asked(_clocks(clock), _states(state), _sources(known, city), without=fixtures)
    with opened_store(settings) as store:
        found, numbers = newest(store, asked, limit), counted(store, asked)
    if json:
        shown = [_shown(each, _zone(known, each, tz)) for each in found]
        print_json({"listed": len(shown), "total": sum(numbers.values()), "states": numbers, "alarms": shown})
        return 0
    if not found:
        print("no such alarm" if clock or state or city else "no alarm stands")
        return 0
    rows = [
        (each.state, _short(each.due, _zone(known, each, tz)), each.clock, each.subject, each.beat or "–")
        for each in found
    ]
    print_table(None, ("state", "due", "clock", "subject", "beat"), rows, ())
    told = ", ".join(f"{number} {name}" for name, number in numbers.items())
    print(f"{told}; `citywatch alarms show SUBJECT` tells more of one")
    return 0


@app.command()
def show(
    what: Annotated[str, typer.Argument(help="A subject, or the id of one alarm.")],
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> int:
    """Every alarm about a subject, or the one of an id, with what it says and what to do. Exit code 2 for none."""
    settings = load_settings()
    known = cities(settings)
    with opened_store(settings) as store:
        found = _about(store, what)
    if not found:
        raise WrongUse(f"there is no alarm with id or subject {what!r}: `citywatch alarms list --state all` names them")
    if json:
        print_json({"alarms": [_shown(each, _zone(known, each, tz)) for each in found]})
        return 0
    for number, each in enumerate(found):
        if number:
            print()
        for name, value in _told(each, _zone(known, each, tz)):
            print(f"{name:<10}{value}".rstrip())
    return 0


def _about(store: Store, what: str) -> list[Alarm]:
    one = find(store, what)
    return [one] if one is not None else newest(store, Asked(subjects=[what]), 1_000)


def _clocks(asked: list[str] | None) -> Collection[str] | None:
    for name in asked or ():
        if name not in WATCHED:
            raise WrongUse(f"--clock {name!r} is no clock: {instead(name, WATCHED)}")
    return asked


def _states(asked: list[str] | None) -> Collection[str] | None:
    names = {"standing"} if asked is None else set(asked)
    if "all" in names:
        return None
    if "standing" in names:
        names = names - {"standing"} | STANDING
    for name in sorted(names - set(STATES)):
        raise WrongUse(f"--state {name!r} is no state: {instead(name, (*STATES, 'standing', 'all'))}")
    return names


def _sources(known: Cities, city: str | None) -> Collection[str] | None:
    if city is None:
        return None
    every = known.with_fixtures().by_name
    if city not in every:
        raise WrongUse(f"--city {city!r} is no city: {instead(city, known.by_name)}")
    return [*every[city].sources, every[city].whole]


def _zone(known: Cities, alarm: Alarm, asked: str | None) -> str:
    every = known.with_fixtures()
    city = every.by_source.get(alarm.source) or every.by_name.get(alarm.source.partition("/")[0])
    return asked or (city.tz if city is not None else "UTC")


def _shown(alarm: Alarm, zone: str) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(alarm)
    del said["kind"]
    for name in _TIMES:
        said[name] = None if said[name] is None else rfc3339(said[name], zone)
    declared = WATCHED.get(alarm.clock)
    return said if declared is None else said | {"zh": declared.zh, "en": declared.en}


def _told(alarm: Alarm, zone: str) -> list[tuple[str, str]]:
    lines = [("id", alarm.id), ("clock", alarm.clock)]
    declared = WATCHED.get(alarm.clock)
    if declared is not None:
        lines[1] = ("clock", f"{alarm.clock}  {declared.zh}  {declared.en}")
        lines += [("", declared.says_zh), ("", declared.says_en)]
    lines += [("subject", alarm.subject), ("source", alarm.source), ("beat", alarm.beat or "–")]
    lines += [("state", f"{alarm.state}: {alarm.why}")]
    for name, at in (("begin", alarm.begin), ("warns", alarm.warn_at), ("due", alarm.due), ("end", alarm.end)):
        lines += [(name, rfc3339(at, zone))] if at is not None else []
    lines += [("ended by", alarm.ended_by)] if alarm.ended_by else []
    lines += [("withdrawn", f"by {alarm.withdrawn_by}")] if alarm.withdrawn_by else []
    if declared is not None and alarm.is_standing:
        lines += [("do", text) for text in (*declared.todo_zh, *declared.todo_en)]
    return lines


def _short(at: int | None, zone: str) -> str:
    """To the minute: the zone is the city's."""
    return "–" if at is None else to_minute(at, zone)
