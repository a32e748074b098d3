"""The note that goes with a committed position: what a re-read from there needs to judge again, and alike."""

from __future__ import annotations

import msgspec

from streams.core.breaker import CLOSED, BreakerState
from streams.core.decisions import Decisions

LIMIT = 4096
"""Bytes that Kafka keeps with a committed offset (`offset.metadata.max.bytes`)."""

FORM = 1


class Note(msgspec.Struct, frozen=True):
    """What stood at a snapshot.

    read: the first offset that was not judged; all that was derived from records below it is durable.
    counted, late, duplicates, dead: verdicts over the whole log below `read`.
    decisions: the decision state just before the record at the committed position.
    breaker: its state at `read`.
    since: when the first record of the open panes arrived, in Unix seconds; 0 where none is open.
    seeded: so many durable cells below the position open panes go on from, because their records are gone.
    """

    log: str
    read: int
    counted: int
    late: int
    duplicates: int
    dead: int
    decisions: Decisions
    form: int = FORM
    breaker: BreakerState = CLOSED
    since: int = 0
    seeded: int = 0

    def encode(self) -> str:
        """One line of JSON, shorter than `LIMIT`. Raises ValueError when it is not: the position must not go alone."""
        text = msgspec.json.encode(self)
        if len(text) >= LIMIT:
            raise ValueError(f"the note of log {self.log} has {len(text)} bytes, at most {LIMIT - 1} can be kept")
        return text.decode()

    @classmethod
    def decode(cls, text: str, log: str) -> Note | None:
        """The note in commit metadata; None when there is none, it is not ours, or it is another log's."""
        try:
            note = msgspec.json.decode(text, type=cls)
        except msgspec.DecodeError:
            return None
        return note if note.log == log and note.form == FORM else None

    @staticmethod
    def log_of(text: str) -> str | None:
        """The log that the note in commit metadata is of, whatever its form; None when it is no note."""
        try:
            return msgspec.json.decode(text, type=_Named).log
        except msgspec.DecodeError:
            return None


class _Named(msgspec.Struct):
    log: str
