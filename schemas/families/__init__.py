"""The event families, a module each: whatever module stands in this package is one, and nothing else lists them.

A module has its declaration as `FAMILY`, and may have measures of its own as `MEASURES`, and the lives of its subjects
as `LIFECYCLES`, and what has to happen in time in these lives as `CLOCKS`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from schemas.clock import Clock
from schemas.family import TYPES, Family
from schemas.lifecycle import Lifecycle, tell_steps
from schemas.measure import Measure

__all__ = ["CLOCKS", "FAMILIES", "LIFECYCLES", "MEASURES", "TYPES"]

_MODULES = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]

FAMILIES: dict[str, Family] = {module.FAMILY.name: module.FAMILY for module in _MODULES}
"""By name."""

MEASURES: tuple[Measure, ...] = tuple(measure for module in _MODULES for measure in getattr(module, "MEASURES", ()))
"""Those that the families declare themselves."""

LIFECYCLES: dict[str, Lifecycle] = {
    life.name: life for module in _MODULES for life in getattr(module, "LIFECYCLES", ())
}
"""By name."""

tell_steps(LIFECYCLES.values())

CLOCKS: tuple[Clock, ...] = tuple(clock for module in _MODULES for clock in getattr(module, "CLOCKS", ()))
"""Those that the families declare themselves."""
