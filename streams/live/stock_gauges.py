"""The gauges of stocks: in all, and by each of their labels, which are few codes. Never a subject among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runtime.metrics import Declared
from schemas.derived import STOCKS
from streams.live.exposition import declared, head, labelled, sample
from streams.live.state import CityState, LiveState
from streams.live.stock_views import shown

_OF = ("city", "stock")
STOCK = declared("stock", _OF, "The stock now; absent where nothing of it is known, or not all steps are loaded")
UNMATCHED = declared("stock_unmatched", _OF, "Subjects whose first step is none that opens")
OLDEST = declared("stock_oldest_seconds", _OF, "For how long that subject counts which began first; absent: none")
COVERAGE = declared("stock_coverage_ratio", _OF, "The share that is known of all from the first heartbeat up to now")
BY = {
    label: declared(f"stock_by_{label}", (*_OF, label), f"The stock now, by {label}")
    for label in sorted({label for stock in STOCKS.values() for label in stock.labels})
}


def all_declared() -> Iterator[Declared]:
    """Every gauge that `text` may show."""
    yield from (STOCK, UNMATCHED, OLDEST, COVERAGE, *BY.values())


def text(state: LiveState, cities: Iterable[CityState]) -> Iterator[str]:
    """The lines of all of them. Hold the state's lock."""
    lines: dict[Declared, list[str]] = {one: [] for one in all_declared()}

    def add(gauge: Declared, pairs: tuple[tuple[str, str], ...], value: float | str) -> None:
        lines[gauge].append(sample(gauge.name.removeprefix("citywatch_"), pairs, value))

    for city in cities:
        for stock, known, level, coverage in shown(state, city):
            of = labelled(city.city.name, (), (), (("stock", stock.name),))
            add(COVERAGE, of, coverage)
            if level is None or known.as_of is None:
                continue
            add(STOCK, of, stock.shown(level.value))
            add(UNMATCHED, of, level.unmatched)
            if (oldest := state.stocks.oldest(city.city, stock, known.as_of)) is not None:
                add(OLDEST, of, oldest)
            for label in stock.labels:
                for code, value in sorted(level.by[label].items()):
                    if value:
                        add(BY[label], (*of, (label, code)), stock.shown(value))
    for gauge, samples in lines.items():
        yield from head(gauge)
        yield from samples
