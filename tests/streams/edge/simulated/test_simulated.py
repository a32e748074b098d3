"""The edge in one process, under seeded faults: no figure is lost, doubled or different, and each planted defect shows.

A seed that fails is named with the command that runs it again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.faults.defects import Defect
from tests.parts.server import ROOT
from tests.streams.edge.simulated.defects import EDGE, FOUND_BY, first_seed
from tests.streams.edge.simulated.schedule import EVENTS
from tests.streams.edge.simulated.simulation import simulate

AT_EACH_SAVE = 40
IN_EVERY_RUN = 80
IN_A_ROW = 280
"""Ten times as many after these at full size."""

KNOWN = (341, 348, 783, 1341, 1352)
"""Seeds that have found something."""

TODAY = 100_000 * datetime.now(UTC).toordinal()

IN_EVERY_RUN_FOUND = (
    "commit-before-durable",
    "hole-not-seen",
    "failed-judging-goes-on",
    "lost-snapshot-kept",
    "news-lost",
    "uncommitted-forgotten",
)
"""Planted defects that are tried in every run, of what is judged, published, kept and told; the others at full size."""


def exact(first: int, count: int) -> Counter[str]:
    """What happened in so many seeds; raises Wrong at the first that is not exact."""
    return sum((simulate(seed).happened for seed in range(first, first + count)), Counter())


def test_any_interleaving_of_faults_gives_the_figures_of_a_plain_count() -> None:
    happened = exact(1, AT_EACH_SAVE)
    assert all(happened[what] for what in (*EVENTS, "crash", "early close")), happened


@pytest.mark.parametrize("seed", KNOWN)
def test_a_seed_that_has_found_something_finds_it_no_more(seed: int) -> None:
    simulate(seed)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("skipped", "count"),
    [
        (0, IN_EVERY_RUN),
        *(pytest.param(IN_EVERY_RUN + part * IN_A_ROW, IN_A_ROW, marks=pytest.mark.full) for part in range(10)),
    ],
)
def test_the_seeds_of_today_give_the_figures_of_a_plain_count(
    skipped: int, count: int, record_property: Callable[[str, object], None]
) -> None:
    first = TODAY + skipped
    record_property("seed", f"{first} to {first + count - 1}")
    exact(first, count)


@pytest.mark.slow
@pytest.mark.parametrize(
    "defect",
    [
        pytest.param(defect, id=defect.name, marks=() if defect.name in IN_EVERY_RUN_FOUND else pytest.mark.full)
        for defect in EDGE
    ],
)
def test_a_planted_defect_of_the_edge_is_found(
    defect: Defect, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    found = first_seed(defect, tmp_path, FOUND_BY.get(defect.name, 1))
    assert found is not None, defect.meaning
    record_property("seed", f"{defect.name}: {found[1]}")


@pytest.mark.parametrize("defect", EDGE, ids=lambda defect: defect.name)
def test_a_defect_of_the_edge_can_still_be_planted(defect: Defect) -> None:
    assert defect.changed(ROOT) != (ROOT / defect.file).read_text("utf-8")


@pytest.mark.full
def test_a_seed_is_the_same_run_in_every_process() -> None:
    def story(hashes: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "tests.streams.edge.simulated", "17", "3", "--log"],
            env={**os.environ, "PYTHONHASHSEED": hashes},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout + ran.stderr

    assert story("1") == story("2")
