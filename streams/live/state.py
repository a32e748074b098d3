"""The state of `analyse`: every city's cells, adjustments and clocks, and how far they are read."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from figures.known import Facts, Known, awaited, city_known, is_continued, known_from_start
from figures.periods import Period
from figures.queries.where import Where
from figures.spans import Spans, common_of
from runtime.log import LogPartition
from schemas.cities import Cities, City
from schemas.control import pane_end
from schemas.live import NOT_LOADED
from schemas.measures import MEASURES, Measure
from schemas.records import Cell, PaneRecord, Progress, Seam, SourceGap, Step
from schemas.stock import Stock
from streams.live.alarms import LiveAlarms
from streams.live.handover import Handover
from streams.live.plan import Codes, Fold, Label, Shown, labels_of, shown_of
from streams.live.rollup import Rollup
from streams.live.sliding import Floats, Ints, TakesHour
from streams.live.stocks import LiveStocks, counted
from streams.live.subjects import Subjects

KEPT = 740 * 86_400
"""Seconds of event time before a city's clock that its gauges can reach: a year and the year before it, also where that
year is a campaign that is over since a week.
"""

_KEPT_SUMS = 64
"""Of each type: more than the windows have spans."""

Identity = tuple[str, str, int, str, Codes]
"""Log, topic, partition, source, codes: a cell of a type without its pane."""

Asked = tuple[Measure, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Counts:
    """A measure over several spans: `numbers` by span, row of `Shown.rows`, and label. Another object where anything
    is another."""

    labels: tuple[Label, ...]
    numbers: Ints


class Places(NamedTuple):
    """`places[n]`: the label under which `series[n]` counts; some series count under several."""

    labels: list[Label]
    series: Ints
    places: Ints


@dataclass
class History:
    """Many cells of one city and type: identities, and for each cell the place of its own among them."""

    identities: list[Identity]
    which: Ints
    panes: Ints
    versions: Ints
    numbers: Floats


class CityState:
    """Cells and adjustments of one city, by type. Adjustments are signed and replaced as a whole."""

    def __init__(self, city: City, kinds: Mapping[str, Shown], facts: Facts) -> None:
        self.city = city
        self.shown = kinds
        self.topics = frozenset(topic for source in city.sources.values() for topic in source.topics)
        """Inputs that its sources write to: it has no figures of others."""
        self._facts = facts
        self._known: dict[str, tuple[int, Known]] = {}
        self.clocks: dict[str, int] = {}
        self.revisions = dict.fromkeys(kinds, 0)
        """By type: another number when its figures may be others."""
        self.made: dict[Hashable, object] = {}
        """What was made last of figures, by what it is, with all that it was made of: for who made it."""
        self._moved: dict[str, float] = {}
        self._floor = 0
        self._cells = {name: Rollup(family.width, city.tz) for name, family in kinds.items()}
        self._adjusted: dict[str, Rollup] = {}
        self._series: dict[str, list[Codes]] = {name: [] for name in kinds}
        self._numbered: dict[str, dict[Identity, int]] = {name: {} for name in kinds}
        self._folds: dict[Asked, Fold] = {}
        self._summed: dict[str, tuple[int, dict[tuple[int, int, TakesHour | None], Floats]]] = {}
        self._counts: dict[Hashable, tuple[Hashable, Counts]] = {}

    @property
    def clock(self) -> int | None:
        """The furthest clock of its sources; None before any heartbeat."""
        return max(self.clocks.values(), default=None)

    @property
    def as_of(self) -> int | None:
        """The clock rounded up to the end of a pane: the furthest that any figure goes."""
        return None if self.clock is None else pane_end(self.clock)

    def known(self, figure: Measure | Stock) -> Known:
        """What is known of a figure's topic, and up to when its figures go."""
        return self.known_of_topic(figure.topic)

    def known_of_topic(self, topic: str) -> Known:
        revision = self._facts.revision
        found = self._known.get(topic)
        if found is None or found[0] != revision:
            found = self._known[topic] = revision, city_known(self._facts, self.city, [topic])
        return found[1]

    def known_from_start(self, stock: Stock) -> Period | None:
        """Up to when all is known since the start of its topic."""
        return known_from_start(self._facts, self.city, [stock.topic])

    def known_of(self, source: str) -> Spans:
        """What is known of one source in every topic that it writes."""
        return common_of(self._facts.known(source, topic).spans for topic in self.city.sources[source].topics)

    def awaited_to(self, source: str) -> int | None:
        """Where the source begins that goes on from this one; None where there is none yet."""
        topics = self.city.sources[source].topics
        rests = [rest for topic in topics if (rest := awaited(self._facts, self.city, source, topic)) is not None]
        return max((rest.end for rest in rests), default=None)

    def is_continued(self, source: str) -> bool:
        """Whether another source goes on from this one in each of its topics, and all of it has come."""
        topics = self.city.sources[source].topics
        return all(self.continues(source, topic) for topic in topics)

    def continues(self, source: str, topic: str) -> bool:
        """Whether another source goes on from this one in a topic, and all of it has come."""
        return is_continued(self._facts, self.city, source, topic)

    @property
    def since(self) -> int | None:
        """Start of the earliest pane held."""
        starts = [rollup.first_pane for rollup in self._cells.values()]
        return min((start for start in starts if start is not None), default=None)

    @property
    def floor(self) -> int:
        """Panes that start before it are in no figure: the slowest measure's earliest span begins later."""
        ends = [known.as_of for known in map(self.known, MEASURES.values()) if known.as_of is not None]
        return max(0, min(ends, default=0) - KEPT)

    def quiet(self, source: str) -> float:
        """Seconds of this process's time since the source's clock last moved."""
        return time.monotonic() - self._moved.setdefault(source, time.monotonic())

    def move(self, source: str, clock: int) -> bool:
        """A source's clock. Whether the city's figures go up to a further pane now."""
        before = self.as_of
        if clock > self.clocks.get(source, clock - 1):
            self.clocks[source] = clock
            self._moved[source] = time.monotonic()
        return self.as_of != before

    def forget(self) -> None:
        """Leaves out what is before the floor. Not before all clocks were heard: it never comes back."""
        floor = self.floor
        if floor > self._floor:
            self._floor = floor
            for rollup in self._cells.values():
                rollup.keep_from(floor)

    def put(self, cell: Cell) -> None:
        identity = (cell.log, cell.topic, cell.partition, cell.source, cell.key[1:])
        numbers = self.shown[cell.type].numbers(cell.count, cell.values)
        self.revisions[cell.type] += 1
        self._cells[cell.type].put(self._number(cell.type, identity), cell.pane, cell.version, numbers)

    def load(self, name: str, history: History) -> None:
        self.revisions[name] += 1
        self._cells[name].load(self._numbers(name, history), history.panes, history.versions, history.numbers)

    def adjust(self, name: str, history: History) -> None:
        """Replaces all adjustments of a type. Where there were none and are none its figures stay what they are."""
        if not len(history.panes) and name not in self._adjusted:
            return
        self.revisions[name] += 1
        rollup = Rollup(self.shown[name].width, self.city.tz)
        rollup.load(self._numbers(name, history), history.panes, history.versions, history.numbers)
        self._adjusted[name] = rollup

    def by_codes(self, name: str, start: int, end: int) -> Iterator[tuple[Codes, int]]:
        """How many events of a type came in `[start, end)`, by their codes as they came; a set of codes may come more
        than once."""
        series = self._series[name]
        numbers = self._cells[name].sums(start, end, None, len(series))[0]
        if name in self._adjusted:
            numbers = numbers + self._adjusted[name].sums(start, end, None, len(series))[0]
        yield from zip(series, np.rint(numbers).astype(np.int64).tolist(), strict=True)

    def count(self, measure: Measure, dimensions: tuple[str, ...], start: int, end: int) -> tuple[list[Label], Ints]:
        """The measure's numbers over `[start, end)` by the labels of the dimensions: one column per label,
        and the rows of `Shown.rows`.
        """
        numbers = self._sums(measure.type, start, end, measure.takes_hour if measure.hours else None)
        fold = self._fold(measure, dimensions)
        return fold.labels, fold.sums(numbers.T[None])[0]

    def counts(
        self, measure: Measure, dimensions: tuple[str, ...], spans: tuple[Period, ...], of: Hashable = None
    ) -> Counts:
        """The same over spans that are asked for again and again as they move on, all of a type at once: what it costs
        is what has come, and what their edges have passed. of: what the spans are of."""
        name, hours = measure.type, measure.takes_hour if measure.hours else None
        rollups = (self._cells[name], *([self._adjusted[name]] if name in self._adjusted else []))
        slides = [rollup.slide(spans, hours, of) for rollup in rollups]
        made_of = (len(self._series[name]), *((slide, slide.version) for slide in slides))
        kept = self._counts.get((measure, dimensions, of))
        if kept is None or kept[0] != made_of:
            fold = self._fold(measure, dimensions)
            numbers = sum((fold.sums(slide.sums) for slide in slides[1:]), fold.sums(slides[0].sums))
            kept = self._counts[measure, dimensions, of] = made_of, Counts(tuple(fold.labels), numbers)
        return kept[1]

    def sums_once(self, measure: Measure, span: Period) -> tuple[Floats, Floats]:
        """Of a span that is not asked for again: numbers by their rows and series, and how many adjustments are in them
        by series."""
        name, hours = measure.type, measure.takes_hour if measure.hours else None
        size = len(self._series[name])
        numbers, adjusted = self._cells[name].sums(span.start, span.end, hours, size, keep=False), np.zeros(size)
        if (adjustments := self._adjusted.get(name)) is not None:
            numbers = numbers + adjustments.sums(span.start, span.end, hours, size, keep=False)
            adjusted = adjustments.cells(span.start, span.end, hours, size)
        return numbers, adjusted

    def places(self, where: Where, dimensions: tuple[str, ...]) -> Places:
        """Under which labels of a question each series of its type counts."""
        labels: dict[Label, int] = {} if dimensions else {(): 0}
        found = [
            (series, labels.setdefault(label, len(labels)))
            for series, codes in enumerate(self._series[where.measure.type])
            if where.takes(codes)
            for label in labels_of(where.measure, self.city, dimensions, codes)
        ]
        series, places = np.array(found, np.int64).reshape(-1, 2).T
        return Places(list(labels), series, places)

    def _fold(self, measure: Measure, dimensions: tuple[str, ...]) -> Fold:
        fold = self._folds.get((measure, dimensions))
        if fold is None:
            rows = self.shown[measure.type].rows(measure)
            fold = self._folds[measure, dimensions] = Fold(measure, self.city, dimensions, rows)
        fold.extend(self._series[measure.type])
        return fold

    def _sums(self, name: str, start: int, end: int, hours: TakesHour | None) -> Floats:
        """Of all series of a type; kept while its cells stand, since several measures and dimensions ask for it."""
        revision, kept = self._summed.get(name, (-1, {}))
        if revision != self.revisions[name] or len(kept) >= _KEPT_SUMS:
            kept = {}
            self._summed[name] = self.revisions[name], kept
        asked = (start, end, hours)
        found = kept.get(asked)
        if found is None:
            size = len(self._series[name])
            found = self._cells[name].sums(start, end, hours, size)
            if name in self._adjusted:
                found = found + self._adjusted[name].sums(start, end, hours, size)
            kept[asked] = found
        return found

    def __len__(self) -> int:
        """Cells held."""
        return sum(len(rollup) for rollup in self._cells.values())

    def _number(self, name: str, identity: Identity) -> int:
        known = self._numbered[name]
        number = known.get(identity)
        if number is None:
            number = known[identity] = len(known)
            self._series[name].append(identity[4])
        return number

    def _numbers(self, name: str, history: History) -> Ints:
        numbers = [self._number(name, identity) for identity in history.identities]
        return np.array(numbers, np.int64)[history.which]


