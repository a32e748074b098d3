"""What `/live` says of a measure in the periods that run: made anew only where its numbers are others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from figures.compare import change, poisson_z
from figures.periods import Period
from schemas.categories import TREE, UNKNOWN
from schemas.live import Absent, Comparison, Coverage, LiveRow, MeasureView, Running, Share, Shares, Span
from schemas.measures import Measure
from schemas.numbers import Phase
from streams.live.figures import SPANS, WINDOWS, Frame, frame, made_of
from streams.live.plan import Label, Numbers
from streams.live.state import CityState, Counts

BUSIEST = 12
"""Beats that are listed."""

Name = tuple[str, str, str]
"""Code, and its name in Chinese and English."""

Three = tuple[int, ...]
"""The value in each of SPANS."""


class _Facts(NamedTuple):
    """Of each of SPANS: whether anything of it is known, and whether all is."""

    any: tuple[bool, ...]
    all: tuple[bool, ...]


class _Part(NamedTuple):
    """What a window shows of a measure's numbers, and what was known of it."""

    facts: _Facts
    total: LiveRow
    classes: list[LiveRow]
    beats: list[LiveRow]
    shares: Shares | None


class _Shown(NamedTuple):
    """What was shown last of a measure, and what it was made of."""

    frame: Frame
    counts: tuple[Counts, ...]
    parts: list[_Part]
    periods: list[Running]


def measure_view(city: CityState, measure: Measure) -> MeasureView:
    """Hold the state's lock."""
    known, found = city.known(measure), frame(city, measure)
    periods = [] if found is None else _periods(city, measure, found)
    absent = [Absent(source, since) for source, since in known.absent]
    return MeasureView(measure.name, measure.zh, measure.en, measure.unit, known.as_of, absent, periods, measure.scale)


def _periods(city: CityState, measure: Measure, found: Frame) -> list[Running]:
    by: list[tuple[str, ...]] = [(), ("beat",)]
    if measure.event.coded is not None:
        by.append(("class",))
    counts = tuple(city.counts(measure, dimensions, found.spans, WINDOWS) for dimensions in by)
    last = city.made.get(("page", measure))
    if isinstance(last, _Shown) and last.frame is found and last.counts == counts:
        return last.periods
    parts = list(_parts(city, measure, found, counts, last if isinstance(last, _Shown) else None))
    periods = [
        Running(
            period=window.period,
            current=spans[0],
            previous=spans[1],
            year=spans[2],
            coverage=coverage,
            total=part.total,
            classes=part.classes,
            beats=part.beats,
            shares=part.shares,
        )
        for window, (*spans, coverage), part in zip(found.running, _edges(found), parts, strict=True)
    ]
    city.made["page", measure] = _Shown(found, counts, parts, periods)
    return periods


@lru_cache(maxsize=64)
def _edges(found: Frame) -> list[tuple[Span, Span, Span, Coverage]]:
    edges = []
    for at, window in enumerate(found.running):
        current, previous, year = (_span(span) for span in window.spans)
        edges.append((current, previous, year, Coverage(*found.coverage[_three(at)])))
    return edges


def _parts(
    city: CityState, measure: Measure, found: Frame, counts: tuple[Counts, ...], last: _Shown | None
) -> Iterator[_Part]:
    """Of each window; as it was where its numbers are the same."""
    is_other = [True] * len(found.running) if last is None else _other(last.counts, counts, len(found.running))
    for at in range(len(found.running)):
        three = _three(at)
        facts = _Facts(tuple(share > 0 for share in found.coverage[three]), found.covers[three])
        if last is None or is_other[at] or last.parts[at].facts != facts:
            yield _part(city, measure, facts, counts, three)
        else:
            yield last.parts[at]


def _other(last: tuple[Counts, ...], now: tuple[Counts, ...], windows: int) -> list[bool]:
    """Of each window whether its numbers, or the labels that it has them by, are others."""
    found = [False] * windows
    for before, after in zip(last, now, strict=True):
        if before is after:
            continue
        if before.numbers.shape != after.numbers.shape:
            return [True] * windows
        differ = (before.numbers != after.numbers).reshape(windows, -1).any(axis=1).tolist()
        found = [one or other for one, other in zip(found, differ, strict=True)]
    return found


def _part(city: CityState, measure: Measure, facts: _Facts, counts: tuple[Counts, ...], three: slice) -> _Part:
    total, beats, *classes = counts
    named = (city.city.name, city.city.zh, city.city.en)
    summed, phase = None if measure.summed is None else measure.scale, measure.phase
    ((_, whole),) = _values(measure, total, three)
    return _Part(
        facts,
        _row(named, whole, facts, summed),
        _rows(((_class(label), values) for label, values in _values(measure, classes[0], three)), facts, summed)
        if classes
        else [],
        _rows(
            ((_beat(city, label), values) for label, values in _values(measure, beats, three)), facts, summed, BUSIEST
        ),
        None if phase is None else _shares(phase, measure, total, three),
    )


def _values(measure: Measure, counts: Counts, three: slice) -> Iterator[tuple[Label, Three]]:
    """The value in each span by label, without labels that have none."""
    values = counts.numbers[three, 0]
    if measure.in_minutes:
        values = (values + 30) // 60
    if counts.labels[:1] == ((),):
        yield (), tuple(values[:, 0].tolist())
        return
    for at in np.flatnonzero(values.any(axis=0)).tolist():
        yield counts.labels[at], tuple(values[:, at].tolist())


def _rows(
    found: Iterator[tuple[Name, Three]], facts: _Facts, summed: int | None, most: int | None = None
) -> list[LiveRow]:
    """Greatest first, `most` of them."""
    some = sorted(found, key=lambda each: (-each[1][0], each[0]))
    return [_row(name, values, facts, summed) for name, values in some[:most]]


@lru_cache(maxsize=65_536)
def _row(name: Name, values: Three, facts: _Facts, summed: int | None) -> LiveRow:
    """summed: decimal places of what its numbers add up; None of counts."""
    current, *earlier = (
        value if value or is_known else None  # what nobody knows is no 0
        for value, is_known in zip(values, facts.any, strict=True)
    )
    compared = [
        _comparison(values[0], value, all_of_it=facts.all[0] and is_whole, summed=summed)
        for value, is_whole in zip(earlier, facts.all[1:], strict=True)
    ]
    return LiveRow(*name, current, *compared)


def _comparison(now: int, before: int | None, *, all_of_it: bool, summed: int | None) -> Comparison:
    if before is None or not all_of_it:
        return Comparison(before, None, None)
    # the spread of a sum is not Poisson's
    return Comparison(
        before, change(now, before, scale=summed or 0), None if summed is not None else poisson_z(now, before)
    )


def _shares(phase: Phase, measure: Measure, total: Counts, three: slice) -> Shares:
    made = made_of(measure)
    return Shares(*(_share(phase, made(numbers)) for numbers in total.numbers[three, :, 0].tolist()))


def _share(phase: Phase, found: Numbers) -> Share:
    within = {str(edge): number for edge, number in zip(phase.shown, found.within, strict=True)}
    share = {edge: round(number / found.value, 4) if found.value else None for edge, number in within.items()}
    return Share(found.value, found.seconds_sum, within, share)


def _three(window: int) -> slice:
    return slice(len(SPANS) * window, len(SPANS) * (window + 1))


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
