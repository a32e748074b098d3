"""The additive integers of an event type: what cells add up beside their count."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.phases import EDGES, WITHIN


@dataclass(frozen=True)
class Number:
    """An integer of the payload, by its field's name.

    unit: what one of it is at that scale. scale: decimal places, 2 where the integer is in hundredths (fen of a yuan).
    """

    name: str
    unit: str
    scale: int = 0

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of the payload that it is made of."""
        return (self.name,)

    @property
    def parts(self) -> tuple[Number, ...]:
        """The integers that it takes in a cell, in their order."""
        return (self,)


@dataclass(frozen=True)
class Interval:
    """The seconds from an earlier instant, the payload's field `since`, to the time of the event."""

    name: str
    since: str

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.since,)

    @property
    def parts(self) -> tuple[Number, ...]:
        return (Number(self.name, "s"),)


@dataclass(frozen=True)
class Phase:
    """An interval with a histogram: its seconds, and how many took at most as long as each edge (in seconds, rising).

    shown: the edges that figures show; those of the 1-3-5 minute rule, where it has them.
    """

    name: str
    since: str
    edges: tuple[int, ...] = EDGES

    def __post_init__(self) -> None:
        if list(self.edges) != sorted(set(self.edges)) or not self.edges or self.edges[0] <= 0:
            raise ValueError(f"phase {self.name!r}: its edges are no rising numbers of seconds")

    @property
    def shown(self) -> tuple[int, ...]:
        return tuple(edge for edge in WITHIN if edge in self.edges) or self.edges[:3]

    @property
    def seconds(self) -> str:
        """The name of its sum."""
        return f"{self.name}_seconds"

    def below(self, edge: int) -> str:
        """The name of its number at or below an edge."""
        return f"{self.name}_le_{edge}"

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.since,)

    @property
    def parts(self) -> tuple[Number, ...]:
        return (Number(self.seconds, "s"), *(Number(self.below(edge), "events") for edge in self.edges))


Declared = Number | Interval | Phase

COUNT = Number("count", "events")
"""The first number of every type: how many its events report."""


def decimal(value: int, scale: int) -> str:
    """An integer with so many decimal places, exactly."""
    if scale == 0:
        return str(value)
    whole, part = divmod(abs(value), 10**scale)
    return f"{'-' if value < 0 else ''}{whole}.{part:0{scale}}"
