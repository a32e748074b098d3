"""The events every contestant reads: the same CloudEvents of about 250 bytes, with heartbeats among them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache

from schemas import instants

START = 1_767_225_600
"""2026-01-01T00:00:00Z."""

PER_SECOND = 100
"""Events in one second of event time."""

HEARTBEAT_EVERY = 5
"""Seconds of event time between two heartbeats of a partition."""

SOURCE = "xincheng/110"
_BEATS = tuple(f"B{number:02d}" for number in range(1, 28))
_CATEGORIES = ("110201", "110202", "110301", "200101", "300101", "500104", "910101", "990000")

rfc3339 = lru_cache(4_096)(instants.rfc3339)
"""Many events share a second."""


def event(number: int, at: int, beat: str, category: str) -> bytes:
    """One reported incident."""
    return (
        f'{{"specversion":"1.0","type":"incident.reported.v1","source":"{SOURCE}","id":"r-2026-{number:09d}",'
        f'"time":"{rfc3339(at)}","subject":"i-2026-{number:09d}",'
        f'"data":{{"beat":"{beat}","category":"{category}","origin":"citizen","priority":{number % 4}}}}}'
    ).encode()


def heartbeat(at: int) -> bytes:
    """The source's clock."""
    return (
        f'{{"specversion":"1.0","type":"citywatch.heartbeat.v1","source":"{SOURCE}","id":"h-{at}",'
        f'"time":"{rfc3339(at)}"}}'
    ).encode()


def partition_of(beat: str, partitions: int) -> int:
    """All records of a beat stand in one partition."""
    return _BEATS.index(beat) % partitions


def stream(
    events: int, partitions: int, seed: int = 1, start: int = START, per_second: float = PER_SECOND
) -> Iterator[tuple[int, bytes]]:
    """`(partition, value)` of so many events, a few minutes out of order, with heartbeats everywhere.

    `per_second`: events in a second of event time, from `start` on.
    """
    draw = random.Random(seed)
    beat_at = start
    for number in range(events):
        now = start + int(number / per_second)
        while beat_at <= now:
            yield from ((partition, heartbeat(beat_at)) for partition in range(partitions))
            beat_at += HEARTBEAT_EVERY
        beat = draw.choice(_BEATS)
        yield (
            partition_of(beat, partitions),
            event(number, now - draw.randrange(120), beat, draw.choice(_CATEGORIES)),
        )
    yield from ((partition, heartbeat(start + int(events / per_second))) for partition in range(partitions))
