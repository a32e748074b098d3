"""Consumer groups, as the broker knows them."""

from __future__ import annotations

from typing import Any


def members(client: Any, group: str) -> int:
    """How many are in a consumer group now."""
    from kafka.errors import KafkaError

    try:
        described = client.describe_groups([group])
    except KafkaError:
        return 0  # no such group
    return sum(len(each.get("members", ())) for each in described.values())
