"""`citywatch audit` and `citywatch recount`: equal and balanced where all is well, loud where anything is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from citywatch.cli import call
from citywatch.settings import Settings, load_settings
from schemas.measures import MEASURES
from tests.commands.events import world
from tests.commands.running import judge_and_store, prepare, send
from tests.parts.tansu import TansuBroker

Asked = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A hostile world, judged and stored: embedded broker and store."""
    folder: Path = tmp_path_factory.mktemp("city")
    with TansuBroker(folder) as broker:
        settings = load_settings(
            kafka=broker.bootstrap, clickhouse=f"chdb://{folder / 'chdb'}", data=folder, metrics="127.0.0.1:29401"
        )
        prepare(settings)
        send(settings, world(seed=7, number=4_000, partitions=4))
        judge_and_store(settings)
        yield settings


@pytest.fixture
def proof(city: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Asked:
    """Runs a proof and gives its exit code and JSON object."""
    monkeypatch.setenv("CITYWATCH_KAFKA", city.kafka or "")
    monkeypatch.setenv("CITYWATCH_CLICKHOUSE", city.clickhouse or "")
    monkeypatch.setenv("CITYWATCH_DATA", str(city.data))
    monkeypatch.setenv("CITYWATCH_METRICS", city.metrics)

    def run(command: str) -> tuple[int, dict[str, Any]]:
        code = call([command, "--json"])
        out, err = capfd.readouterr()
        assert out, err
        return code, json.loads(out)

    return run


def test_a_hostile_world_balances_and_is_equal(proof: Asked) -> None:
    code, audit = proof("audit")
    assert (code, audit["balanced"]) == (0, True), audit
    assert audit["pending"] == audit["unverified"] == 0
    assert min(audit[term] for term in ("counted", "late", "duplicates", "dead_lettered", "control")) > 50
    code, recount = proof("recount")
    assert recount["examples"] == []
    assert (code, recount["equal"], recount["different"]) == (0, True, 0)
    assert recount["figures"] > 5_000


def test_the_events_behind_every_figure_add_up_to_it(
    city: Settings, proof: Asked, capfd: pytest.CaptureFixture[str]
) -> None:
    for measure in MEASURES:
        for day in ("2026-01-31", "2026-02-02"):
            span = ("--from", day, "--to", day)
            assert call(["report", measure, *span, "--by", "beat", "--json"]) == 0
            rows = json.loads(capfd.readouterr().out)["rows"]
            assert call(["events", measure, *span, "--json"]) == 0
            lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
            added = sum(line["adds"] for line in lines)
            if measure == "patrol_minutes":
                assert abs(added / 60 - sum(row["value"] for row in rows)) <= len(rows) / 2
            else:
                assert added == sum(row["value"] for row in rows), (measure, day)
    verdicts = {line["verdict"] for line in _behind(capfd, "incidents", "--from", "2026-01-30", "--to", "2026-02-04")}
    assert verdicts == {"counted", "late", "repeat", "restated", "duplicate", "dead"}


def test_events_can_be_narrowed_to_one_cell_of_a_report(
    city: Settings, proof: Asked, capfd: pytest.CaptureFixture[str]
) -> None:
    span = ("--from", "2026-01-31", "--to", "2026-01-31")
    assert call(["report", "incidents", *span, "--by", "beat,class", "--json"]) == 0
    for row in json.loads(capfd.readouterr().out)["rows"]:
        where = ",".join(f"{name}={code}" for name, code in row["by"].items())
        lines = _behind(capfd, "incidents", *span, "--where", where)
        assert sum(line["adds"] for line in lines) == row["value"], where


def _behind(capfd: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert call(["events", *arguments, "--json"]) == 0
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]
