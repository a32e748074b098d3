"""The periods that have a page of their own, from `/live`: the campaigns that run, then quarter and year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from console.from_live import counter, figure, nothing_came
from console.view import Beat, CounterRow, LongSpan, Part
from console.words import word
from figures.periods import Period, period_of
from schemas import live
from schemas.categories import TREE

FURTHER = ("quarter", "year")
"""Periods that have a page behind those of the campaigns."""

_ORDER = {code: place for place, code in enumerate(TREE)}


def long_spans(city: live.CityView, calls: str) -> Iterator[LongSpan]:
    """Those that the measure `calls` is shown of, with all other measures; one whose events have not come that far
    is left out of it."""
    measures = {measure.measure: measure for measure in city.measures}
    if calls not in measures:
        return
    running = {measure: {one.period: one for one in each.periods} for measure, each in measures.items()}
    names = {live.CAMPAIGN + each.name: each for each in city.campaigns}
    shown = sorted(running[calls].items(), key=lambda item: item[0] in FURTHER)
    for period, one in shown:
        if (campaign := names.get(period)) is not None:
            whole, zh, en = _period(campaign.span), campaign.zh, campaign.en
        elif period in FURTHER:
            whole = period_of(one.current.start, period, city.tz)
            zh, en = word(f"this {period}", "zh"), word(f"this {period}", "en")
        else:
            continue
        others = {name: found[period] for name, found in running.items() if name != calls and period in found}
        yield LongSpan(
            period=period,
            zh=zh,
            en=en,
            whole=whole,
            current=_period(one.current),
            previous=_period(one.previous),
            year=_period(one.year),
            total=CounterRow("all", word("all", "zh"), word("all", "en"), {period: figure(one.total, one.coverage)}),
            rows=tuple(_classes(one)),
            others=tuple(_others(measures, others)),
            beats=tuple(Beat(row.code, row.zh, row.en, figure(row, one.coverage)) for row in one.beats if row.value),
            lacking=tuple(_lacking(one)),
            dates=_dates(whole, city.tz),
            is_campaign=campaign is not None,
        )


def _classes(one: live.Running) -> list[CounterRow]:
    """In the order of the category tree."""
    rows = [CounterRow(row.code, row.zh, row.en, {one.period: figure(row, one.coverage)}) for row in one.classes]
    if not any(row.code == "unknown" for row in rows):
        node = TREE["unknown"]
        rows.append(CounterRow(node.code, node.zh, node.en, {one.period: nothing_came(one.coverage)}))
    return sorted(rows, key=lambda row: _ORDER.get(row.code, len(_ORDER)))


def _others(measures: Mapping[str, live.MeasureView], running: Mapping[str, live.Running]) -> Iterator[CounterRow]:
    for name, one in running.items():
        if one.shares is None:
            yield counter(measures[name], {one.period: figure(one.total, one.coverage)})


def _period(span: live.Span) -> Period:
    return Period(span.start, span.end)


def _dates(whole: Period, tz: str) -> str | None:
    """A campaign of duty days begins with one."""
    return "duty_day" if period_of(whole.start, "day", tz).start != whole.start else None


def _lacking(one: live.Running) -> Iterator[Part]:
    """Its spans of which not all is known."""
    told = one.total
    sides: tuple[tuple[Literal["current", "previous", "year"], live.Span, float, int | None], ...] = (
        ("current", one.current, one.coverage.current, told.value),
        ("previous", one.previous, one.coverage.previous, told.previous.value),
        ("year", one.year, one.coverage.year, told.year.value),
    )
    for side, span, share, value in sides:
        if share < 1:
            yield Part(one.period, side, span.end - span.start, share, value is not None)
