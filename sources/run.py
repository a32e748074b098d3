"""A file's events on their way: each as its row comes, or when the file's clock has reached it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from typing import NamedTuple

from sources.feed import Feed
from sources.fileclock import NO_TIME, FileClock
from sources.pace import Pace
from sources.rows import RowEvent

Seen = Callable[[int, RowEvent, int | None, bool], None]
"""Told of each event as it goes out: its line, the source's clock in the log, whether it is the first of its row."""

_LIFE = 28 * 86_400
"""Seconds: a later event of a row that lies further behind everything else does not move the clock."""


class _Waiting(NamedTuple):
    due: int
    order: int
    line: int
    event: RowEvent
    first: bool
    pulls: bool
    """Whether the clock goes on to it behind the last row."""


class Run:
    """Events go out as their rows come; those ahead of the file's clock wait until it reaches them.

    These are a row's later events, and rows whose time leaps ahead of their neighbours'.
    """

    def __init__(self, feed: Feed, clock: FileClock, seen: Seen, pace: Pace | None = None) -> None:
        self._feed = feed
        self._clock = clock
        self._seen = seen
        self._pace = pace
        self._silences = deque(clock.silences)
        self._waiting: list[_Waiting] = []
        self._order = 0

    def reach(self, clock: int) -> None:
        """The file's clock has come to `clock`; NO_TIME where it has none."""
        if clock == NO_TIME:
            return
        if self._feed.clock is None and self._clock.started is not None:
            self._feed.advance(min(self._clock.started, clock))
        while self._waiting and self._waiting[0].due <= clock:
            waiting = heappop(self._waiting)
            self._move(waiting.due)
            self._send(waiting)
        self._move(clock)

    def take(self, line: int, events: list[RowEvent], ahead: bool) -> None:
        """The events of the row in this line; `ahead` of its neighbours."""
        now = self._feed.clock
        for place, event in enumerate(events):
            self._order += 1
            waiting = _Waiting(event.epoch, self._order, line, event, place == 0, place > 0 and not ahead)
            if (place or ahead) and (now is None or event.epoch > now):
                heappush(self._waiting, waiting)
            else:
                self._send(waiting)

    def finish(self) -> None:
        """Go on to the end of the file's clock, and behind it as far as later events need it: there it vouches for
        nothing."""
        if self._clock.ended is not None:
            self.reach(self._clock.ended)
        too_far = []
        for waiting in sorted(self._waiting):
            now = self._feed.clock
            if now is not None and waiting.due > now:
                if not waiting.pulls or waiting.due > min(now + _LIFE, int(time.time())):
                    too_far.append(waiting)
                    continue
                if self._pace:
                    self._pace.wait(waiting.due, silent=True)
                self._feed.jump(waiting.due)
            self._send(waiting)
        for waiting in too_far:
            self._send(waiting)
        self._feed.finish()

    def _send(self, waiting: _Waiting) -> None:
        event = waiting.event
        self._feed.send(event.topic, event.key, event.value)
        self._seen(waiting.line, event, self._feed.told, waiting.first)

    def _move(self, clock: int) -> None:
        while self._silences and self._silences[0].end <= clock:
            silence = self._silences.popleft()
            self._pass(silence.start)
            if self._pace:
                self._pace.wait(silence.end, silent=True)
            self._feed.jump(silence.end)
        self._pass(clock)

    def _pass(self, clock: int) -> None:
        if self._pace:
            self._pace.wait(clock)
        self._feed.advance(clock)
