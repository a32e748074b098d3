"""The answer to `report` of a funnel: of the subjects that began in a unit, how many came how far by its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

from figures.durations import Durations
from figures.periods import Period, edges_json, rfc3339
from figures.queries.as_known import Moment, known_at_json
from figures.queries.clock import CityClock
from figures.queries.places import Key, Places
from figures.queries.steps import accepted
from figures.queries.stock_answer import Status, durations_json
from figures.queries.where import SOURCE
from figures.rates import rate, wilson
from figures.stretches import Stretch, units_of
from schemas.cities import City
from schemas.funnel import Funnel
from sinks.store import Store


@dataclass(frozen=True)
class FunnelQuestion:
    """What is asked: the cohort of each unit of the span, or of all of it. `known_at`: of the steps received until
    then."""

    funnel: Funnel
    city: City
    tz: str
    span: Period
    unit: str | None = None
    dimensions: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict, hash=False)
    stretches: tuple[Stretch, ...] = ()
    known_at: Moment | None = None


@dataclass(frozen=True)
class Stage:
    """Of a cohort those that have had a step. since_first: from their first step to it. since_before: from the step of
    the stage before, of those that have had that, too, and not later."""

    n: int
    since_first: Durations
    since_before: Durations


@dataclass(frozen=True)
class FunnelRow:
    """One cohort. until: the moment up to which steps count. unmatched: subjects whose first step is of that span and
    not the lifecycle's first: they are of no cohort."""

    period: Period
    until: int
    key: Key
    n: int
    unmatched: int
    stages: tuple[Stage, ...]
    status: Status
    coverage: float

    @property
    def is_known(self) -> bool:
        """False where nothing came, and nothing is known: that is no 0."""
        return self.coverage > 0 or bool(self.n or self.unmatched)

    @property
    def counts(self) -> tuple[int, ...]:
        """The cohort, then of each stage those that came so far."""
        return (self.n, *(stage.n for stage in self.stages))


class Came(NamedTuple):
    """Of a unit, by its start, and codes: how many began there, how many were never opened, and by stage the seconds
    that it took from the first step, and from the stage before."""

    start: int
    n: int
    unmatched: int
    since_first: Sequence[Sequence[int]]
    since_before: Sequence[Sequence[int]]
    codes: Sequence[str]


class _Sums:
    """What is read of one cohort."""

    def __init__(self, stages: int) -> None:
        self.n = self.unmatched = 0
        self.since_first: list[list[int]] = [[] for _ in range(stages)]
        self.since_before: list[list[int]] = [[] for _ in range(stages)]

    def row(self, unit: Period, until: int, key: Key, clock: CityClock) -> FunnelRow:
        over = Period(unit.start, until)
        is_whole = clock.known.covers(over)
        status: Status = "incomplete" if not is_whole else "final" if unit.end <= clock.closed else "provisional"
        stages = tuple(
            Stage(len(first), Durations.of(first), Durations.of(before))
            for first, before in zip(self.since_first, self.since_before, strict=True)
        )
        return FunnelRow(unit, until, key, self.n, self.unmatched, stages, status, clock.known.coverage(over))


def funnel_answer(store: Store, question: FunnelQuestion, clock: CityClock) -> list[FunnelRow]:
    """The rows, in order of time and then of the dimensions. Blocks on the store, which gives two numbers for each
    subject and stage. A unit that has not begun has none."""

    def stored(places: Places, ends: Mapping[int, int]) -> Iterable[Came]:
        for start, n, unmatched, first, before, *codes in store.query(_statement(store, question, places, ends)):
            yield Came(int(start), int(n), int(unmatched), first, before, codes)

    return rows_of(question, clock, stored)


def rows_of(
    question: FunnelQuestion, clock: CityClock, told: Callable[[Places, Mapping[int, int]], Iterable[Came]]
) -> list[FunnelRow]:
    """The same of what is told elsewhere of the codes of `Places`, by the units' starts with the moments up to which
    steps count."""
    funnel, as_of = question.funnel, clock.as_of
    units = [unit.period for unit in units_of(question.span, question.unit, question.tz, question.stretches)]
    asked = {unit.start: unit for unit in units if as_of is None or unit.start < as_of}
    if not asked:
        return []
    ends = {start: clock.over(unit).end for start, unit in asked.items()}
    places = Places(funnel.lifecycle, question.city, question.dimensions, question.where)
    sums: dict[tuple[int, Key], _Sums] = {}
    if not question.dimensions:
        sums = {(start, ()): _Sums(len(funnel.stages)) for start in asked}
    for came in told(places, ends):
        key = places.key(came.codes)
        if key is None:
            continue
        found = sums.setdefault((came.start, key), _Sums(len(funnel.stages)))
        found.n += came.n
        found.unmatched += came.unmatched
        for kept, more in ((found.since_first, came.since_first), (found.since_before, came.since_before)):
            for seconds, further in zip(kept, more, strict=True):
                seconds.extend(map(int, further))
    return [found.row(asked[start], ends[start], key, clock) for (start, key), found in sorted(sums.items())]