@dataclass
class LiveState:
    """All cities. Hold `lock` while reading or changing it: pages are served from threads of their own.

    fixtures: the cities of `citywatch acceptance`, which only who asks for one of them by its name is shown.
    """

    cities: dict[str, CityState]
    by_source: Mapping[str, CityState]
    facts: Facts
    subjects: Subjects
    alarms: LiveAlarms
    stocks: LiveStocks
    handover: Handover
    progress: dict[LogPartition, Progress] = field(default_factory=dict)
    read: dict[LogPartition, int] = field(default_factory=dict)
    adjusted_to: dict[LogPartition, int] = field(default_factory=dict)
    unmatched: int = 0
    history_loaded: bool = False
    note: str = NOT_LOADED
    fixtures: dict[str, CityState] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def of(cls, cities: Cities, measures: Iterable[Measure] = MEASURES.values(), lateness: int = 0) -> LiveState:
        """Empty, for the declared cities and measures. `lateness`: in seconds, of sources that declare none."""
        kinds, facts, handover = shown_of(measures), Facts(), Handover()
        every = cities.with_fixtures()
        subjects = Subjects(facts, counted=counted(), is_from_start=lambda: handover.is_from_start)
        states = {name: CityState(city, kinds, facts) for name, city in every.by_name.items()}
        return cls(
            {name: states[name] for name in cities.by_name},
            {source: states[city.name] for source, city in every.by_source.items()},
            facts,
            subjects,
            LiveAlarms(
                every,
                subjects,
                lateness,
                is_heard=lambda source, topic: handover.is_heard(topic, facts.clocks.get((source, topic), {})),
            ),
            LiveStocks(every, subjects),
            handover,
            fixtures={name: states[name] for name in cities.fixtures},
        )

    @property
    def every(self) -> Iterator[CityState]:
        """The cities with the fixtures."""
        yield from self.cities.values()
        yield from self.fixtures.values()

    def __len__(self) -> int:
        """Cells held, of all cities."""
        return sum(len(city) for city in self.cities.values())

    @property
    def has_all_steps(self) -> bool:
        """Whether `subjects` holds every step that the clocks have passed: where not, it says nothing yet."""
        with self.lock:
            is_known = self.history_loaded or self.handover.is_from_start  # up to where all was judged
            return is_known and self.handover.is_whole(self.progress)

    def take(self, records: Sequence[PaneRecord]) -> None:
        """Records of the panes topic, in their order. Sources that are declared no more are left out."""
        for record in records:
            if isinstance(record, Progress):
                self.handover.follow(record)
                self.take_progress(record)
            elif isinstance(record, Seam | SourceGap):
                self.facts.take(record)
            elif (city := self.by_source.get(record.source)) is None:
                continue
            elif isinstance(record, Step):
                self.subjects.take(record)
            elif record.type in city.shown:
                city.put(record)

    def take_progress(self, progress: Progress) -> None:
        place = (progress.log, progress.topic, progress.partition)
        known = self.progress.get(place)
        if known is None or progress.read >= known.read:
            self.progress[place] = progress
        self.handover.judged(progress)
        self.facts.take(progress)
        for source, clock in progress.clocks.items():
            if (city := self.by_source.get(source)) is not None:
                has_moved = city.move(source, clock)
                if has_moved and self.history_loaded:
                    city.forget()
