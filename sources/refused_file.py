"""What a replay refused, in a file in the directory that the settings name."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path

from runtime.errors import WrongUse
from runtime.settings import PREFIX, Settings
from sources.refusals import RowRefused
from sources.shipped import DATA

_LINES = 1_000
"""Lines that wait to be written."""


class RefusedFile:
    """`FILE.refused.csv`: line, column, reason. Written only if something was refused; it repeats no value.

    It takes the place of that of an earlier replay of a file of this name. Entering raises WrongUse where it could not
    be written, so that nothing is sent whose refusals would be lost.

    rows: that gave no event. events: later ones of other rows that were lost. reasons: how often each stands there.
    """

    def __init__(self, settings: Settings, source: Path) -> None:
        self.rows = self.events = self.count = 0
        self.path = _refused_path(settings, source)
        self.reasons: Counter[str] = Counter()
        self._lines: list[tuple[int, str, str]] = []

    def add(self, line: int, refused: RowRefused) -> None:
        """Note what a line lacks. The reason begins with the type of the event, where it is one of several."""
        self.count += 1
        if refused.lost:
            self.events += bool(refused.event)
            self.rows += not refused.event
        reason = f"{refused.event}: {refused.reason}" if refused.event else refused.reason
        self.reasons[f"column {refused.column}: {reason}" if refused.column else reason] += 1
        self._lines.append((line, refused.column, reason))
        if len(self._lines) >= _LINES:
            self._write(first=self.count == len(self._lines))

    def __enter__(self) -> RefusedFile:
        there = next(folder for folder in self.path.absolute().parents if folder.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise WrongUse(
                f"refused rows cannot be written into {self.path.parent}: set {PREFIX}REFUSED to a directory that may"
                " be written"
            )
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._lines:
            self._write(first=self.count == len(self._lines))

    def _write(self, first: bool) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("w" if first else "a", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            if first:
                writer.writerow(("line", "column", "reason"))
            writer.writerows(self._lines)
        self._lines.clear()


def _refused_path(settings: Settings, source: Path) -> Path:
    """Never beside the file that was read: that place is its owner's. All shipped files have the same name."""
    name = source.parent.name if source.resolve().is_relative_to(DATA.resolve()) else source.name
    return (settings.refused or settings.data) / f"{name}.refused.csv"
