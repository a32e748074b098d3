"""`citywatch gaps`: spans of a source that are not known; an operator's word on them is a record in the log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer

from citywatch.commandline.arguments import asked_span
from citywatch.commandline.options import JsonOption, ZoneOption
from citywatch.commandline.printing import print_json, print_table
from citywatch.commandline.store import opened_store
from figures.periods import Period, edges_json, rfc3339
from figures.queries.facts import facts
from figures.vouched import CAUSES, Vouched, vouched
from runtime.cities import cities
from runtime.errors import WrongUse
from runtime.settings import Settings, load_settings
from schemas.accept import Refused, accept
from schemas.cities import City
from schemas.control import PANE, Gap, GapData

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Source = Annotated[str, typer.Argument(help="A declared source, as city/system.")]
From = Annotated[str, typer.Option("--from", help="First day, or an instant, on a multiple of 5 minutes.")]
To = Annotated[str, typer.Option("--to", help="Last day (inclusive), or the instant behind the end.")]
Why = Annotated[str, typer.Option("--why", help="A line for those who ask later; no names, no numbers of persons.")]


@app.callback()
def run() -> None:
    """Spans of a source that are not known: list them, declare one, or say that late rows have filled one."""


@app.command("list")
def list_(
    source: Annotated[str | None, typer.Argument(help="Only this source.")] = None,
    tz: ZoneOption = None,
    json: JsonOption = False,
) -> int:
    """What each source vouches for, and the spans in between that nobody knows. Times are of each city's zone."""
    settings = load_settings()
    known = cities(settings)
    if source is not None:
        _city_of(source, settings)
    with opened_store(settings) as store:
        found = list(vouched(facts(store), known, source))
    zones = {each.source: tz or known.by_source[each.source].tz for each in found}
    if json:
        print_json({"sources": [_shown(each, zones[each.source]) for each in found]})
        return 0
    if not found:
        print("no source has sent a heartbeat yet")
        return 0
    rows = [row for each in found for row in _rows(each, zones[each.source])]
    print_table(None, ("source", "from", "to", "", "why"), rows, ())
    return 0


@app.command()
def add(source: Source, from_: From, to: To, why: Why = "", tz: ZoneOption = None, json: JsonOption = False) -> int:
    """Declare that nothing is known of a source in a span: figures of then are not compared, and no alarm rests on
    them. Until late rows have filled it: `citywatch gaps filled`."""
    return _say(source, from_, to, why, tz, filled=False, json=json)


@app.command()
def filled(source: Source, from_: From, to: To, why: Why = "", tz: ZoneOption = None, json: JsonOption = False) -> int:
    """Say that all of a source is there in a span, whatever its clock did then: late rows have come, or a history of
    before its first heartbeat was complete. The last word on a span rules."""
    return _say(source, from_, to, why, tz, filled=True, json=json)


def _say(source: str, from_: str, to: str, why: str, tz: str | None, *, filled: bool, json: bool) -> int:
    settings = load_settings()
    city = _city_of(source, settings)
    zone = tz or city.tz
    span = asked_span(from_, to, zone, None, None)
    if filled:
        span = _behind_clock(settings, city, source, span)
    write_gap(settings, city, source, span, filled=filled, why=why)
    if json:
        print_json({"source": source, **edges_json(span, zone), "filled": filled, "why": why})
    else:
        what = "known again" if filled else "not known"
        print(f"{source} from {rfc3339(span.start, zone)} to {rfc3339(span.end, zone)}: {what}, within seconds")
    return 0


def _behind_clock(settings: Settings, city: City, source: str, span: Period) -> Period:
    """The part of a span that the source's clock has passed: what is to come nobody has filled. Raises WrongUse."""
    with opened_store(settings) as store:
        found = next(vouched(facts(store), cities(settings), source), None)
    clock = None if found is None else found.clock
    if clock is None:
        raise WrongUse(f"no heartbeat of {source} was heard yet: there is nothing to fill")
    passed = span.until(clock // PANE * PANE)
    if passed.end <= passed.start:
        raise WrongUse(f"the clock of {source} stands at {rfc3339(clock, city.tz)}: nothing after it can be filled yet")
    return passed


def write_gap(settings: Settings, city: City, source: str, span: Period, *, filled: bool, why: str) -> None:
    """Append the word to one partition of each topic of the source; blocks until it is acknowledged.

    Raises WrongUse where `why` may not stand in the log, Unreachable.
    """
    from runtime.producer import Producer

    now = datetime.now(UTC)
    record = msgspec.json.encode(
        Gap(
            specversion="1.0",
            source="citywatch",
            id=f"gap-{now.timestamp():.6f}",
            time=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            data=GapData(source=source, start=span.start, end=span.end, filled=filled, why=why),
        )
    )
    try:
        accept(record)
    except Refused as refused:
        raise WrongUse(f"--why cannot be taken: {refused.detail}") from None
    topics = city.sources[source].topics
    with Producer(settings, topics) as producer:
        for topic in topics:
            producer.send(topic, producer.partition(topic, source.encode()), source.encode(), record)


def _city_of(source: str, settings: Settings) -> City:
    known = cities(settings)
    if source not in known.by_source:
        raise WrongUse(f"source {source!r} is not declared; declared are: {', '.join(sorted(known.by_source))}")
    return known.by_source[source]


def _shown(each: Vouched, zone: str) -> dict[str, object]:
    return {
        "source": each.source,
        "city": each.city,
        "clock": rfc3339(each.clock, zone),
        "known": [edges_json(span, zone) for span in each.known],
        "gaps": [{**edges_json(hole.span, zone), "cause": hole.cause, "why": hole.why} for hole in each.holes],
    }


def _rows(each: Vouched, zone: str) -> list[tuple[str, str, str, str, str]]:
    """Known spans and the holes between them, in their order."""
    if not each.known:
        return [(each.source, "", "", "NOT KNOWN", "its clock never ran: see docs/topics.md, heartbeats")]
    said = [(span, "known", "") for span in each.known]
    said += [
        (hole.span, "NOT KNOWN", f"{CAUSES[hole.cause]}{': ' if hole.why else ''}{hole.why}") for hole in each.holes
    ]
    return [
        (each.source, rfc3339(span.start, zone), rfc3339(span.end, zone), state, why)
        for span, state, why in sorted(said)
    ]
