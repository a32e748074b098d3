"""What a consumer of the topics alone makes of them: the example of the documentation, run as its reader would."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from schemas.families import TYPES
from schemas.instants import rfc3339
from schemas.topics import PANES
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
    await_until(lambda: deployment.query(due) == [(0,)], PUBLISHED_SECONDS, asked, every=1.0)  # it costs the store


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
    """All cells of the store as a file, in the form of `citywatch export cells --format csv`."""
    path = deployment.directory / "cells.csv"
    found = deployment.query("SELECT log, topic, partition, position FROM positions_latest")
    names = ("log", "topic", "partition", "next")
    positions = [dict(zip(names, row, strict=True)) for row in found if row[1] == PANES]
    path.with_name(f"{path.name}.positions.json").write_text(json.dumps({"positions": positions}))
    columns = ("log", "topic", "partition", "source", "pane", "type", "version", "records", "dims", "numbers")
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(columns)
        for *told, pane, name, version, records, count, values, codes, further in deployment.query(
            "SELECT log, topic, partition, source, toUInt32(pane), type, version, records, count, values,"
            " [beat, category, facet], further FROM cells_latest"
        ):
            dims = dict(zip(TYPES[name].dims, (*codes, *further), strict=False))
            numbers = dict(zip(TYPES[name].number_names, (count, *values), strict=False))
            out.writerow((*told, rfc3339(pane), name, version, records, json.dumps(dims), json.dumps(numbers)))
    return path
