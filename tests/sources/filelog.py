"""A file's events in a log that stands in memory, and the verdicts that the core gives on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from citywatch.rules import rules_record
from schemas.cities import load_cities
from schemas.families.incidents import INCIDENTS
from sources.feed import Feed
from sources.fileclock import FileClock, SourceRule, file_clock
from sources.mapping import load_mapping
from sources.rows import RowMapper
from sources.run import Run
from sources.summary import Found, Summary
from streams.core.partition import Partition

PARTITIONS = 2
LATER = 4_000_000_000_000
"""When the broker took the records, in milliseconds: behind all clocks."""
SOURCE = "montgomery/911"
ZONE = ZoneInfo("UTC")
BEATS = ("ABINGTON", "HORSHAM", "AMBLER")
MAPPING = """
city = "montgomery"
source = "montgomery/911"
[time]
format = "epoch"
[[event]]
type = "incident.reported"
time = "at"
id = { join = ["no"] }
[event.data]
beat = { column = "beat" }
category = { column = "title" }
"""


CITIES = load_cities()


class Stored(NamedTuple):
    """One record of the log."""

    offset: int
    timestamp: int
    value: bytes


class Log:
    """Takes what a feed sends, in its order, as the broker would."""

    def __init__(self, rule: SourceRule) -> None:
        self.partitions = {INCIDENTS: PARTITIONS}
        named = {"source": SOURCE, "lateness": rule.lateness, "max_ahead": rule.max_ahead}
        first = rules_record([cast(Any, named)], datetime.now(UTC))
        self.records = [[Stored(0, LATER, first)] for _ in range(PARTITIONS)]

    def partition(self, topic: str, key: bytes) -> int:
        return sum(key) % PARTITIONS

    def send(self, topic: str, partition: int, key: bytes, value: bytes) -> None:
        records = self.records[partition]
        records.append(Stored(len(records), LATER, value))

    def flush(self) -> None:
        pass


@dataclass(frozen=True)
class Verdicts:
    counted: int
    late: int
    duplicates: int
    dead: int


@dataclass(frozen=True)
class Sent:
    """What a file came to: as the core judges it, and as its summary foretold it."""

    clock: FileClock
    judged: Verdicts
    found: Found
    log: Log


def send(
    directory: Path,
    times: Sequence[int],
    rule: SourceRule,
    ids: Sequence[object] | None = None,
    days_only: bool = False,
    mapping: str = MAPPING,
) -> Sent:
    """Send rows of these times, in this order, and judge the log. Line 2 is the first row's."""
    path = directory / "map.toml"
    path.write_text(mapping, "utf-8")
    found = load_mapping(path, CITIES)
    mapper = RowMapper(found, ["no", "at", "beat", "title"])
    clock = file_clock(times, None, rule, ZONE, days_only)
    log = Log(rule)
    summary = Summary(found.city, rule)
    run = Run(Feed(log, SOURCE, (INCIDENTS,), tick=rule.tick), clock, summary.add)
    for place, at in enumerate(times):
        run.reach(clock.clock[place])
        name = str(ids[place] if ids else place)
        events = mapper.events([name, str(at), BEATS[place % len(BEATS)], "EMS: FEVER"])
        run.take(place + 2, events, bool(clock.waits[place]))
    run.finish()
    verdicts = [0, 0, 0, 0]
    for number, records in enumerate(log.records):
        partition = Partition("log", INCIDENTS, number)
        partition.feed(records, len(records))
        counts = partition.counts
        for place, value in enumerate((counts.counted, counts.late, counts.duplicates, counts.dead)):
            verdicts[place] += value
    return Sent(clock, Verdicts(*verdicts), summary.found(), log)
