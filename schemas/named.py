"""Codes and numbers of a type by name, as topics have them, and in the order of its declaration, as cells have them.

A type that this version does not declare, of a later one, keeps the order in which they came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from schemas.envelope import CellKey
from schemas.families import TYPES
from schemas.numbers import COUNT


def key_of(name: str, dims: Mapping[str, str]) -> CellKey:
    """The key of the cell with these codes."""
    declared = TYPES.get(name)
    return (name, *dims.values()) if declared is None else declared.key(dims)


def values_of(name: str, numbers: Mapping[str, int]) -> tuple[int, ...]:
    """The numbers beside the count; 0 for one that is not there."""
    declared = TYPES.get(name)
    names = [each for each in numbers if each != COUNT.name] if declared is None else declared.places
    return tuple(numbers.get(each, 0) for each in names)


@lru_cache(maxsize=16_384)
def dims_of(key: CellKey) -> dict[str, str]:
    """The codes of a cell by name. Not to be changed: those who ask for the same key share it."""
    return dict(zip(TYPES[key[0]].dims, key[1:], strict=True))


def numbers_of(name: str, count: int, values: Sequence[int]) -> dict[str, int]:
    """A count and numbers in the order of the declaration, by name."""
    return dict(zip(TYPES[name].number_names, (count, *values), strict=True)) if values else {COUNT.name: count}
