"""Looks at what the aggregate role has committed: a position without its note is what hurts."""

from __future__ import annotations

from kafka import KafkaAdminClient


def positions_without_note(admin: KafkaAdminClient) -> list[str]:
    """`group topic/partition @ offset` of each committed position whose metadata is empty."""
    groups = sorted(name for group in admin.list_groups() if is_aggregate(name := group["group_id"]))
    if not groups:
        return []
    return [
        f"{group} {tp.topic}/{tp.partition} @ {committed.offset}"
        for group, offsets in admin.list_group_offsets(groups).items()
        for tp, committed in offsets.items()
        if committed.offset >= 0 and not committed.metadata
    ]


def is_aggregate(group: str) -> bool:
    """Whether a consumer group is the aggregate role's, in any deployment."""
    return group.startswith("citywatch-aggregate") or group.endswith("-aggregate")
