"""The subjects behind a stock or a funnel, each with its steps, so that their number is the figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from figures.periods import Period
from figures.queries.places import Places
from figures.queries.steps import FIRST_ORDER, RANK_DIGITS, accepted
from figures.queries.stocks import BEGUN, begun
from figures.queries.where import SOURCE
from schemas.cities import City
from schemas.funnel import Funnel
from schemas.stock import Stock
from sinks.bind import literal
from sinks.store import Store


@dataclass(frozen=True, slots=True)
class StepBehind:
    """One step that counts. time: Unix seconds. step: the state that it gives."""

    time: int
    step: str
    id: str


@dataclass(frozen=True, slots=True)
class SubjectBehind:
    """One subject. adds: what it adds to the figure. matched: its first step is the one that opens it. by: its codes.

    steps: all that count, up to the moment that was asked about, in their order.
    """

    source: str
    subject: str
    state: str
    adds: int
    matched: bool
    by: Mapping[str, str]
    steps: tuple[StepBehind, ...]

    @property
    def begun(self) -> int:
        return self.steps[0].time

    @property
    def since(self) -> int:
        """The time of the step that gave it its state."""
        return self.steps[-1].time


def subjects(
    store: Store, figure: Stock | Funnel, city: City, over: Period, filters: Mapping[str, str]
) -> Iterator[SubjectBehind]:
    """Those that count, the oldest first. over: up to its end for a stock; for a funnel those that began in it, opened
    or not. Blocks on the store, once, and holds them in memory."""
    life = figure.lifecycle
    value = figure.value if isinstance(figure, Stock) else None
    where = figure.where if isinstance(figure, Stock) else {}
    places = Places(life, city, ("beat",), filters)
    names = tuple(dict.fromkeys((*places.names, *where, *([value] if value else []))))
    steps = accepted(store, life, places.sources, names, over.end)
    # as the figure itself has it: what stands goes by what was said last, a cohort by what was said first
    ruling = "argMaxIf" if isinstance(figure, Stock) else "argMinIf"
    said = "".join(f", {ruling}(said_{name}, ranking, said_{name} != '') AS ruling_{name}" for name in names)
    having = [f"ruling_{name} = {literal(code)}" for name, code in where.items()]
    if isinstance(figure, Stock):
        counted = [place for place, name in enumerate(life.states, 1) if name in figure.counted]
        having.append(f"argMax(place, ranking) IN {literal(counted)}")
        if figure.opened_only:
            having.append(f"{begun(figure)} = {literal(BEGUN)}")
    else:
        having.append(f"begun >= {over.start}")
    rows = store.query(
        f"SELECT {SOURCE}, subject_name, min(at) AS begun, groupUniqArray(ranking) AS rankings{said} FROM ({steps})"
        f" GROUP BY {SOURCE}, subject_name HAVING {' AND '.join(having)} ORDER BY begun, {SOURCE}, subject_name"
    )
    for source, subject, _, rankings, *codes in rows:
        by = dict(zip(names, codes, strict=True))
        if places.key([by[name] for name in places.names]) is None:
            continue
        own = tuple(_step(ranking, life.states) for ranking in sorted(rankings))
        adds = int(by.pop(value) or 0) if value else 1
        yield SubjectBehind(source, subject, own[-1].step, adds, own[0].step == life.states[0], by, own)


def _step(ranking: str, states: tuple[str, ...]) -> StepBehind:
    """From what `figures.queries.steps.ranks` wrote."""
    place = int(ranking[10 : 10 + RANK_DIGITS]) - 11
    return StepBehind(int(ranking[:10]) - FIRST_ORDER, states[place], ranking[10 + RANK_DIGITS :])
