"""Every figure that is no measure, by name: stocks, funnels, sums and ratios. Names are unique over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from schemas import families, stocks
from schemas.funnel import Funnel
from schemas.measure import Measure
from schemas.measures import MEASURES
from schemas.ratio import Ratio, Sum, Term
from schemas.stock import Stock
from schemas.unique import by_name

STOCKS: dict[str, Stock] = by_name((*stocks.STOCKS, *families.STOCKS))

FUNNELS: dict[str, Funnel] = by_name((*stocks.FUNNELS, *families.FUNNELS))

SUMS: dict[str, Sum] = by_name((*stocks.SUMS, *families.SUMS))

RATIOS: dict[str, Ratio] = by_name((*stocks.RATIOS, *families.RATIOS))

Derived = Stock | Funnel | Sum | Ratio

_EVERY: tuple[Derived, ...] = (*STOCKS.values(), *FUNNELS.values(), *SUMS.values(), *RATIOS.values())

DERIVED: dict[str, Derived] = by_name(_EVERY)
"""In this order."""


def parts_of(term: Term) -> tuple[tuple[Measure | Stock, Mapping[str, str]], ...]:
    """The figures that a term adds up, each with its filters; sums among them taken apart."""
    found: list[tuple[Measure | Stock, Mapping[str, str]]] = []
    for name in term.names:
        if name in SUMS:
            inner = [part for each in SUMS[name].of for part in parts_of(each)]
            found += [(figure, {**where, **term.where}) for figure, where in inner]
        else:
            found.append((MEASURES.get(name) or STOCKS[name], term.where))
    return tuple(found)


def scale_of(*terms: Term) -> int:
    """Decimal places of their values."""
    return parts_of(terms[0])[0][0].scale


def dimensions_of(*terms: Term) -> tuple[str, ...]:
    """What terms can be asked by: what all of their figures have."""
    first, *others = [figure.dimensions for term in terms for figure, _ in parts_of(term)]
    return tuple(name for name in first if all(name in each for each in others))


def dimensions(figure: Ratio | Sum) -> tuple[str, ...]:
    """What a ratio or a sum can be asked by: what all of its figures have."""
    return dimensions_of(*terms_of(figure))


def terms_of(figure: Ratio | Sum) -> tuple[Term, ...]:
    """All of it."""
    return figure.of if isinstance(figure, Sum) else (figure.part, figure.whole)


def topics_of(*terms: Term) -> tuple[str, ...]:
    """The input topics that their events stand on."""
    return tuple(dict.fromkeys(figure.topic for term in terms for figure, _ in parts_of(term)))


def wrong(ratios: Iterable[Ratio | Sum]) -> Iterator[str]:
    """What is wrong with sums and ratios among all figures that there are, in words."""
    for each in ratios:
        terms = terms_of(each)
        allowed = MEASURES.keys() if isinstance(each, Sum) else MEASURES.keys() | SUMS.keys() | STOCKS.keys()
        if unknown := [name for term in terms for name in term.names if name not in allowed]:
            yield f"{each.name!r} names {unknown[0]!r}, which is no measure, sum or stock that it can have"
            continue
        if not terms or not all(term.names for term in terms):
            yield f"{each.name!r} is made of nothing"
            continue
        for term in terms:
            if len(term.names) > 1 and any(name in STOCKS for name in term.names):
                yield f"{each.name!r} adds up stocks"
            if lacking := sorted(term.where.keys() - set(dimensions_of(term))):
                yield f"{each.name!r} asks {term.names[0]!r} for {lacking[0]!r}, which it has not"
        if len({figure.scale for term in terms for figure, _ in parts_of(term)}) > 1:
            yield f"{each.name!r} has values of different decimal places"
        kinds = [{_counted(figure) for figure, _ in parts_of(term)} for term in terms]
        if isinstance(each, Ratio) and each.is_share and not kinds[0] <= kinds[1]:
            yield f"{each.name!r} is no share: {' + '.join(each.part.names)} counts what the other does not"


def _counted(figure: Measure | Stock) -> str:
    """What has to be the same of a figure and of one that it is a part of: its type of events, or that subjects stand
    at a moment."""
    return figure.type if isinstance(figure, Measure) else "subjects"


def undeclared(figures: Iterable[Stock | Funnel]) -> Iterator[str]:
    """Figures of lives that no family declares, in words: their steps are not given out."""
    for each in figures:
        if each.lifecycle.name not in families.LIFECYCLES:
            yield f"{each.name!r} is of {each.lifecycle.name!r}, which stands in LIFECYCLES of no family"


by_name((*MEASURES.values(), *DERIVED.values()))  # no two figures have one name, of whatever kind

for _line in (*undeclared([*STOCKS.values(), *FUNNELS.values()]), *wrong([*SUMS.values(), *RATIOS.values()])):
    raise ValueError(_line)
