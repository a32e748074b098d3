"""A broker that many tests share is empty after each, and its positions are looked at first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError

from tests.parts.kafka import KafkaBroker
from tests.parts.notes import positions_without_note
from tests.parts.server import await_until

GROUPS_SECONDS = 60.0


@contextmanager
def emptied_after(broker: KafkaBroker) -> Iterator[None]:
    """Afterwards no committed position may be without its note; then all groups and topics are deleted, also where
    the test has failed: the next one is to find nothing."""
    try:
        yield
    finally:
        _empty(broker)


def _empty(broker: KafkaBroker) -> None:
    if not broker.running:
        broker.start()
    with broker.admin() as admin:
        await_until(lambda: _knows_groups(admin), GROUPS_SECONDS, "the broker to have loaded its groups")
        bare = positions_without_note(admin)
        if groups := [group["group_id"] for group in admin.list_groups()]:
            admin.delete_groups(groups)  # one whose members were killed just now stays until they time out
        if topics := [name for name in admin.list_topics() if not name.startswith("__")]:
            admin.delete_topics(topics)
    assert not bare, f"committed without a note: {bare}"


def _knows_groups(admin: KafkaAdminClient) -> bool:
    """Not yet, for some seconds after a start."""
    try:
        admin.list_groups()
    except (CoordinatorLoadInProgressError, CoordinatorNotAvailableError):
        return False
    return True
