"""Fields of payloads that many families share: where, who, for which operation, how much, and lengths of time."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from schemas.envelope import Code
from schemas.fields import about

DAY = 86_400

Beat = Annotated[Code, about("The beat, by the city's list; empty: none given")]
Category = Annotated[Code, about("What it is, by the city's code table; empty: none given")]
Unit = Annotated[
    str,
    Meta(max_length=32, pattern=r"^(?:[A-Za-z][A-Za-z0-9._/-]{0,31})?$(?!\n)"),
    about("The station, team or squad, never a person; empty: none given"),
]
Operation = Annotated[Code, about("The special operation or campaign that it belongs to; empty: none")]
Fen = Annotated[int, Meta(ge=0, le=10_000_000_000_000), about("Hundredths of a yuan", unit="fen")]


def years(count: int) -> int:
    """Seconds of so many years, leap days among them, in whole days: no such span is longer."""
    return -(-count * 1461 // 4) * DAY
