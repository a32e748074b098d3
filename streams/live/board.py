"""Fills the page of `schemas.live` from the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from figures.compare import percent, poisson_z
from figures.known import Known
from figures.periods import Period
from figures.stretches import of_campaign
from runtime.log import LogPartition
from schemas.categories import TREE, UNKNOWN
from schemas.cities import City
from schemas.live import (
    Absent,
    CampaignView,
    CityView,
    Comparison,
    Coverage,
    Live,
    LiveRow,
    MeasureView,
    ReadTo,
    Running,
    Share,
    Shares,
    SourceView,
    Span,
    Totals,
)
from schemas.measures import MEASURES, Measure
from schemas.numbers import Phase
from streams.live import stock_views
from streams.live.clock_views import clock_views
from streams.live.figures import Windows, numbers, windows
from streams.live.plan import Label, Numbers
from streams.live.spikes import spikes
from streams.live.state import CityState, LiveState
from streams.live.unlisted import unlisted

BUSIEST = 12
"""Beats that are listed."""

Name = tuple[str, str, str]
"""Code, and its name in Chinese and English."""


def board(state: LiveState, only: str | None = None) -> Live:
    """The page as it is now, or of one city alone, which may be a fixture. Takes the state's lock for some tens of
    milliseconds."""
    with state.lock:
        every = state.cities.values() if only is None else [one for one in state.every if one.city.name == only]
        return Live(
            history_loaded=state.history_loaded,
            note=state.note,
            totals=_totals(state),
            panes=_read_to(state.read),
            store=_read_to(state.adjusted_to),
            cities=[_city(state, city) for city in every],
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


def _read_to(positions: Mapping[LogPartition, int]) -> list[ReadTo]:
    return [ReadTo(*place, position) for place, position in sorted(positions.items())]


def _city(state: LiveState, city: CityState) -> CityView:
    named, clock, as_of = city.city, city.clock, city.as_of
    return CityView(
        city=named.name,
        zh=named.zh,
        en=named.en,
        tz=named.tz,
        clock=clock,
        as_of=as_of,
        sources=[
            _source(city, source) for source in named.sources if source in city.clocks or not named.is_over(source)
        ],
        measures=[] if as_of is None else [_measure(city, one) for one in MEASURES.values() if named.feeds(one.topic)],
        spikes=list(spikes(city, state.history_loaded)),
        unlisted=list(unlisted(city)),
        campaigns=_campaigns(city),
        stocks=list(stock_views.views(state, city)),
        clocks=list(clock_views(city.city, state.alarms)),
    )


def _campaigns(city: CityState) -> list[CampaignView]:
    ends = {known.as_of for known in map(city.known, MEASURES.values()) if known.as_of is not None}
    shown = dict.fromkeys(window.campaign for end in sorted(ends) for window in windows(end, city.city))
    return [_campaign(city.city, name) for name in shown if name is not None]


def _campaign(city: City, name: str) -> CampaignView:
    declared = city.campaigns[name]
    return CampaignView(name, declared.zh, declared.en, _span(of_campaign(name, declared, city.tz).period))


def _source(city: CityState, source: str) -> SourceView:
    clock = city.clocks.get(source)
    behind = None if clock is None or city.clock is None else city.clock - clock
    declared = city.city.sources[source]
    to = city.awaited_to(source)
    return SourceView(source, clock, behind, round(city.quiet(source), 1), declared.topics, declared.max_step, to)


def _measure(city: CityState, measure: Measure) -> MeasureView:
    known = city.known(measure)
    periods = [] if known.as_of is None else _kept(city, measure, known, windows(known.as_of, city.city))
    absent = [Absent(source, since) for source, since in known.absent]
    return MeasureView(measure.name, measure.zh, measure.en, measure.unit, known.as_of, absent, periods, measure.scale)


def _kept(city: CityState, measure: Measure, known: Known, running: Sequence[Windows]) -> list[Running]:
    """What was shown last, where nothing that it is made of is another: of many measures few move in a second."""
    coverage = tuple(known.coverage(span) for window in running for span in window.spans)
    made_of = (city.revisions[measure.type], known.as_of, coverage)
    kept = city.pages.get(measure)
    if kept is None or kept[0] != made_of:
        kept = city.pages[measure] = made_of, _periods(city, measure, known, running)
    return kept[1]


def _periods(city: CityState, measure: Measure, known: Known, running: Sequence[Windows]) -> list[Running]:
    spans = [span for window in running for span in window.spans]
    total = numbers(city, measure, (), spans)[()]
    classes = {} if measure.event.coded is None else numbers(city, measure, ("class",), spans)
    phase = measure.phase
    beats = numbers(city, measure, ("beat",), spans)
    periods = []
    for at, window in enumerate(running):
        three = slice(len(window.spans) * at, len(window.spans) * (at + 1))
        row = partial(_row, measure, known, window)
        periods.append(
            Running(
                period=window.period,
                current=_span(window.current),
                previous=_span(window.previous),
                year=_span(window.year),
                coverage=Coverage(*map(known.coverage, window.spans)),
                total=row((city.city.name, city.city.zh, city.city.en), total[three]),
                classes=_rows(row, {_class(label): found[three] for label, found in classes.items()}),
                beats=_rows(row, {_beat(city, label): found[three] for label, found in beats.items()}, BUSIEST),
                shares=None if phase is None else Shares(*(_share(phase, one) for one in total[three])),
            )
        )
    return periods


def _rows(
    row: Callable[[Name, Sequence[Numbers]], LiveRow], found: Mapping[Name, Sequence[Numbers]], most: int | None = None
) -> list[LiveRow]:
    """Greatest first, `most` of them; without those that are 0 in all three spans."""
    some = [(name, three) for name, three in found.items() if any(one.value for one in three)]
    some.sort(key=lambda each: (-each[1][0].value, each[0]))
    return [row(name, three) for name, three in some[:most]]


def _row(measure: Measure, known: Known, window: Windows, name: Name, three: Sequence[Numbers]) -> LiveRow:
    current, *earlier = (one.value for one in three)
    compared = [
        _comparison(measure, known, (window.current, current), (span, value))
        for span, value in zip(window.spans[1:], earlier, strict=True)
    ]
    return LiveRow(*name, _value(known, window.current, current), *compared)


def _comparison(measure: Measure, known: Known, now: tuple[Period, int], earlier: tuple[Period, int]) -> Comparison:
    value = _value(known, *earlier)
    if value is None or not known.covers(now[0]) or not known.covers(earlier[0]):
        return Comparison(value, None, None)
    # the spread of a sum is not Poisson's
    z = None if measure.summed is not None else poisson_z(now[1], value)
    return Comparison(value, percent(now[1], value), z)


def _value(known: Known, span: Period, value: int) -> int | None:
    """A value as it is shown: none where nothing of its span is known, and nothing came."""
    return value if value or known.coverage(span) else None


def _share(phase: Phase, found: Numbers) -> Share:
    within = {str(edge): number for edge, number in zip(phase.shown, found.within, strict=True)}
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
