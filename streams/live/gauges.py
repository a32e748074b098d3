"""The live figures as Prometheus text, made when asked. Names and meanings come from the declared
measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from figures.spans import length
from figures.spikes import DAYS, DAYS_BEFORE, is_known
from runtime.metrics import Declared
from schemas.measures import MEASURES, Measure
from streams.live import clock_gauges, stock_gauges, window_gauges
from streams.live.exposition import PREFIX, declared, head, labelled, sample
from streams.live.spikes import WATCHED, counts
from streams.live.state import CityState, LiveState

_WINDOWS = (f"{DAYS}d", f"{DAYS_BEFORE}d_before")

_FIXED = {
    one.name.removeprefix(PREFIX): one
    for one in (
        declared("history_loaded", (), "1 once the store's history is in the figures"),
        declared("unmatched_restatements", (), "Restatements whose incident is not there"),
        declared("live_cells", ("city",), "Cells that the live figures are made of"),
        declared("as_of_seconds", ("city",), "Live figures hold everything before this event time, in Unix seconds"),
        declared("since_seconds", ("city",), "Start of the earliest pane in the live figures, in Unix seconds"),
        declared(
            "measure_as_of_seconds",
            ("city", "measure"),
            "The measure's figures go up to this event time, in Unix seconds",
        ),
        declared("recent_known", ("city",), "1 where all of both windows of the spike rule is known, and loaded"),
        declared(
            "source_unknown_seconds",
            ("city", "source"),
            "Seconds that are not known, from the first known one to the last",
        ),
        declared(
            "source_quiet_seconds",
            ("city", "source"),
            "Seconds since the live figures last saw the source's clock move",
        ),
        declared(
            "source_continued",
            ("city", "source"),
            "1 where another source goes on from this one, and all of it has come: its clock rests",
        ),
    )
}


def all_declared() -> Iterator[Declared]:
    """Every gauge that `text` may show."""
    yield from _FIXED.values()
    yield from window_gauges.all_declared()
    yield from clock_gauges.all_declared()
    yield from stock_gauges.all_declared()
    for name in WATCHED:
        yield _recently(MEASURES[name])


def _recently(measure: Measure) -> Declared:
    what = f"citizens' calls of the last {DAYS} days and of the {DAYS_BEFORE} before"
    labels = ("city", *WATCHED[measure.name], "window")
    return declared(f"{measure.name}_recent", labels, f"{measure.zh} {measure.en}: {what}")


def text(state: LiveState) -> str:
    """All families, each with its samples together. Takes the state's lock for some tens of milliseconds."""
    with state.lock:
        cities = [city for city in state.cities.values() if city.as_of is not None]
        lines = [
            *head(_FIXED["history_loaded"]),
            f"citywatch_history_loaded {int(state.history_loaded)}",
            *head(_FIXED["unmatched_restatements"]),
            f"citywatch_unmatched_restatements {state.unmatched}",
            *head(_FIXED["live_cells"]),
            *(sample("live_cells", _of(city), len(city)) for city in state.cities.values()),
            *head(_FIXED["as_of_seconds"]),
            *(sample("as_of_seconds", _of(city), city.as_of or 0) for city in cities),
            *head(_FIXED["since_seconds"]),
            *(sample("since_seconds", _of(city), city.since) for city in cities if city.since),
            *head(_FIXED["measure_as_of_seconds"]),
            *(
                sample("measure_as_of_seconds", (*_of(city), ("measure", name)), known.as_of)
                for city in cities
                for name, measure in MEASURES.items()
                if (known := city.known(measure)).as_of is not None
            ),
            *head(_FIXED["recent_known"]),
            *(sample("recent_known", _of(city), _recent_known(city, state)) for city in cities),
            *head(_FIXED["source_unknown_seconds"]),
            *(line for city in cities if state.history_loaded for line in _unknown(city)),
            *head(_FIXED["source_quiet_seconds"]),
            *(
                sample("source_quiet_seconds", (*_of(city), ("source", source)), int(city.quiet(source)))
                for city in cities
                for source in city.clocks
            ),
            *head(_FIXED["source_continued"]),
            *(
                sample("source_continued", (*_of(city), ("source", source)), int(city.is_continued(source)))
                for city in cities
                for source in city.clocks
            ),
            *window_gauges.text(cities),
            *stock_gauges.text(state, cities),
            *clock_gauges.text((city.city for city in cities), state.alarms),
        ]
        for name in WATCHED:
            lines.extend(_recent(MEASURES[name], cities))
    return "\n".join(lines) + "\n"


def of_clocks(state: LiveState) -> str:
    """The gauges of clocks alone. Takes the state's lock for about a millisecond."""
    with state.lock:
        cities = [city.city for city in state.cities.values() if city.as_of is not None]
        return "\n".join(clock_gauges.text(cities, state.alarms)) + "\n"


def _of(city: CityState) -> tuple[tuple[str, str]]:
    return (("city", city.city.name),)


def _unknown(city: CityState) -> Iterator[str]:
    for source in city.clocks:
        known = city.known_of(source)
        unknown = known[-1].end - known[0].start - length(known) if known else 0
        yield sample("source_unknown_seconds", (*_of(city), ("source", source)), unknown)


def _recent_known(city: CityState, state: LiveState) -> int:
    return int(state.history_loaded and all(is_known(city.known(MEASURES[name])) for name in WATCHED))


def _recent(measure: Measure, cities: Iterable[CityState]) -> Iterator[str]:
    name, dimensions = f"{measure.name}_recent", WATCHED[measure.name]
    yield from head(_recently(measure))
    for city in cities:
        for label, pair in counts(city, measure.name).items():
            for window, number in zip(_WINDOWS, pair, strict=True):
                yield sample(name, labelled(city.city.name, dimensions, label, (("window", window),)), number)
