"""A real county's nine months: every row counted once, every figure that of a plain recount."""

from __future__ import annotations

import csv
import gzip
import random
from collections import Counter
from pathlib import Path

import pytest

from sources.shipped import DATA
from tests.deployment import Deployment
from tests.from_topics import ByDay, await_published, from_topics

FILE = DATA / "montgomery-pa-911" / "events.csv.gz"
MAP = "montgomery-pa-911"
ROWS = 99_492
REFUSED_LINES = ["18432,desc_time,is empty", "50596,desc_time,is empty", "95475,desc_time,is empty"]
REFUSED = len(REFUSED_LINES)
GROUPS = {"EMS": "help", "Fire": "fire", "Traffic": "traffic"}
Figures = Counter[tuple[str, str, str]]


def recounted(path: Path) -> Figures:
    """Rows by month of `desc_time` (local, as the file has it), township and title group, each row once."""
    figures: Figures = Counter()
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = {tuple(row.items()): row for row in csv.DictReader(file)}
    for row in rows.values():
        if row["desc_time"]:
            group = GROUPS[row["title"].partition(":")[0]]
            figures[row["desc_time"][:7], row["twp"] or "unknown", group] += 1
    return figures


def reported(deployment: Deployment) -> Figures:
    """The same figures as citywatch reports them."""
    span = ("--from", "2015-12-01", "--to", "2016-08-31", "--by", "month,beat,class")
    report = deployment.answer("report", "incidents", "--city", "montgomery", "--tz", "America/New_York", *span)
    figures: Figures = Counter()
    for row in report["rows"]:
        if row["value"]:
            figures[row["from"][:7], row["by"]["beat"], row["by"]["class"]] += row["value"]
    return figures


def in_event_order_with_repeats(path: Path, seed: int) -> int:
    """Write the file sorted by event time, one row in a hundred again later; how many rows were added."""
    draw = random.Random(seed)
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = sorted(reader, key=lambda row: row["desc_time"])
        names = reader.fieldnames or []
    twice = [row for row in rows if row["desc_time"] and draw.random() < 0.01]
    places = {id(row): place for place, row in enumerate(rows)}
    for row in reversed(twice):
        rows.insert(draw.randrange(places[id(row)] + 1, len(rows) + 1), row)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return len(twice)


@pytest.mark.parametrize("deployment", ["real", pytest.param("embedded", marks=pytest.mark.full)], indirect=True)
def test_every_row_in_file_order_is_counted_once(deployment: Deployment) -> None:
    deployment.start()
    told = deployment.must("replay", str(FILE), "--map", MAP, timeout=300)
    refused = deployment.settings.data / f"{MAP}.refused.csv"
    assert f"refused {REFUSED} rows: {refused}\n" in told
    assert refused.read_text().splitlines() == ["line,column,reason", *REFUSED_LINES]
    audit = deployment.balanced()
    assert audit["counted"] + audit["late"] == ROWS - REFUSED
    assert (audit["dead_lettered"], audit["duplicates"]) == (0, 0)
    assert reported(deployment) == recounted(FILE)


@pytest.mark.full
def test_in_event_order_with_one_row_in_a_hundred_twice_the_figures_stay(
    deployment: Deployment, tmp_path: Path
) -> None:
    file = tmp_path / "sorted.csv.gz"
    twice = in_event_order_with_repeats(file, seed=20160110)
    deployment.start()
    deployment.must("replay", str(file), "--map", MAP, timeout=300)
    audit = deployment.balanced()
    assert audit["duplicates"] == twice
    assert audit["counted"] + audit["late"] == ROWS - REFUSED
    assert reported(deployment) == recounted(FILE)


@pytest.mark.full
def test_after_a_second_replay_the_topics_alone_give_what_the_file_holds(real: Deployment) -> None:
    real.start()
    for _ in range(2):
        real.must("replay", str(FILE), "--map", MAP, timeout=300)
        real.drain()
        await_published(real)
        assert from_topics(real, "montgomery") == by_day(FILE)


def by_day(path: Path) -> ByDay:
    """Rows by local day and title group, each row once."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = {tuple(row.items()): row for row in csv.DictReader(file)}.values()
    return Counter((row["desc_time"][:10], GROUPS[row["title"].partition(":")[0]]) for row in rows if row["desc_time"])
