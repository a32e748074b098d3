"""Stocks as they are now, kept up with each step: what is shown costs what has changed, not what there is.

A stock goes up to the moment that all figures of its topic in the city go up to: it is that of all steps before it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import NamedTuple

from figures.periods import Period, period_of
from figures.queries.places import Places
from figures.subjects import Standing, Subject
from schemas.cities import Cities, City
from schemas.derived import STOCKS
from schemas.family import BEAT
from schemas.stock import Stock
from streams.live.subjects import Name, Subjects

CityTopic = tuple[str, str]
"""City and input topic: what goes up to one moment."""


_FEW_BEGUN = 1_024
"""Subjects that began which are never sorted out."""

_MOST_MADE = 16_384
"""Different parts that are kept to be taken again."""


class Part(NamedTuple):
    """What a subject adds to a stock; `codes` by the dimensions that are shown."""

    stock: str
    codes: tuple[str, ...]
    counts: bool
    value: int
    unmatched: int


class Added(NamedTuple):
    """What a subject adds to a stock that it is of: whether it counts, how much, and whether it was never opened."""

    counts: bool
    amount: int
    unmatched: int


class Flow(NamedTuple):
    """How often a subject began to count in a stock, and ceased to, since the local day began."""

    stock: str
    came: int
    went: int


class _Held(NamedTuple):
    begun: int
    parts: tuple[Part, ...]
    day: int = 0
    flows: tuple[Flow, ...] = ()
    """Of the local day that begins then."""


@dataclass
class Level:
    """value, unmatched: as `report` has them. by: the value by dimension and code of the city's lists. came, went: how
    often subjects began to count and ceased to since the local day began; together with the number at its beginning
    they give the number now. Of a sum they are 0."""

    value: int = 0
    unmatched: int = 0
    came: int = 0
    went: int = 0
    by: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    begun: list[tuple[int, Name]] = field(default_factory=list)
    """A heap: when each subject began that counts, or has counted."""
    most_begun: int = _FEW_BEGUN
    """At so many those that count no more are left out."""


def day_of(moment: int, tz: str) -> int:
    """When the local day began that holds the last second before a moment."""
    return period_of(moment - 1, "day", tz).start


def added_by(stock: Stock, standing: Standing, said: Mapping[str, str]) -> Added | None:
    """None where it adds nothing. said: its codes and attributes as texts."""
    counts = standing.state in stock.counted and (standing.is_begun or not stock.opened_only)
    if not stock.takes(said) or not (counts or not standing.is_matched):
        return None
    amount = 1 if stock.value is None else int(said.get(stock.value, 0))
    return Added(counts, amount if counts else 0, int(not standing.is_matched))


def _counting(stock: Stock, states: Iterable[str]) -> Iterator[bool]:
    """Whether a subject counts that has had these states one after the other, in each of them."""
    life, is_begun = stock.lifecycle, not stock.opened_only
    for state in states:
        if stock.opened_only and state in life.turns:
            is_begun = state == life.states[0]
        yield is_begun and state in stock.counted


def shown_by(stock: Stock) -> tuple[str, ...]:
    """The dimensions that a stock is kept by: the beat, and its labels."""
    return tuple(dict.fromkeys((BEAT, *stock.labels)))


def counted(stocks: Iterable[Stock] = STOCKS.values()) -> dict[str, frozenset[str]]:
    """By lifecycle the states in which subjects count in any of them."""
    found: dict[str, frozenset[str]] = {}
    for stock in stocks:
        found[stock.lifecycle.name] = found.get(stock.lifecycle.name, frozenset()) | stock.counted
    return found


class LiveStocks:
    """The stocks of all cities. Not thread-safe: hold the lock of the state that it belongs to. Nothing here blocks."""

    def __init__(self, cities: Cities, subjects: Subjects, stocks: Iterable[Stock] = STOCKS.values()) -> None:
        self.stocks = {stock.name: stock for stock in stocks}
        self._shown = {name: shown_by(stock) for name, stock in self.stocks.items()}
        self._topics = {stock.lifecycle.name: stock.topic for stock in self.stocks.values()}
        self._subjects = subjects
        self._changes = subjects.changes()
        self._cities = cities.by_source
        self._tz = {city.name: city.tz for city in self._cities.values()}
        self._of_life: dict[str, list[Stock]] = defaultdict(list)
        for stock in self.stocks.values():
            self._of_life[stock.lifecycle.name].append(stock)
        self._looked_at: dict[tuple[str, str], tuple[str, ...]] = {}
        self._made: dict[tuple[object, ...], tuple[Part, ...]] = {}
        self._levels: dict[tuple[str, str], Level] = defaultdict(Level)
        self._held: dict[Name, _Held] = {}
        self._places: dict[tuple[str, str], Places] = {}
        self._moments: dict[CityTopic, int] = {}
        self._days: dict[CityTopic, int] = {}
        self._touched: dict[CityTopic, set[Name]] = defaultdict(set)
        self._later: dict[CityTopic, list[tuple[int, Name]]] = defaultdict(list)

    def level(self, city: City, stock: Stock, moment: int) -> Level:
        """A stock after all steps before a moment. Not to be changed. Looks at what has changed since the last call,
        and at all subjects where the moment is an earlier one."""
        self._sort()
        self._advance((city.name, stock.topic), moment)
        return self._levels[city.name, stock.name]

    def oldest(self, city: City, stock: Stock, moment: int) -> int | None:
        """For how many seconds that subject has been there which began first; None where none counts."""
        begun = self.level(city, stock, moment).begun
        while begun and not self._still_counts(stock, *begun[0]):
            heappop(begun)
        return moment - begun[0][0] if begun else None

    def settle(self, moments: Mapping[CityTopic, int], most: int) -> bool:
        """Looks at so many of the subjects that have changed; whether there are more."""
        self._sort()
        for of, now in moments.items():
            if of not in self._moments:
                self._begin(of, now)
            names, moment = self._touched[of], self._moments[of]
            while names and most > 0:
                self._look(of, names.pop(), moment)
                most -= 1
        return any(self._touched[of] for of in moments)

    def _sort(self) -> None:
        for name in self._changes.take():
            if name[0] in self._of_life and name[1] in self._cities:
                self._touched[self._of(name)].add(name)

    def _of(self, name: Name) -> CityTopic:
        return self._cities[name[1]].name, self._topics[name[0]]

    def _advance(self, of: CityTopic, moment: int) -> None:
        touched, later = self._touched[of], self._later[of]
        if moment < self._moments.get(of, moment):
            touched.update(name for name in self._held if self._of(name) == of)
            later.clear()
        self._begin(of, moment)
        while later and later[0][0] < moment:
            touched.add(heappop(later)[1])
        while touched:
            self._look(of, touched.pop(), moment)

    def _begin(self, of: CityTopic, moment: int) -> None:
        """From now on this is the moment; with another day all begins to come and go anew."""
        if self._moments.get(of) == moment:
            return
        self._moments[of] = moment
        day = day_of(moment, self._tz[of[0]])
        if self._days.get(of) != day:
            self._days[of] = day
            for stock in self.stocks.values():
                if stock.topic == of[1]:
                    level = self._levels[of[0], stock.name]
                    level.came = level.went = 0

    def _look(self, of: CityTopic, name: Name, moment: int) -> None:
        """What a subject adds now, in place of what it has added."""
        city, subject, day = self._cities[name[1]], self._subjects.find(name), self._days[of]
        before = self._held.pop(name, None)
        if before is not None:
            self._add(city, before.parts, -1)
            self._flow(city, before.flows if before.day == day else (), -1)
        if subject is None or not subject.steps:
            return
        if (coming := next((step.time for step in subject.steps if step.time >= moment), None)) is not None:
            heappush(self._later[of], (coming, name))
        standing = subject.at(moment - 1)
        if standing is None:
            self._held[name] = _Held(0, ())
            return
        flows = tuple(self._flows(name[0], subject, standing, Period(day, moment)))
        now = self._held[name] = _Held(standing.begun, self._parts(city, name[0], standing), day, flows)
        self._add(city, now.parts, 1)
        self._flow(city, flows, 1)
        known = () if before is None or before.begun != now.begun else before.parts
        counted = {part.stock for part in known if part.counts}
        for part in now.parts:
            if part.counts and part.stock not in counted:
                self._began(self.stocks[part.stock], self._levels[city.name, part.stock], (now.begun, name))

    def _began(self, stock: Stock, level: Level, began: tuple[int, Name]) -> None:
        """Of subjects that come and go again and again each is kept once, also where the oldest one stays for ever."""
        heappush(level.begun, began)
        if len(level.begun) > level.most_begun:
            level.begun = sorted({each for each in level.begun if self._still_counts(stock, *each)})
            level.most_begun = max(_FEW_BEGUN, 2 * len(level.begun))

    def _parts(self, city: City, life: str, standing: Standing) -> tuple[Part, ...]:
        """Equal ones are one object: of many subjects few differ in what they add."""
        said = standing.said
        names = self._looked_at.get((city.name, life)) or self._names(city, life)
        key = (city.name, life, standing.state, standing.is_matched, standing.is_begun, *map(said.get, names))
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= _MOST_MADE:
                self._made.clear()
            texts = {name: str(value) for name, value in said.items()}
            found = self._made[key] = tuple(self._make(city, life, standing, texts))
        return found

    def _names(self, city: City, life: str) -> tuple[str, ...]:
        """The codes and attributes by which it goes what a subject adds."""
        names: dict[str, None] = {}
        for stock in self._of_life[life]:
            names |= dict.fromkeys((*stock.where, *self._places_of(city, stock).names))
            if stock.value is not None:
                names[stock.value] = None
        self._looked_at[city.name, life] = found = tuple(names)
        return found

    def _make(self, city: City, life: str, standing: Standing, said: Mapping[str, str]) -> Iterator[Part]:
        for stock in self._of_life[life]:
            added = added_by(stock, standing, said)
            if added is not None:
                places = self._places_of(city, stock)
                yield Part(stock.name, places.key([said.get(name, "") for name in places.names]) or (), *added)

    def _flows(self, life: str, subject: Subject, standing: Standing, day: Period) -> Iterator[Flow]:
        """How it came and went in a part of a day; which stocks it is of, its codes at the end of it say."""
        steps = subject.steps
        first = bisect_left(steps, day.start, key=lambda step: step.time)
        states = [step.state for step in steps[first:] if step.time < day.end]
        if not states:
            return
        texts = {name: str(value) for name, value in standing.said.items()}
        for stock in self._of_life[life]:
            if stock.value is not None or not stock.takes(texts):
                continue
            since = 0 if stock.opened_only else max(0, first - 1)  # what is from an opening on looks at all before
            every = list(_counting(stock, [*(step.state for step in steps[since:first]), *states]))
            counts = every[first - since :]
            before = [first > 0 and every[first - since - 1], *counts]
            came = sum(now > then for then, now in zip(before, counts, strict=False))
            went = sum(now < then for then, now in zip(before, counts, strict=False))
            if came or went:
                yield Flow(stock.name, came, went)

    def _flow(self, city: City, flows: Iterable[Flow], sign: int) -> None:
        for flow in flows:
            level = self._levels[city.name, flow.stock]
            level.came += sign * flow.came
            level.went += sign * flow.went

    def _places_of(self, city: City, stock: Stock) -> Places:
        found = self._places.get((city.name, stock.name))
        if found is None:
            found = self._places[city.name, stock.name] = Places(stock.lifecycle, city, shown_by(stock), {})
        return found

    def _add(self, city: City, parts: Iterable[Part], sign: int) -> None:
        for part in parts:
            level = self._levels[city.name, part.stock]
            level.value += sign * part.value
            level.unmatched += sign * part.unmatched
            for dimension, code in zip(self._shown[part.stock], part.codes, strict=True):
                level.by[dimension][code] += sign * part.value

    def _still_counts(self, stock: Stock, begun: int, name: Name) -> bool:
        held = self._held.get(name)
        return (
            held is not None
            and held.begun == begun
            and any(part.counts and part.stock == stock.name for part in held.parts)
        )
