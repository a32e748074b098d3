"""Rows of the store say what the schemas say of an event, by whichever way they are made."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from msgspec.json import encode as encode_json

from schemas.accept import accept
from schemas.family import type_of
from schemas.instants import epoch
from schemas.records import EXAMPLES, Cell, Step
from schemas.topics import PANES
from sinks.batch import InsertBatch
from sinks.rows import EVENT_COLUMNS, event_rows
from sinks.store import Rejected, Store
from sinks.writer import write
from tests.placed import placed
from tests.schemas.events import EVENTS, REPORTED, encode, event


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_raw_row_holds_what_its_event_says(name: str) -> None:
    value = encode(EVENTS[name])
    event: Any = accept(value)
    rows = event_rows("log", "topic", 3, [SimpleNamespace(offset=7, timestamp=1_767_225_600_999, value=value)])
    if event.is_control:
        assert rows == []
        return
    row = dict(zip(EVENT_COLUMNS, rows[0], strict=True))
    kind, beat, category, facet, *further = (*event.cell_key(), "", "")[: max(4, len(event.cell_key()))]
    while further and not further[-1]:
        further.pop()
    assert (row["log"], row["topic"], row["partition"], row["offset"]) == ("log", "topic", 3, 7)
    assert (row["source"], row["id"], row["subject"]) == (event.source, event.id, event.subject)
    assert (row["time"], row["received"]) == (event.epoch, 1_767_225_600)
    assert (row["type"], row["beat"], row["category"], row["facet"]) == (kind, beat, category, facet)
    assert (row["count"], row["values"]) == (event.count, event.values())
    assert (row["further"], row["now_facet"], row["now_further"]) == (tuple(further), "", ())
    begun = getattr(event.data, getattr(type_of(type(event)).effect, "at", "reported_at"), None)
    assert row["reported_at"] == (epoch(begun) if begun else 0)
    assert row["now_category"] == getattr(event.data, "now_category", getattr(event.data, "now_kind", ""))
    assert row["now_beat"] == getattr(event.data, "now_beat", "")
    assert msgspec.json.decode(row["payload"], type=type(event)) == event
    assert row["unit"] == (getattr(event.data, "unit", None) or "")


AT_THE_LIMITS = (
    event(REPORTED, time="1970-01-01T00:00:00Z", id="a" * 64, subject="s" * 64, data__count=1),
    event(REPORTED, time="2099-12-31T23:59:59.999999999Z", id="b", data__count=1_000_000_000),
    event(REPORTED, time="2026-06-30T23:59:60Z", id="c", data__beat="刑" * 64, data__category="\U0001f4a5'\\" * 16),
    event("incident.arrived.v1", time="2099-12-31T23:59:59Z", id="d", data__reported_at="1970-01-01T00:00:00Z",
          data__dispatched_at="1970-01-01T00:00:00Z"),
    event("incident.reclassified.v1", time="2099-12-31T23:59:59Z", id="e", data__reported_at="1970-01-01T00:00:00Z"),
    event("patrol.status.v1", time="2099-12-31T23:59:59Z", id="f", data__since="1970-01-01T00:00:00Z"),
)  # fmt: skip


def _now() -> int:
    """In milliseconds: rows that came in long ago are dropped by age."""
    return int(time.time() * 1000)


def test_no_accepted_event_makes_a_row_that_a_store_refuses(engine: Store) -> None:
    batch = InsertBatch()
    for offset, body in enumerate(AT_THE_LIMITS):
        accept(encode(body))
        place = ("log", "citywatch.incidents", offset % 2 * (2**31 - 1))
        record = SimpleNamespace(offset=2**63 - 10 + offset, timestamp=_now(), value=encode(body))
        batch.take(place, [record], record.offset + 1)
    write(engine, batch)
    assert engine.query("SELECT count() FROM events FINAL") == [(len(AT_THE_LIMITS),)]
    ((longest,),) = engine.query("SELECT max(length(id)) FROM events")
    assert longest == 64


def test_a_refusal_names_the_record_that_the_row_comes_from(engine: Store) -> None:
    batch = InsertBatch()
    records = [
        SimpleNamespace(offset=offset, timestamp=_now(), value=encode(event(REPORTED, id=f"r-{offset}")))
        for offset in range(1_000)
    ]
    batch.take(("log", "citywatch.incidents", 2), records, 1_000)
    batch.events[EVENT_COLUMNS.index("count")][617] = "many"
    with pytest.raises(Rejected, match=r"^citywatch.incidents/2@617 for events: "):
        write(engine, batch)
    assert engine.query("SELECT count() FROM sink_positions") == [(0,)]
    batch.events[EVENT_COLUMNS.index("count")][617] = 1
    write(engine, batch)
    assert engine.query("SELECT count() FROM events FINAL") == [(1_000,)]


def test_a_step_makes_no_row_of_its_own() -> None:
    step = next(example for example in EXAMPLES if isinstance(example, Step))
    batch = InsertBatch()
    batch.take(("panes", PANES, 0), [SimpleNamespace(offset=6, timestamp=_now(), value=encode_json(step))], 7)
    assert (batch.rows, batch.ends) == (0, {("panes", PANES, 0): 7})


@pytest.mark.parametrize("flushes", [1, 2])
def test_a_cell_that_a_crash_left_before_a_seam_yields_to_the_later_one_of_its_version(
    engine: Store, flushes: int
) -> None:
    said = [
        Cell(
            log="log", topic="citywatch.incidents", partition=0, source="a/110", pane=1_767_225_600,
            version=7, records=records, **placed("incident.reported", "B01", "110201", count=records),
        )
        for records in (2, 3)
    ]  # fmt: skip
    values = [SimpleNamespace(offset=at, timestamp=_now(), value=encode_json(cell)) for at, cell in enumerate(said)]
    for records in [values] if flushes == 1 else [[value] for value in values]:
        batch = InsertBatch()
        batch.take(("panes", PANES, 0), records, records[-1].offset + 1)
        write(engine, batch)
    assert engine.query("SELECT version, records, count FROM cells_latest") == [(7, 3, 3)]
