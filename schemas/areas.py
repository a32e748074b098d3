"""The listed areas that an event lies in: they overlap, so there may be several. An event carries them as one code, so
that it still counts in one cell: `A1+A3`, sorted; `-` where it lies in none; empty where its source does not say."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.categories import UNKNOWN

AREAS = "areas"
"""The dimension with the joined code."""

AREA = "area"
"""What a figure of a type with that dimension is asked by: each area by itself."""

BETWEEN = "+"
NONE = "-"

LONGEST = 20
"""Letters of an area's code."""

MOST = 12
"""Areas that an event may lie in."""


def joined(codes: Iterable[str]) -> str:
    """The one code of all areas that an event lies in."""
    return BETWEEN.join(sorted(set(codes))) or NONE


def each(said: str) -> tuple[str, ...]:
    """The areas of a joined code, `-` for none of them; `unknown` where the source did not say."""
    return tuple(dict.fromkeys(said.split(BETWEEN))) if said else (UNKNOWN,)


def wrong(code: str) -> str:
    """Why an area cannot have this code; empty where it can."""
    if code in (NONE, UNKNOWN, "") or BETWEEN in code or not code.isprintable() or len(code) > LONGEST:
        return f"a code is 1 to {LONGEST} letters without {BETWEEN!r}, and not {NONE!r} or {UNKNOWN!r}"
    return ""
