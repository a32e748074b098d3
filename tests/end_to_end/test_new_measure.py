"""Adding a counter is one declaration: the one that the documentation shows, and nothing else."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.deployments import deployment_of
from tests.end_to_end.events import MIDNIGHT, TOPIC, heartbeats, reported
from tests.source import ROOT, copy_of_source

HOUR = 3600


@pytest.fixture
def changed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment of a copy of the source in which the documented declaration was added."""
    source = copy_of_source(tmp_path / "source")
    shown = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "adding-a-measure.md").read_text("utf-8"), re.S)
    assert shown
    measures = source / "schemas" / "measures.py"
    declared = measures.read_text("utf-8").replace("_DECLARED = (\n", "_DECLARED = (\n" + shown.group(1))
    measures.write_text(declared, "utf-8")
    with deployment_of("embedded", request, tmp_path / "world", source=source) as found:
        yield found


def test_adding_a_counter_takes_one_declaration_and_nothing_else(changed: Deployment) -> None:
    changed.start()
    night, noon = MIDNIGHT + 23 * HOUR, MIDNIGHT + 12 * HOUR
    changed.produce(
        TOPIC,
        [
            *heartbeats(MIDNIGHT + 12 * HOUR),
            (0, reported("noon-1", noon, beat="B01")),
            *heartbeats(MIDNIGHT + 23 * HOUR),
            (0, reported("night-1", night, beat="B01")),
            (0, reported("night-2", night + 10, beat="B02")),
            (0, reported("fire-1", night + 20, beat="B01", category="140101")),
            *heartbeats(MIDNIGHT + 24 * HOUR),
        ],
    )
    changed.balanced()
    span = ("--from", "2026-03-02", "--to", "2026-03-02", "--by", "day,sector")
    rows = changed.answer("report", "noise_at_night", "--city", "xincheng", *span)["rows"]
    assert sum(row["value"] for row in rows) == 2
    host, port = changed.settings.metrics_address("analyse")
    with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=10) as page:
        gauges = page.read().decode()
    assert re.search(r'^citywatch_window_noise_at_night_by_sector\{[^}]*sector="S\d\d"', gauges, re.M)
