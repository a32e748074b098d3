"""A file read as its mapping says: what is known before its first row goes out, and its rows one by one after that."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from runtime.cities import cities
from runtime.settings import Settings
from sources.fileclock import NO_TIME, FileClock, SourceRule, file_clock
from sources.mapping import Mapping, load_mapping
from sources.refusals import RowRefused
from sources.rows import RowMapper
from sources.run import Run
from sources.shipped import data_path, map_path
from sources.table import Table

Progress = Callable[[int, int], None]
"""Called with the rows done and the rows in all."""

Refuse = Callable[[int, RowRefused], None]
"""Told of each line that gives no event, or lacks one or a time of one."""

_REPORT_ROWS = 1_000


@dataclass(frozen=True)
class MappedFile:
    """A file, its mapping, and the clock that all of its rows make together. Its rows can be taken once."""

    table: Table
    mapping: Mapping
    mapper: RowMapper
    rule: SourceRule
    clock: FileClock
    limit: int | None

    def take_rows(self, run: Run, refuse: Refuse, on_progress: Progress | None = None) -> int:
        """Every row through `run`, to the end of the file's clock; returns how many gave events."""
        total, rows = len(self.clock.clock), 0
        taken = self.table.rows(self.limit, lambda line, reason: refuse(line, RowRefused("", reason)))
        for done, (line, row) in enumerate(taken):
            run.reach(self.clock.clock[done])
            try:
                events = self.mapper.events(row, partial(refuse, line))
                run.take(line, events, bool(self.clock.waits[done]))
                rows += bool(events)
            except RowRefused as refused:
                refuse(line, refused)
            if on_progress and done % _REPORT_ROWS == 0:
                on_progress(done, total)
        run.finish()
        if on_progress:
            on_progress(total, total)
        return rows


def mapped_file(settings: Settings, file: str | Path, map_name: str | Path, limit: int | None = None) -> MappedFile:
    """The first `limit` rows of `file` (a path or shipped data set) under `map_name` (a TOML file or shipped name).

    The whole file is read, twice, so what cannot be read to its end is told before anything is sent. Raises WrongUse.
    """
    mapping = load_mapping(map_path(str(map_name)), cities(settings))
    table = Table(data_path(str(file)), mapping.file.encoding, mapping.file.delimiter)
    header = table.header()
    mapping.check_header(header, table.path)
    mapper = RowMapper(mapping, header)
    mapper.learn(row for _, row in table.rows(limit))
    rule = _rule_of(mapping, settings)
    return MappedFile(table, mapping, mapper, rule, _clock_of(table, mapping, mapper, rule, limit), limit)


def _rule_of(mapping: Mapping, settings: Settings) -> SourceRule:
    """What the pipeline goes by for the mapping's source."""
    source = mapping.city.sources[mapping.source]
    return SourceRule(
        settings.lateness if source.lateness is None else source.lateness,
        settings.max_ahead if source.max_ahead is None else source.max_ahead,
    )


def _clock_of(table: Table, mapping: Mapping, mapper: RowMapper, rule: SourceRule, limit: int | None) -> FileClock:
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
