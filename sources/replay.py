"""`citywatch replay`: a CSV file to its topics, in file order, with heartbeats of the file's clock."""

from __future__ import annotations

import csv
import os
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from pathlib import Path
from statistics import median

from citywatch.errors import WrongUse
from citywatch.settings import Settings
from schemas.cities import load_cities
from sources.feed import Feed
from sources.mapping import load_mapping
from sources.producer import Producer, calm_collector
from sources.refusals import RowRefused
from sources.rows import RowEvent, RowMapper
from sources.shipped import DATA, data_path, map_path
from sources.table import Table

Progress = Callable[[int, int], None]
"""Called with the rows done and the rows in all."""

_NO_TIME = -1
_REPORT_ROWS = 1_000
_AHEAD = 5
"""Rows that are looked at before a jump of the clock is believed."""
_JUMP = 86_400
_BACKWARDS = 3_600


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
    started = time.monotonic()
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
    clock = file_clock(table, mapper, limit, arrivals=mapping.clock is not None)
    with (
        calm_collector(),
        Producer(settings, mapping.topics) as producer,
        _Refusals(settings, table.path) as refusals,
    ):
        feed = Feed(producer, mapping.source, mapping.topics, live=speed is not None)
        run = _Run(feed, Pace(speed, producer.flush, feed.advance) if speed else None)
        for done, (line, row) in enumerate(table.rows(limit)):
            if (now := clock[done]) != _NO_TIME:
                run.reach(now)
            try:
                run.take(mapper.events(row, partial(refusals.add, line)))
            except RowRefused as refused:
                refusals.add(line, refused)
            if on_progress and done % _REPORT_ROWS == 0:
                on_progress(done, len(clock))
        run.finish()
        if on_progress:
            on_progress(len(clock), len(clock))
    return Result(
        rows=len(clock) - refusals.rows,
        sent=feed.events,
        refused=refusals.rows,
        refused_file=refusals.path if refusals.count else None,
        heartbeats=feed.heartbeats,
        source=mapping.source,
        city=mapping.city.name,
        clock=feed.clock,
        seconds=time.monotonic() - started,
        refused_events=refusals.events,
    )


def file_clock(table: Table, mapper: RowMapper, limit: int | None, arrivals: bool) -> array[int]:
    """The file's clock at each row, UTC epoch seconds: it never goes back.

    It follows the arrival column. Where the file has none, or is not in its order, it follows the events' own
    times, but for a lone one a day or more ahead of the next rows: no event from the future moves the clock.
    """
    if arrivals:
        times = _column(table, mapper.arrival, limit)
        if _in_order(times):
            return array("q", _running_max(times))
    times = _column(table, mapper.event_time, limit)
    clock = array("q", _without_jumps(times))
    strays = sum(abs(at - now) > _JUMP for at, now in zip(times, clock, strict=True) if at != _NO_TIME)
    # where many stray, the file is in no order at all, and no time in it is more believable than another
    return clock if strays * 2 <= len(times) else array("q", _running_max(times))


def _column(table: Table, time: Callable[[list[str]], int | None], limit: int | None) -> array[int]:
    return array("q", (_NO_TIME if (at := time(row)) is None else at for _, row in table.rows(limit)))


def _in_order(times: array[int]) -> bool:
    return all(
        at >= before - _BACKWARDS for at, before in zip(times, _running_max(times), strict=True) if at != _NO_TIME
    )


def _running_max(times: Iterator[int] | array[int]) -> Iterator[int]:
    reached = _NO_TIME
    for at in times:
        reached = max(reached, at)
        yield reached


def _without_jumps(times: array[int]) -> Iterator[int]:
    reached = _NO_TIME
    for place, at in enumerate(times):
        if at > reached and not (_NO_TIME < reached < at - _JUMP and _stands_alone(times, place)):
            reached = at
        yield reached


def _stands_alone(times: array[int], place: int) -> bool:
    following = [later for later in times[place : place + _AHEAD] if later != _NO_TIME]
    return times[place] - median(following) > _JUMP


class Pace:
    """Holds a replay back to `speed` seconds of the file's clock in one real second."""

    def __init__(self, speed: float, flush: Callable[[], None], advance: Callable[[int], None]) -> None:
        self._speed = speed
        self._flush = flush
        self._advance = advance
        self._origin: tuple[float, int] | None = None

    def wait(self, epoch: int) -> None:
        """Block until the file's clock is at `epoch`; ticks meanwhile, so no quiet file looks dead."""
        if self._origin is None:
            self._origin = (time.monotonic(), epoch)
        started, first = self._origin
        while (ahead := started + (epoch - first) / self._speed - time.monotonic()) > 0:
            self._flush()
            time.sleep(min(ahead, 1.0, 60 / self._speed))
            self._advance(min(epoch, first + int((time.monotonic() - started) * self._speed)))


class _Run:
    """Events go out as their rows come; a row's later events wait until the file's clock reaches them."""

    def __init__(self, feed: Feed, pace: Pace | None) -> None:
        self._feed = feed
        self._pace = pace
        self._waiting: list[tuple[int, int, RowEvent]] = []
        self._order = 0

    def reach(self, clock: int) -> None:
        while self._waiting and self._waiting[0][0] <= clock:
            due, _, event = heappop(self._waiting)
            self._move(due)
            self._feed.send(event.topic, event.key, event.value)
        self._move(clock)

    def take(self, events: list[RowEvent]) -> None:
        now = self._feed.clock
        for place, event in enumerate(events):
            if place and now is not None and event.epoch > now:
                heappush(self._waiting, (event.epoch, self._order, event))
                self._order += 1
            else:
                self._feed.send(event.topic, event.key, event.value)

    def finish(self) -> None:
        if self._waiting:
            self.reach(max(due for due, _, _ in self._waiting))
        self._feed.finish()

    def _move(self, clock: int) -> None:
        if self._pace:
            self._pace.wait(clock)
        self._feed.advance(clock)


class _Refusals:
    """`FILE.refused.csv`: line, column, reason; no value. A reason begins with its event if the row gave others."""

    def __init__(self, settings: Settings, source: Path) -> None:
        self.count = self.rows = self.events = 0
        self.path = _refused_path(settings, source)
        self._lines: list[tuple[int, str, str]] = []

    def add(self, line: int, refused: RowRefused) -> None:
        self.count += 1
        self.rows += not refused.event
        self.events += bool(refused.event) and refused.lost
        what = f"{refused.event}: " if refused.event else ""
        self._lines.append((line, refused.column, what + refused.reason))
        if len(self._lines) >= _REPORT_ROWS:
            self._write(first=self.count == len(self._lines))

    def __enter__(self) -> _Refusals:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._lines:
            self._write(first=self.count == len(self._lines))

    def _write(self, first: bool) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("w" if first else "a", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            if first:
                writer.writerow(("line", "column", "reason"))
            writer.writerows(self._lines)
        self._lines.clear()


def _refused_path(settings: Settings, source: Path) -> Path:
    """Beside the file where that may be written; in the data directory otherwise, and for shipped files."""
    if source.resolve().is_relative_to(DATA.resolve()):
        return settings.data / f"{source.parent.name}.refused.csv"
    if os.access(source.parent, os.W_OK):
        return source.with_name(source.name + ".refused.csv")
    return settings.data / f"{source.name}.refused.csv"
