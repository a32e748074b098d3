"""The event families, a module each: whatever module stands in this package is one, and nothing else lists them.

A module has its declaration as `FAMILY`, and may have measures of its own as `MEASURES`, and the lives of its subjects
as `LIFECYCLES`, with figures of those, `STOCKS` and `FUNNELS`, and what has to happen in time in them, `CLOCKS`; and
`SUMS` and `RATIOS` of any figures that there are.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from schemas.clock import Clock
from schemas.family import TYPES, Family
from schemas.funnel import Funnel
from schemas.lifecycle import Lifecycle, tell_steps
from schemas.measure import Measure
from schemas.ratio import Ratio, Sum
from schemas.stock import Stock
from schemas.unique import by_name

__all__ = ["CLOCKS", "FAMILIES", "FUNNELS", "LIFECYCLES", "MEASURES", "RATIOS", "STOCKS", "SUMS", "TYPES"]

_MODULES = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]

FAMILIES: dict[str, Family] = {module.FAMILY.name: module.FAMILY for module in _MODULES}
"""By name."""

MEASURES: tuple[Measure, ...] = tuple(measure for module in _MODULES for measure in getattr(module, "MEASURES", ()))
"""Those that the families declare themselves."""

LIFECYCLES: dict[str, Lifecycle] = by_name(life for module in _MODULES for life in getattr(module, "LIFECYCLES", ()))
"""By name."""

tell_steps(LIFECYCLES.values())

CLOCKS: tuple[Clock, ...] = tuple(clock for module in _MODULES for clock in getattr(module, "CLOCKS", ()))
"""Those that the families declare themselves."""

STOCKS: tuple[Stock, ...] = tuple(stock for module in _MODULES for stock in getattr(module, "STOCKS", ()))

FUNNELS: tuple[Funnel, ...] = tuple(funnel for module in _MODULES for funnel in getattr(module, "FUNNELS", ()))

RATIOS: tuple[Ratio, ...] = tuple(ratio for module in _MODULES for ratio in getattr(module, "RATIOS", ()))

SUMS: tuple[Sum, ...] = tuple(each for module in _MODULES for each in getattr(module, "SUMS", ()))
