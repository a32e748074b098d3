"""What is asked for one figure: the same answers that `report --json` and `/live` give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from citywatch.commandline.arguments import asked_span, split_by
from figures.compare import UNUSUAL
from figures.periods import Period
from figures.queries import answer
from figures.queries.behind import behind
from figures.queries.clock import CityClock, measure_clock
from figures.queries.where import Where
from schemas.cities import City
from schemas.instants import epoch
from schemas.measures import MEASURES, Measure
from sinks.store import Store

NOT_SHOWN = object()
"""The live page has no window of the span that is asked for."""

Page = Mapping[str, Any]


class CityStore:
    """The store, asked about one city. What several figures need is asked once."""

    def __init__(self, store: Store, city: City) -> None:
        self.store = store
        self.city = city
        self._clocks: dict[str, CityClock] = {}
        self._reports: dict[object, Sequence[Any]] = {}

    def clock(self, measure: Measure) -> CityClock:
        """Blocks on the store."""
        if measure.topic not in self._clocks:
            self._clocks[measure.topic] = measure_clock(self.store, self.city, measure)
        return self._clocks[measure.topic]

    def span(self, measure: Measure, since: str, until: str, unit: str | None) -> Period:
        """That of `--from` and `--to`. Blocks on the store."""
        return asked_span(since, until, self.city.tz, unit, self.clock(measure).as_of)

    def report(
        self, measure: Measure, since: str, until: str, by: str, compare: tuple[str, ...], where: Mapping[str, str]
    ) -> Sequence[Any]:
        """The rows of `report --json`. Blocks on the store."""
        asked = (measure.name, since, until, by, compare, tuple(sorted(where.items())))
        if asked not in self._reports:
            unit, dims = split_by(by, measure.dimensions)
            span, clock = self.span(measure, since, until, unit), self.clock(measure)
            question = answer.Question(measure, self.city, self.city.tz, span, unit, dims, compare, where=where)
            said = answer.as_json(question, answer.answer(self.store, question, clock), clock)
            self._reports[asked] = said["rows"]
        return self._reports[asked]


class Question(Protocol):
    """One figure, asked of both places."""

    def stored(self, asked: CityStore) -> Any:
        """What `report` answers. Blocks on the store."""

    def live(self, city: Page) -> Any:
        """What the live page of the city shows; NOT_SHOWN where it has no such window."""


@dataclass(frozen=True)
class Report:
    """A row of `citywatch report MEASURE --from --to --by --compare`.

    by: the unit and the dimensions as on the command line; key: the codes of the row by its dimensions. Without a unit
    the row is the whole span. take: `value`, `percent`, `z`, `usual` (whether the change is within the usual
    variation), `before` (the value of the span compared with), `coverage`, `status`, `seconds_mean`, `within:SECONDS`
    (how many took at most so long), `sum` and `rows` (of the values of all rows, and how many there are).
    """

    measure: str
    since: str
    until: str
    take: str = "value"
    by: str = ""
    key: Mapping[str, str] = field(default_factory=dict, hash=False)
    compare: str = ""
    where: Mapping[str, str] = field(default_factory=dict, hash=False)

    def stored(self, asked: CityStore) -> Any:
        compare = (self.compare,) if self.compare else ()
        every = asked.report(MEASURES[self.measure], self.since, self.until, self.by, compare, self.where)
        if self.take in _OF_ALL_ROWS:
            return _OF_ALL_ROWS[self.take](every)
        rows = [row for row in every if row["by"] == dict(self.key)]
        if len(rows) > 1:
            raise ValueError(f"{self} asks for {len(rows)} rows")
        return _taken(rows[0], self.take, self.compare) if rows else (0 if self.take == "value" else None)

    def live(self, city: Page) -> Any:
        shown = next((each for each in city["measures"] if each["measure"] == self.measure), None)
        if shown is None or self.where or self.take in _OF_ALL_ROWS:
            return NOT_SHOWN
        unit, _ = split_by(self.by, MEASURES[self.measure].dimensions)
        asked = asked_span(self.since, self.until, city["tz"], unit, None)
        for period in shown["periods"]:
            if (period["current"]["from"], period["current"]["to"]) == (asked.start, asked.end):
                return _windowed(period, self.take, self.compare, self.key)
        return NOT_SHOWN


_OF_ALL_ROWS: Mapping[str, Callable[[Sequence[Any]], int]] = {
    "sum": lambda rows: sum(row["value"] for row in rows),
    "rows": len,
}


def _taken(row: Mapping[str, Any], take: str, compare: str) -> Any:
    """What is asked for, of a row of `report --json`."""
    name, _, further = take.partition(":")
    if name == "within":
        return row["within"][further]["n"]
    if name == "before":
        return row[compare]["value"]
    if name == "usual":
        return abs(row[compare]["z"]) < UNUSUAL
    return row[compare][name] if name in ("percent", "z") else row[name]


def _windowed(period: Page, take: str, compare: str, key: Mapping[str, str]) -> Any:
    """What is asked for, of a window of the live page."""
    name, _, further = take.partition(":")
    if name in ("within", "seconds_mean"):
        shares = period["shares"] and period["shares"]["current"]
        if not shares or key:
            return NOT_SHOWN
        return shares["within"].get(further, NOT_SHOWN) if name == "within" else _mean(shares)
    if name == "coverage":
        return period["coverage"]["current"]
    row = _row(period, key)
    if row is NOT_SHOWN or name == "status":
        return NOT_SHOWN
    if name == "value":
        return row["value"]
    if name == "usual":
        return abs(row[compare]["z"]) < UNUSUAL
    return row[compare]["value" if name == "before" else name]


def _row(period: Page, key: Mapping[str, str]) -> Any:
    if not key:
        return period["total"]
    if len(key) > 1 or not key.keys() <= {"class", "beat"}:
        return NOT_SHOWN
    ((dimension, code),) = key.items()
    rows = period["classes" if dimension == "class" else "beats"]
    return next((row for row in rows if row["code"] == code), NOT_SHOWN)


def _mean(shares: Page) -> float | None:
    return round(shares["seconds_sum"] / shares["n"], 1) if shares["n"] else None


@dataclass(frozen=True)
class Behind:
    """How many lines with a verdict `citywatch events MEASURE --from --to` has, of those with these codes."""

    measure: str
    since: str
    until: str
    verdict: str
    codes: Mapping[str, str] = field(default_factory=dict, hash=False)

    def stored(self, asked: CityStore) -> int:
        measure = MEASURES[self.measure]
        span = asked.span(measure, self.since, self.until, None)
        lines = behind(asked.store, asked.city.tz, span, Where(measure, asked.city), payload=False)
        return sum(line.verdict == self.verdict and self.codes.items() <= line.dims.items() for line in lines)

    def live(self, city: Page) -> Any:
        return NOT_SHOWN


def at(text: str) -> int:
    """A local time of the scenarios' cities (UTC+8, without summer time) in Unix seconds: `2022-06-25` or with
    ` 22:10:00`."""
    day, _, time = text.partition(" ")
    return epoch(f"{day}T{time or '00:00:00'}+08:00")
