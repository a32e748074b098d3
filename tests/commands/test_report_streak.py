"""`report --streak`: how many complete months in a row a measure fell, from an embedded store."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from citywatch.cli import call
from runtime.settings import load_settings
from tests.commands.stored import Filled

FRAUD = "110301"


@pytest.fixture
def fraud(chdb_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Filled]:
    """Telecom fraud by month: 2021-05 above its month a year earlier, 2021-06 to 2022-08 below; 2022-09 runs, above."""
    monkeypatch.setenv("CITYWATCH_CLICKHOUSE", chdb_url)
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path))
    store = Filled(load_settings())
    months = [(year, month) for year in (2020, 2021, 2022) for month in range(1, 13)]
    for year, month in months[4:33]:
        count = {2020: 100, 2021: 120 if month < 6 else 90, 2022: 80 if month < 9 else 300}[year]
        store.cell(f"{year}-{month:02}-03T12:00:00+08:00", count, category=FRAUD, beat="B01")
    store.progress("2022-09-20T00:00:00+08:00", "2022-09-19T23:45:00+08:00", since="2020-04-30T16:00:00Z")
    yield store
    store.close()


def test_a_streak_is_of_complete_months_and_the_one_that_runs_never_counts(
    fraud: Filled, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ("report", "incidents", "--where", "class=criminal", "--streak", "falling")
    assert call([*asked, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["streak"], found["since"], found["until"], found["broken"]) == (15, "2021-06", "2022-08", None)
    assert found["months"][-1] == {"month": "2022-08", "value": 80, "before": 90, "percent": "-11.1"}
    assert found["months"][0] == {"month": "2020-05", "value": 100, "before": None, "percent": None}
    assert call(asked) == 0
    told = capfd.readouterr().out
    assert "15 complete months in a row below their month a year earlier, 2021-06 to 2022-08\n" in told
    fraud.progress("2022-10-01T00:00:00+08:00")
    assert call([*asked, "--by", "class", "--json"]) == 0
    (row,) = json.loads(capfd.readouterr().out)["rows"]
    assert (row["by"], row["streak"], row["broken"]) == ({"class": "criminal"}, 0, "2022-09")
    assert row["ended"] == {"streak": 15, "since": "2021-06", "at_least": False}
    assert call(asked) == 0
    assert "2022-09 ended a streak of 15, since 2021-06" in capfd.readouterr().out
