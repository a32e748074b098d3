"""What an event does to the figures: it adds, or it moves or cancels what another event of its subject has added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal


@dataclass(frozen=True)
class Adds:
    """It adds its count and its numbers to its cell."""

    word: ClassVar[Literal["adds"]] = "adds"


@dataclass(frozen=True)
class Moves:
    """The event of type `of` with its (source, subject) counts under other codes; of several the greatest (time, id)
    rules.

    now: dimensions of that type, each with the field that says its new code. One that the payload may leave out keeps
    the dimension as it is where it is empty. at: the field with the time of that event.
    """

    of: str
    at: str
    now: Mapping[str, str] = field(hash=False)
    word: ClassVar[Literal["moves"]] = "moves"


@dataclass(frozen=True)
class Cancels:
    """The event of type `of` with its (source, subject) counts nowhere. at: the field with the time of that event."""

    of: str
    at: str
    word: ClassVar[Literal["cancels"]] = "cancels"


Effect = Adds | Moves | Cancels

ADDS = Adds()
