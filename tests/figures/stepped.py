"""Steps of subjects written into a store as the sink would, and what is to follow from them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from figures.subjects import Standing, StepSeen, Subject
from schemas.families import TYPES
from schemas.lifecycle import Lifecycle
from sinks.dims import stored
from sinks.repeats import keep_repeats, keep_restated
from sinks.rows import CORRECTION_COLUMNS, EVENT_COLUMNS
from sinks.store import Store

LOG = "log-1"


@dataclass
class Row:
    """One raw row of a step."""

    offset: int
    source: str
    id: str
    subject: str
    time: int
    type: str
    data: Mapping[str, Any] = field(default_factory=dict)
    partition: int = 0
    received: int = 2_000_000_000

    def columns(self) -> tuple[Any, ...]:
        declared = TYPES[self.type]
        codes = stored([str(self.data.get(dim, "")) for dim in declared.dims])
        envelope = {"source": self.source, "id": self.id, "type": f"{self.type}.v1", "subject": self.subject}
        payload = json.dumps({**envelope, "data": self.data}, separators=(",", ":"))
        return (
            LOG, declared.topic, self.partition, self.offset, self.source, self.id, self.subject, self.time, self.type,
            *codes, 1, [], "", "", "", (), 0, "", payload, self.received,
        )  # fmt: skip


def write_rows(store: Store, rows: Sequence[Row]) -> None:
    """Rows, and what the sink copies of repeated ids."""
    store.insert("events", EVENT_COLUMNS, list(zip(*(row.columns() for row in rows), strict=True)))
    spans: dict[tuple[str, str, int], tuple[int, int]] = {}
    for row in rows:
        place = (LOG, TYPES[row.type].topic, row.partition)
        first, last = spans.get(place, (row.offset, row.offset))
        spans[place] = (min(first, row.offset), max(last, row.offset))
    keep_repeats(store, spans)
    keep_restated(store, spans, [])


def judge(store: Store, topic: str, read: Mapping[int, int]) -> None:
    """Partitions are judged up to an offset each."""
    for partition, offset in read.items():
        row = (LOG, topic, partition, offset, 0, 0, 0, 0, "{}", "{}")
        names = ["log", "topic", "partition", "read", "counted", "late", "duplicates", "dead", "clocks", "boundaries"]
        store.insert("progress", names, [[value] for value in row])


def cancel(store: Store, row: Row, reported: Row) -> None:
    """A restatement that takes a report away."""
    declared = TYPES[reported.type]
    codes = stored([str(reported.data.get(dim, "")) for dim in declared.dims])
    correction: tuple[Any, ...] = (
        LOG, declared.topic, row.partition, row.offset, "counted", row.source, row.id, row.subject, row.time, row.type,
        *codes, 1, [], "", "", "", (), (), reported.time,
    )  # fmt: skip
    store.insert("corrections", CORRECTION_COLUMNS, [[value] for value in correction])
    keep_restated(store, {}, [correction])


def states(life: Lifecycle, rows: Iterable[Row], at: int) -> dict[tuple[str, str], Standing]:
    """The state of each subject after its steps before a moment: of rows that count, the first of each id."""
    steps: dict[tuple[str, str], list[StepSeen]] = defaultdict(list)
    seen: set[tuple[str, str]] = set()
    for row in sorted(rows, key=lambda row: (row.partition, row.offset)):
        if (row.source, row.id) not in seen and row.type in life.steps:
            said = {name: value for name, value in row.data.items() if value not in ("", None)}
            state = life.states[life.steps.index(row.type)]
            step = StepSeen(row.time, row.id, state, said, (LOG, row.partition), row.offset)
            steps[row.source, row.subject].append(step)
        seen.add((row.source, row.id))
    found: dict[tuple[str, str], Standing] = {}
    for name, of_one in steps.items():
        of_one.sort(key=lambda step: (step.time, life.states.index(step.state), step.id))
        standing = Subject(life, *name, tuple(of_one)).at(at - 1)
        if standing is not None:
            found[name] = standing
    return found
