"""Over which days the rows of a file lie, and how many come a day."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from sources.rhythm import Rhythm, offsets

_DAY = 86_400


@dataclass(frozen=True)
class FileSpan:
    """Of the times of a file's rows; days are the city's."""

    first: int
    """UTC epoch seconds, as `last`."""
    last: int
    days: int
    """From the first to the last one, with and without rows."""
    days_with_rows: int
    median_a_day: float
    """Rows, of the days that have some."""
    most_a_day: int
    most_on: str
    """The day of that, as 2026-01-31."""
    longest_gap: int
    """Seconds without a row at most; what is beyond the file's rhythm are the clock's silences."""
    longest_gap_from: int
    step: int
    """Seconds that nearly all times are a multiple of: 1 where they are to the second, 86,400 where they are days."""


def file_span(times: array[int], zone: ZoneInfo, days_only: bool = False) -> FileSpan | None:
    """The span of these times, in UTC epoch seconds and in any order; None where there is none."""
    if not times:
        return None
    given = np.sort(np.array(times, dtype=np.int64))
    days, rows = np.unique((given + offsets(given, zone)) // _DAY, return_counts=True)
    most = int(np.argmax(rows))
    gaps = np.diff(given, append=given[-1])
    longest = int(np.argmax(gaps))
    return FileSpan(
        first=int(given[0]),
        last=int(given[-1]),
        days=int(days[-1] - days[0]) + 1,
        days_with_rows=len(days),
        median_a_day=float(np.median(rows)),
        most_a_day=int(rows[most]),
        most_on=datetime.fromtimestamp(int(days[most]) * _DAY, UTC).date().isoformat(),
        longest_gap=int(gaps[longest]),
        longest_gap_from=int(given[longest]),
        step=Rhythm(given, zone, days_only).step,
    )
