"""The note that goes with a committed position: what a re-read from there needs to judge again, and alike."""

from __future__ import annotations

import msgspec

from streams.core import decision_text
from streams.core.breaker import CLOSED, BreakerState
from streams.core.decisions import Decisions, Nameless

LIMIT = 4096
"""Bytes that Kafka keeps with a committed offset (`offset.metadata.max.bytes`)."""

FORM = 2
"""1: decisions as JSON, by name; it is still read. 2: as `decision_text` writes them."""


class Note(msgspec.Struct, frozen=True):
    """What stood at a snapshot.

    read: the first offset that was not judged; all that was derived from records below it is durable.
    counted, late, duplicates, dead: verdicts over the whole log below `read`.
    decisions: the decision state just before the record at the committed position. Nameless where it was read from a
    text without room for the names: then those of the progress record at `read` have to be put in.
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
    decisions: Decisions | Nameless
    breaker: BreakerState = CLOSED
    since: int = 0
    seeded: int = 0

    @property
    def named(self) -> Decisions:
        """The decisions. Raises ValueError where they are nameless: nothing can be judged by those."""
        if isinstance(self.decisions, Nameless):
            raise ValueError(f"the note of log {self.log} has no names of sources, and none were put in")
        return self.decisions

    def encode(self) -> str:
        """One line of JSON, shorter than `LIMIT`. Raises ValueError when it is not: the position must not go alone."""
        written = _Written(
            self.log,
            self.read,
            self.counted,
            self.late,
            self.duplicates,
            self.dead,
            "",
            FORM,
            self.breaker,
            self.since,
            self.seeded,
        )
        room = LIMIT - 1 - len(msgspec.json.encode(written))
        written.decisions = decision_text.write(self.named, room)
        text = msgspec.json.encode(written)
        if len(text) >= LIMIT:
            raise ValueError(f"the note of log {self.log} has {len(text)} bytes, at most {LIMIT - 1} can be kept")
        return text.decode()

    @classmethod
    def decode(cls, text: str, log: str) -> Note | None:
        """The note in commit metadata; None when there is none, it is not ours, or it is another log's."""
        try:
            said = msgspec.json.decode(text, type=_Written)
            if said.log != log or said.form not in (1, FORM):
                return None
            decisions = decision_text.read(said.decisions) if isinstance(said.decisions, str) else said.decisions
        except ValueError:
            return None
        return cls(
            log,
            said.read,
            said.counted,
            said.late,
            said.duplicates,
            said.dead,
            decisions,
            said.breaker,
            said.since,
            said.seeded,
        )

    @staticmethod
    def is_newer(text: str, log: str) -> bool:
        """Whether commit metadata is a note of this log in a form of a later version: not to be taken for none."""
        try:
            said = msgspec.json.decode(text, type=_Form)
        except msgspec.DecodeError:
            return False
        return said.log == log and said.form > FORM


class _Form(msgspec.Struct):
    log: str
    form: int


class _Written(msgspec.Struct):
    log: str
    read: int
    counted: int
    late: int
    duplicates: int
    dead: int
    decisions: str | Decisions
    form: int
    breaker: BreakerState = CLOSED
    since: int = 0
    seeded: int = 0
