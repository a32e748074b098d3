"""The roles of `citywatch up`: which there are, and running one in this process."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib import import_module

from runtime.cities import cities
from runtime.errors import CitywatchError, WrongUse
from runtime.logs import configure
from runtime.settings import Settings

log = logging.getLogger(__name__)

_MODULES = {
    "aggregate": "streams.aggregate",
    "analyse": "streams.analyse",
    "sink": "sinks.sink",
    "heartbeats": "sources.heartbeats",
}
"""Each module has `run(settings) -> exit code`, which blocks until SIGTERM or SIGINT."""

ROLES = tuple(_MODULES)
DEFAULT = ("aggregate", "analyse", "sink")


def choose(named: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """The roles to run, in the order in which they stop: those named, else the usual ones, with
    `heartbeats` where a declared source needs it. Raises WrongUse for one that does not exist or has
    nothing to do."""
    for name in named:
        if name == "console":
            raise WrongUse("role console: the web page is not there yet; use `citywatch watch` in a terminal")
        if name not in _MODULES:
            raise WrongUse(f"there is no role {name!r}; roles are {', '.join(_MODULES)}")
    needed = "heartbeats" in named or not named
    if needed and not _sends_for_others(settings):
        if named:
            raise WrongUse('role heartbeats: no city file declares a source with heartbeats = "role"')
        needed = False
    chosen = named or (*DEFAULT, *(("heartbeats",) if needed else ()))
    return tuple(name for name in _MODULES if name in chosen)


def _sends_for_others(settings: Settings) -> bool:
    """Whether some declared source has its heartbeats sent by the role."""
    declared = cities(settings).by_name.values()
    return any(source.heartbeats == "role" for city in declared for source in city.sources.values())


def run_role(name: str, settings: Settings) -> int:
    """Runs one role in this process until it is told to stop. Blocks; gives its exit code."""
    configure(settings, name)
    try:
        code: int = import_module(_MODULES[name]).run(settings)
    except CitywatchError as ended:
        if settings.log_format == "text":
            raise
        log.error("%s", ended)
        return ended.exit_code
    return code
