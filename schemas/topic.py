"""A topic as it is declared: what it holds, how long, and what its timestamps mean."""

from __future__ import annotations

from dataclasses import dataclass, field

_FOREVER = "-1"
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Topic:
    """`config` are broker settings by their Kafka names; replication comes from the settings, and so does the number of
    partitions of one that does not say its own."""

    name: str
    meaning: str
    config: dict[str, str] = field(default_factory=dict)
    partitions: int | None = None


def kept(days: int | None) -> dict[str, str]:
    """Kept by time of arrival: event times of last year must not be thrown away on arrival. None: for ever."""
    return {
        "cleanup.policy": "delete",
        "message.timestamp.type": "LogAppendTime",
        "retention.ms": _FOREVER if days is None else str(days * _DAY_MS),
        "retention.bytes": _FOREVER,
        "unclean.leader.election.enable": "false",
    }


def newest_of_each_key() -> dict[str, str]:
    """The newest record of each key is kept for ever."""
    return kept(None) | {"cleanup.policy": "compact"}
