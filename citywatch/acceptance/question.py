"""What is asked for one figure: the same answers that `report --json` and `/live` give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from citywatch.acceptance.live_page import LivePage, NotShown, Page
from citywatch.commandline.arguments import split_by
from citywatch.commandline.asked_time import TimeOptions, asked_time, streak_time
from figures.compare import UNUSUAL
from figures.queries import answer
from figures.queries.behind import behind
from figures.queries.clock import CityClock, measure_clock
from figures.queries.overlap import overlap
from figures.queries.streaked import as_json as streaks_json
from figures.queries.streaked import streaks
from figures.queries.where import Where
from figures.streaks import Direction
from schemas.cities import City
from schemas.instants import epoch
from schemas.measures import MEASURES, Measure
from sinks.store import Store

NO_WINDOW = NotShown("`/live` has no such window")

LIVE_CAMPAIGN = "campaign:"
"""How the live page names the period of a campaign."""


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

    def report(self, asked: Report) -> Sequence[Any]:
        """The rows of `report --json`. Blocks on the store."""
        name = replace(asked, take="", key=())
        if name not in self._reports:
            measure = MEASURES[asked.measure]
            unit, dims = split_by(asked.by, measure.dimensions)
            clock = self.clock(measure)
            when = asked_time(asked.when, unit, self.city, self.city.tz, clock.as_of)
            question = answer.Question(
                measure, self.city, self.city.tz, when.span, when.unit, dims,
                (asked.compare,) if asked.compare else (), where=dict(asked.where), stretches=when.stretches,
                by_campaign=when.by_campaign, decimals=asked.decimals,
            )  # fmt: skip
            rows = answer.answer(self.store, question, clock)
            said, overlapping = answer.as_json(question, rows, clock), overlap(self.store, question, rows, clock)
            said = said if overlapping is None else overlapping.as_json(said, rows)
            self._reports[name] = said["rows"]
        return self._reports[name]


class Question(Protocol):
    """One figure, asked of both places."""

    def stored(self, asked: CityStore) -> Any:
        """What `report` answers. Blocks on the store."""

    def live(self, page: LivePage) -> Any:
        """What the live page of the city shows; NotShown where it does not know."""


Codes = tuple[tuple[str, str], ...]
"""Names of dimensions with a code each."""


@dataclass(frozen=True)
class Report:
    """A row of `citywatch report MEASURE`, with the options of the command line.

    by: the unit and the dimensions; key: the codes of the row by its dimensions. Without a unit the row is the whole
    span. take: `value`, `percent`, `z`, `usual` (whether the change is within the usual variation), `before` (the value
    of the span compared with), `share` (of the figure, where rows overlap), `coverage`, `status`, `seconds_mean`,
    `bucket:SECONDS` (how many took at most so long), `sum` and `rows` (of the values of all rows, and how many there
    are).
    """

    measure: str
    when: TimeOptions
    take: str = "value"
    by: str = ""
    key: Codes = ()
    compare: str = ""
    where: Codes = ()
    decimals: int = 1

    def stored(self, asked: CityStore) -> Any:
        return self._answered(asked.report(self))

    def live(self, page: LivePage) -> Any:
        """Of a window of `/live`, where it has one; else as it answers who asks for the figure."""
        shown = self._windowed(page.page, page.city)
        if not isinstance(shown, NotShown):
            return shown
        words = {"compare": self.compare, "where": ",".join("=".join(pair) for pair in self.where)}
        given = {name: text for name, text in words.items() if text}
        dimensions = MEASURES[self.measure].dimensions
        said = page.figure(self.measure, self.when, self.by, dimensions, decimals=str(self.decimals), **given)
        if isinstance(said, NotShown):
            return said
        try:
            return self._answered(said["rows"])
        except KeyError as lacking:
            if self.take.startswith("bucket:"):
                return NotShown(f"of how long things took only the edges that are shown are kept, not {lacking}")
            if self.take in _NOT_LIVE:
                return NotShown(f"`/live/figure` has no {self.take} of a row")
            raise

    def _answered(self, every: Sequence[Any]) -> Any:
        if self.take in _OF_ALL_ROWS:
            return _OF_ALL_ROWS[self.take](every)
        rows = [row for row in every if row["by"] == dict(self.key)]
        if len(rows) > 1:
            raise ValueError(f"{self} asks for {len(rows)} rows")
        return _taken(rows[0], self.take, self.compare) if rows else (0 if self.take == "value" else None)

    def _windowed(self, page: Page, city: City) -> Any:
        shown = next((each for each in page["measures"] if each["measure"] == self.measure), None)
        if shown is None or self.where or self.take in _OF_ALL_ROWS:
            return NO_WINDOW
        unit, _ = split_by(self.by, MEASURES[self.measure].dimensions)
        asked = asked_time(self.when, unit, city, city.tz, page["as_of"])
        ends = asked.span.end if page["as_of"] is None else min(asked.span.end, shown["as_of"])
        wanted = f"{LIVE_CAMPAIGN}{self.when.campaign}" if self.when.campaign else asked.unit
        for period in shown["periods"]:
            same = (period["current"]["from"], period["current"]["to"]) == (asked.span.start, ends)
            if same and period["period"] == wanted:
                return _windowed(period, self)
        return NO_WINDOW


_NOT_LIVE = ("share", "seconds_mean", "status")
"""Of a row what the store alone says."""

_OF_ALL_ROWS: Mapping[str, Callable[[Sequence[Any]], int]] = {
    "sum": lambda rows: sum(row["value"] for row in rows),
    "rows": len,
}


def _taken(row: Mapping[str, Any], take: str, compare: str) -> Any:
    """What is asked for, of a row of `report --json`."""
    name, _, further = take.partition(":")
    if name == "bucket":
        return row["buckets"][further]
    if name == "before":
        return row[compare]["value"]
    if name == "usual":
        return abs(row[compare]["z"]) < UNUSUAL
    return row[compare][name] if name in ("percent", "z") else row[name]


def _windowed(period: Page, asked: Report) -> Any:
    """What is asked for, of a window of the live page."""
    name, _, further = asked.take.partition(":")
    if name in ("bucket", "seconds_mean"):
        shares = period["shares"] and period["shares"]["current"]
        if not shares or asked.key:
            return NO_WINDOW
        return shares["within"].get(further, NO_WINDOW) if name == "bucket" else _mean(shares)
    if name == "coverage":
        return period["coverage"]["current"]
    row = _row(period, dict(asked.key))
    if row is NO_WINDOW or name == "status":
        return NO_WINDOW
    measure = MEASURES[asked.measure]
    if name == "value":
        return row["value"] and measure.shown(row["value"])
    if asked.compare not in row:
        return NO_WINDOW
    before = row[asked.compare]
    if name == "percent" and asked.decimals != 1:  # the page rounds to one
        return NO_WINDOW
    if name == "before":
        return before["value"] and measure.shown(before["value"])
    return abs(before["z"]) < UNUSUAL if name == "usual" else before[name]


def _row(period: Page, key: Mapping[str, str]) -> Any:
    if not key:
        return period["total"]
    if len(key) > 1 or not key.keys() <= {"class", "beat"}:
        return NO_WINDOW
    ((dimension, code),) = key.items()
    rows = period["classes" if dimension == "class" else "beats"]
    return next((row for row in rows if row["code"] == code), NO_WINDOW)


def _mean(shares: Page) -> float | None:
    return round(shares["seconds_sum"] / shares["n"], 1) if shares["n"] else None


@dataclass(frozen=True)
class Behind:
    """How many lines with a verdict `citywatch events MEASURE` has, of those with these codes."""

    measure: str
    when: TimeOptions
    verdict: str
    codes: Codes = ()

    def stored(self, asked: CityStore) -> int:
        measure, city = MEASURES[self.measure], asked.city
        when = asked_time(self.when, None, city, city.tz, asked.clock(measure).as_of)
        lines = [
            line
            for part in when.parts()
            for line in behind(asked.store, city.tz, part, Where(measure, city), payload=False)
        ]
        return sum(line.verdict == self.verdict and dict(self.codes).items() <= line.dims.items() for line in lines)

    def live(self, page: LivePage) -> NotShown:
        return NotShown("the lines behind a figure are raw rows: the store alone has them")


@dataclass(frozen=True)
class Streak:
    """What `citywatch report MEASURE --streak falling` says: its `streak`, `since`, or the month in which it was
    `broken`."""

    measure: str
    when: TimeOptions
    take: str
    direction: Direction = "falling"

    def stored(self, asked: CityStore) -> Any:
        measure, city = MEASURES[self.measure], asked.city
        clock = asked.clock(measure)
        when = streak_time(self.when, None, city.tz, clock)
        question = answer.Question(measure, city, city.tz, when.span, when.unit, (), ("year",))
        found = streaks(asked.store, question, clock, self.direction)
        return streaks_json(question, found, clock, self.direction)[self.take]

    def live(self, page: LivePage) -> Any:
        """In the months that are held: they may be fewer."""
        said = page.streak(self.measure, self.direction, self.when.to)
        if isinstance(said, NotShown):
            return said
        if said["at_least"] and self.take in ("streak", "since"):
            return NotShown(f"{said['streak']} months at least, since {said['since']}: those before are not held")
        return said[self.take]


@dataclass(frozen=True)
class Added:
    """The sum of several figures."""

    parts: tuple[Question, ...]

    def stored(self, asked: CityStore) -> Any:
        return sum(part.stored(asked) for part in self.parts)

    def live(self, page: LivePage) -> Any:
        found = [part.live(page) for part in self.parts]
        return next((each for each in found if isinstance(each, NotShown)), None) or sum(found)


def span(since: str, until: str) -> TimeOptions:
    """`--from` and `--to`."""
    return TimeOptions(since, until)


def campaign(name: str) -> TimeOptions:
    """`--campaign`."""
    return TimeOptions(campaign=name)


def year_to(until: str) -> TimeOptions:
    """`--ytd --to`."""
    return TimeOptions(to=until, ytd=True)


def nights(first: str, last: str) -> TimeOptions:
    """`--nights`."""
    return TimeOptions(nights=f"{first}..{last}")


def at(text: str) -> int:
    """A local time of the scenarios' cities (UTC+8, without summer time) in Unix seconds: `2022-06-25` or with
    ` 22:10:00`."""
    day, _, time = text.partition(" ")
    return epoch(f"{day}T{time or '00:00:00'}+08:00")
