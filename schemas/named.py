"""Codes and numbers of a type by name, as topics have them, and in the order of its declaration, as cells have them.

A type that this version does not declare, of a later one, keeps the order in which they came.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from schemas.envelope import CellKey
from schemas.families import TYPES
from schemas.numbers import COUNT


class Named(Struct, frozen=True, gc=False, kw_only=True):
    """A record that has the codes and numbers of one event type, each by its name."""

    if TYPE_CHECKING:  # fields of each record, at their own place among its others
        type: str
        dims: dict[str, str]
        numbers: dict[str, int]

    @property
    def key(self) -> CellKey:
        """Type and codes, in the order of the type's declaration."""
        declared = TYPES.get(self.type)
        return (self.type, *self.dims.values()) if declared is None else declared.key(self.dims)

    @property
    def count(self) -> int:
        return self.numbers.get(COUNT.name, 0)

    @property
    def values(self) -> tuple[int, ...]:
        """The numbers beside the count, in the order of the type's declaration; 0 for one that is not there."""
        declared = TYPES.get(self.type)
        names = [each for each in self.numbers if each != COUNT.name] if declared is None else declared.places
        return tuple(self.numbers.get(each, 0) for each in names)


@lru_cache(maxsize=16_384)
def dims_of(key: CellKey) -> dict[str, str]:
    """The codes of a cell by name. Not to be changed: those who ask for the same key share it."""
    return dict(zip(TYPES[key[0]].dims, key[1:], strict=True))


def numbers_of(name: str, count: int, values: Sequence[int]) -> dict[str, int]:
    """A count and numbers in the order of the declaration, by name."""
    return dict(zip(TYPES[name].number_names, (count, *values), strict=True)) if values else {COUNT.name: count}
