"""The live figures as Prometheus text, made when asked. Names and meanings come from the declared
measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from figures.spans import length
from figures.spikes import DAYS, DAYS_BEFORE, is_known
from runtime.metrics import Declared
from schemas.measures import MEASURES, Measure
from streams.live.figures import PERIODS, SPANS, numbers, windows
from streams.live.plan import Label, Numbers
from streams.live.spikes import WATCHED, counts
from streams.live.state import CityState, LiveState

Pairs = tuple[tuple[str, str], ...]

_WINDOWS = (f"{DAYS}d", f"{DAYS_BEFORE}d_before")


def _gauge(name: str, labels: tuple[str, ...], meaning: str) -> Declared:
    return Declared(f"citywatch_{name}", "gauge", labels, meaning, ("analyse",))


_FIXED = {
    one.name.removeprefix("citywatch_"): one
    for one in (
        _gauge("history_loaded", (), "1 once the store's history is in the figures"),
        _gauge("unmatched_restatements", (), "Restatements whose incident is not there"),
        _gauge("live_cells", ("city",), "Cells that the live figures are made of"),
        _gauge("as_of_seconds", ("city",), "Live figures hold everything before this event time, in Unix seconds"),
        _gauge("since_seconds", ("city",), "Start of the earliest pane in the live figures, in Unix seconds"),
        _gauge(
            "measure_as_of_seconds",
            ("city", "measure"),
            "The measure's figures go up to this event time, in Unix seconds",
        ),
        _gauge(
            "coverage",
            ("city", "measure", "period", "span"),
            "The share of the span that is known: below 1 the span is not to be compared",
        ),
        _gauge("recent_known", ("city",), "1 where all of both windows of the spike rule is known, and loaded"),
        _gauge(
            "source_unknown_seconds",
            ("city", "source"),
            "Seconds that are not known, from the first known one to the last",
        ),
        _gauge(
            "source_quiet_seconds",
            ("city", "source"),
            "Seconds since the live figures last saw the source's clock move",
        ),
    )
}


def declared() -> Iterator[Declared]:
    """Every gauge that `text` may show."""
    yield from _FIXED.values()
    for measure in MEASURES.values():
        yield from _of(measure)
    for name in WATCHED:
        yield _recently(MEASURES[name])


def _of(measure: Measure) -> Iterator[Declared]:
    """The gauge of its value, and for a phase those of its seconds and of how many took 1, 3 and 5 minutes at most."""
    what, labels = f"{measure.zh} {measure.en}", ("city", *measure.labels, "period", "span")
    yield _gauge(measure.name, labels, f"{what}{' (number)' if measure.is_phase else ''}")
    if measure.is_phase:
        yield _gauge(f"{measure.name}_seconds_sum", labels, f"{what}: sum of seconds")
        yield _gauge(f"{measure.name}_within", (*labels, "le"), f"{what}: number that took at most so many seconds")


def _recently(measure: Measure) -> Declared:
    what = f"citizens' calls of the last {DAYS} days and of the {DAYS_BEFORE} before"
    labels = ("city", *WATCHED[measure.name], "window")
    return _gauge(f"{measure.name}_recent", labels, f"{measure.zh} {measure.en}: {what}")


def text(state: LiveState) -> str:
    """All families, each with its samples together. Takes the state's lock for some tens of milliseconds."""
    with state.lock:
        cities = [city for city in state.cities.values() if city.as_of is not None]
        lines = [
            *_head(_FIXED["history_loaded"]),
            f"citywatch_history_loaded {int(state.history_loaded)}",
            *_head(_FIXED["unmatched_restatements"]),
            f"citywatch_unmatched_restatements {state.unmatched}",
            *_head(_FIXED["live_cells"]),
            *(_line("live_cells", (("city", city.city.name),), len(city)) for city in state.cities.values()),
            *_head(_FIXED["as_of_seconds"]),
            *(_line("as_of_seconds", (("city", city.city.name),), city.as_of or 0) for city in cities),
            *_head(_FIXED["since_seconds"]),
            *(_line("since_seconds", (("city", city.city.name),), city.since) for city in cities if city.since),
            *_head(_FIXED["measure_as_of_seconds"]),
            *(
                _line("measure_as_of_seconds", (("city", city.city.name), ("measure", name)), known.as_of)
                for city in cities
                for name, measure in MEASURES.items()
                if (known := city.known(measure)).as_of is not None
            ),
            *_head(_FIXED["coverage"]),
            *(line for city in cities for measure in MEASURES.values() for line in _coverage(city, measure)),
            *_head(_FIXED["recent_known"]),
            *(_line("recent_known", (("city", city.city.name),), _recent_known(city, state)) for city in cities),
            *_head(_FIXED["source_unknown_seconds"]),
            *(line for city in cities if state.history_loaded for line in _unknown(city)),
            *_head(_FIXED["source_quiet_seconds"]),
            *(
                _line("source_quiet_seconds", (("city", city.city.name), ("source", source)), int(city.quiet(source)))
                for city in cities
                for source in city.clocks
            ),
        ]
        for measure in MEASURES.values():
            lines.extend(_measure(measure, cities))
        for name in WATCHED:
            lines.extend(_recent(MEASURES[name], cities))
    return "\n".join(lines) + "\n"


