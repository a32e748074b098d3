"""The gauges of windows: each measure over the hour to the year and the campaigns that run, and over what they are
compared with.

By a dimension there is a gauge of its own, of fewer windows: so no sum counts twice, and the page stays small where a
city has many beats. The others are on `/live` and in `report`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from runtime.metrics import Declared
from schemas.measures import MEASURES, Measure
from streams.live.exposition import Pairs, declared, head, labelled, sample
from streams.live.figures import SPANS, WINDOWS, Frame, frame, made_of
from streams.live.plan import Numbers
from streams.live.state import CityState, Counts

BY_PERIODS = ("day", "month")
"""What is shown by a dimension, of the span that runs."""

_WINDOW = ("period", "span")

COVERAGE = declared(
    "window_coverage_ratio",
    ("city", "topic", *_WINDOW),
    "The share of the span that is known, for measures of the topic's events: below 1 it is not to be compared",
)


@dataclass(frozen=True)
class Gauge:
    """One gauge of a measure. Without a dimension over all windows, with one over those of BY_PERIODS. `of` gives the
    values of a sample with what tells them apart."""

    name: str
    meaning: str
    of: Callable[[Numbers], Iterable[tuple[Pairs, int | str]]]
    dimension: str = ""
    further: tuple[str, ...] = ()

    @property
    def dimensions(self) -> tuple[str, ...]:
        return (self.dimension,) if self.dimension else ()

    @cached_property
    def declared(self) -> Declared:
        window = ("period",) if self.dimension else _WINDOW
        return declared(self.name, ("city", *self.dimensions, *window, *self.further), self.meaning)


@cache
def of(measure: Measure) -> tuple[Gauge, ...]:
    """The gauge of its value, those by its labels; for a phase those of its seconds and of how many took 1, 3 and 5
    minutes at most."""
    what, phase = f"{measure.zh} {measure.en}", measure.phase
    meaning = f"{what}{' (number)' if phase else ' (seconds)' if measure.in_minutes else ''}"

    def value(found: Numbers) -> Iterable[tuple[Pairs, int | str]]:
        return (((), found.seconds_sum if measure.in_minutes else measure.shown(found.value)),)

    found = [Gauge(measure.gauge, meaning, value)]
    found += [Gauge(f"{measure.gauge}_by_{label}", f"{meaning}, by {label}", value, label) for label in measure.labels]
    if phase is not None:
        edges = [(("seconds", str(edge)),) for edge in phase.shown]
        found.append(
            Gauge(f"window_{measure.name}_seconds", f"{what}: sum of seconds", lambda found: (((), found.seconds_sum),))
        )
        found.append(
            Gauge(
                f"{measure.gauge}_within",
                f"{what}: number that took at most so many seconds",
                lambda found: zip(edges, found.within, strict=True),
                further=("seconds",),
            )
        )
    return tuple(found)


def all_declared() -> Iterator[Declared]:
    """Every gauge that `text` may show."""
    yield COVERAGE
    for measure in MEASURES.values():
        yield from (gauge.declared for gauge in of(measure))


def text(cities: Iterable[CityState]) -> Iterator[str]:
    """The lines of all of them. Hold the state's lock."""
    every = list(cities)
    yield from head(COVERAGE)
    for city in every:
        for measure in {measure.topic: measure for measure in MEASURES.values()}.values():
            yield from _coverage(city, measure)
    for measure in MEASURES.values():
        fed = [(city, found) for city in every if measure.topic in city.topics and (found := frame(city, measure))]
        for gauge in of(measure):
            yield from head(gauge.declared)
            for city, found in fed:
                yield from _samples(gauge, measure, city, found)


def _coverage(city: CityState, measure: Measure) -> Iterator[str]:
    found = frame(city, measure)
    if found is None:
        return
    names = ((window.period, name) for window in found.running for name in SPANS)
    for (period, name), share in zip(names, found.coverage, strict=True):
        pairs = (("city", city.city.name), ("topic", measure.topic), ("period", period), ("span", name))
        yield sample("window_coverage_ratio", pairs, share)


class _Lines(NamedTuple):
    """The lines of a gauge, and what they were made of."""

    periods: tuple[str, ...]
    shown: tuple[bool, ...]
    counts: Counts
    lines: list[str]


def _samples(gauge: Gauge, measure: Measure, city: CityState, found: Frame) -> list[str]:
    """As they were last, where nothing that is in them is another."""
    periods = tuple(window.period for window in found.running)
    shown = tuple(share > 0 for share in found.coverage)
    counts = city.counts(measure, gauge.dimensions, found.spans, WINDOWS)
    last = city.made.get(("gauge", gauge.name))
    if isinstance(last, _Lines) and last.counts is counts and (last.periods, last.shown) == (periods, shown):
        return last.lines
    lines = list(_lines(gauge, measure, city, periods, shown, counts))
    city.made["gauge", gauge.name] = _Lines(periods, shown, counts, lines)
    return lines


def _lines(
    gauge: Gauge, measure: Measure, city: CityState, periods: Sequence[str], shown: Sequence[bool], counts: Counts
) -> Iterator[str]:
    names = [_named(gauge, period, span) for period in periods for span in SPANS]
    wanted = [at for at, name in enumerate(names) if name]
    made = made_of(measure)
    for label, found in zip(counts.labels, counts.numbers[wanted].transpose(2, 0, 1).tolist(), strict=True):
        for at, sums in zip(wanted, found, strict=True):
            number = made(sums)
            if number.value or shown[at]:  # what nobody knows is no 0
                pairs = labelled(city.city.name, gauge.dimensions, label, names[at])
                for further, value in gauge.of(number):
                    yield sample(gauge.name, (*pairs, *further), value)


def _named(gauge: Gauge, period: str, span: str) -> Pairs:
    """The labels of a window; none where the gauge does not show it."""
    if not gauge.dimension:
        return (("period", period), ("span", span))
    return (("period", period),) if period in BY_PERIODS and span == SPANS[0] else ()
