"""Whether a test asks for a real part: told by what it, its fixtures and what they call name, not by a list of tests.

Real parts are the servers, the embedded broker and store, and the program in a process of its own.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from citywatch.local_deployment import command
from runtime.embedded import start_tansu
from sinks.chdb_store import Chdb
from sinks.store_factory import open_store
from tests.deployment import CITYWATCH, Deployment
from tests.forked import Forked
from tests.parts.need import PARTS, need
from tests.parts.server import Server
from tests.parts.tansu import TansuBroker

REAL: tuple[Any, ...] = (*PARTS, need, Server, TansuBroker, start_tansu, Chdb, open_store, Deployment, Forked, command)
"""Whoever names one of these asks for a real part."""

_WORDS = {part.__name__ for part in REAL} - {need.__name__, command.__name__}

BY_NAME = "getfixturevalue"
"""So does who asks for a fixture while it runs: here those are parts, chosen by a parameter."""


def asks_for_parts(item: pytest.Item) -> bool:
    """Whether the test, or anything of the tests that it reaches, names a real part."""
    if not isinstance(item, pytest.Function):
        return False
    fixtures = item._fixtureinfo.name2fixturedefs.values()  # nothing public gives the functions behind the names
    return _found(item.function, *(each.func for defined in fixtures for each in defined))


def reaches_parts(*begin: object) -> bool:
    """Whether one of these functions, or anything of the tests that they name, names a real part."""
    seen: set[int] = set()
    left = list(begin)
    while left:
        thing = left.pop()
        if _is_real(thing):
            return True
        if id(thing) in seen or not _is_of_the_tests(thing):
            continue
        seen.add(id(thing))
        for function in _functions(thing):
            names = set(_names(function.__code__))
            if BY_NAME in names:
                return True
            left.extend(_named(function, names))
    return False


_found = cache(reaches_parts)
"""Four tests of five are another parameter of the one before."""


def _is_real(thing: object) -> bool:
    """Also the path of the program, wherever it is made, and the text of a script that names a part."""
    if isinstance(thing, Path):
        return thing == CITYWATCH
    if isinstance(thing, str):
        return not _WORDS.isdisjoint(re.findall(r"\w+", thing))
    return any(thing is part for part in REAL)


def _is_of_the_tests(thing: object) -> bool:
    return (getattr(thing, "__module__", None) or "").partition(".")[0] == "tests"


def _functions(thing: object) -> Iterator[FunctionType]:
    """A function itself, with what decorators put around it; of a class all methods, with those it inherits."""
    if inspect.isclass(thing):
        for member in (each for owner in thing.__mro__ if _is_of_the_tests(owner) for each in vars(owner).values()):
            yield from _functions(getattr(member, "fget", None) or getattr(member, "__func__", member))
        return
    inner = getattr(getattr(thing, "hypothesis", None), "inner_test", thing)
    plain = inspect.unwrap(inner) if callable(inner) else inner
    if isinstance(plain, FunctionType):
        yield plain


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    yield from code.co_freevars
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _named(function: FunctionType, names: set[str]) -> Iterator[object]:
    """What the names stand for: in the function's module, around it, and in the modules that it names."""
    around = inspect.getclosurevars(function).nonlocals
    for name in names:
        found = around.get(name, function.__globals__.get(name))
        if isinstance(found, ModuleType):
            yield from (vars(found)[each] for each in names & vars(found).keys())
        elif found is not None:
            yield found
