"""`citywatch events`: the events behind a figure, corrections included; what they add sums to the figure."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Annotated, Any

import msgspec
import typer

from citywatch.commandline.arguments import up_to
from citywatch.commandline.asked_time import TimeOptions, asked_time
from citywatch.commandline.choices import chosen_measure, chosen_zone
from citywatch.commandline.derived_events import EventsTyped, events_derived
from citywatch.commandline.filters import WhereOption, chosen_filters
from citywatch.commandline.options import CampaignOption, CityOption, FromOption, NightsOption, ToOption, ZoneOption
from citywatch.commandline.printing import print_table
from citywatch.commandline.store import opened_store
from figures.periods import rfc3339
from figures.queries.behind import Line, behind
from figures.queries.clock import chosen_city, measure_clock
from figures.queries.sums import NOTHING, totals
from runtime.settings import load_settings
from schemas.derived import DERIVED

TEXT_LINES = 50
FLUSH_SECONDS = 0.2


def run(
    measure: Annotated[str, typer.Argument(help="A measure, stock or funnel; `citywatch report` lists them.")],
    from_: FromOption = None,
    to: ToOption = None,
    campaign: CampaignOption = None,
    nights: NightsOption = None,
    where: WhereOption = None,
    city: CityOption = None,
    tz: ZoneOption = None,
    limit: Annotated[int | None, typer.Option(min=1, help=f"Lines; default {TEXT_LINES}, all with --json.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> int:
    """Every event behind a figure, with its verdict, where it stands in the log, and what it adds.

    The column `adds` sums to what `report` says (for minutes: in seconds). Corrections take away: -1 for an id that
    counts at its first row, -1 and +1 for an incident that was re-coded, -1 for one that was cancelled. With --json
    each line has the event itself as it was accepted, too. Lines come as they are found, in order of time.

    Of a stock the subjects that count at the end of the span, of a funnel those that began in it, each with its steps.
    """
    settings = load_settings()
    if measure in DERIVED:
        typed = EventsTyped(TimeOptions(from_, to, campaign, nights), where, city, tz, limit, json)
        with opened_store(settings) as store:
            events_derived(settings, store, DERIVED[measure], typed)
        return 0
    asked = chosen_measure(measure)
    with opened_store(settings) as store:
        place = chosen_city(store, settings, city)
        zone = chosen_zone(settings, place, tz)
        clock = measure_clock(store, place, asked)
        when = asked_time(TimeOptions(from_, to, campaign, nights), None, place, zone, clock.as_of)
        span, parts = when.span, when.parts()
        wanted = chosen_filters(where, asked, place, store)
        lines = chain.from_iterable(behind(store, zone, part, wanted, payload=json) for part in parts)
        if json:
            _print_lines(islice(lines, limit), zone)
            return 0
        shown = list(islice(lines, limit or TEXT_LINES))
        if not shown:
            print(f"no events from {rfc3339(span.start, zone)} to {rfc3339(span.end, zone)}{up_to(clock.as_of, zone)}")
            return 0
        _print_text(shown, zone)
        if next(lines, None) is None:
            print(f"sum {sum(line.adds for line in shown)}")
        else:
            found = totals(store, wanted, zone, parts, ())
            figure = sum((found[part].get((), NOTHING) for part in parts), NOTHING)
            first = f"the first {len(shown)} lines add {sum(line.adds for line in shown)}"
            print(f"sum {figure.adds(asked)}, of which {first}; more with --limit or --json")
    return 0


def _print_lines(lines: Iterable[Line], zone: str) -> None:
    """To whoever reads, within a fraction of a second of being found."""
    out, flushed = sys.stdout.buffer, 0.0
    for line in lines:
        out.write(msgspec.json.encode(_line_json(line, zone)) + b"\n")
        if (now := time.monotonic()) - flushed > FLUSH_SECONDS:
            out.flush()
            flushed = now


def _line_json(line: Line, zone: str) -> dict[str, Any]:
    """With what was called `category`, `facet` and `values` before dimensions and numbers had names of their own."""
    shown = msgspec.to_builtins(line)
    event = msgspec.Raw(shown.pop("payload").encode() or b"null")
    beat, category, facet = (*line.codes, "", "")[:3]
    before = {"beat": beat, "category": category, "facet": facet, "values": list(line.numbers.values())[1:]}
    return {**shown, **before, "time": rfc3339(line.time, zone), "event": event}


def _print_text(lines: Sequence[Line], zone: str) -> None:
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
        for line in lines
    ]
    print_table(None, heads, rows, (2,), whole=(0, 1, 2))
