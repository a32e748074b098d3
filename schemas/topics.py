"""Every topic, declared once: what it holds, how long, and what its timestamps mean."""

from __future__ import annotations

from dataclasses import dataclass, field

INCIDENTS = "citywatch.incidents"
PATROLS = "citywatch.patrols"
PANES = "citywatch.panes"
CORRECTIONS = "citywatch.corrections"
DEAD_LETTERS = "citywatch.dead-letters"

_FOREVER = "-1"
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Topic:
    """`config` are broker settings by their Kafka names; partition counts and replication come from the settings."""

    name: str
    meaning: str
    config: dict[str, str] = field(default_factory=dict)


def _kept(days: int | None) -> dict[str, str]:
    """Kept by time of arrival: event times of last year must not be thrown away on arrival."""
    return {
        "cleanup.policy": "delete",
        "message.timestamp.type": "LogAppendTime",
        "retention.ms": _FOREVER if days is None else str(days * _DAY_MS),
        "retention.bytes": _FOREVER,
        "unclean.leader.election.enable": "false",
    }


INPUTS = (INCIDENTS, PATROLS)
"""What `aggregate` counts. Records are keyed by beat; heartbeats and rules stand among them in every partition."""

FAMILIES = {"incident": INCIDENTS, "patrol": PATROLS}
"""By the first word of an event's type the topic that it stands on."""

OUTPUTS = (PANES, CORRECTIONS, DEAD_LETTERS)
"""What `aggregate` writes; the partition is that of the input record. Panes are kept for twice as long as the inputs:
where records that open panes need are gone, their cells are still there to go on from."""

TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        Topic(INCIDENTS, "Calls and what becomes of them: CloudEvents, keyed by beat", _kept(30)),
        Topic(PATROLS, "Unit states and stops: CloudEvents, keyed by beat", _kept(30)),
        Topic(PANES, "Cells of 5 minutes, absolute and versioned, progress records, seams, gaps of sources", _kept(60)),
        Topic(CORRECTIONS, "Late events and restatements, one record each", _kept(None)),
        Topic(DEAD_LETTERS, "Refused records: where they stand and why", _kept(None)),
    )
}
