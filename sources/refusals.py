"""What of a row is refused, and why: names of columns and types, never a value."""

from __future__ import annotations


class RowRefused(ValueError):
    """A row gives no event, or lacks one of its later events. The reason repeats nothing of the row.

    column: where it is. event: the type of the event that is refused; empty for the whole row. lost: whether
    something is missing for it; else an event goes out without this one of its times.
    """

    def __init__(self, column: str, reason: str, event: str = "", lost: bool = True) -> None:
        super().__init__(f"column {column}: {reason}")
        self.column = column
        self.reason = reason
        self.event = event
        self.lost = lost

    def of(self, event: str, lost: bool = True) -> RowRefused:
        """The same, of one event of the row only."""
        reason = self.reason if lost else f"{self.reason}; the event goes out without this time"
        return RowRefused(self.column, reason, event, lost)