def _statement(store: Store, question: FunnelQuestion, places: Places, ends: Mapping[int, int]) -> str:
    """A row for each unit, by its start, and codes: cohort, unmatched, and by stage the seconds that it took."""
    funnel, life = question.funnel, question.funnel.lifecycle
    steps = accepted(store, life, places.sources, places.names, max(ends.values()), question.known_at)
    stages = [1 + life.states.index(name) for name in funnel.stages]
    firsts = "".join(
        f", countIf(place = {place}) AS n_{place}, minIf(at, place = {place}) AS at_{place}" for place in stages
    )
    said = "".join(f", argMinIf(said_{name}, ranking, said_{name} != '') AS said_{name}" for name in places.names)
    lives = (
        f"SELECT min(at) AS begun, argMin(place, ranking) = 1 AS opened{firsts}{said} FROM ({steps})"
        f" GROUP BY {SOURCE}, subject_name"
    )
    starts, limits = (f"[toUInt32(0){''.join(f', {edge}' for edge in edges)}]" for edges in (ends, ends.values()))
    # an old server does not see that a column is needed where only a lambda names it
    nth = f"arrayCount(edge -> edge <= begun, {starts}) + 0 * begun"
    columns = "".join(f", n_{place}, at_{place}" for place in stages)
    units = (
        f"SELECT {nth} AS nth, arrayElement({starts}, nth) AS start, arrayElement({limits}, nth) AS until, begun,"
        f" opened{columns}{places.said} FROM ({lives})"
    )
    came = {place: f"opened AND n_{place} > 0 AND at_{place} < until" for place in stages}
    since_first = [f"groupArrayIf(at_{place} - begun, {came[place]})" for place in stages]
    since_before = [
        f"groupArrayIf(at_{place} - at_{before}, {came[place]} AND n_{before} > 0 AND at_{before} <= at_{place})"
        for before, place in pairwise(stages)
    ]
    seconds = f"[{', '.join(since_first)}], [{', '.join((since_first[0], *since_before))}]"
    return (
        f"SELECT start, countIf(opened), countIf(NOT opened), {seconds}{places.said}"
        f" FROM ({units}) WHERE begun < until GROUP BY start{places.said}"
    )


def as_json(question: FunnelQuestion, rows: Sequence[FunnelRow], clock: CityClock) -> dict[str, Any]:
    """The object of `report --json`."""
    funnel, tz = question.funnel, question.tz
    return {
        "measure": funnel.name,
        "kind": "funnel",
        "unit": funnel.unit,
        "city": question.city.name,
        "tz": tz,
        **({"where": dict(question.where)} if question.where else {}),
        **edges_json(question.span, tz),
        **known_at_json(question.known_at, tz),
        "as_of": None if clock.as_of is None else rfc3339(clock.as_of, tz),
        "rows": [_row_json(question, row) for row in rows],
    }


def _row_json(question: FunnelQuestion, row: FunnelRow) -> dict[str, Any]:
    tz, funnel = question.tz, question.funnel
    shown: dict[str, Any] = {
        **edges_json(row.period, tz),
        "by": dict(zip(question.dimensions, row.key, strict=True)),
        funnel.first: row.n if row.is_known else None,
        "unmatched": row.unmatched if row.is_known else None,
    }
    for name, stage, before in zip(funnel.stages, row.stages, row.counts, strict=False):
        interval = wilson(stage.n, row.n)
        shown[name] = {
            "n": stage.n if row.is_known else None,
            "percent": rate(stage.n, row.n),
            "low": interval[0] if interval else None,
            "high": interval[1] if interval else None,
            "percent_of_before": rate(stage.n, before) if stage.n <= before else None,
            "since_first": durations_json(stage.since_first, is_known=row.is_known),
            "since_before": durations_json(stage.since_before, is_known=row.is_known),
        }
    shown |= {"status": row.status, "coverage": row.coverage}
    return shown | ({"partial": True} if row.until != row.period.end else {})
