"""Planted defects of the edge: copies of the source with one change each, which the simulation has to find.

`python -m tests.streams.edge.simulated.defects [NAME ...]`: the seeds that find each of them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.faults.defects import DEFECTS, Defect
from tests.parts.server import ROOT

WITHIN = 200
"""Seeds, from 1 on."""

_ACKNOWLEDGED = "held.arrived, held.unacknowledged, held.uncommitted = None, True, True\n"
_BEGIN_ANEW = '                self._rereading.begin(tp, held.epoch, "publishing failed")\n'
_SETTLED = "                self.since = None\n                self._settled.set()\n"

OF_THE_LAB = ("commit-before-durable", "note-dropped", "note-ignored", "state-at-read", "repeats-ignored")

EDGE = (
    *(defect for defect in DEFECTS if defect.name in OF_THE_LAB),
    Defect(
        "hole-not-seen",
        "a batch is fed though the one before it was lost",
        "streams/edge/judging.py",
        ((" or self._breaker.expects(tp, held.partition) != batch.start", ""),),
    ),
    Defect(
        "failed-judging-goes-on",
        "a state goes on after a batch that could not be judged",
        "streams/edge/judging.py",
        (("        self._rereading.begin(batch.tp, batch.epoch, why)\n", ""),),
    ),
    Defect(
        "failed-publication-goes-on",
        "a state goes on after a snapshot of it was not acknowledged",
        "streams/edge/publication.py",
        ((_BEGIN_ANEW, "                pass\n"),),
    ),
    Defect(
        "acknowledged-too-early",
        "a snapshot counts as acknowledged when it is taken",
        "streams/edge/publication.py",
        ((_ACKNOWLEDGED, _ACKNOWLEDGED.replace("True, True", "False, True")),),
    ),
    Defect(
        "never-settled",
        "who waits for a late publication is not told of its end",
        "streams/edge/publication.py",
        ((_SETTLED, "                self.since = None\n"),),
    ),
    Defect(
        "lost-snapshot-kept",
        "a state is kept over a rebalance though its last snapshot was not acknowledged",
        "streams/edge/keeping.py",
        (("if not held.unacknowledged and held", "if held"),),
    ),
    Defect(
        "old-epoch-kept",
        "a state that goes on does not get the new epoch",
        "streams/edge/keeping.py",
        (("            held.epoch = origin.epoch\n", ""),),
    ),
    Defect(
        "uncommitted-forgotten",
        "what is acknowledged and not committed waits for the next record",
        "streams/edge/held.py",
        ((" and (self.partition.has_news or self.uncommitted)", " and self.partition.has_news"),),
    ),
    Defect(
        "news-lost",
        "a state that goes on with something to publish tells nobody",
        "streams/edge/held.py",
        (("        if held.to_publish:\n            self.news.set()\n", ""),),
    ),
    Defect(
        "seeds-left-out",
        "panes whose records are gone begin empty",
        "streams/edge/judging.py",
        (("            origin.seeds,\n", "            (),\n"),),
    ),
    Defect(
        "last-progress-taken",
        "where records are gone the last progress is gone on from, not the furthest",
        "streams/edge/durable.py",
        (
            (
                "if isinstance(said, Progress) and (best is None or said.read > best.read):",
                "if isinstance(said, Progress):",
            ),
        ),
    ),
    Defect(
        "progress-first",
        "progress is written before the cells that it vouches for",
        "streams/edge/publisher.py",
        (("*taken.cells, *taken.steps, taken.progress)", "taken.progress, *taken.cells, *taken.steps)"),),
    ),
    Defect(
        "corrections-not-awaited",
        "progress is written before the corrections and dead letters that it counts are acknowledged",
        "streams/edge/publisher.py",
        (
            (
                "        await asyncio.gather(\n            *(\n                self._write(producer, topic",
                "        asyncio.gather(\n            *(\n                self._write(producer, topic",
            ),
        ),
    ),
)


FOUND_BY = {
    "state-at-read": 20,
    "hole-not-seen": 22,
    "failed-judging-goes-on": 27,
    "failed-publication-goes-on": 9,
    "old-epoch-kept": 71,
    "uncommitted-forgotten": 19,
    "news-lost": 39,
    "last-progress-taken": 74,
}
"""The first seed that finds a defect, where that is none of the first few."""


def first_seed(defect: Defect, directory: Path, begin: int = 1, within: int = WITHIN) -> tuple[int, str] | None:
    """The first seed from `begin` on that fails on the changed source, of `within`, and what it says. Blocks for some
    seconds."""
    source = defect.plant(directory)
    ran = subprocess.run(
        [sys.executable, "-m", f"{__package__}", str(begin), str(within)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (source, ROOT))), "PYTHONHASHSEED": "0"},
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(source)
    said = ran.stdout.partition("\n")[0]
    if ran.returncode == 1 and said.startswith("seed "):
        return int(said.split()[1]), said
    if ran.returncode:
        raise AssertionError(f"{defect.name}: the simulation ended with {ran.returncode}: {ran.stderr[-2000:]}")
    return None


def main(names: Sequence[str]) -> int:
    wanted = [defect for defect in EDGE if not names or defect.name in names]
    print("| Planted defect | First seed | By |", "|---|---|---|", sep="\n", flush=True)
    missed = 0
    with tempfile.TemporaryDirectory(prefix="citywatch-defects-") as directory:
        for defect in wanted:
            found = first_seed(defect, Path(directory))
            missed += found is None
            seed, said = found or (f"none of {WITHIN}", "")
            print(f"| {defect.meaning} | {seed} | {said.partition('): ')[2][:160]} |", flush=True)
    return 1 if missed or not wanted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
