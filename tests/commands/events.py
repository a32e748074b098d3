"""A small hostile world: two sources over several days, and every kind of trouble the promises name."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from schemas.families.incidents import INCIDENTS
from schemas.families.patrols import PATROLS
from schemas.instants import epoch, rfc3339

BEGIN = epoch("2026-01-30T20:00:00+08:00")

Sent = tuple[str, int, bytes]
"""Topic, partition, value."""

CODES = ("110201", "110203", "110401", "130101", "150101", "no-such-code")
BEATS = ("B01", "B07", "B13", "B99", "")


def event(kind: str, source: str, name: str, at: int, data: dict[str, Any], **more: Any) -> bytes:
    envelope = {"specversion": "1.0", "type": f"{kind}.v1", "source": source, "id": name, "time": rfc3339(at)}
    return json.dumps({**envelope, **more, "data": data}).encode()


def heartbeat(source: str, at: int, since: int | None = None) -> bytes:
    data = {} if since is None else {"since": rfc3339(since)}
    return event("citywatch.heartbeat", source, f"h-{at}", at, data)


def gap(source: str, at: int, start: int, end: int, **said: Any) -> bytes:
    """An operator's word on a span of a source."""
    return event(
        "citywatch.gap", "citywatch", f"g-{at}-{start}", at, {"source": source, "from": start, "to": end} | said
    )


def generated_events(seed: int, number: int, partitions: int) -> Iterator[Sent]:
    """About `number` events in arrival order over five days, with a heartbeat for every partition in between.

    In the first half a heartbeat vouches for what it may by itself, in the second half for all since the one before.
    Operators have their word on both.
    """
    rng = random.Random(seed)
    step = 5 * 86_400 // number
    sent: list[Sent] = []
    for index in range(number):
        now = BEGIN + index * step
        if index % 25 == 0:
            yield from _heartbeats(now, partitions, now - 25 * step if 2 * index > number else None)
        if index in (number // 3, number - number // 8):
            yield from _words(now, partitions)
        fresh = list(_one(rng, index, now - rng.randrange(600), partitions))
        sent.extend(fresh)
        yield from fresh
        if rng.random() < 0.05:
            topic, partition, value = rng.choice(sent)
            yield topic, rng.choice((partition, rng.randrange(partitions))), value
        if rng.random() < 0.02:
            yield _poison(rng, now, partitions)
    end = BEGIN + number * step
    yield from _heartbeats(end + 7200, partitions, end - 25 * step)


def archived_events(partitions: int) -> Iterator[Sent]:
    """Calls of the three days before those, by the source that they go on from; the last of the days has not come
    yet."""
    for hour in range(48):
        at = BEGIN - 3 * 86_400 + hour * 3600
        for partition in range(partitions):
            yield INCIDENTS, partition, heartbeat("xincheng/archive", at, BEGIN - 3 * 86_400)
        data = {"beat": BEATS[hour % len(BEATS)], "category": CODES[hour % len(CODES)]}
        value = event("incident.reported", "xincheng/archive", f"h-{hour}", at, data, subject=f"h-{hour}")
        yield INCIDENTS, hour % partitions, value
    for partition in range(partitions):
        yield INCIDENTS, partition, heartbeat("xincheng/archive", BEGIN - 86_400, BEGIN - 3 * 86_400)


def _one(rng: random.Random, index: int, at: int, partitions: int) -> Iterator[Sent]:
    beat, code = rng.choice(BEATS), rng.choice(CODES)
    partition = sum(beat.encode()) % partitions
    if rng.random() < 0.04:
        at -= rng.randrange(3600, 90_000)
    incident = {"beat": beat, "category": code, "origin": rng.choice(("citizen", "officer"))}
    if rng.random() < 0.2:
        yield PATROLS, partition, _patrol(rng, index, at, beat)
        return
    source, subject = "xincheng/110", f"i-{index}"
    reported = rfc3339(at)
    yield (
        INCIDENTS,
        partition,
        event(
            "incident.reported",
            source,
            f"r-{index}",
            at,
            {**incident, "count": rng.choice((1, 1, 1, 7))},
            subject=subject,
        ),
    )
    if rng.random() < 0.3:
        seconds = rng.choice((20, 60, 61, 299, 4000))
        data = {**incident, "reported_at": reported, "dispatched_at": rfc3339(at + 10)}
        yield (
            INCIDENTS,
            partition,
            event("incident.arrived", source, f"a-{index}", at + 10 + seconds, data, subject=subject),
        )
    if rng.random() < 0.1:
        kind = rng.choice(("incident.cancelled", "incident.reclassified"))
        now = (
            {"now_category": rng.choice(CODES), "now_beat": rng.choice(BEATS)} if kind.endswith("reclassified") else {}
        )
        data = {**incident, "reported_at": reported, **now}
        other = subject if rng.random() < 0.8 else f"i-{index - 3}"
        yield INCIDENTS, partition, event(kind, source, f"x-{index}", at + 600, data, subject=other)


def _patrol(rng: random.Random, index: int, at: int, beat: str) -> bytes:
    if rng.random() < 0.5:
        return event("patrol.stop", "xincheng/patrol", f"s-{index}", at, {"beat": beat, "kind": "stop_traffic"})
    data = {"beat": beat, "unit": "P-12", "state": "patrolling", "since": rfc3339(at - rng.randrange(3600))}
    return event("patrol.status", "xincheng/patrol", f"u-{index}", at, data)


def _poison(rng: random.Random, now: int, partitions: int) -> Sent:
    reported = {"beat": "B01", "category": "110201"}
    values = (
        b"not json",
        b"",
        event("incident.reported", "xincheng/110", f"f-{now}", now + 86_400, reported, subject="i-future"),
        event("incident.reported", "nowhere/110", f"n-{now}", now, reported, subject="i-nowhere"),
        event("incident.reported", "xincheng/110", f"w-{now}", now, {**reported, "officer": "x"}, subject="i-w"),
        event("incident.imagined", "xincheng/110", f"m-{now}", now, reported),
        heartbeat("nowhere/110", now),
        heartbeat("xincheng/110", epoch("2090-01-01T00:00:00Z")),
        event("citywatch.rules", "citywatch", f"q-{now}", now, {"sources": [{"source": "x"}]}),
    )
    return INCIDENTS, rng.randrange(partitions), rng.choice(values)


def _words(now: int, partitions: int) -> Iterator[Sent]:
    """Of the last hours: one of them was no good, part of which is filled again; and one of what nobody knows."""
    hour = now // 3600 * 3600
    yield INCIDENTS, 0, gap("xincheng/110", now, hour - 18_000, hour - 7_200, why="no line to the dispatch desk")
    yield INCIDENTS, partitions - 1, gap("xincheng/110", now, hour - 9_000, hour - 3_600, filled=True)
    yield PATROLS, 0, gap("xincheng/patrol", now, hour - 90_000, hour - 86_400, filled=True, why="sent by hand")
    yield PATROLS, 0, gap("nowhere/patrol", now, hour, hour + 300)


def _heartbeats(at: int, partitions: int, since: int | None) -> Iterator[Sent]:
    for partition in range(partitions):
        yield INCIDENTS, partition, heartbeat("xincheng/110", at, since)
        yield PATROLS, partition, heartbeat("xincheng/patrol", at, since)
