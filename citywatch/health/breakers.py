"""Partitions that too many dead letters have stopped: as the notes of aggregate tell, whether it runs or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.request import urlopen

from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

from citywatch.health.roles import TIMEOUT
from runtime.groups import committed_positions
from runtime.kafka import topic_ids
from runtime.pages import addresses
from runtime.settings import Settings
from streams.core.note import Note


class Stop(Struct, frozen=True):
    """Nothing of a partition from `offset` on is judged; `waiting` offsets came since. `reason` is the commonest of
    the dead letters that stopped it, `why` says how many they were. A broker that keeps no notes tells the place only.
    """

    topic: str
    partition: int
    offset: int | None = None
    reason: str = ""
    why: str = ""
    waiting: int | None = None

    def __str__(self) -> str:
        if self.offset is None:
            return f"{self.topic}/{self.partition}: the log of aggregate says where and why"
        where = f"{self.topic}/{self.partition} before offset {self.offset}"
        return f"{where}: {self.why}; {self.waiting} further records wait"


def stops(admin: Any, settings: Settings) -> list[Stop]:
    """Every stopped partition, in the order of topic and partition. Raises KafkaError."""
    from kafka.admin import OffsetSpec

    committed = committed_positions(admin, settings.group_aggregate)
    if not committed:
        return _shown(settings)
    logs = topic_ids(settings, sorted({tp.topic for tp in committed}))
    noted = {tp: Note.decode(position.metadata or "", logs.get(tp.topic, "")) for tp, position in committed.items()}
    if not any(noted.values()):
        return _shown(settings)
    found = {tp: note for tp, note in noted.items() if note is not None and note.breaker.opened is not None}
    ends: Mapping[Any, Any] = admin.list_partition_offsets(dict.fromkeys(found, OffsetSpec.LATEST)) if found else {}
    return [
        Stop(tp.topic, tp.partition, note.read, opened.reason, str(opened), max(0, ends[tp].offset - note.read))
        for tp, note in sorted(found.items())
        if (opened := note.breaker.opened) is not None
    ]


def _shown(settings: Settings) -> list[Stop]:
    """What the page of aggregate shows: the embedded broker keeps no notes, and all runs on this machine."""
    try:
        with urlopen(f"http://{addresses(settings)['aggregate']}/metrics", timeout=TIMEOUT) as page:
            families = list(text_string_to_metric_families(page.read().decode()))
    except OSError:
        return []
    shown = [sample for family in families for sample in family.samples if sample.name == "citywatch_breaker_open"]
    return sorted(
        (Stop(sample.labels["topic"], int(sample.labels["partition"])) for sample in shown if sample.value),
        key=lambda stop: (stop.topic, stop.partition),
    )
