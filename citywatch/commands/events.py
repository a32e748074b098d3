"""`citywatch events`: the events behind a figure, corrections included; what they add sums to the figure."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import typer

from citywatch.commandline.arguments import asked_span
from citywatch.commandline.choices import chosen_measure, chosen_zone
from citywatch.commandline.options import CityOption, FromOption, ToOption, ZoneOption
from citywatch.commandline.printing import print_table
from citywatch.commandline.store import opened_store
from figures.periods import rfc3339
from figures.queries.behind import Line, behind, checked_filters, filters
from figures.queries.clock import chosen_city, measure_clock
from runtime.errors import WrongUse
from runtime.settings import load_settings
from schemas.measures import Measure

TEXT_LINES = 50


def run(
    measure: Annotated[str, typer.Argument(help="A measure; `citywatch report` lists them.")],
    from_: FromOption = None,
    to: ToOption = None,
    where: Annotated[
        str | None,
        typer.Option(
            help="Comma list of NAME=CODE; names are class, category, sector, beat, source, and further dimensions of"
            " the measure's events."
        ),
    ] = None,
    city: CityOption = None,
    tz: ZoneOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help=f"Lines; default {TEXT_LINES}, all with --json.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> int:
    """Every event behind a figure, with its verdict, where it stands in the log, and what it adds.

    The column `adds` sums to what `report` says (for minutes: in seconds). Corrections take away: -1 for an id that
    counts at its first row, -1 and +1 for an incident that was re-coded, -1 for one that was cancelled. With --json
    each line has the event itself as it was accepted, too.
    """
    settings = load_settings()
    asked = chosen_measure(measure)
    wanted = _filters(where, asked)
    with opened_store(settings) as store:
        place = chosen_city(store, settings, city)
        zone = chosen_zone(settings, place, tz)
        span = asked_span(from_, to, zone, None, measure_clock(store, place, asked).as_of)
        lines = behind(store, asked, place, zone, span, wanted)
        if json:
            _print_lines(lines, zone, limit)
        else:
            _print_text(lines, zone, limit or TEXT_LINES)
    return 0


def _filters(text: str | None, measure: Measure) -> dict[str, str]:
    found = {}
    for part in (text or "").split(","):
        if not part.strip():
            continue
        name, equals, value = part.strip().partition("=")
        if not equals:
            raise WrongUse(f"--where {part.strip()!r} is not NAME=CODE with a name of: {', '.join(filters(measure))}")
        found[name] = value
    try:
        return checked_filters(measure, found)
    except ValueError as wrong:
        raise WrongUse(f"--where: {wrong}") from None


def _print_lines(lines: Iterator[Line], zone: str, limit: int | None) -> None:
    for number, line in enumerate(lines):
        if number == limit:
            return
        sys.stdout.buffer.write(msgspec.json.encode(_line_json(line, zone)) + b"\n")


def _line_json(line: Line, zone: str) -> dict[str, Any]:
    """With what was called `category`, `facet` and `values` before dimensions and numbers had names of their own."""
    shown = msgspec.to_builtins(line)
    event = msgspec.Raw(shown.pop("payload").encode() or b"null")
    beat, category, facet = (*line.codes, "", "")[:3]
    before = {"beat": beat, "category": category, "facet": facet, "values": list(line.numbers.values())[1:]}
    return {**shown, **before, "time": rfc3339(line.time, zone), "event": event}


def _print_text(lines: Iterator[Line], zone: str, limit: int) -> None:
    shown: list[Line] = []
    further = total = 0
    for line in lines:
        total += line.adds
        if len(shown) < limit:
            shown.append(line)
        else:
            further += 1
    if not shown:
        print("no events")
        return
    heads = ("time", "verdict", "adds", "category", "beat", "source", "id", "stands at")
    rows = [
        (
            rfc3339(line.time, zone),
            line.verdict,
            f"{line.adds:+d}",
            line.codes[1] if len(line.codes) > 1 else "",
            line.beat,
            line.source,
            line.id,
            f"{line.topic} {line.partition} @{line.offset}",
        )
        for line in shown
    ]
    print_table(None, heads, rows, (2,))
    print(f"sum {total}" + (f"; {further} more lines, see --limit or --json" if further else ""))
