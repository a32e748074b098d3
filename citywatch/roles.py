"""The roles of `citywatch up`: which there are, and running one in this process."""

from __future__ import annotations

import logging
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


def choose(named: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """The roles to run, in the order in which they stop: those named, else the usual ones, with
    `heartbeats` where a declared source needs it. Raises WrongUse for one that does not exist or has
    nothing to do."""
    from sources.heartbeats import role_sources

    for name in named:
        if name == "console":
            raise WrongUse("role console: the web page is not there yet; use `citywatch watch` in a terminal")
        if name not in _MODULES:
            raise WrongUse(f"there is no role {name!r}; roles are {', '.join(_MODULES)}")
    needed = bool(role_sources(settings))
    if "heartbeats" in named and not needed:
        raise WrongUse('role heartbeats: no city file declares a source with heartbeats = "role"')
    chosen = named or (*DEFAULT, *(("heartbeats",) if needed else ()))
    return tuple(name for name in _MODULES if name in chosen)


def run_role(name: str, settings: Settings) -> int:
    """Runs one role in this process until it is told to stop. Blocks; gives its exit code."""
    logging.basicConfig(
        level=logging.WARNING, format=f"%(asctime)s {name} %(levelname)s %(message)s", force=True
    )
    for drivers in ("kafka", "aiokafka"):
        logging.getLogger(drivers).setLevel(logging.CRITICAL)  # what matters of theirs is raised, in one line
    for ours in ("citywatch", "streams", "sinks", "sources"):
        logging.getLogger(ours).setLevel(logging.INFO)
    code: int = import_module(_MODULES[name]).run(settings)
    return code
