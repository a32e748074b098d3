"""Alarms go into the store as they come from their topic, and of each the last one stands, in whatever order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
from msgspec.structs import replace

from runtime import metrics
from runtime.settings import Settings
from schemas.alarms import EXAMPLES, Alarm
from schemas.topics import ALARMS
from sinks.alarms import Asked, counted, find, newest
from sinks.batch import InsertBatch
from sinks.migrate import migrate
from sinks.store import Store
from sinks.writer import write

MISSED = EXAMPLES[0]
EXPIRED = replace(
    MISSED, state="expired", end=None, ended_by="", warn_at=None, why="no recovered yet", version=MISSED.version - 1
)


def records(*alarms: Alarm | bytes) -> list[Any]:
    values = [each if isinstance(each, bytes) else msgspec.json.encode(each) for each in alarms]
    return [SimpleNamespace(offset=n, timestamp=0, value=value) for n, value in enumerate(values)]


def stored(store: Store, *alarms: Alarm | bytes) -> None:
    batch = InsertBatch()
    batch.take(("log", ALARMS, 0), records(*alarms), len(alarms))
    write(store, batch)


def test_the_greatest_version_stands_and_comes_back_as_it_was(engine: Store) -> None:
    migrate(engine, Settings())
    stored(engine, MISSED)
    stored(engine, EXPIRED, MISSED)
    assert newest(engine, Asked(), 10) == [MISSED]
    assert find(engine, MISSED.id) == MISSED
    stored(engine, other := replace(EXPIRED, id="other", subject="c-18"))
    assert newest(engine, Asked(states=["expired"]), 10) == [other]
    assert counted(engine, Asked(clocks=[MISSED.clock])) == {"expired": 1, "missed": 1}
    assert newest(engine, Asked(sources=[]), 10) == []


def test_a_record_that_is_no_alarm_is_passed_over_and_counted() -> None:
    before = metrics.UNREADABLE.labels("sink")._value.get()
    batch = InsertBatch()
    batch.take(("log", ALARMS, 0), records(b"not json", MISSED), 2)
    assert len(batch.alarms) == 1
    assert metrics.UNREADABLE.labels("sink")._value.get() == before + 1
