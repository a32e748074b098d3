"""Rows of the store say what the schemas say of an event, by whichever way they are made."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from schemas.accept import accept
from schemas.instants import epoch
from sinks.rows import EVENT_COLUMNS, event_rows
from tests.schemas.events import EVENTS, encode


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_a_raw_row_holds_what_its_event_says(name: str) -> None:
    value = encode(EVENTS[name])
    event: Any = accept(value)
    rows = event_rows("log", "topic", 3, [SimpleNamespace(offset=7, timestamp=1_767_225_600_999, value=value)])
    if event.is_control:
        assert rows == []
        return
    row = dict(zip(EVENT_COLUMNS, rows[0], strict=True))
    kind, beat, category, facet = event.cell_key()
    assert (row["log"], row["topic"], row["partition"], row["offset"]) == ("log", "topic", 3, 7)
    assert (row["source"], row["id"], row["subject"]) == (event.source, event.id, event.subject)
    assert (row["time"], row["received"]) == (event.epoch, 1_767_225_600)
    assert (row["type"], row["beat"], row["category"], row["facet"]) == (kind, beat, category, facet)
    assert (row["count"], row["values"]) == (event.count, event.values())
    reported_at = getattr(event.data, "reported_at", None)
    assert row["reported_at"] == (epoch(reported_at) if reported_at else 0)
    assert row["now_category"] == getattr(event.data, "now_category", "")
    assert row["now_beat"] == getattr(event.data, "now_beat", "")
    assert row["unit"] == (getattr(event.data, "unit", None) or "")
