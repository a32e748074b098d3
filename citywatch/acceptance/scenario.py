"""What a scenario is: events as a source sends them, and the figures that have to be read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from citywatch.acceptance.question import Question

Shown = int | float | str | bool | None
"""A figure as JSON has it."""


class Fed(NamedTuple):
    """One event. sent: where its source's clock stands when it is sent, in Unix seconds; what is sent later than
    its time by more than the lateness is late. `event`: a CloudEvent without its source."""

    sent: int
    event: dict[str, Any]


class Other(NamedTuple):
    """A figure by another reading of what the report says; it stands beside the one that is the default."""

    reading: str
    question: Question


@dataclass(frozen=True)
class Figure:
    """One expected figure. Raises ValueError where it expects nothing.

    fed: where the report says "more than" (余, 多), and `expected` is a lower bound, what the events come to: that has
    to be read back, or what is counted twice would pass. reading: the default one where the report is ambiguous.
    rows: of docs/coverage.md that it proves. printed: what the source printed, where that does not follow from its own
    counts.
    """

    name: str
    question: Question
    expected: Shown
    fed: Shown = None
    reading: str = ""
    others: Sequence[Other] = ()
    rows: tuple[int, ...] = ()
    printed: str = ""

    def __post_init__(self) -> None:
        if self.fed is not None and Decimal(str(self.fed)) < Decimal(str(self.expected)):
            raise ValueError(f"{self.name}: {self.fed} are fed, and more than {self.expected} are expected")

    @property
    def at_least(self) -> bool:
        """Whether `expected` is a lower bound."""
        return self.fed is not None

    def holds(self, found: Shown) -> bool:
        """Whether what was read back is what is expected."""
        return found == (self.expected if self.fed is None else self.fed)


@dataclass(frozen=True)
class Scenario:
    """A scenario of a city of its own. events: made when asked for; in the order of `sent`. start, end: the clock of
    its source, in Unix seconds: all between is known."""

    id: str
    title: str
    start: int
    end: int
    events: Callable[[], Iterable[Fed]]
    figures: tuple[Figure, ...]
