"""Events of the scenarios, and where in a span they lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from citywatch.acceptance.question import at
from citywatch.acceptance.scenario import Fed
from schemas.instants import rfc3339

DAY = 86_400
BEATS = ("B01", "B14", "B22")


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


def some(
    kind: str,
    prefix: str,
    number: int,
    since: str,
    until: str,
    data: Mapping[str, Any] | None = None,
    *,
    size: int = 1,
    turns: Mapping[str, tuple[Any, ...]] | None = None,
    ago: Mapping[str, int] | None = None,
) -> Iterator[Fed]:
    """So many of a kind over some days, `size` at a time: the last event has what is left.

    turns: fields that take each of these values in turn. ago: fields that are an instant so many seconds earlier.
    """
    records = -(-number // size)
    for place, time in enumerate(spread(records, since, until)):
        count = min(size, number - place * size)
        taken = {name: values[place % len(values)] for name, values in ({"beat": BEATS} | dict(turns or {})).items()}
        earlier = {name: rfc3339(time - seconds) for name, seconds in (ago or {}).items()}
        counted = {"count": count} if size > 1 else {}
        yield event(kind, f"{prefix}-{place}", time, {**taken, **earlier, **counted, **(data or {})})


def calls(
    prefix: str, number: int, since: str, until: str, codes: tuple[str, ...], beats: tuple[str, ...] = BEATS
) -> Iterator[Fed]:
    """So many calls of citizens over some days, in turn of these codes and beats."""
    return some("incident.reported", prefix, number, since, until, turns={"category": codes, "beat": beats})
