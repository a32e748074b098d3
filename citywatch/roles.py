"""The roles of `citywatch up`: which there are, and running one in this process."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from citywatch.errors import WrongUse
from citywatch.settings import Settings

_MODULES = {
    "aggregate": "streams.aggregate",
    "analyse": "streams.analyse",
    "sink": "sinks.sink",
    "heartbeats": "sources.heartbeats",
}
"""Each module has `run(settings) -> exit code`, which blocks until SIGTERM or SIGINT."""

DEFAULT = ("aggregate", "analyse", "sink")

WITH_METRICS = ("aggregate", "analyse", "sink")


def choose(named: Sequence[str]) -> tuple[str, ...]:
    """The roles to run, in the order in which they stop. Raises WrongUse for one that does not exist."""
    for name in named:
        if name == "console":
            raise WrongUse("role console: the web page is not there yet; use `citywatch watch` in a terminal")
        if name not in _MODULES:
            raise WrongUse(f"there is no role {name!r}; roles are {', '.join(_MODULES)}")
    return tuple(name for name in _MODULES if name in (named or DEFAULT))


def run_role(name: str, settings: Settings) -> int:
    """Runs one role in this process until it is told to stop. Blocks; gives its exit code."""
    code: int = import_module(_MODULES[name]).run(settings)
    return code
