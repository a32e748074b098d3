"""Planted defects: copies of the source with one change each, which the crash lab has to find.

`python -m tests.faults.defects [NAME ...]`: random rounds with each, until one fails.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.deployment import ROLES
from tests.faults.chaos import line
from tests.faults.round import Lab, Outcome
from tests.faults.schedule import SECONDS, Fault, Schedule
from tests.source import copy_of_source

WITHIN = 20
SEED = 1_000


@dataclass(frozen=True)
class Defect:
    """`changes`: old and new text, each once in the file. `crash_at`: where a worker has to crash for it to show for
    certain; by default a `kill -9` of aggregate in mid-stream does it.
    """

    name: str
    meaning: str
    file: str
    changes: tuple[tuple[str, str], ...]
    crash_at: str = ""

    def plant(self, directory: Path) -> Path:
        """A copy of the packages with the change. Raises ValueError when the source is no longer as it was."""
        source = copy_of_source(directory / f"source-{self.name}")
        (source / self.file).write_text(self.changed(source), "utf-8")
        return source

    def changed(self, source: Path) -> str:
        """The text of the file with the change. Raises ValueError when it is no longer as it was."""
        text = (source / self.file).read_text("utf-8")
        for old, new in self.changes:
            if text.count(old) != 1:
                raise ValueError(f"defect {self.name}: {self.file} has {old!r} {text.count(old)} times, not once")
            text = text.replace(old, new)
        return text

    def schedule(self, seed: int) -> Schedule:
        """One worker a role, and the one fault."""
        armed = self.crash_at.partition(".")[0]
        workers = tuple((role, self.crash_at if role == armed else "") for role in ROLES)
        return Schedule(seed, workers, () if armed else (Fault(0.6 * SECONDS, "kill", "aggregate", seconds=0.1),))


_PUBLISH = "                await self._publisher.publish([snapshot for _, snapshot in taken.values()])\n"
_COMMIT = "                await self.commit(taken)\n"
_EVENTS = '    _insert(store, "events", EVENT_COLUMNS, batch.events)\n'
_POSITIONS = '    _insert_rows(store, "sink_positions", POSITION_COLUMNS, batch.position_rows())\n'

DEFECTS = (
    Defect(
        "commit-before-durable",
        "aggregate commits a snapshot's position before its values are acknowledged",
        "streams/edge/publication.py",
        ((_COMMIT, ""), (_PUBLISH, _COMMIT + _PUBLISH)),
        "aggregate.before_publish:6",
    ),
    Defect(
        "note-dropped",
        "aggregate commits positions without their notes",
        "streams/edge/group.py",
        (("OffsetAndMetadata(own.position, own.note)", 'OffsetAndMetadata(own.position, "")'),),
    ),
    Defect(
        "note-ignored",
        "aggregate begins at a committed position as if it had no note",
        "streams/edge/judging.py",
        (("            origin.note,\n", "            None,\n"),),
    ),
    Defect(
        "state-at-read",
        "the note holds the decisions as they are at `read`, not as they were at the position",
        "streams/core/partition.py",
        (("(needed.first, needed.decisions)", "(needed.first, self.decisions)"),),
    ),
    Defect(
        "repeats-ignored",
        "an id that comes again in its pane counts again",
        "streams/core/partition.py",
        (("if len(ids) == known:", "if len(ids) < known:"),),
    ),
    Defect(
        "repeats-not-kept",
        "the sink does not look for ids that stand in several panes",
        "sinks/writer.py",
        (("    keep_repeats(store, batch.spans)\n", ""),),
    ),
    Defect(
        "positions-first",
        "the sink writes its positions before the rows that they cover",
        "sinks/writer.py",
        ((_POSITIONS, ""), (_EVENTS, _POSITIONS + _EVENTS)),
        "sink.before_insert:2",
    ),
)


def hunt(lab: Lab, defect: Defect, seed: int, within: int = WITHIN) -> tuple[int, Outcome] | None:
    """Random rounds on the changed source until one fails: which, and how. None when none of them does."""
    lab.source = defect.plant(lab.directory)
    for number in range(1, within + 1):
        outcome = lab.run(seed + number - 1)
        print(f"{defect.name}: {line(outcome)}", file=sys.stderr, flush=True)
        if outcome.found:
            return number, outcome
    return None


def main(names: Sequence[str]) -> int:
    wanted = [defect for defect in DEFECTS if not names or defect.name in names]
    directory = Path(tempfile.mkdtemp(prefix="citywatch-defects-"))
    print("| Planted defect | Found in round | By |", "|---|---|---|", sep="\n", flush=True)
    missed = 0
    say = partial(print, flush=True)
    with Lab(directory) as lab:
        for defect in wanted:
            found = hunt(lab, defect, SEED * (1 + DEFECTS.index(defect)))
            if found is None:
                missed += 1
                say(f"| {defect.meaning} | not within {WITHIN} | |")
                continue
            number, outcome = found
            counts = f"{outcome.found.lost} lost, {outcome.found.doubled} doubled, {outcome.found.different} different"
            say(f"| {defect.meaning} | {number} | {counts} |")
    shutil.rmtree(directory, ignore_errors=True)
    return 1 if missed or not wanted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
