"""What modules of families bring along: each list by its name, of one kind of declaration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def brought(modules: Iterable[ModuleType], name: str, kind: type[T]) -> tuple[T, ...]:
    """All that stands in the tuples of this name; a module may have none. Raises ValueError for what is no tuple of
    this kind."""
    return tuple(each for module in modules for each in _of(module, name, kind))


def _of(module: ModuleType, name: str, kind: type[T]) -> Iterator[T]:
    said = getattr(module, name, ())
    if not isinstance(said, tuple):
        raise ValueError(f"{module.__name__}: {name} is no tuple; one of a single {kind.__name__} ends in a comma")
    for each in said:
        if not isinstance(each, kind):
            raise ValueError(f"{module.__name__}: {name} has {type(each).__name__} in it, which is no {kind.__name__}")
        yield each


def only(module: ModuleType, name: str, kind: type[T]) -> T:
    """What a module has to have by this name. Raises ValueError where it has not."""
    found = getattr(module, name, None)
    if not isinstance(found, kind):
        raise ValueError(f"{module.__name__}: has no {name}, which is a {kind.__name__}")
    return found