def _coverage(city: CityState, measure: Measure) -> Iterator[str]:
    known = city.known(measure)
    if known.as_of is None:
        return
    for window in windows(known.as_of, city.city.tz):
        for name, span in zip(SPANS, window.spans, strict=True):
            pairs = (("city", city.city.name), ("measure", measure.name), ("period", window.period), ("span", name))
            yield _line("coverage", pairs, known.coverage(span))


def _unknown(city: CityState) -> Iterator[str]:
    for source in city.clocks:
        known = city.known_of(source)
        unknown = known[-1].end - known[0].start - length(known) if known else 0
        yield _line("source_unknown_seconds", (("city", city.city.name), ("source", source)), unknown)


def _recent_known(city: CityState, state: LiveState) -> int:
    return int(state.history_loaded and all(is_known(city.known(MEASURES[name])) for name in WATCHED))


def _measure(measure: Measure, cities: Iterable[CityState]) -> Iterator[str]:
    values: list[str] = []
    seconds: list[str] = []
    within: list[str] = []
    for pairs, found in _samples(measure, cities):
        values.append(_line(measure.name, pairs, measure.shown(found.value)))
        if measure.phase is not None:
            seconds.append(_line(f"{measure.name}_seconds_sum", pairs, found.seconds_sum))
            within.extend(
                _line(f"{measure.name}_within", (*pairs, ("le", str(edge))), below)
                for edge, below in zip(measure.phase.shown, found.within, strict=True)
            )
    for one, lines in zip(_of(measure), (values, seconds, within), strict=False):
        yield from _head(one)
        yield from lines


def _samples(measure: Measure, cities: Iterable[CityState]) -> Iterator[tuple[Pairs, Numbers]]:
    for city in cities:
        known = city.known(measure)
        if known.as_of is None:
            continue
        spans = [span for window in windows(known.as_of, city.city.tz) for span in window.spans]
        shown = [known.coverage(span) > 0 for span in spans]
        names = [(period, span) for period in PERIODS for span in SPANS]
        for label, found in numbers(city, measure, measure.labels, spans).items():
            for (period, span), number, is_known_at_all in zip(names, found, shown, strict=True):
                if number.value or is_known_at_all:  # what nobody knows is no 0
                    yield (
                        _pairs(city.city.name, measure.labels, label, (("period", period), ("span", span))),
                        number,
                    )


def _recent(measure: Measure, cities: Iterable[CityState]) -> Iterator[str]:
    name, dimensions = f"{measure.name}_recent", WATCHED[measure.name]
    yield from _head(_recently(measure))
    for city in cities:
        for label, pair in counts(city, measure.name).items():
            for window, number in zip(_WINDOWS, pair, strict=True):
                yield _line(name, _pairs(city.city.name, dimensions, label, (("window", window),)), number)


def _head(one: Declared) -> tuple[str, str]:
    return f"# HELP {one.name} {_escaped(one.meaning)}", f"# TYPE {one.name} {one.kind}"


@lru_cache(maxsize=65_536)
def _pairs(city: str, dimensions: tuple[str, ...], label: Label, further: Pairs) -> Pairs:
    return (("city", city), *zip(dimensions, label, strict=True), *further)


def _line(name: str, pairs: Pairs, value: float | str) -> str:
    return f"{_series(name, pairs)} {value}"


@lru_cache(maxsize=65_536)
def _series(name: str, pairs: Pairs) -> str:
    return f"citywatch_{name}{{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
