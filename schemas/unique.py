"""Declarations by their names, each of which stands once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol, TypeVar

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")


class _Called(Protocol):
    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=_Called)


def by_name(declared: Iterable[T], form: re.Pattern[str] = _NAME) -> dict[str, T]:
    """In their order. Raises ValueError where two have one name: the later one would take the place of the other; and
    where a name has another form: it is a part of a gauge's name, of an alert's and of a page's."""
    found: dict[str, T] = {}
    for each in declared:
        if not form.fullmatch(each.name):
            raise ValueError(f"{each.name!r} is no name of a declaration: small letters and digits, words joined by _")
        if each.name in found:
            raise ValueError(f"two declarations are called {each.name!r}")
        found[each.name] = each
    return found
