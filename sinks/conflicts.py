"""Ids that came again with other content: as the view `conflicts` has them, and as a metric."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import UTC, datetime

from msgspec import Struct

from runtime import metrics
from schemas.cities import Cities
from sinks.bind import literal
from sinks.store import Store

log = logging.getLogger(__name__)


class Standing(Struct, frozen=True):
    """Where a record stands in the inputs."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic} {self.partition} {self.offset}"


class Difference(Struct, frozen=True):
    """What the record that counts says in a field, and what the first one says that differs in it; `time` in Unix
    seconds."""

    field: str
    counted: str | int
    other: str | int


class Conflict(Struct, frozen=True):
    """An id that came `times` times, `others` of them with other content than the record that counts.

    first_other: the first of those. last_came: when the last of them came to Kafka, in Unix seconds; 0 where that was
    not kept.
    """

    source: str
    id: str
    times: int
    others: int
    last_came: int
    counted: Standing
    first_other: Standing
    differences: list[Difference]


def newest(store: Store, sources: Collection[str] | None, limit: int) -> list[Conflict]:
    """Those of these sources (of all) whose other content came last, the newest first. Blocks."""
    rows = store.query(
        "SELECT source, id, times, others, toUInt32(last_came) AS came, (topic, partition, offset), "
        "(other_topic, other_partition, other_offset), fields, counted, other "
        f"FROM conflicts WHERE {_of(sources)} ORDER BY came DESC, source, id LIMIT {int(limit)}"
    )
    return [
        Conflict(
            source=source,
            id=name,
            times=int(times),
            others=int(others),
            last_came=int(came),
            counted=Standing(*first),
            first_other=Standing(*differing),
            differences=[
                Difference(field, _value(field, ruling), _value(field, differs))
                for field, ruling, differs in zip(fields, counted, other, strict=True)
            ],
        )
        for source, name, times, others, came, first, differing, fields, counted, other in rows
    ]


def by_source(store: Store, sources: Collection[str] | None = None) -> dict[str, int]:
    """How many ids of each of these sources (of all) are in conflict, the most first. Blocks."""
    rows = store.query(
        f"SELECT source, count() AS number FROM conflicts WHERE {_of(sources)} "
        "GROUP BY source ORDER BY number DESC, source"
    )
    return {source: int(number) for source, number in rows}


class ConflictWatch:
    """Shows the number of ids in conflict of each declared source, and tells in the log where it has grown."""

    def __init__(self, store: Store, cities: Cities) -> None:
        self._store = store
        self._declared = dict.fromkeys(cities.by_source, 0)
        self._shown: dict[str, int] | None = None

    def look(self) -> None:
        """Blocks on the store. Raises Unreachable and Rejected."""
        now = self._declared | by_source(self._store)
        for source, number in now.items():
            metrics.ID_CONFLICTS.labels(source).set(number)
            known = number if self._shown is None else self._shown.get(source, 0)
            if number > known:
                told = "%s: %d ids came again with other content, %d of them new; `citywatch conflicts list` names them"
                log.warning(told, source, number, number - known)
        self._shown = now


def _of(sources: Collection[str] | None) -> str:
    return "1" if sources is None else f"source IN {literal(sorted(sources))}"


def _value(field: str, text: str) -> str | int:
    if field == "time":
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    return int(text) if field == "count" else text
