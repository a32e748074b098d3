"""The event families, a module each: whatever module stands in this package is one, and nothing else lists them.

A module has its declaration as `FAMILY`, and may have measures of its own as `MEASURES`, the lives of its subjects as
`LIFECYCLES`, what has to happen in time as `CLOCKS`, floors and trends of measures among them, figures of these lives
as `STOCKS` and `FUNNELS`; and `SUMS` and `RATIOS` of any figures that there are.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from schemas.brought import brought, only, refuse_others
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

FAMILIES: dict[str, Family] = by_name(only(module, "FAMILY", Family) for module in _MODULES)
"""By name."""

MEASURES: tuple[Measure, ...] = brought(_MODULES, "MEASURES", Measure)
"""Those that the families declare themselves."""

LIFECYCLES: dict[str, Lifecycle] = by_name(brought(_MODULES, "LIFECYCLES", Lifecycle))
"""By name."""

tell_steps(LIFECYCLES.values())

KEPT: tuple[str, ...] = tuple(
    sorted({step for life in LIFECYCLES.values() for step in life.steps if step.partition(".")[2] not in life.beats})
)
"""Event types whose raw rows stay in the store at any age: the state of a subject goes back to its first step."""

CLOCKS: tuple[Watched, ...] = brought(_MODULES, "CLOCKS", Watched)
"""Those that the families declare themselves, floors and trends among them."""

STOCKS: tuple[Stock, ...] = brought(_MODULES, "STOCKS", Stock)

FUNNELS: tuple[Funnel, ...] = brought(_MODULES, "FUNNELS", Funnel)

RATIOS: tuple[Ratio, ...] = brought(_MODULES, "RATIOS", Ratio)

SUMS: tuple[Sum, ...] = brought(_MODULES, "SUMS", Sum)

refuse_others(
    _MODULES,
    {
        "MEASURES": Measure,
        "LIFECYCLES": Lifecycle,
        "CLOCKS": Watched,
        "STOCKS": Stock,
        "FUNNELS": Funnel,
        "RATIOS": Ratio,
        "SUMS": Sum,
    },
)
