"""A broker that many tests share is empty after each, and its positions are looked at first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.parts.kafka import KafkaBroker
from tests.parts.notes import positions_without_note


@contextmanager
def emptied_after(broker: KafkaBroker) -> Iterator[None]:
    """Afterwards no committed position may be without its note; then all groups and topics are deleted."""
    yield
    if not broker.running:
        broker.start()
    with broker.admin() as admin:
        bare = positions_without_note(admin)
        if groups := [group["group_id"] for group in admin.list_groups()]:
            admin.delete_groups(groups)  # one whose members were killed just now stays until they time out
        if topics := [name for name in admin.list_topics() if not name.startswith("__")]:
            admin.delete_topics(topics)
    assert not bare, f"committed without a note: {bare}"
