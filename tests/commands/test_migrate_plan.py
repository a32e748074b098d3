"""`citywatch migrate --plan` says what would be done, and makes nothing, not even what a store stands in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from citywatch.cli import call
from sinks.migrations import shipped_names
from tests.deployments import SERVER_UNLESS_FULL
from tests.parts.clickhouse import ClickHouseServer


def planned(capfd: pytest.CaptureFixture[str]) -> dict[str, object]:
    capfd.readouterr()
    assert call(["migrate", "--plan", "--json"]) == 0
    answer: dict[str, object] = json.loads(capfd.readouterr().out)
    return answer


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path))
    return tmp_path


def test_where_no_embedded_store_is_none_is_made(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    answer = planned(capfd)
    assert list(answer["files"]) == shipped_names()  # type: ignore[call-overload]
    assert answer["engine"] is None
    assert list(data.iterdir()) == []


def test_a_database_that_is_not_there_is_not_made(
    data: Path,
    clickhouse_server: ClickHouseServer,
    clickhouse_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CITYWATCH_CLICKHOUSE", f"{clickhouse_url}_to_come")
    assert planned(capfd)["engine"] is None
    databases = [name for (name,) in clickhouse_server.execute("SHOW DATABASES")]
    assert not any(str(name).endswith("_to_come") for name in databases)


@SERVER_UNLESS_FULL
def test_what_is_planned_is_done_and_then_there_is_nothing_to_plan(
    data: Path, store_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CITYWATCH_CLICKHOUSE", store_url)
    monkeypatch.setenv("CITYWATCH_KEEP_RAW", "90")
    assert call(["migrate"]) == 0
    assert planned(capfd) | {"engine": ""} == {"engine": "", "files": {}, "views": [], "lists": []}
    assert call(["migrate", "--plan"]) == 0
    assert capfd.readouterr().out.endswith(": up to date\n")
    monkeypatch.setenv("CITYWATCH_KEEP_RAW", "91")
    assert call(["migrate", "--plan"]) == 0
    assert "\n06_retention.sql\n" in capfd.readouterr().out
    capfd.readouterr()
    assert call(["migrate", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["changes"] == ["06_retention.sql", "30_steps_stay.sql"]
