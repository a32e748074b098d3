"""What a consumer of the topics alone makes of them: the example of the documentation, run as its reader would."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.deployment import Deployment
from tests.parts.server import await_until

EXAMPLE = Path(__file__).parents[1] / "docs/examples/figures_from_topics.py"
PUBLISHED_SECONDS = 120.0

ByDay = Counter[tuple[str, str]]
"""By local day and class."""


def await_published(deployment: Deployment) -> None:
    """Until the topics have all that the store says."""
    due = "SELECT count() FROM adjustments_due"
    asked = "all adjustments to be published"
    await_until(lambda: deployment.query(due) == [(0,)], PUBLISHED_SECONDS, asked, every=0.5)  # it costs the store


def from_topics(deployment: Deployment, city: str, *export: Path, kind: str = "incident.reported") -> ByDay:
    """The figures that the example prints, of cells from an export and from the topics behind it; zeros left out."""
    done = subprocess.run(
        [sys.executable, EXAMPLE, deployment.bootstrap, city, kind, *export],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = (line.split(",") for line in done.stdout.splitlines())
    return Counter({(day, name): int(count) for day, name, count in lines if count != "0"})


def reported(deployment: Deployment, city: str, since: str, until: str) -> ByDay:
    """The same as `report` has it."""
    span = ("--from", since, "--to", until, "--by", "day,class")
    report = deployment.answer("report", "incidents", "--city", city, *span)
    return Counter({(row["from"][:10], row["by"]["class"]): row["value"] for row in report["rows"] if row["value"]})


def exported_cells(deployment: Deployment) -> Path:
    """All cells of the store, with the offsets from which to read on."""
    path = deployment.directory / "cells.csv"
    deployment.must("export", "cells", "--format", "csv", "--out", str(path))
    return path
