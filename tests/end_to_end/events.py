"""Events as a source writes them, as plain dictionaries: what a test changes stands in the call."""

from __future__ import annotations

from typing import Any

from schemas.families.incidents import INCIDENTS
from schemas.instants import rfc3339

MIDNIGHT = 1_772_380_800
"""2026-03-02T00:00:00+08:00, in Asia/Shanghai the first second of a Monday."""

SOURCE = "xincheng/110"
TOPIC = INCIDENTS
PARTITIONS = 4

Event = dict[str, Any]


def event(kind: str, name: str, at: int, subject: str, data: dict[str, Any], source: str = SOURCE) -> Event:
    """One CloudEvent; `at` is its event time in epoch seconds."""
    return {
        "specversion": "1.0",
        "type": kind,
        "source": source,
        "id": name,
        "time": rfc3339(at),
        "subject": subject,
        "data": data,
    }


def reported(name: str, at: int, beat: str = "B01", category: str = "120301", **more: Any) -> Event:
    """A call about noise in beat B01, unless said otherwise."""
    data = {"beat": beat, "category": category, "origin": "citizen"}
    return event("incident.reported.v1", name, at, f"i-{name}", data) | more


def reclassified(
    name: str, at: int, incident: str, first: int, now: str, beat: str = "B01", category: str = "120301"
) -> Event:
    """The incident reported at `first` is now coded `now`."""
    data = {"beat": beat, "category": category, "reported_at": rfc3339(first), "now_category": now}
    return event("incident.reclassified.v1", name, at, f"i-{incident}", data)


def cancelled(name: str, at: int, incident: str, first: int, beat: str = "B01", category: str = "120301") -> Event:
    """The incident reported at `first` never was one."""
    data = {"beat": beat, "category": category, "reported_at": rfc3339(first)}
    return event("incident.cancelled.v1", name, at, f"i-{incident}", data)


def heartbeat(clock: int, source: str = SOURCE, since: int | None = None) -> Event:
    """The source's clock; `since`: from when on it vouches without a break."""
    return {
        "specversion": "1.0",
        "type": "citywatch.heartbeat.v1",
        "source": source,
        "id": f"h-{clock}",
        "time": rfc3339(clock),
        "data": {} if since is None else {"since": rfc3339(since)},
    }


def heartbeats(clock: int, partitions: int = PARTITIONS, since: int | None = None) -> list[tuple[int, Event]]:
    """The source's clock in every partition."""
    return [(partition, heartbeat(clock, since=since)) for partition in range(partitions)]
