"""Panes: five minutes of one source's event time, and the cells in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schemas.control import PANE
from schemas.envelope import CellKey
from streams.core.decisions import NO_CLOCK, Decisions, SourceState

__all__ = ["COUNT", "PANE", "RECORDS", "VALUES", "VERSION", "CellState", "Feed", "Pane"]

NEVER = 1 << 62

# A list, not a class: four index operations a record are the inner loop of the whole system.
CellState = list[Any]
RECORDS, COUNT, VERSION, VALUES = range(4)

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


class Feed:
    """One source in one partition: its rules, its clock, its open panes by their start."""

    __slots__ = ("boundary", "clock", "declared", "lateness", "limit", "max_ahead", "newest", "panes")

    def __init__(self, state: SourceState) -> None:
        self.panes: dict[int, Pane] = {}
        self.lateness = state.lateness
        self.max_ahead = state.max_ahead
        self.clock = state.clock
        self.boundary = state.boundary
        self.declared = state.declared
        self.newest = state.newest
        self.limit = self._limit()

    @property
    def state(self) -> SourceState:
        return SourceState(self.lateness, self.max_ahead, self.clock, self.boundary, self.declared, self.newest)

    def tick(self, clock: int) -> None:
        """Move the clock; it never goes back."""
        self.clock = max(self.clock, clock)
        self._settle()

    def rule(self, lateness: int, max_ahead: int) -> None:
        """Declare the source with these rules, from here on."""
        self.lateness, self.max_ahead, self.declared = lateness, max_ahead, True
        self._settle()

    def retire(self) -> None:
        """The source is no longer declared: what it has open is final, and stays closed should it come back."""
        self.declared = False
        self.close(self.newest + PANE)

    def close(self, boundary: int) -> None:
        """Close the panes before a boundary; it never goes back."""
        self.boundary = max(self.boundary, boundary)

    def take_closed(self) -> list[tuple[int, Pane]]:
        """Remove and give the panes before the boundary."""
        closed = [start for start in self.panes if start < self.boundary]
        return [(start, self.panes.pop(start)) for start in closed]

    def _settle(self) -> None:
        self.limit = self._limit()
        if self.clock != NO_CLOCK:
            self.close((self.clock - self.lateness) // PANE * PANE)

    def _limit(self) -> int:
        """The latest event time that is not from the future."""
        return NEVER if self.clock == NO_CLOCK else self.clock + self.max_ahead
