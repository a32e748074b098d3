"""`citywatch check`: what a replay of a file would send and refuse, without a broker and without a store."""

from __future__ import annotations

import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from figures.periods import Period
from runtime.producer import calm_collector, partition_of
from runtime.settings import Settings
from sources.feed import Feed
from sources.file_span import FileSpan, file_span
from sources.mapped_file import Progress, mapped_file
from sources.refusals import RowRefused
from sources.rows import RowEvent
from sources.run import Run
from sources.summary import NAMED, Found, Summary

KEPT = 1_000
"""Refusals that are kept; the others are only counted."""
_DIFFERENT = 1_000
"""Different reasons that are told apart; those beyond are only counted."""
SAMPLES = 3


class Refusal(msgspec.Struct, frozen=True):
    """A line that gives no event, or lacks what is named. `event` is empty where it is the whole line."""

    line: int
    column: str
    event: str
    reason: str


@dataclass
class Reason:
    """How often something is refused in the same column for the same reason; the first few lines."""

    column: str
    event: str
    reason: str
    count: int
    lines: list[int]


@dataclass(frozen=True)
class SourceClock:
    """The clock that the source would have in the log; times in UTC epoch seconds, None without a readable time."""

    follows: str
    """`arrivals`, as the mapping's [clock] says them, or `events`: their own times."""
    started: int | None
    """From when on the file vouches for what it holds."""
    ended: int | None
    heartbeats: int
    partitions: int
    """Of the topics: so many get each tick before the next event there."""
    silences: list[Period]
    """Spans within that for which it does not vouch."""


class Sample(msgspec.Struct, frozen=True):
    """An event as it would be sent."""

    line: int
    event: Any


@dataclass(frozen=True)
class Checked:
    """What a replay would do. read = rows + left_out + refused; `events` counts what it would send."""

    file: str
    map: str
    city: str
    source: str
    tz: str
    """The zone of the city: that of days, and of what is printed."""
    read: int
    rows: int
    left_out: int
    """Rows that the mapping's `skip` leaves out."""
    events: int
    refused: int
    """Rows that give no event."""
    refused_events: int
    """Later events of other rows."""
    refused_times: int
    """Times that events go out without."""
    reasons: list[Reason]
    """The most frequent first."""
    refusals: list[Refusal]
    """The first `KEPT`, in the order of the file."""
    found: Found
    told_apart: int
    """Rows alike another that have an id of their own by the mapping's `ordinal`."""
    outside: int
    """Rows whose point lies in no beat."""
    without_point: int
    """Rows without the point that the mapping looks for."""
    span: FileSpan | None
    clock: SourceClock
    samples: list[Sample]
    loses: list[str]
    """What would be lost: `refused`, `ahead` of any believable clock, `conflicts` of ids. Empty where nothing would."""
    seconds: float


def check(
    settings: Settings,
    map_name: str | Path,
    file: str | Path,
    limit: int | None = None,
    on_progress: Progress | None = None,
) -> Checked:
    """What `replay` would do with the first `limit` rows of `file` under `map_name`.

    Reads the file three times, writes nothing, and needs no other part. Raises WrongUse.
    """
    begun = time.monotonic()
    with calm_collector():
        mapped = mapped_file(settings, file, map_name, limit)
        mapping, rule, clock = mapped.mapping, mapped.rule, mapped.clock
        summary, refusals, events = Summary(mapping.city, rule), _Refusals(), _Events()

        def seen(line: int, event: RowEvent, told: int | None, first: bool) -> None:
            summary.add(line, event, told, first)
            events.add(line, event, first and rule.verdict(event.epoch, told) != "dead")

        feed = Feed(_Nowhere(mapping.topics, settings.partitions), mapping.source, mapping.topics, tick=rule.tick)
        rows = mapped.take_rows(Run(feed, clock, seen), refusals.add, on_progress)
    found = summary.found()
    lost = {"refused": len(refusals.reasons), "ahead": found.dead, "conflicts": found.conflicts}
    return Checked(
        file=str(mapped.table.path),
        map=str(mapping.path),
        city=mapping.city.name,
        source=mapping.source,
        tz=mapping.city.tz,
        read=rows + mapped.mapper.left_out + refusals.rows,
        rows=rows,
        left_out=mapped.mapper.left_out,
        events=feed.events,
        refused=refusals.rows,
        refused_events=refusals.events,
        refused_times=refusals.times,
        reasons=sorted(refusals.reasons.values(), key=lambda each: -each.count),
        refusals=refusals.first,
        found=found,
        told_apart=mapped.mapper.told_apart,
        outside=mapped.mapper.outside,
        without_point=mapped.mapper.without_point,
        span=file_span(events.times, ZoneInfo(mapping.city.tz), mapping.days_only),
        clock=SourceClock(
            follows="arrivals" if clock.by_arrival else "events",
            started=clock.started,
            ended=feed.clock,
            heartbeats=feed.heartbeats,
            partitions=settings.partitions,
            silences=clock.silences,
        ),
        samples=events.samples(),
        loses=[name for name, number in lost.items() if number],
        seconds=time.monotonic() - begun,
    )


class _Nowhere:
    """Where records of a check go; keys have the partitions that they would have."""

    def __init__(self, topics: Sequence[str], partitions: int) -> None:
        self.partitions = dict.fromkeys(topics, partitions)
        self._places: dict[bytes, int] = {}

    def partition(self, topic: str, key: bytes) -> int:
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = partition_of(key, self.partitions[topic])
        return place

    def send(self, topic: str, partition: int, key: bytes, value: bytes) -> None:
        pass

    def flush(self) -> None:
        pass


class _Refusals:
    def __init__(self) -> None:
        self.rows = self.events = self.times = 0
        self.first: list[Refusal] = []
        self.reasons: dict[tuple[str, str, str], Reason] = {}

    def add(self, line: int, refused: RowRefused) -> None:
        if not refused.lost:
            self.times += 1
        elif refused.event:
            self.events += 1
        else:
            self.rows += 1
        if len(self.first) < KEPT:
            self.first.append(Refusal(line, refused.column, refused.event, refused.reason))
        key = (refused.column, refused.event, refused.reason)
        if key not in self.reasons:
            if len(self.reasons) == _DIFFERENT:
                return
            self.reasons[key] = Reason(*key, 0, [])
        reason = self.reasons[key]
        reason.count += 1
        if len(reason.lines) < NAMED:
            reason.lines.append(line)


class _Events:
    """Times of rows, and the first events: of each type one, and the next where there are fewer types."""

    def __init__(self) -> None:
        self.times = array("q")
        self._of_types: dict[str, tuple[int, bytes]] = {}
        self._others: list[tuple[int, bytes]] = []

    def add(self, line: int, event: RowEvent, is_row: bool) -> None:
        if is_row:
            self.times.append(event.epoch)
        name = event.event.__class__.__name__
        if name not in self._of_types:
            self._of_types[name] = (line, event.value)
        elif len(self._others) < SAMPLES:
            self._others.append((line, event.value))

    def samples(self) -> list[Sample]:
        chosen = sorted([*self._of_types.values(), *self._others][:SAMPLES], key=lambda each: each[0])
        return [Sample(line, msgspec.json.decode(value)) for line, value in chosen]
