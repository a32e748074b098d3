"""Panes: five minutes of one source's event time, and the cells in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from schemas.control import PANE, pane_end, pane_start
from schemas.envelope import CellKey
from streams.core.decisions import NO_CLOCK, UNTOLD, Decisions, SourceState

__all__ = ["COUNT", "PANE", "RECORDS", "VALUES", "VERSION", "CellState", "Pane", "SourcePanes"]

NEVER = 1 << 62

# A list, not a class: four index operations a record are the inner loop of the whole system.
CellState = list[Any]
RECORDS, COUNT, VERSION, VALUES = range(4)

_FAR = 14
"""Panes ahead of the clock beyond which an event vouches for nothing: what a position's note can hold."""

Unvouched = tuple[Literal["start", "jump"], int, int]
"""Cause, and event times [since, until): whole panes."""

_ID_BYTES = 150
_CELL_BYTES = 900


class Pane:
    """One open pane: the ids it counted, its cells, and where a re-read of it must begin, with which decisions.

    at: when its first record arrived at the broker, in Unix seconds. seeded: it began with durable cells, without ids.
    """

    __slots__ = ("at", "cells", "decisions", "first", "ids", "seeded")

    def __init__(self, first: int, decisions: Decisions, at: int = 0, *, seeded: bool = False) -> None:
        self.first = first
        self.decisions = decisions
        self.at = at
        self.seeded = seeded
        self.ids: set[str] = set()
        self.cells: dict[CellKey, CellState] = {}

    @property
    def bytes(self) -> int:
        """Estimated memory, for the longest ids and codes and two phases a cell: the limit must hold for those too."""
        return len(self.ids) * _ID_BYTES + len(self.cells) * _CELL_BYTES

    def changed(self, since: int) -> Iterator[tuple[CellKey, CellState]]:
        """Cells whose last record is at or above an offset."""
        return ((key, cell) for key, cell in self.cells.items() if cell[VERSION] >= since)


class SourcePanes:
    """One source in one partition: its rules, its clock, its open panes by their start."""

    __slots__ = (
        "_state", "ahead", "boundary", "clock", "declared", "lateness", "limit", "max_ahead", "max_step", "newest",
        "panes",
    )  # fmt: skip

    def __init__(self, state: SourceState) -> None:
        self.panes: dict[int, Pane] = {}
        self.lateness = state.lateness
        self.max_ahead = state.max_ahead
        self.clock = state.clock
        self.boundary = state.boundary
        self.declared = state.declared
        self.newest = state.newest
        self.max_step = state.max_step
        self.ahead = 0 if state.clock == NO_CLOCK else state.ahead
        self.limit = self._limit()
        self._state: SourceState | None = None

    @property
    def state(self) -> SourceState:
        """The same object until something changes: the decisions of all open panes share it."""
        if self._state is None:
            self._state = SourceState(
                self.lateness,
                self.max_ahead,
                self.clock,
                self.boundary,
                self.declared,
                self.newest,
                self.max_step,
                self.ahead,
            )
        return self._state

    def tick(self, clock: int, since: int | None = None) -> list[Unvouched]:
        """Move the clock; it never goes back. Gives what nobody vouches for, of the time that it passed.

        since: from then on the source vouches for itself. Else steps of at most `max_step` do, and events that came
        before the clock passed them.
        """
        if self.clock == NO_CLOCK:
            self.clock = clock
            self._settle()
            return [("start", 0, pane_end(clock if since is None else since))]
        if clock <= self.clock:
            return []
        started: list[Unvouched] = []
        if self.ahead == UNTOLD:
            started, self.ahead = [("start", 0, pane_end(self.clock))], 0
        end = clock if since is None else min(clock, since)
        passed = [*started, *self._jumps(end)]
        self.ahead = _after(self.ahead, clock // PANE - self.clock // PANE)
        self.clock = clock
        self._settle()
        return passed

    def _jumps(self, end: int) -> Iterator[Unvouched]:
        at, own = self.clock, self.clock // PANE
        ahead = self.ahead
        while ahead:
            nearest = (ahead & -ahead).bit_length() - 1
            ahead &= ahead - 1
            event = (own + nearest) * PANE
            if event >= end:
                break
            if event - at > self.max_step:
                yield "jump", pane_start(at), event
            at = event + PANE  # somewhere in its pane
        if end - at > self.max_step:
            yield "jump", pane_start(at), pane_end(end)

    def opened(self, start: int) -> bool:
        """This pane was opened for an event. Whether that changes the state."""
        nth = start // PANE - self.clock // PANE
        told = self.clock != NO_CLOCK and self.ahead != UNTOLD and 0 < nth < _FAR
        ahead = self.ahead | 1 << nth if told else self.ahead
        newest = max(self.newest, start)
        if (ahead, newest) == (self.ahead, self.newest):
            return False
        self.ahead, self.newest, self._state = ahead, newest, None
        return True

    def rule(self, lateness: int, max_ahead: int, max_step: int) -> None:
        """Declare the source with these rules, from here on."""
        self._state = None
        self.lateness, self.max_ahead, self.max_step, self.declared = lateness, max_ahead, max_step, True
        self._settle()

    def retire(self) -> None:
        """The source is no longer declared: what it has open is final, and stays closed should it come back."""
        self.declared = False
        self._state = None
        self.close(self.newest + PANE)

    def close(self, boundary: int) -> None:
        """Close the panes before a boundary; it never goes back."""
        if boundary > self.boundary:
            self.boundary, self._state = boundary, None

    def take_closed(self) -> list[tuple[int, Pane]]:
        """Remove and give the panes before the boundary."""
        closed = [start for start in self.panes if start < self.boundary]
        return [(start, self.panes.pop(start)) for start in closed]

    def _settle(self) -> None:
        self._state = None
        self.limit = self._limit()
        if self.clock != NO_CLOCK:
            self.close((self.clock - self.lateness) // PANE * PANE)

    def _limit(self) -> int:
        """The latest event time that is not from the future."""
        return NEVER if self.clock == NO_CLOCK else self.clock + self.max_ahead


def _after(ahead: int, panes: int) -> int:
    """The panes ahead of a clock that has moved on by so many; its own is none of them."""
    return ahead >> panes & ~1
