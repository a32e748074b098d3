"""Fills the page of `schemas.live` from the state."""

from __future__ import annotations

from collections.abc import Mapping

from figures.stretches import of_campaign
from runtime.log import LogPartition
from schemas.cities import City
from schemas.live import (
    CampaignView,
    CityView,
    Live,
    ReadTo,
    SourceView,
    Span,
    Totals,
)
from schemas.measures import MEASURES
from streams.live import stock_views
from streams.live.clock_views import clock_views
from streams.live.figures import windows
from streams.live.measure_views import measure_view
from streams.live.spikes import spikes
from streams.live.state import CityState, LiveState
from streams.live.unlisted import unlisted


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
        measures=[]
        if as_of is None
        else [measure_view(city, one) for one in MEASURES.values() if one.topic in city.topics],
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
    whole = of_campaign(name, declared, city.tz).period
    return CampaignView(name, declared.zh, declared.en, Span(whole.start, whole.end))


def _source(city: CityState, source: str) -> SourceView:
    clock = city.clocks.get(source)
    behind = None if clock is None or city.clock is None else city.clock - clock
    declared = city.city.sources[source]
    to = city.awaited_to(source)
    return SourceView(source, clock, behind, round(city.quiet(source), 1), declared.topics, declared.max_step, to)
