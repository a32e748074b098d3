"""From what the roles answer to what the screen shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from console.from_live import counter, figure, nothing_came
from console.heading import HISTORY
from console.known import clock, loading, not_known, quiet, still
from console.long_spans import long_spans
from console.poll import Answer
from console.standing import clocks, stocks
from console.view import (
    PERIODS,
    Alarm,
    Beat,
    CityView,
    CounterRow,
    Figure,
    Response,
    SourceHealth,
    SourceRow,
    Tally,
    Unlisted,
    View,
)
from console.words import word
from schemas import live
from schemas.categories import TREE
from schemas.measures import MEASURES
from schemas.phases import WITHIN

SILENT = 150.0
"""Seconds without a step of its clock from which a source is called silent."""

PHASES_SHOWN = ("call_to_dispatch", "dispatch_to_arrival", "call_to_arrival")
"""The phases whose shares within minutes say something."""

CLASSES_OF = "incidents"
"""The measure whose classes are the rows of the screen."""


SETTLED = 15.0
"""Seconds without a step after which a replay of the past has come to rest."""

_YEARISH = 2**25

RESPONSES = tuple(name for name, measure in MEASURES.items() if measure.value in PHASES_SHOWN)

_ORDER = {code: place for place, code in enumerate(TREE)}


class NoFigures(ValueError):
    """The page of analyse is not what this version expects."""


def view(answers: Mapping[str, Answer], now: float, monotonic: float) -> View:
    """The view of this moment. `answers` holds `live` and the metrics pages of the other roles; `now` is
    the wall clock, `monotonic` the clock of the answers. Raises NoFigures."""
    page = answers["live"]
    silent = tuple(role for role, answer in answers.items() if role != "live" and answer.problem)
    if page.at is None:
        return View(now=now, age=None, cities=(), silent_roles=silent, problem=page.problem)
    try:
        said = msgspec.json.decode(page.body, type=live.Live)
    except msgspec.MsgspecError as wrong:
        raise NoFigures(f"analyse answers in another shape than this version reads ({wrong})") from None
    age = monotonic - page.at
    return View(
        now=now,
        age=age,
        cities=tuple(_city(city, now) for city in _in_order(said.cities)),
        tally=_tally(said.totals, answers.get("aggregate")),
        gap="" if said.history_loaded else said.note,
        silent_roles=silent,
        problem=page.problem,
    )


def _in_order(cities: Sequence[live.CityView]) -> list[live.CityView]:
    """Those that have a clock: the present before the past, then by name; an order that hardly ever
    changes."""
    return sorted(
        (city for city in cities if city.clock is not None),
        key=lambda city: (-(city.clock or 0) // _YEARISH, city.city),
    )


def _city(city: live.CityView, now: float) -> CityView:
    measures = {measure.measure: measure for measure in city.measures}
    incidents = measures.get(CLASSES_OF)
    others = [m for name, m in measures.items() if name != CLASSES_OF and not _is_phase(m)]
    busiest = incidents if incidents and _value(incidents, "day") else next(iter(_busy(others)), incidents)
    moved = min((source.quiet for source in city.sources if source.clock is not None), default=0.0)
    return CityView(
        code=city.city,
        zh=city.zh,
        en=city.en,
        tz=city.tz,
        clock=clock(city),
        quiet=quiet(city),
        replaying=now - (city.clock or 0) > HISTORY and moved < SETTLED,
        total=_total(incidents),
        rows=tuple(_classes(incidents)) if incidents else (),
        others=tuple(_other(measure) for measure in others),
        beats=tuple(_beats(busiest)) if busiest else (),
        responses=tuple(r for name in RESPONSES if name in measures for r in _response(measures[name])),
        feeds=tuple(_feed(source, still(city).get(source.source), now) for source in city.sources if _feeds(source)),
        alarms=tuple(_alarms(city.spikes)),
        not_known=not_known(city),
        loading=loading(city),
        long=tuple(long_spans(city, CLASSES_OF)),
        clocks=clocks(city),
        stocks=stocks(city),
        unlisted=tuple(Unlisted(each.kind, each.code, each.value) for each in city.unlisted),
    )


def _is_phase(measure: live.MeasureView) -> bool:
    return any(running.shares is not None for running in measure.periods)


def _running(measure: live.MeasureView) -> dict[str, live.Running]:
    return {running.period: running for running in measure.periods if running.period in PERIODS}


def _value(measure: live.MeasureView, period: str) -> int | None:
    running = _running(measure).get(period)
    return running.total.value if running else None


def _busy(measures: Sequence[live.MeasureView]) -> list[live.MeasureView]:
    return [measure for measure in measures if _value(measure, "day")]


def _classes(measure: live.MeasureView) -> list[CounterRow]:
    """One row per class, always in the order of the category tree: nothing moves about under the eyes."""
    running = _running(measure)
    nothing = {period: nothing_came(one.coverage) for period, one in running.items()}
    found: dict[str, tuple[live.LiveRow, dict[str, Figure]]] = {}
    for period, one in running.items():
        for row in one.classes:
            found.setdefault(row.code, (row, {}))[1][period] = figure(row, one.coverage)
    rows = [
        CounterRow(code, row.zh, row.en, {period: (nothing | figures).get(period, Figure()) for period in PERIODS})
        for code, (row, figures) in found.items()
    ]
    return sorted(rows, key=lambda row: _ORDER.get(row.code, len(_ORDER)))


def _totals(measure: live.MeasureView | None) -> dict[str, Figure]:
    running = _running(measure) if measure else {}
    figures = {period: figure(one.total, one.coverage) for period, one in running.items()}
    return {period: figures.get(period, Figure()) for period in PERIODS}


def _total(calls: live.MeasureView | None) -> CounterRow:
    return CounterRow("all", word("all", "zh"), word("all", "en"), _totals(calls))


def _other(measure: live.MeasureView) -> CounterRow:
    return counter(measure, _totals(measure))


def _beats(measure: live.MeasureView) -> list[Beat]:
    running = _running(measure).get("day")
    if running is None:
        return []
    return [Beat(row.code, row.zh, row.en, figure(row, running.coverage)) for row in running.beats if row.value]


def _response(measure: live.MeasureView) -> list[Response]:
    running = _running(measure).get("day")
    if running is None or running.shares is None or not _value(measure, "month"):
        return []
    share = running.shares.current
    within = {seconds: share.within.get(str(seconds), 0) for seconds in WITHIN}
    return [Response(measure.zh, measure.en, None if running.total.value is None else share.n, within)]


def _feeds(source: live.SourceView) -> bool:
    """Whether anything of it is still to come."""
    return source.awaited_to is None or source.clock is None or source.clock < source.awaited_to


def _feed(source: live.SourceView, since: int | None, now: float) -> SourceRow:
    """`since`: where it stands still beside others; clocks of a past that is replayed tell it, wall time does not."""
    if source.clock is None:
        return SourceRow(source.source, None, "never")
    lag = max(0.0, now - source.clock)
    if source.awaited_to is not None:
        return SourceRow(source.source, lag, "loading" if source.quiet < SETTLED else "stopped", source.clock)
    if lag > HISTORY and (source.behind or 0) <= source.max_step and source.quiet < SETTLED:
        since = None  # it goes on: some partitions of a past that is read at full speed are ahead of others
    elif since is None and ((source.behind or 0) > source.max_step or (lag <= HISTORY and source.quiet > SILENT)):
        since = source.clock
    state: SourceHealth = "replay" if lag > HISTORY else "behind" if lag > source.max_step else "ok"
    return SourceRow(source.source, lag, state if since is None else "silent", since)


def _alarms(spikes: Sequence[live.Spike]) -> list[Alarm]:
    held = sorted((spike for spike in spikes if spike.alarm), key=lambda spike: -spike.z)
    return [Alarm(spike.zh, spike.en, spike.value, spike.before, spike.z) for spike in held]


def _tally(totals: live.Totals, aggregate: Answer | None) -> Tally:
    return Tally(
        totals.counted,
        totals.late,
        totals.duplicates,
        totals.refused,
        totals.unmatched,
        _backlog(aggregate),
    )


def _backlog(aggregate: Answer | None) -> int | None:
    """Records that aggregate has still to judge, from its metrics page."""
    if aggregate is None or aggregate.problem or not aggregate.body:
        return None
    name = b"citywatch_lag_records{"
    lines = [line for line in aggregate.body.splitlines() if line.startswith(name) and b'role="aggregate"' in line]
    return int(sum(float(line.rpartition(b" ")[2]) for line in lines)) if lines else None
