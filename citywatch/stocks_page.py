"""The page on stocks, funnels, sums and ratios, from their declarations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from schemas.derived import FUNNELS, RATIOS, STOCKS, SUMS, Derived
from schemas.ratio import Term
from schemas.stock import Stock

Table = Callable[[Iterable[str], Iterable[Iterable[object]]], str]


def stocks_page(table: Table, notice: str) -> str:
    """As Markdown; `table` makes one of its heads and rows."""
    head = ("Name", "名称", "", "Unit")
    return "\n".join(
        (
            "# Stocks, funnels and ratios",
            notice,
            _INTRODUCTION,
            "## Stocks\n",
            _STOCKS,
            table(
                (*head, "Counts", "Live gauge by"),
                ((*_called(each), each.unit, _counts(each), _codes(each.labels)) for each in STOCKS.values()),
            ),
            "## Funnels\n",
            _FUNNELS,
            table(
                (*head, "Cohort", "Stages"),
                (
                    (*_called(each), each.unit, f"`{each.lifecycle.steps[0]}`", _codes(each.stages))
                    for each in FUNNELS.values()
                ),
            ),
            "## Ratios\n",
            _RATIOS,
            table(
                (*head, "Of these", "in these"),
                ((*_called(each), each.unit, _term(each.part), _term(each.whole)) for each in RATIOS.values()),
            ),
            "## Sums\n",
            table(
                (*head, "Adds up"),
                ((*_called(each), each.unit, " + ".join(map(_term, each.of))) for each in SUMS.values()),
            ),
            _DECLARING,
        )
    )


def _called(figure: Derived) -> tuple[str, str, str]:
    return f"`{figure.name}`", figure.zh, figure.en


def _counts(stock: Stock) -> str:
    of = "subjects" if stock.value is None else f"the last `{stock.value}` of each"
    states = ", ".join(f"`{name}`" for name in stock.lifecycle.states if name in stock.counted)
    since = f", from `{stock.lifecycle.states[0]}` on only" if stock.opened_only else ""
    return f"{of} of `{stock.lifecycle.name}` in {states}{_only(stock.where)}{since}"


def _term(term: Term) -> str:
    return f"{_codes(term.names, ' + ')}{_only(term.where)}"


def _only(where: Mapping[str, str]) -> str:
    return "".join(f", of `{name}` `{code}` only" for name, code in where.items())


def _codes(names: Iterable[str], between: str = ", ") -> str:
    return between.join(f"`{name}`" for name in names)


_INTRODUCTION = """\
Measures count events; these figures are of **subjects** (cases, hazards, posts ...) and of what measures say
together. `citywatch report NAME` takes them as it takes measures, with `--by`, `--where`, `--from`, `--to`,
`--campaign`, `--csv` and `--json`; [asking.md](asking.md) has the rest.

The state of a subject at a time is its last step up to then, by (time, place in the life, id). Of each code and
attribute the last value that a step carried rules, of a funnel the first. What counts as a step is what counts in
figures: each id once, the first row of several, nothing dead, nothing that is not judged yet; a step that a restatement
cancels is none, one that it moves has its new codes. So it does not matter in what order steps come: one that comes
late changes the past by itself.
"""

_STOCKS = """\
How many subjects were in some of their states (or the sum of one of their attributes) at the **end** of each unit;
of one that still runs, at the clock. `--compare previous,year` is beside earlier ends, `--ages` has how long ago
each of them began (mean, p50, p90, and how many at most 1, 7, 30, 90, 365 days) and for how long it is in its
state.

`unmatched` are subjects whose first step is not the one that opens them: it is how feeds break. They count by their
last step all the same, but in stocks that say *from* which step *on only*: a notice to a site opens no hazard, an
inspection of premises that stand on no list, or are off it, lists none.

A stock is known only where all is known from the first heartbeat of its sources up to then:
behind a gap it is `incomplete` until somebody says [`citywatch gaps filled`](decisions/16-what-is-known.md).
"""

_FUNNELS = """\
Of the subjects whose first step is in a unit, how many have had a step by its end, whatever came between: with both
counts, the share of all, that of the stage above, and how long it took.
"""

_RATIOS = """\
One figure in 100 of another, rounded half up, always with both counts. Where the one is a part of the other it is a
percentage, with a 95 % interval (Wilson's score); else so many per 100. What ended in a span beside what began in it is
the latter: old cases are solved, too, so it may come to more than 100 and has no interval. Of those that began in the
span, the funnel says how many have ended by its end. Of fewer than 10 there are counts only: 2/2. Comparisons are in
points.
"""

_DECLARING = """\
## Declaring one

A family's module lists them as `STOCKS`, `FUNNELS`, `SUMS` and `RATIOS`, on its `LIFECYCLES`
([adding-a-family.md](adding-a-family.md)); further ones stand in `schemas/stocks.py`. Nothing else changes:

```python
Stock("hazards_open", "未消除隐患", "Hazards open", "hazards", HAZARD, labels=("beat",))
Funnel("hazard_way", "隐患整改", "From hazard to removal", "hazards", HAZARD, ("notice_issued", "closed"))
Ratio("removed", "整改率", "Removed per 100 found", Term("hazards_closed"), Term("hazards_found"), is_share=False)
```

`states` says in which states a subject counts (else: the open ones), `where` with which codes, `value` which
attribute is added up, `opened_only` that other steps than the first open nothing. A name is a figure's alone,
whatever its kind.
"""
