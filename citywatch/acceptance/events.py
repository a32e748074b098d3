"""Events of the scenarios, and where in a span they lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from typing import Any

from citywatch.acceptance.question import at
from citywatch.acceptance.scenario import Fed
from schemas.instants import rfc3339

DAY = 86_400


def event(kind: str, name: str, time: int, data: Mapping[str, Any], subject: str = "", sent: int | None = None) -> Fed:
    """One event; `kind` is its type without the version. Its subject is named as it is, unless said otherwise."""
    body = {
        "specversion": "1.0",
        "type": f"{kind}.v1",
        "id": name,
        "time": rfc3339(time),
        "subject": subject or f"s-{name}",
        "data": dict(data),
    }
    return Fed(time if sent is None else sent, body)


def spread(number: int, since: str, until: str) -> Iterator[int]:
    """So many moments, evenly over the local days from `since` to `until`, both of them in it, at all hours."""
    start, length = at(since), at(until) + DAY - at(since)
    for place in range(number):
        yield start + length * place // number + length // number // 3


def calls(
    prefix: str, number: int, since: str, until: str, codes: tuple[str, ...], beats: tuple[str, ...] = ("B01", "B14")
) -> Iterator[Fed]:
    """So many calls of citizens over some days, in turn of these codes and beats."""
    return batches("incident.reported", prefix, number, 1, since, until, codes, beats)


def batches(
    kind: str,
    prefix: str,
    number: int,
    size: int,
    since: str,
    until: str,
    codes: tuple[str, ...],
    beats: tuple[str, ...] = ("B01", "B14"),
) -> Iterator[Fed]:
    """So many of a kind, reported `size` at a time: the last event has what is left."""
    records = -(-number // size)
    for place, (time, code, beat) in enumerate(
        zip(spread(records, since, until), islice(cycle(codes), records), islice(cycle(beats), records), strict=True)
    ):
        count = min(size, number - place * size)
        yield event(kind, f"{prefix}-{place}", time, {"beat": beat, "category": code, "count": count})
