"""Fields of payloads that many families share: where, who, for which operation, how much, and lengths of time."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from schemas.areas import LONGEST, MOST
from schemas.envelope import ID_SHAPE, Code
from schemas.fields import about

DAY = 86_400

Beat = Annotated[Code, about("The beat, by the city's list; empty: none given")]
Category = Annotated[Code, about("What it is, by the city's code table; empty: none given")]
Areas = Annotated[
    str,
    Meta(max_length=MOST * (LONGEST + 1)),
    about("The listed areas that it lies in, sorted and joined by +; -: in none; empty: not said"),
]
UnitId = Annotated[
    str,
    Meta(max_length=16, pattern=r"^[A-Za-z]{1,8}[-.]?[0-9]{1,5}$(?!\n)"),
    about("A unit, never a person"),
]
"""A car, a team, a squad, a station: letters, then digits."""

SomeUnit = Annotated[UnitId | None, about("A unit, never a person; null: not said")]

Ident = Annotated[str, Meta(min_length=1, max_length=64), about("By the source's own number", pattern=ID_SHAPE)]
"""What is told apart beside the subject of an event."""

Operation = Annotated[Code, about("The special operation or campaign that it belongs to; empty: none")]
Fen = Annotated[int, Meta(ge=0, le=10_000_000_000_000), about("Hundredths of a yuan", unit="fen")]

Officers = Annotated[int, Meta(ge=0, le=1_000_000), about("How many officers and auxiliaries", unit="officers")]
Vehicles = Annotated[int, Meta(ge=0, le=1_000_000), about("How many vehicles", unit="vehicles")]


def years(count: int) -> int:
    """Seconds of so many years, leap days among them, in whole days: no such span is longer."""
    return -(-count * 1461 // 4) * DAY
