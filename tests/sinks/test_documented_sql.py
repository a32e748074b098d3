"""The query that the documentation shows runs on every store."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runtime.settings import Settings
from sinks.migrate import migrate
from sinks.store import Store

PAGE = Path(__file__).parents[2] / "docs" / "store.md"


@pytest.mark.parametrize("engine", ["clickhouse", "chdb"], indirect=True)
def test_the_documented_queries_run_and_every_documented_view_is_there(engine: Store) -> None:
    migrate(engine, Settings())
    text = PAGE.read_text("utf-8")
    shown = re.findall(r"```sql\n(.*?)```", text, re.S)
    assert shown
    for query in shown:
        assert engine.query(query) == []
    for names in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", text, re.M):
        for name in re.findall(r"\w+", names):
            assert engine.query(f"SELECT count() FROM {name}")
