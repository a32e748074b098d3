"""What of a record that stands on a log is looked at, whichever client fetched it."""

from __future__ import annotations

from typing import Protocol


class ConsumerRecord(Protocol):
    """A record as a fetch gives it; `timestamp` is the broker's, in milliseconds, -1 where there is none."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...
