"""Fills the page of `streams.live.view` from the state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.categories import TREE, UNKNOWN
from schemas.measures import MEASURES, Measure
from streams.core.compare import percent, poisson_z
from streams.core.periods import Period
from streams.live.figures import Windows, numbers, windows
from streams.live.plan import WITHIN, Label, Numbers
from streams.live.spikes import spikes
from streams.live.state import CityState, LiveState, Place
from streams.live.view import (
    CityView,
    Comparison,
    Live,
    MeasureView,
    ReadTo,
    Row,
    Running,
    Share,
    Shares,
    SourceView,
    Span,
    Totals,
)

BUSIEST = 12
"""Beats that are listed."""

Name = tuple[str, str, str]
"""Code, and its name in Chinese and English."""


def board(state: LiveState) -> Live:
    """The page as it is now. Takes the state's lock for some tens of milliseconds."""
    with state.lock:
        return Live(
            history_loaded=state.history_loaded,
            note=state.note,
            totals=_totals(state),
            panes=_read_to(state.read),
            store=_read_to(state.adjusted_to),
            cities=[_city(city, state.history_loaded) for city in state.cities.values()],
        )


def _totals(state: LiveState) -> Totals:
    judged = state.progress.values()
    return Totals(
        counted=sum(one.counted for one in judged),
        late=sum(one.late for one in judged),
        duplicates=sum(one.duplicates for one in judged),
        refused=sum(one.dead for one in judged),
        unmatched=state.unmatched,
    )


def _read_to(positions: Mapping[Place, int]) -> list[ReadTo]:
    return [ReadTo(*place, position) for place, position in sorted(positions.items())]


def _city(city: CityState, history_loaded: bool) -> CityView:
    named, clock, as_of = city.city, city.clock, city.as_of
    return CityView(
        city=named.name,
        zh=named.zh,
        en=named.en,
        tz=named.tz,
        clock=clock,
        as_of=as_of,
        sources=[_source(city, source) for source in named.sources],
        measures=[] if as_of is None else [_measure(city, one, windows(as_of, named.tz)) for one in MEASURES.values()],
        spikes=[] if as_of is None else list(spikes(city, history_loaded)),
    )


def _source(city: CityState, source: str) -> SourceView:
    clock = city.clocks.get(source)
    behind = None if clock is None or city.clock is None else city.clock - clock
    return SourceView(source, clock, behind, round(city.quiet(source), 1))


def _measure(city: CityState, measure: Measure, running: Sequence[Windows]) -> MeasureView:
    spans = [span for window in running for span in window.spans]
    total = numbers(city, measure, (), spans)[()]
    classes = numbers(city, measure, ("class",), spans)
    beats = numbers(city, measure, ("beat",), spans)
    periods = []
    for at, window in enumerate(running):
        three = slice(len(window.spans) * at, len(window.spans) * (at + 1))
        periods.append(
            Running(
                period=window.period,
                current=_span(window.current),
                previous=_span(window.previous),
                year=_span(window.year),
                total=_row(measure, (city.city.name, city.city.zh, city.city.en), total[three]),
                classes=_rows(measure, {_class(label): found[three] for label, found in classes.items()}),
                beats=_rows(measure, {_beat(city, label): found[three] for label, found in beats.items()})[:BUSIEST],
                shares=Shares(*map(_share, total[three])) if measure.is_phase else None,
            )
        )
    return MeasureView(measure.name, measure.zh, measure.en, measure.unit, periods)


def _rows(measure: Measure, found: Mapping[Name, Sequence[Numbers]]) -> list[Row]:
    """Greatest first; without those that are 0 in all three spans."""
    rows = [_row(measure, name, three) for name, three in found.items() if any(one.value for one in three)]
    return sorted(rows, key=lambda row: (-row.value, row.code))


def _row(measure: Measure, name: Name, three: Sequence[Numbers]) -> Row:
    current, previous, year = (one.value for one in three)
    return Row(*name, current, _comparison(measure, current, previous), _comparison(measure, current, year))


def _comparison(measure: Measure, current: int, earlier: int) -> Comparison:
    # the spread of a sum of minutes is not Poisson's
    z = None if measure.value == "seconds" else poisson_z(current, earlier)
    return Comparison(earlier, percent(current, earlier), z)


def _share(found: Numbers) -> Share:
    below = found.within or (0,) * len(WITHIN)
    within = {str(edge): number for edge, number in zip(WITHIN, below, strict=True)}
    share = {edge: round(number / found.value, 4) if found.value else None for edge, number in within.items()}
    return Share(found.value, found.seconds_sum, within, share)


def _span(span: Period) -> Span:
    return Span(span.start, span.end)


def _class(label: Label) -> Name:
    node = TREE[label[0]]
    return node.code, node.zh, node.en


def _beat(city: CityState, label: Label) -> Name:
    beat = city.city.beats.get(label[0])
    if beat is None:
        unknown = TREE[UNKNOWN]
        return unknown.code, unknown.zh, unknown.en
    return label[0], beat.zh, beat.en
