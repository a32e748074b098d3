"""A real county: every row counted once, every figure that of a plain recount. Part of two months, and all nine."""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from sources.shipped import DATA
from tests.deployment import Deployment
from tests.deployments import REAL_UNLESS_FULL
from tests.from_topics import ByDay, await_published, from_topics

FILE = DATA / "montgomery-pa-911" / "events.csv.gz"
MAP = "montgomery-pa-911"
PLACE = ("--city", "montgomery", "--tz", "America/New_York")
ROWS = 99_492
REFUSED_LINES: tuple[int, ...] = (18_432, 50_596, 95_475)
LEFT_OUT = range(1_000, 18_000)
PART = 2_000
"""Rows of the file's first two months without `LEFT_OUT`, so that a refused one is among them."""
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


def reported(deployment: Deployment, *options: str) -> Figures:
    """The same figures as citywatch reports them."""
    span = ("--from", "2015-12-01", "--to", "2016-08-31", "--by", "month,beat,class")
    report = deployment.answer("report", "incidents", *PLACE, *span, *options)
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


def part_of_it(path: Path) -> None:
    """Write the head of the file and `PART` of its rows."""
    with gzip.open(FILE, "rb") as file, gzip.open(path, "wb") as part:
        part.write(file.readline())
        rows = islice(file, PART + len(LEFT_OUT))
        part.writelines(row for number, row in enumerate(rows) if number not in LEFT_OUT)


@pytest.mark.parametrize("rows", [PART, pytest.param(ROWS, marks=pytest.mark.full)])
@pytest.mark.parametrize("deployment", REAL_UNLESS_FULL, indirect=True)
def test_every_row_in_file_order_is_counted_once(deployment: Deployment, tmp_path: Path, rows: int) -> None:
    file, refused_at = FILE, REFUSED_LINES
    if rows == PART:
        file, refused_at = tmp_path / "part.csv.gz", (REFUSED_LINES[0] - len(LEFT_OUT),)
        part_of_it(file)
    lines = [f"{line},desc_time,is empty" for line in refused_at]
    deployment.start()
    told = deployment.must("replay", str(file), "--map", MAP, timeout=300)
    refused = re.search(rf"^refused {len(lines)} rows: (.+)$", told, re.MULTILINE)
    assert refused, told
    assert Path(refused[1]).read_text().splitlines() == ["line,column,reason", *lines]
    audit = deployment.balanced()
    assert audit["counted"] + audit["late"] == rows - len(lines)
    assert (audit["dead_lettered"], audit["duplicates"]) == (0, 0)
    assert reported(deployment) == recounted(file)
    january = (*PLACE, "--from", "2016-01-01", "--to", "2016-01-31")
    behind = [json.loads(line) for line in deployment.must("events", "incidents", *january, "--json").splitlines()]
    assert Counter(line["beat"] or "unknown" for line in behind) == beats_of(recounted(file), "2016-01")
    assert {line["adds"] for line in behind} == {1}


def beats_of(figures: Figures, month: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for (in_month, beat, _), number in figures.items():
        if in_month == month:
            found[beat] += number
    return found


@pytest.mark.full
def test_in_event_order_with_one_row_in_a_hundred_twice_the_figures_stay(
    deployment: Deployment, tmp_path: Path
) -> None:
    file = tmp_path / "sorted.csv.gz"
    twice = in_event_order_with_repeats(file, seed=20160110)
    deployment.start()
    deployment.must("replay", str(file), "--map", MAP, timeout=300)
    audit = deployment.balanced()
    assert reported(deployment, "--as-known-at", "now") == recounted(FILE)
    assert audit["duplicates"] == twice
    assert audit["counted"] + audit["late"] == ROWS - len(REFUSED_LINES)
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
