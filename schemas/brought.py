"""What modules of families bring along: each list by its name, of one kind of declaration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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


def refuse_others(modules: Iterable[ModuleType], names: Mapping[str, type]) -> None:
    """Raises ValueError where a tuple of such declarations has another name: nobody looks at it. names: by the name
    of a list what stands in it. What begins with `_` is the module's own."""
    kinds = tuple(names.values())
    for module in modules:
        for name, said in vars(module).items():
            is_list = isinstance(said, tuple) and any(isinstance(each, kinds) for each in said)
            if is_list and name not in names and not name.startswith("_"):
                raise ValueError(
                    f"{module.__name__}: {name} is no list that is looked at; there are {', '.join(names)}"
                )


def only(module: ModuleType, name: str, kind: type[T]) -> T:
    """What a module has to have by this name. Raises ValueError where it has not."""
    found = getattr(module, name, None)
    if not isinstance(found, kind):
        raise ValueError(f"{module.__name__}: has no {name}, which is a {kind.__name__}")
    return found
