"""`citywatch replay`: a CSV file to its topics, in file order, with heartbeats of the file's clock."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from figures.periods import Period
from runtime.errors import WrongUse
from runtime.producer import Producer, calm_collector
from runtime.settings import Settings
from schemas.cities import load_cities
from sources.feed import Feed
from sources.fileclock import NO_TIME, FileClock, SourceRule, file_clock
from sources.mapping import Mapping, load_mapping
from sources.pace import Pace
from sources.refusals import RowRefused
from sources.refused_file import RefusedFile
from sources.rows import RowMapper
from sources.run import Run
from sources.shipped import data_path, map_path
from sources.summary import NAMED, Found, Summary
from sources.table import Table

Progress = Callable[[int, int], None]
"""Called with the rows done and the rows in all."""

_REPORT_ROWS = 1_000


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
    found: Found = field(default_factory=Found)


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
    try:
        cities = load_cities(settings.cities)
    except ValueError as wrong:
        raise WrongUse(str(wrong)) from None
    mapping = load_mapping(map_path(str(map_name)), cities)
    table = Table(data_path(str(file)), mapping.file.encoding, mapping.file.delimiter)
    header = table.header()
    mapping.check_header(header, table.path)
    mapper = RowMapper(mapping, header)
    mapper.learn(row for _, row in table.rows(limit))
    rule = rule_of(mapping, settings)
    clock = clock_of(table, mapping, mapper, rule, limit)
    summary = Summary(mapping.city, rule)
    with (
        calm_collector(),
        Producer(settings, mapping.topics) as producer,
        RefusedFile(settings, table.path) as refusals,
    ):
        feed = Feed(producer, mapping.source, mapping.topics, live=speed is not None, tick=rule.tick)
        run = Run(feed, clock, summary, Pace(speed, producer.flush, feed.advance) if speed else None)
        rows = 0
        taken = table.rows(limit, lambda line, reason: refusals.add(line, RowRefused("", reason)))
        for done, (line, row) in enumerate(taken):
            run.reach(clock.clock[done])
            try:
                run.take(line, mapper.events(row, partial(refusals.add, line)), bool(clock.waits[done]))
                rows += 1
            except RowRefused as refused:
                refusals.add(line, refused)
            if on_progress and done % _REPORT_ROWS == 0:
                on_progress(done, len(clock.clock))
        run.finish()
        if on_progress:
            on_progress(len(clock.clock), len(clock.clock))
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
        told_apart=mapper.told_apart,
        found=summary.found(),
    )


def rule_of(mapping: Mapping, settings: Settings) -> SourceRule:
    """What the pipeline goes by for the mapping's source."""
    source = mapping.city.sources[mapping.source]
    return SourceRule(
        settings.lateness if source.lateness is None else source.lateness,
        settings.max_ahead if source.max_ahead is None else source.max_ahead,
    )


def clock_of(table: Table, mapping: Mapping, mapper: RowMapper, rule: SourceRule, limit: int | None) -> FileClock:
    """The clock of a file, which is read once for it. No clock may be ahead of the broker's, so of this machine's."""
    times, arrivals = array("q"), array("q")
    for _, row in table.rows(limit):
        at = mapper.event_time(row)
        times.append(NO_TIME if at is None else at)
        if mapping.clock:
            arrived = mapper.arrival(row)
            arrivals.append(NO_TIME if arrived is None else arrived)
    zone = ZoneInfo(mapping.city.tz)
    return file_clock(times, arrivals or None, rule, zone, mapping.days_only, latest=int(time.time()))
