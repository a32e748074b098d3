"""A small stream with everything in it that has a verdict, and a plain judge of it that shares no code."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

SOURCE = "xincheng/110"
START = 1_767_225_600  # 2026-01-01T00:00:00Z
LATENESS, MAX_AHEAD, PANE = 900, 3600, 300
BEATS = tuple(f"B{number:02d}" for number in range(1, 13))
CATEGORIES = ("110201", "200101", "300101", "410000")

Identity = tuple[str, int, int, str, str, str, str]
"""Topic, partition, pane, type, beat, category, facet."""


def instant(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rules(*sources: str) -> bytes:
    declared = [{"source": source, "lateness": LATENESS, "max_ahead": MAX_AHEAD} for source in sources or (SOURCE,)]
    return _record("citywatch.rules.v1", "citywatch", "rules-1", START, data={"sources": declared})


def heartbeat(at: int, source: str = SOURCE) -> bytes:
    return _record("citywatch.heartbeat.v1", source, f"h-{at}", at)


def reported(name: str, at: int, beat: str, category: str) -> bytes:
    data = {"beat": beat, "category": category, "origin": "citizen"}
    return _record("incident.reported.v1", SOURCE, name, at, subject=f"i-{name}", data=data)


def _record(kind: str, source: str, name: str, at: int, **more: object) -> bytes:
    event = {"specversion": "1.0", "type": kind, "source": source, "id": name, "time": instant(at), **more}
    return json.dumps(event).encode()


def stream(events: int, partitions: int, seed: int, per_second: int = 20) -> Iterator[tuple[int, bytes]]:
    """`(partition, value)`: rules, heartbeats, events out of order; some late, twice, poison or too early."""
    draw = random.Random(seed)
    every = range(partitions)
    yield from ((partition, rules()) for partition in every)
    for number in range(events):
        now = START + number // per_second
        if number % (10 * per_second) == 0:
            yield from ((partition, heartbeat(now)) for partition in every)
        beat = draw.choice(BEATS)
        at = now - draw.randrange(600)
        what = draw.random()
        if what < 0.01:
            at = now - LATENESS - draw.randrange(600, 7200)
        elif what < 0.02:
            at = now + MAX_AHEAD + draw.randrange(300, 86_400)
        value = reported(f"r-{number:07d}", at, beat, draw.choice(CATEGORIES))
        partition = BEATS.index(beat) % partitions
        yield partition, b"{" if draw.random() < 0.002 else value
        if what > 0.98:
            yield partition, value
    yield from ((partition, heartbeat(START + events // per_second + 2 * LATENESS)) for partition in every)


@dataclass
class Judged:
    """What a stream comes to."""

    cells: Counter[Identity] = field(default_factory=Counter)
    verdicts: Counter[tuple[int, str]] = field(default_factory=Counter)

    def total(self, verdict: str) -> int:
        """Records with this verdict in all partitions."""
        return sum(records for (_, name), records in self.verdicts.items() if name == verdict)


def judge(records: Sequence[tuple[int, bytes]], topic: str) -> Judged:
    """Counts record by record with dicts and sets."""
    result = Judged()
    clock: dict[int, int] = {}
    boundary: dict[int, int] = {}
    seen: set[tuple[int, int, str]] = set()
    for partition, value in records:
        try:
            event = json.loads(value)
        except ValueError:
            result.verdicts[partition, "dead"] += 1
            continue
        at = int(datetime.fromisoformat(event["time"]).timestamp())
        if event["type"] == "citywatch.heartbeat.v1":
            clock[partition] = max(at, clock.get(partition, 0))
            closed = (clock[partition] - LATENESS) // PANE * PANE
            boundary[partition] = max(closed, boundary.get(partition, 0))
        if event["type"] == "citywatch.close.v1":
            boundary[partition] = max(event["data"]["boundary"], boundary.get(partition, 0))
        if event["type"] != "incident.reported.v1":
            continue
        pane = at // PANE * PANE
        if partition in clock and at > clock[partition] + MAX_AHEAD:
            verdict = "dead"
        elif pane < boundary.get(partition, 0):
            verdict = "late"
        elif (partition, pane, event["id"]) in seen:
            verdict = "duplicates"
        else:
            verdict = "counted"
            seen.add((partition, pane, event["id"]))
            codes = event["data"]
            place = (topic, partition, pane, "incident.reported")
            result.cells[(*place, codes["beat"], codes["category"], codes["origin"])] += 1
        result.verdicts[partition, verdict] += 1
    return result
