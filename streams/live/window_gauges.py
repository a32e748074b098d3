"""The gauges of windows: each measure over the hour to the year and the campaigns that run, and over what they are
compared with.

By a dimension there is a gauge of its own, of fewer windows: so no sum counts twice, and the page stays small where a
city has many beats. The others are on `/live` and in `report`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from runtime.metrics import Declared
from schemas.measures import MEASURES, Measure
from streams.live.exposition import Pairs, declared, head, labelled, sample
from streams.live.figures import SPANS, numbers, windows
from streams.live.plan import Numbers
from streams.live.state import CityState

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

    @property
    def declared(self) -> Declared:
        window = ("period",) if self.dimension else _WINDOW
        return declared(self.name, ("city", *self.dimensions, *window, *self.further), self.meaning)


def of(measure: Measure) -> Iterator[Gauge]:
    """The gauge of its value, those by its labels; for a phase those of its seconds and of how many took 1, 3 and 5
    minutes at most."""
    what, phase = f"{measure.zh} {measure.en}", measure.phase
    meaning = f"{what}{' (number)' if phase else ' (seconds)' if measure.in_minutes else ''}"

    def value(found: Numbers) -> Iterable[tuple[Pairs, int | str]]:
        return (((), found.seconds_sum if measure.in_minutes else measure.shown(found.value)),)

    yield Gauge(measure.gauge, meaning, value)
    for label in measure.labels:
        yield Gauge(f"{measure.gauge}_by_{label}", f"{meaning}, by {label}", value, label)
    if phase is not None:
        edges = [(("seconds", str(edge)),) for edge in phase.shown]
        yield Gauge(
            f"window_{measure.name}_seconds", f"{what}: sum of seconds", lambda found: (((), found.seconds_sum),)
        )
        yield Gauge(
            f"{measure.gauge}_within",
            f"{what}: number that took at most so many seconds",
            lambda found: zip(edges, found.within, strict=True),
            further=("seconds",),
        )


def all_declared() -> Iterator[Declared]:
    """Every gauge that `text` may show."""
    yield COVERAGE
    for measure in MEASURES.values():
        yield from (gauge.declared for gauge in of(measure))


def text(cities: Iterable[CityState]) -> Iterator[str]:
    """The lines of all of them. Hold the state's lock."""
    yield from head(COVERAGE)
    for city in cities:
        for measure in {measure.topic: measure for measure in MEASURES.values()}.values():
            yield from _coverage(city, measure)
    for measure in MEASURES.values():
        for gauge in of(measure):
            yield from head(gauge.declared)
            for city in cities:
                if city.city.feeds(measure.topic):
                    yield from _samples(gauge, measure, city)


def _coverage(city: CityState, measure: Measure) -> Iterator[str]:
    known = city.known(measure)
    if known.as_of is None:
        return
    for window in windows(known.as_of, city.city):
        for name, span in zip(SPANS, window.spans, strict=True):
            pairs = (("city", city.city.name), ("topic", measure.topic), ("period", window.period), ("span", name))
            yield sample("window_coverage_ratio", pairs, known.coverage(span))


def _samples(gauge: Gauge, measure: Measure, city: CityState) -> Iterator[str]:
    known = city.known(measure)
    if known.as_of is None:
        return
    running = windows(known.as_of, city.city)
    spans = [span for window in running for span in window.spans]
    shown = [known.coverage(span) > 0 for span in spans]
    names = [_named(gauge, period, span) for period in (window.period for window in running) for span in SPANS]
    for label, found in numbers(city, measure, gauge.dimensions, spans).items():
        for name, number, is_known_at_all in zip(names, found, shown, strict=True):
            if name and (number.value or is_known_at_all):  # what nobody knows is no 0
                pairs = labelled(city.city.name, gauge.dimensions, label, name)
                for further, value in gauge.of(number):
                    yield sample(gauge.name, (*pairs, *further), value)


def _named(gauge: Gauge, period: str, span: str) -> Pairs:
    """The labels of a window; none where the gauge does not show it."""
    if not gauge.dimension:
        return (("period", period), ("span", span))
    return (("period", period),) if period in BY_PERIODS and span == SPANS[0] else ()
