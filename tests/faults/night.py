"""A night in which everything happens, from one seed: repeats, late events, re-codings, poison."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from bench.events import SOURCE, event, heartbeat
from schemas.instants import rfc3339
from tests.end_to_end.events import MIDNIGHT

BEATS = tuple(f"B{number:02d}" for number in range(1, 28))
CATEGORIES = ("110201", "110203", "120301", "130101", "140101", "150101", "169900", "555555")
PER_SECOND = 20
PARTITIONS = 4


def night(seed: int, events: int, per_second: int = PER_SECOND, start: int = MIDNIGHT) -> Iterator[tuple[int, bytes]]:
    """`(partition, value)` of so many events, so many in a second of event time from `start` on; heartbeats in every
    partition."""
    draw = random.Random(seed)
    seen: list[tuple[int, int, str, str]] = []
    ticked = start
    for number in range(events):
        now = start + number // per_second
        while ticked <= now:
            yield from ((partition, heartbeat(ticked)) for partition in range(PARTITIONS))
            ticked += 10
        lot = draw.random()
        if lot < 0.93 or len(seen) < 100:
            at, beat, category = now - draw.randrange(300), draw.choice(BEATS), draw.choice(CATEGORIES)
            seen.append((number, at, beat, category))
            yield _partition(beat), event(number, at, beat, category)
        elif lot < 0.95:
            yield from _repeat(draw, *draw.choice(seen))
        elif lot < 0.96:
            yield (
                _partition(BEATS[0]),
                event(number, now - draw.randrange(3_600, 80_000), BEATS[0], CATEGORIES[0]),
            )
        elif lot < 0.98:
            yield _arrived(draw, number, *draw.choice(seen[-2_000:]))
        elif lot < 0.999:
            yield _restated(draw, number, now, *draw.choice(seen))
        else:
            yield draw.randrange(PARTITIONS), draw.choice((b"{", b"null", b'{"type":"x"}', b"\xff"))
    yield from ((partition, heartbeat(start + events // per_second)) for partition in range(PARTITIONS))


def _partition(beat: str) -> int:
    return BEATS.index(beat) % PARTITIONS


def _repeat(draw: random.Random, number: int, at: int, beat: str, category: str) -> Iterator[tuple[int, bytes]]:
    """The same id again: unchanged, with another time, or under another beat."""
    kind = draw.randrange(3)
    other = draw.choice(BEATS) if kind == 1 else beat
    yield _partition(other), event(number, at + 400 * (kind == 2), other, category)


def _arrived(draw: random.Random, number: int, first: int, at: int, beat: str, category: str) -> tuple[int, bytes]:
    dispatched = at + draw.randrange(120)
    data = {
        "beat": beat,
        "category": category,
        "reported_at": rfc3339(at),
        "dispatched_at": rfc3339(dispatched),
    }
    return _partition(beat), _life("incident.arrived.v1", number, dispatched + draw.randrange(400), first, data)


def _restated(
    draw: random.Random, number: int, now: int, first: int, at: int, beat: str, category: str
) -> tuple[int, bytes]:
    data = {"beat": beat, "category": category, "reported_at": rfc3339(at)}
    if draw.random() < 0.5:
        return _partition(beat), _life("incident.cancelled.v1", number, max(now, at), first, data)
    recoded = data | {"now_category": draw.choice(CATEGORIES)}
    return _partition(beat), _life("incident.reclassified.v1", number, max(now, at), first, recoded)


def _life(kind: str, number: int, at: int, first: int, data: dict[str, str]) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "type": kind,
            "source": SOURCE,
            "id": f"l-{number:09d}",
            "time": rfc3339(at),
            "subject": f"i-2026-{first:09d}",
            "data": data,
        }
    ).encode()
