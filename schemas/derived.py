"""Every figure that is no measure, by name: stocks, funnels, sums and ratios. Names are unique over all of them.

What belongs to one family its module declares; here stands what takes several, and what there is of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from schemas import families
from schemas.funnel import Funnel
from schemas.measure import Measure
from schemas.measures import MEASURES
from schemas.ratio import Ratio, Sum, Term
from schemas.stock import Stock

STOCKS: dict[str, Stock] = {stock.name: stock for stock in families.STOCKS}

FUNNELS: dict[str, Funnel] = {funnel.name: funnel for funnel in families.FUNNELS}

SUMS: dict[str, Sum] = {}

RATIOS: dict[str, Ratio] = {ratio.name: ratio for ratio in families.RATIOS}

Derived = Stock | Funnel | Sum | Ratio

DERIVED: dict[str, Derived] = {**STOCKS, **FUNNELS, **SUMS, **RATIOS}
"""In this order."""


def measures_of(term: Term) -> tuple[Measure, ...]:
    """The measures that a term adds up, sums among them taken apart."""
    return tuple(
        measure
        for name in term.names
        if name in MEASURES or name in SUMS
        for measure in ((MEASURES[name],) if name in MEASURES else measures_of(SUMS[name].of))
    )


def stock_of(term: Term) -> Stock | None:
    """The stock that a term is; None where it adds up measures."""
    return STOCKS.get(term.names[0]) if len(term.names) == 1 else None


def scale_of(term: Term) -> int:
    """Decimal places of its value."""
    stock = stock_of(term)
    return stock.scale if stock is not None else measures_of(term)[0].scale


def dimensions_of(term: Term) -> tuple[str, ...]:
    """What a term can be asked by: what all of its figures have."""
    stock = stock_of(term)
    each = [stock.dimensions] if stock is not None else [measure.dimensions for measure in measures_of(term)]
    return tuple(name for name in each[0] if all(name in others for others in each))


def dimensions(figure: Ratio | Sum) -> tuple[str, ...]:
    """What a ratio can be asked by: what both of its terms have, and it does not set itself."""
    if isinstance(figure, Sum):
        return dimensions_of(figure.of)
    whole = dimensions_of(figure.whole)
    return tuple(name for name in dimensions_of(figure.part) if name in whole)


def topics_of(term: Term) -> tuple[str, ...]:
    """The input topics that its events stand on."""
    stock = stock_of(term)
    return (stock.topic,) if stock is not None else tuple({measure.topic: None for measure in measures_of(term)})


def wrong(ratios: Iterable[Ratio | Sum]) -> Iterator[str]:
    """What is wrong with sums and ratios among all figures that there are, in words."""
    for each in ratios:
        terms = (each.of,) if isinstance(each, Sum) else (each.part, each.whole)
        if len({scale for term in terms for scale in _scales(term)}) > 1:
            yield f"{each.name!r} has values of different decimal places"
        for term in terms:
            if unknown := [name for name in term.names if name not in MEASURES | SUMS | STOCKS]:
                yield f"{each.name!r} names {unknown[0]!r}, which is no measure, sum or stock"
            elif not term.names or (len(term.names) > 1 and any(name in STOCKS for name in term.names)):
                yield f"{each.name!r} adds up what is no measure"
            elif lacking := sorted(term.where.keys() - set(dimensions_of(term))):
                yield f"{each.name!r} asks {term.names[0]!r} for {lacking[0]!r}, which it has not"


def _scales(term: Term) -> set[int]:
    figures = (MEASURES.get(name) or STOCKS.get(name) for name in term.names)
    return {figure.scale for figure in figures if figure is not None}


def _check() -> None:
    every = [*MEASURES, *(each.name for each in families.STOCKS), *(each.name for each in families.FUNNELS), *SUMS]
    every += [each.name for each in families.RATIOS]
    twice = [name for name, number in Counter(every).items() if number > 1]
    for line in (*(f"two figures are called {name!r}" for name in twice), *wrong([*SUMS.values(), *RATIOS.values()])):
        raise ValueError(line)


_check()
