"""Where the store has the dimensions of a type: the first three in columns of their own, further ones in an array.

The array ends with the last code that is not empty, so a dimension that a type gets later changes no row from before.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.family import EventType
from sinks.bind import literal

NAMES = ("beat", "category", "facet", "further")
"""The columns, whatever the type calls its dimensions."""

SQL = ", ".join(NAMES)

Stored = tuple[str, str, str, tuple[str, ...]]

_OWN = 3


def stored(codes: Sequence[str]) -> Stored:
    """The values of the columns."""
    if len(codes) <= _OWN:
        first, second, third = (*codes, "", "")[:_OWN]
        return first, second, third, ()
    return codes[0], codes[1], codes[2], further(codes[_OWN:])


def further(codes: Sequence[str]) -> tuple[str, ...]:
    """The array of the dimensions behind the first three."""
    end = len(codes)
    while end and not codes[end - 1]:
        end -= 1
    return tuple(codes[:end])


def codes(declared: EventType, first: str, second: str, third: str, further: Sequence[str]) -> tuple[str, ...]:
    """The codes of a row, in the order of the type's dimensions."""
    found = (first, second, third, *further)
    return (*found, *[""] * len(declared.dims))[: len(declared.dims)]


def column(declared: EventType, name: str, prefix: str = "") -> str:
    """A dimension's code in SQL. `prefix`: of the columns, as `now_` for what a restatement says."""
    place = declared.dims.index(name)
    return f"{prefix}{NAMES[place]}" if place < _OWN else f"arrayElement({prefix}further, {place - _OWN + 1})"


def condition(declared: EventType, name: str, code: str) -> str:
    """That a dimension has a code, in SQL."""
    return f"{column(declared, name)} = {literal(code)}"
