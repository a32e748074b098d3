"""`citywatch replay`: a CSV file to its topics, in file order, with heartbeats of the file's clock."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from figures.periods import Period
from runtime.producer import Producer, calm_collector
from runtime.settings import Settings
from sources.feed import Feed
from sources.mapped_file import Progress, mapped_file
from sources.pace import Pace
from sources.refused_file import RefusedFile
from sources.run import Run
from sources.summary import NAMED, Found, Summary


@dataclass(frozen=True)
class Result:
    """What a replay did. `sent` counts events, `rows` the rows they came from; all are durable.

    refused: rows that gave no event. refused_events: later events of rows that gave others.
    """

    rows: int
    sent: int
    refused: int
    refused_file: Path | None
    heartbeats: int
    source: str
    city: str
    clock: int | None
    """Where the file's clock ended, UTC epoch seconds."""
    seconds: float
    refused_events: int = 0
    refused_reasons: dict[str, int] = field(default_factory=dict)
    """The most frequent ones, with how often."""
    tz: str = "UTC"
    """The zone of the city."""
    started: int | None = None
    """From when on the file vouches for what it holds, UTC epoch seconds."""
    silences: list[Period] = field(default_factory=list)
    """Spans within that for which it does not."""
    told_apart: int = 0
    """Rows alike another that have an id of their own by the mapping's `ordinal`."""
    outside: int = 0
    """Rows whose point lies in no beat."""
    without_point: int = 0
    """Rows without the point that the mapping looks for."""
    left_out: int = 0
    """Rows that the mapping's `skip` leaves out."""
    found: Found = field(default_factory=Found)
    by_arrival: bool = False
    """Whether the clock followed the file's arrival times; else the events' own."""


def replay(
    settings: Settings,
    file: str | Path,
    map_name: str | Path,
    speed: float | None = None,
    limit: int | None = None,
    on_progress: Progress | None = None,
) -> Result:
    """Send the rows of `file` (a path or shipped data set) as `map_name` (a TOML file or shipped name) says.

    speed: seconds of the file's clock in one real second; None: as fast as the broker takes them. limit: only
    the first rows. The whole file is read once before anything is sent, so a damaged file sends nothing.
    Blocks until all is durable. Raises WrongUse and Unreachable, in one line each.
    """
    begun = time.monotonic()
    mapped = mapped_file(settings, file, map_name, limit)
    mapping, clock, rule = mapped.mapping, mapped.clock, mapped.rule
    summary = Summary(mapping.city, rule)
    with (
        calm_collector(),
        Producer(settings, mapping.topics) as producer,
        RefusedFile(settings, mapped.table.path) as refusals,
    ):
        feed = Feed(producer, mapping.source, mapping.topics, live=speed is not None, tick=rule.tick)
        run = Run(feed, clock, summary.add, Pace(speed, producer.flush, feed.advance) if speed else None)
        rows = mapped.take_rows(run, refusals.add, on_progress)
    return Result(
        rows=rows,
        sent=feed.events,
        refused=refusals.rows,
        refused_file=refusals.path if refusals.count else None,
        heartbeats=feed.heartbeats,
        source=mapping.source,
        city=mapping.city.name,
        clock=feed.clock,
        seconds=time.monotonic() - begun,
        refused_events=refusals.events,
        refused_reasons=dict(refusals.reasons.most_common(NAMED)),
        tz=mapping.city.tz,
        started=clock.started,
        silences=clock.silences,
        told_apart=mapped.mapper.told_apart,
        outside=mapped.mapper.outside,
        without_point=mapped.mapper.without_point,
        left_out=mapped.mapper.left_out,
        found=summary.found(),
        by_arrival=clock.by_arrival,
    )
