"""Consumer groups, as the broker knows them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from runtime.errors import Unreachable

Answer = TypeVar("Answer")
PATIENCE_SECONDS = 10.0
AGAIN_SECONDS = 0.1


def members(client: Any, group: str) -> int:
    """How many are in a consumer group now. Blocks; raises Unreachable."""
    from kafka.errors import GroupIdNotFoundError, KafkaError

    try:
        described = answered(lambda: client.describe_groups([group]))
    except GroupIdNotFoundError:
        return 0
    except (KafkaError, OSError) as error:
        raise Unreachable(f"Kafka did not tell who is in group {group} ({type(error).__name__}); try again") from None
    return sum(len(each.get("members", ())) for each in described.values())


def committed_positions(client: Any, group: str) -> Mapping[Any, Any]:
    """By kafka-python's TopicPartition what a group has committed: offset and metadata. Blocks; raises KafkaError."""
    found: Mapping[Any, Any] = answered(lambda: client.list_group_offsets([group])).get(group, {})
    return found


def answered(ask: Callable[[], Answer], seconds: float = PATIENCE_SECONDS) -> Answer:
    """What a question about a group is answered, asked again while there is no coordinator: a broker that never had a
    group makes the topic of positions at the first question, and one that starts loads it. Blocks for `seconds` and one
    question at most; raises KafkaError."""
    from kafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError

    until = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError):
            if time.monotonic() > until:
                raise
            time.sleep(AGAIN_SECONDS)
