"""The answer to `report` of a stock: a row for each end of a unit, with its status and what it was at earlier ends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from figures.compare import change, lacking
from figures.durations import EDGES, Durations
from figures.known import known_from_start
from figures.periods import Period, edges_json, rfc3339
from figures.queries.as_known import Moment, known_at_json
from figures.queries.clock import CityClock
from figures.queries.facts import facts, facts_at
from figures.queries.places import Key
from figures.queries.stocks import NONE, Ages, Level, ages, levels
from figures.stretches import Stretch, units_of
from schemas.cities import City
from schemas.stock import Stock
from sinks.store import Store

Status = Literal["provisional", "final", "incomplete"]


@dataclass(frozen=True)
class StockQuestion:
    """What is asked: the stock at the end of each unit of the span, or at its own. `ages`: how old they are, too.
    `stretches`: campaigns or nights, in place of the units. `known_at`: of the steps received until then."""

    stock: Stock
    city: City
    tz: str
    span: Period
    unit: str | None = None
    dimensions: tuple[str, ...] = ()
    compare: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict, hash=False)
    ages: bool = False
    stretches: tuple[Stretch, ...] = ()
    decimals: int = 1
    known_at: Moment | None = None


@dataclass(frozen=True)
class At:
    """A stock at a moment. coverage: the share that is known of all time from the first heartbeat up to then."""

    moment: int
    level: Level
    coverage: float

    @property
    def is_known(self) -> bool:
        """False where nothing came, and nothing is known: that is no 0."""
        return self.coverage > 0 or self.level != NONE


@dataclass(frozen=True)
class StockRow:
    """One figure. others: by comparison, of which those with a percentage are wholly known on both sides."""

    period: Period
    at: At
    key: Key
    status: Status
    ages: Ages | None = None
    others: dict[str, At] = field(default_factory=dict)

    @property
    def partial(self) -> bool:
        """Whether its unit still runs: it is the stock of now."""
        return self.at.moment != self.period.end

    def change(self, name: str, decimals: int = 1, scale: int = 0) -> str | None:
        """The percentage to an earlier moment; None where a side is not wholly known, or few or none were there. scale:
        of the stock."""
        before = self.others[name]
        if self.at.coverage < 1 or before.coverage < 1:
            return None
        return change(self.at.level.value, before.level.value, decimals, scale)


def stock_answer(store: Store, question: StockQuestion, clock: CityClock) -> list[StockRow]:
    """The rows, in order of time and then of the dimensions. Blocks on the store.

    Of a unit that still runs it is the stock at the clock, and beside it those at the same elapsed points before. A
    unit that has not begun has none.
    """
    narrowed = (question.dimensions, question.where, question.known_at)
    facts_of = facts(store) if clock.at is None else facts_at(store, clock.at)

    def stored(moments: Collection[int]) -> Mapping[int, Mapping[Key, Level]]:
        return levels(store, question.stock, question.city, moments, *narrowed)

    def aged(moments: Collection[int]) -> Mapping[int, Mapping[Key, Ages]]:
        return ages(store, question.stock, question.city, moments, *narrowed)

    whole = known_from_start(facts_of, question.city, [question.stock.topic])
    return rows_of(question, clock, whole, stored, aged if question.ages else None)


def rows_of(
    question: StockQuestion,
    clock: CityClock,
    from_start: Period | None,
    told: Callable[[Collection[int]], Mapping[int, Mapping[Key, Level]]],
    aged: Callable[[Collection[int]], Mapping[int, Mapping[Key, Ages]]] | None = None,
) -> list[StockRow]:
    """The same of levels that are told elsewhere, at all moments at once. from_start: up to when all is known since the
    start of the topic. aged: where ages are asked for."""
    as_of = clock.as_of
    units = units_of(question.span, question.unit, question.tz, question.stretches)
    asked = {unit.period: clock.over(unit.period).end for unit in units if as_of is None or unit.period.start < as_of}
    earlier = {
        unit.period: {name: unit.earlier(name, question.tz, as_of)[-1].end for name in question.compare}
        for unit in units
        if unit.period in asked
    }
    moments = {*asked.values(), *(moment for others in earlier.values() for moment in others.values())}
    found = told(moments)
    old = {} if aged is None else aged(asked.values())
    covers = _Coverage(from_start, clock)

    def at(moment: int, key: Key) -> At:
        return At(moment, found[moment].get(key, NONE), covers(moment))

    rows: list[StockRow] = []
    for unit, moment in asked.items():
        keys = {key for each in (moment, *earlier[unit].values()) for key in found[each]}
        for key in sorted(keys if question.dimensions else {()}):
            now = at(moment, key)
            others = {name: at(before, key) for name, before in earlier[unit].items()}
            of_key = None if aged is None else old[moment].get(key, Ages(Durations.of(()), Durations.of(())))
            rows.append(StockRow(unit, now, key, _status(now, clock), of_key, others))
    return rows


def _status(now: At, clock: CityClock) -> Status:
    if now.coverage < 1:
        return "incomplete"
    return "final" if now.moment <= clock.closed else "provisional"


class _Coverage:
    """How much is known of all that was before a moment."""

    def __init__(self, from_start: Period | None, clock: CityClock) -> None:
        self._from_start = from_start
        self._known = clock.known

    def __call__(self, moment: int) -> float:
        whole = self._from_start
        if whole is None or moment <= whole.start:
            return 0.0
        if moment <= whole.end:
            return 1.0
        return min(self._known.coverage(Period(whole.start, moment)), 0.9999)


def as_json(question: StockQuestion, rows: Sequence[StockRow], clock: CityClock) -> dict[str, Any]:
    """The object of `report --json`."""
    stock, tz = question.stock, question.tz
    return {
        "measure": stock.name,
        "kind": "stock",
        "unit": stock.unit,
        "city": question.city.name,
        "tz": tz,
        **({"where": dict(question.where)} if question.where else {}),
        **edges_json(question.span, tz),
        **known_at_json(question.known_at, tz),
        "as_of": None if clock.as_of is None else rfc3339(clock.as_of, tz),
        "without": [{"source": absent.source, "since": rfc3339(absent.since, tz)} for absent in clock.known.absent],
        "rows": [_row_json(question, row) for row in rows],
    }


def _row_json(question: StockQuestion, row: StockRow) -> dict[str, Any]:
    tz = question.tz
    shown: dict[str, Any] = {
        **edges_json(row.period, tz),
        "by": dict(zip(question.dimensions, row.key, strict=True)),
        **_at_json(row.at, question),
        "status": row.status,
    }
    if row.partial:
        shown["partial"] = True
    if row.ages is not None:
        old, still = (durations_json(each, is_known=row.at.is_known) for each in (row.ages.old, row.ages.still))
        shown |= {"age": old, "in_state": still}
    for name, before in row.others.items():
        shown[name] = {
            **_at_json(before, question),
            "percent": row.change(name, question.decimals, question.stock.scale),
            **_reason(row, before, question.stock.scale),
        }
    return shown


def _at_json(at: At, question: StockQuestion) -> dict[str, Any]:
    return {
        "at": rfc3339(at.moment, question.tz),
        "value": question.stock.shown(at.level.value) if at.is_known else None,
        "unmatched": at.level.unmatched if at.is_known else None,
        "coverage": at.coverage,
    }


def _reason(row: StockRow, before: At, scale: int) -> Mapping[str, str]:
    if row.at.coverage < 1 or before.coverage < 1:
        return {"reason": "not comparable: not all is known that was before"}
    why = lacking(before.level.value, scale)
    return {} if why is None else {"reason": why}


def durations_json(found: Durations, *, is_known: bool) -> dict[str, Any]:
    """Seconds, and how many are at most so long; of what is not known null."""
    return {
        "n": found.n if is_known else None,
        "seconds_mean": found.mean,
        "seconds_p50": found.p50,
        "seconds_p90": found.p90,
        "within": {str(edge): number if is_known else None for edge, number in zip(EDGES, found.within, strict=True)},
    }


def reasons(rows: Sequence[StockRow]) -> Iterator[str]:
    """What a reader has to know of what is not known, and of subjects that were never opened."""
    if any(row.status == "incomplete" for row in rows):
        yield "incomplete: not all is known since the first heartbeat; `citywatch gaps list` names the spans"
    if any(row.at.level.unmatched for row in rows):
        yield "unmatched: their first step is not the one that opens them; docs/stocks.md says whether they count"
