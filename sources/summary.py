"""What a file's events come to: late or dead by its order, ids that came again, codes that no list has, retractions of
what is not there."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from schemas.categories import UNKNOWN
from schemas.cities import City
from schemas.effects import Adds
from schemas.families import TYPES
from schemas.family import BEAT, type_of
from sources.fileclock import SourceRule
from sources.rows import RowEvent

NAMED = 5
"""Lines and codes that are named, of many."""
BEYOND = "..."
_CODES = 10_000
"""Different codes that are counted by name; what is beyond them is counted under BEYOND."""


_RESTATED = frozenset(each.effect.of for each in TYPES.values() if not isinstance(each.effect, Adds))
"""Types that others re-code or cancel."""


@dataclass(frozen=True)
class Found:
    """Of all events sent. Lines are the first few, in order; codes the most frequent first."""

    late: int = 0
    late_lines: list[int] = field(default_factory=list)
    dead: int = 0
    """Further ahead of the clock than the source's rule allows: dead letters."""
    dead_lines: list[int] = field(default_factory=list)
    conflicts: int = 0
    """Ids that came again with another type, time, code or count: one of them counts."""
    conflict_lines: list[int] = field(default_factory=list)
    alike: int = 0
    """Rows that came again as they were: they count once."""
    unknown_codes: dict[str, int] = field(default_factory=dict)
    unknown_beats: dict[str, int] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)
    """Events by their type, the most frequent first."""
    restating: int = 0
    """Ids of events that cancel or re-code another one."""
    unmatched: int = 0
    """Those of them whose incident is not in the file: they move nothing until it comes."""
    unmatched_lines: list[int] = field(default_factory=list)


class _First:
    """How many there are, and the lines of the first few."""

    def __init__(self) -> None:
        self.count = 0
        self.lines: list[int] = []

    def add(self, line: int) -> None:
        self.count += 1
        if len(self.lines) < NAMED and line not in self.lines:
            self.lines.append(line)


class Summary:
    """Looks at each event as it is sent. It holds 33 bytes of each, 24 more of one that restates another."""

    def __init__(self, city: City, rule: SourceRule) -> None:
        self._city = city
        self._rule = rule
        self._late, self._dead = _First(), _First()
        self._ids, self._contents, self._lines = array("q"), array("q"), array("q")
        self._first_of_row = bytearray()
        self._codes: Counter[str] = Counter()
        self._beats: Counter[str] = Counter()
        self._types: Counter[str] = Counter()
        self._restated = array("q")
        self._restating = array("q"), array("q"), array("q")

    def add(self, line: int, sent: RowEvent, clock: int | None, first: bool) -> None:
        """An event of a line that goes out when the source's clock in the log stands at `clock`; first of its row."""
        verdict = self._rule.verdict(sent.epoch, clock)
        if verdict == "dead":
            self._dead.add(line)
        elif verdict == "late":
            self._late.add(line)
        event = sent.event
        self._ids.append(hash(event.id))
        added = event.adds()
        self._contents.append(hash((sent.epoch, sent.value if added is None else added)))
        self._lines.append(line)
        self._first_of_row.append(first)
        declared = type_of(event.__class__)
        self._types[declared.name] += 1
        effect = declared.effect
        beat: str | None
        code: str | None
        if isinstance(effect, Adds):
            if declared.name in _RESTATED:
                self._restated.append(hash((declared.name, event.subject)))
            key = event.cell_key()
            beat, code = key[1], key[2] if declared.coded else None
        else:
            for column, value in zip(
                self._restating, (hash(event.id), hash((effect.of, event.subject)), line), strict=True
            ):
                column.append(value)
            now = declared.now(event)  # what it says of before counts nothing
            beat, code = now.get(BEAT), now.get(declared.coded or "")
        if beat is not None and beat not in self._city.beats:
            _count(self._beats, beat)
        if code is not None and self._city.node(code) == UNKNOWN:
            _count(self._codes, code)

    def found(self) -> Found:
        """What was seen until now."""
        again, other = self._repeats()
        lines = np.array(self._lines, dtype=np.int64)
        ids = np.array(self._ids, dtype=np.int64)
        rows = np.frombuffer(self._first_of_row, dtype=np.bool_)
        restating, unmatched = self._unmatched()
        return Found(
            self._late.count,
            sorted(self._late.lines),
            self._dead.count,
            sorted(self._dead.lines),
            len(np.unique(ids[other])),
            sorted(set(lines[other].tolist()))[:NAMED],
            int((again & ~other & rows).sum()),
            dict(self._codes.most_common()),
            dict(self._beats.most_common()),
            dict(self._types.most_common()),
            restating,
            len(unmatched),
            unmatched[:NAMED],
        )

    def _unmatched(self) -> tuple[int, list[int]]:
        """How many ids restate, and the lines of those whose incident did not come, in order."""
        ids, named, lines = (np.array(column, dtype=np.int64) for column in self._restating)
        _, first = np.unique(ids, return_index=True)
        missing = ~np.isin(named[first], np.array(self._restated, dtype=np.int64))
        return len(first), sorted(lines[first][missing].tolist())

    def _repeats(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which events have the id of an earlier one, and which of those have another content than its first."""
        ids, contents = np.array(self._ids, dtype=np.int64), np.array(self._contents, dtype=np.int64)
        order = np.argsort(ids, kind="stable")
        again, other = np.zeros(len(ids), dtype=np.bool_), np.zeros(len(ids), dtype=np.bool_)
        if len(ids):
            new = np.diff(ids[order], prepend=ids[order[0]] ^ 1) != 0
            begun = np.maximum.accumulate(np.where(new, np.arange(len(ids)), 0))
            again[order] = ~new
            other[order] = contents[order] != contents[order[begun]]
        return again, other


def _count(codes: Counter[str], code: str) -> None:
    codes[code if code in codes or len(codes) < _CODES else BEYOND] += 1
