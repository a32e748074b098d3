"""The clock of a file, known from the whole of it before its first row goes out."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from figures.periods import Period
from schemas.control import PANE
from schemas.instants import LAST
from sources.civil import midnight
from sources.feed import TICK
from sources.rhythm import EXPECTED, SHORTEST, Rhythm

NO_TIME = -1
"""In place of a time: a row has none that can be read."""

Times = NDArray[np.int64]

_NEVER = 1 << 62
_DAY = 86_400
_BACKWARDS = 3_600
"""Seconds that arrivals may go back in a file that is in their order."""
_FOLLOWING = 5
"""Rows that are looked at before a jump ahead is believed."""
_ALONE = 28 * _DAY
"""A lone time so far from all others may be one that nobody meant."""
_ALONE_IN_FEW = 731 * _DAY
_FEW = 20
_MOST_WAITING = 10_000
_AT_START = 3
"""Rows that may have been missed between midnight and the first row."""


@dataclass(frozen=True)
class SourceRule:
    """What the pipeline goes by for the source, in seconds."""

    lateness: int
    max_ahead: int

    @property
    def slack(self) -> int:
        """Seconds that the clock in the log may be behind the file's, so that not every second is written."""
        return min(TICK - 1, self.max_ahead)

    @property
    def tick(self) -> int:
        """Seconds of the clock from one heartbeat to the next."""
        return self.slack + 1

    def verdict(self, epoch: int, clock: int | None) -> str:
        """What an event comes to where the log's clock stands there: `dead`, `late`, or `in time`."""
        if clock is None:
            return "in time"
        if epoch > clock + self.max_ahead:
            return "dead"
        return "late" if epoch // PANE < (clock - self.lateness) // PANE else "in time"


@dataclass(frozen=True)
class FileClock:
    """Where the source's clock stands while the file is sent, in UTC epoch seconds; it never goes back."""

    clock: array[int]
    """At each row, before it is sent."""
    waits: bytearray
    """1 for each row that is ahead of its neighbours: it waits until the clock has reached it."""
    started: int | None
    """From when on the file vouches for what it holds; None for a file without a time."""
    ended: int | None
    """Where the clock stands behind the last row."""
    silences: list[Period] = field(default_factory=list)
    """Where the file is silent for longer than its rhythm explains: the clock jumps over them."""
    by_arrival: bool = False
    """Whether it follows the arrivals; else it follows the events' own times."""


def file_clock(
    times: Sequence[int],
    arrivals: Sequence[int] | None,
    rule: SourceRule,
    zone: ZoneInfo,
    days_only: bool = False,
    latest: int = LAST,
) -> FileClock:
    """The clock under which every row of a file finds its place.

    times: the event time of each row, NO_TIME where it cannot be read. arrivals: when it arrived, where the file
    says; the clock follows those while they are in order. Else it follows the event times: no row is further ahead
    of it than the rule allows, and as few are late as the order of the file lets be; no clock has fewer. A lone time
    that is beyond belief, or behind `latest` (where no clock may stand), moves nothing.
    """
    given = np.array(times, dtype=np.int64)
    first, last = _believable(given, latest + rule.max_ahead - rule.slack)
    known = _within(given, first, last)
    believed = np.sort(known[known != NO_TIME])
    too_far = given > last
    if not len(believed):
        return FileClock(_packed(known), bytearray(too_far.tobytes()), None, None)
    rhythm = Rhythm(believed, zone, days_only)
    silences = rhythm.silences
    found = _by_arrival(known, np.array(arrivals, dtype=np.int64), rule, latest) if arrivals else None
    if found:
        silences = list(_without_arrivals(silences, found[0], rhythm))
    clock, waits = found or _by_event(known, rule, _Silences(silences))
    begun = int(clock[0] if found else believed[0])
    day = midnight(begun, zone)
    started = day if begun == day or rhythm.expected(day, begun) <= _AT_START else begun
    ended = max(int(clock[-1]), int(believed[-1])) + 1  # the second of the last row is over
    if days_only:
        ended = midnight(int(believed[-1]), zone, days=1)
        if ended > latest:  # the last day is not over: nothing is known of it yet
            ended = midnight(int(believed[-1]), zone)
    return FileClock(
        _packed(np.minimum(clock, latest)),
        bytearray((waits | too_far).tobytes()),
        started,
        min(ended, latest),
        [gap for gap in silences if started <= gap.start and gap.end <= ended],
        found is not None,
    )


class _Silences:
    """Where no clock stands: within a silence it would vouch for what nobody knows."""

    def __init__(self, gaps: list[Period]) -> None:
        self._starts = np.array([gap.start for gap in gaps], dtype=np.int64)
        self._ends = np.array([gap.end for gap in gaps], dtype=np.int64)

    def before(self, times: Times) -> Times:
        """The times, and the start of the silence for those within one."""
        return self._moved(times, self._starts)

    def behind(self, times: Times) -> Times:
        """The times, and the end of the silence for those within one."""
        return self._moved(times, self._ends)

    def _moved(self, times: Times, to: Times) -> Times:
        if not len(to):
            return times
        place = np.maximum(np.searchsorted(self._starts, times, side="left") - 1, 0)
        within = (self._starts[place] < times) & (times < self._ends[place])
        return np.where(within, to[place], times)


