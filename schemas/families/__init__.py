"""The event families, a module each: whatever module stands in this package is one, and nothing else lists them.

A module has its declaration as `FAMILY`, and may have measures of its own as `MEASURES`, and the lives of its subjects
as `LIFECYCLES`, with figures of those: `STOCKS` and `FUNNELS`; and `SUMS` and `RATIOS` of any figures that
there are.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from schemas.family import TYPES, Family
from schemas.funnel import Funnel
from schemas.lifecycle import Lifecycle
from schemas.measure import Measure
from schemas.ratio import Ratio, Sum
from schemas.stock import Stock

__all__ = ["FAMILIES", "FUNNELS", "LIFECYCLES", "MEASURES", "RATIOS", "STOCKS", "SUMS", "TYPES"]

_MODULES = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]

FAMILIES: dict[str, Family] = {module.FAMILY.name: module.FAMILY for module in _MODULES}
"""By name."""

MEASURES: tuple[Measure, ...] = tuple(measure for module in _MODULES for measure in getattr(module, "MEASURES", ()))
"""Those that the families declare themselves."""

_LIVES: list[Lifecycle] = [life for module in _MODULES for life in getattr(module, "LIFECYCLES", ())]

LIFECYCLES: dict[str, Lifecycle] = {life.name: life for life in _LIVES}
"""By name."""

if twice := [life.name for life in _LIVES if LIFECYCLES[life.name] is not life]:
    raise ValueError(f"two lifecycles are called {twice[0]!r}")

STOCKS: tuple[Stock, ...] = tuple(stock for module in _MODULES for stock in getattr(module, "STOCKS", ()))

FUNNELS: tuple[Funnel, ...] = tuple(funnel for module in _MODULES for funnel in getattr(module, "FUNNELS", ()))

RATIOS: tuple[Ratio, ...] = tuple(ratio for module in _MODULES for ratio in getattr(module, "RATIOS", ()))

SUMS: tuple[Sum, ...] = tuple(each for module in _MODULES for each in getattr(module, "SUMS", ()))
