"""Declarations by their names, each of which stands once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar


class _Called(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Called)


def by_name(declared: Iterable[T]) -> dict[str, T]:
    """In their order. Raises ValueError where two have one name: the later one would take the place of the other."""
    found: dict[str, T] = {}
    for each in declared:
        if each.name in found:
            raise ValueError(f"two declarations are called {each.name!r}")
        found[each.name] = each
    return found
