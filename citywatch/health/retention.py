"""What restarts rest on: positions that are kept as long as the logs, and not far behind what was judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from citywatch.health.finding import Finding
from schemas.topics import INPUTS

MINUTE_MS = 60_000
FAR_BEHIND = 1_000_000
"""Offsets that a restart reads again in some seconds; more is worth a look."""


def check_retention(admin: Any, topics: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether the broker keeps the positions of a group that is away as long as the inputs. Raises KafkaError."""
    from kafka.admin import ConfigResource, ConfigResourceType

    names = [name for name in INPUTS if name in topics]
    if not names:
        return
    broker = str(admin.describe_cluster()["brokers"][0]["broker_id"])
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    asked.append(ConfigResource(ConfigResourceType.BROKER, broker))
    answered = admin.describe_configs(asked, config_filter="all")
    kept = [_number(answered["topic"][name], "retention.ms") for name in names]
    positions = next((_number(found, "offsets.retention.minutes") for found in answered["broker"].values()), None)
    if positions is None or not kept or None in kept:
        return
    longest = -1 if any(each == -1 for each in kept) else max(each for each in kept if each is not None) // MINUTE_MS
    days = f"{positions / 1440:g} days"
    if longest == -1 or positions < longest:
        until = "for ever" if longest == -1 else f"{longest / 1440:g} days"
        yield Finding(
            "positions",
            "wrong",
            f"the broker forgets those of a group that is away after {days}, the inputs are kept {until}",
            f"set offsets.retention.minutes={'2147483647' if longest == -1 else longest + 1440} on the brokers",
        )
    else:
        yield Finding("positions", "ok", f"kept for {days} while nobody reads, as long as the inputs or longer")


def check_distance(behind: Mapping[str, int]) -> Iterator[Finding]:
    """By partition, how many offsets lie between its position and what was judged: a restart reads them again."""
    if not behind:
        return
    place, most = max(behind.items(), key=lambda each: each[1])
    text = f"a restart reads up to {most:,} offsets again ({place})"
    if most > FAR_BEHIND:
        yield Finding("positions", "note", f"{text}: a source's clock stands still there, or runs far behind")
    else:
        yield Finding("positions", "ok", text)


def _number(found: Mapping[str, Any], key: str) -> int | None:
    entry = found.get(key)
    value = entry.get("value", entry.get("config_value")) if isinstance(entry, Mapping) else entry
    return None if value is None else int(value)