def _by_arrival(times: Times, arrivals: Times, rule: SourceRule, latest: int) -> tuple[Times, NDArray[np.bool_]] | None:
    """The greatest arrival so far; None where the arrivals are in no order, or contradict the events."""
    known = _within(arrivals, *_believable(arrivals, latest))
    clock = np.maximum.accumulate(known)
    if clock[-1] == NO_TIME or np.any((known < clock - _BACKWARDS) & (known != NO_TIME)):
        return None
    clock = _from_the_first_row(clock)
    waits = times > clock + rule.max_ahead - rule.slack
    return (clock, waits) if _few(waits) else None


def _without_arrivals(silences: list[Period], clock: Times, rhythm: Rhythm) -> Iterator[Period]:
    """What is left of silences where rows arrived, of whatever time: then the source was there."""
    for gap in silences:
        within = np.unique(clock[(gap.start < clock) & (clock < gap.end)]).tolist()
        for start, end in pairwise((gap.start, *within, gap.end)):
            if end - start >= SHORTEST and rhythm.expected(start, end) >= EXPECTED:
                yield Period(start, end)


def _by_event(times: Times, rule: SourceRule, silences: _Silences) -> tuple[Times, NDArray[np.bool_]]:
    """As far as the rows have come, yet held back for those still to come while no row is too far ahead of it."""
    ahead = rule.max_ahead - rule.slack
    waits = _ahead_of_what_follows(times, max(ahead, _BACKWARDS))
    if not _few(waits):
        waits = np.zeros(len(times), dtype=np.bool_)  # in no order at all: no time is more believable than another
    rows = np.where(waits, NO_TIME, times)
    reached = np.maximum.accumulate(rows)
    needed = silences.behind(np.maximum(reached - ahead, 0))
    panes = rows // PANE
    in_time = (rows != NO_TIME) & (panes >= (needed - rule.lateness) // PANE)  # the others are late under any clock
    holding = np.minimum.accumulate(np.where(in_time, panes, _NEVER // PANE - rule.lateness)[::-1])[::-1]
    free = np.minimum(reached, holding * PANE + PANE - 1 + rule.lateness)
    clock = np.where(reached == NO_TIME, NO_TIME, np.maximum(needed, silences.before(free)))
    return _from_the_first_row(clock), waits


def _believable(times: Times, latest: int) -> tuple[int, int]:
    """The first and the last time that may be meant: what stands alone beyond all others is not."""
    known = np.sort(times[(times > NO_TIME) & (times <= latest)])
    tries = len(known) // _FEW + 1
    low, high = 0, len(known)
    while tries and (more := _alone(known[low:high])):
        high, tries = high - more, tries - 1
    while tries and (more := _alone(-known[low:high][::-1])):
        low, tries = low + more, tries - 1
    return (int(known[low]), int(known[high - 1])) if len(known) else (0, latest)


def _alone(times: Times) -> int:
    """How many rows of a sorted file, one or two at the same time, stand alone beyond all others; 0: none."""
    own = len(times) - int(np.searchsorted(times, times[-1])) if len(times) else 0
    rest = times[: len(times) - own]
    if own > 2 or len(rest) < 3:
        return 0
    gap = int(times[-1] - rest[-1])
    low, high = np.percentile(rest, (5, 95))
    if len(rest) < _FEW:
        return own if gap > _ALONE_IN_FEW and gap > 10 * (high - low) else 0
    return own if gap > _ALONE and gap * 0.9 * len(rest) >= EXPECTED * max(high - low, _DAY) else 0


def _ahead_of_what_follows(times: Times, jump: int) -> NDArray[np.bool_]:
    """Rows that leap ahead of all before them while those that follow go on from where they were."""
    alone = np.zeros(len(times), dtype=np.bool_)
    reached = NO_TIME
    for place, at in enumerate(times.tolist()):
        if NO_TIME < reached < at - jump:
            following = [later for later in times[place : place + _FOLLOWING].tolist() if later != NO_TIME]
            alone[place] = at - median(following) > jump
        if not alone[place]:
            reached = max(reached, at)
    return alone


def _few(waits: NDArray[np.bool_]) -> bool:
    return int(waits.sum()) <= min(len(waits) // 20 + 1, _MOST_WAITING)


def _within(times: Times, first: int, last: int) -> Times:
    return np.where((first <= times) & (times <= last), times, NO_TIME)


def _from_the_first_row(clock: Times) -> Times:
    """The clock, standing at its first value from the first row on."""
    filled: Times = np.maximum(clock, clock[np.argmax(clock != NO_TIME)])
    return filled


def _packed(times: Times) -> array[int]:
    packed = array("q")
    packed.frombytes(times.tobytes())
    return packed
