"""The event families, a module each: whatever module stands in this package is one, and nothing else lists them.

A module has its declaration as `FAMILY`, and may have measures of its own as `MEASURES`, the lives of its subjects as
`LIFECYCLES`, what has to happen in time as `CLOCKS`, floors and trends of measures among them, figures of these lives
as `STOCKS` and `FUNNELS`; and `SUMS` and `RATIOS` of any figures that there are.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from schemas.clock import Watched
from schemas.family import TYPES, Family
from schemas.funnel import Funnel
from schemas.lifecycle import Lifecycle, tell_steps
from schemas.measure import Measure
from schemas.ratio import Ratio, Sum
from schemas.stock import Stock
from schemas.unique import by_name

__all__ = ["CLOCKS", "FAMILIES", "FUNNELS", "KEPT", "LIFECYCLES", "MEASURES", "RATIOS", "STOCKS", "SUMS", "TYPES"]

_MODULES = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]

FAMILIES: dict[str, Family] = {module.FAMILY.name: module.FAMILY for module in _MODULES}
"""By name."""

MEASURES: tuple[Measure, ...] = tuple(measure for module in _MODULES for measure in getattr(module, "MEASURES", ()))
"""Those that the families declare themselves."""

LIFECYCLES: dict[str, Lifecycle] = by_name(life for module in _MODULES for life in getattr(module, "LIFECYCLES", ()))
"""By name."""

tell_steps(LIFECYCLES.values())

KEPT: tuple[str, ...] = tuple(
    sorted({step for life in LIFECYCLES.values() for step in life.steps if step.partition(".")[2] not in life.beats})
)
"""Event types whose raw rows stay in the store at any age: the state of a subject goes back to its first step."""

CLOCKS: tuple[Watched, ...] = tuple(clock for module in _MODULES for clock in getattr(module, "CLOCKS", ()))
"""Those that the families declare themselves, floors and trends among them."""

STOCKS: tuple[Stock, ...] = tuple(stock for module in _MODULES for stock in getattr(module, "STOCKS", ()))

FUNNELS: tuple[Funnel, ...] = tuple(funnel for module in _MODULES for funnel in getattr(module, "FUNNELS", ()))

RATIOS: tuple[Ratio, ...] = tuple(ratio for module in _MODULES for ratio in getattr(module, "RATIOS", ()))

SUMS: tuple[Sum, ...] = tuple(each for module in _MODULES for each in getattr(module, "SUMS", ()))
