"""Sets of moments, as spans in order that neither overlap nor touch."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from figures.periods import Period

Spans = tuple[Period, ...]


def joined(spans: Iterable[Period]) -> Spans:
    """Every moment that is in one of them; they may overlap, in any order."""
    found: list[Period] = []
    for span in sorted(spans):
        if span.end <= span.start:
            continue
        if found and span.start <= found[-1].end:
            found[-1] = Period(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)


def without(spans: Spans, taken: Spans) -> Spans:
    """The moments of `spans` that are not in `taken`."""
    found: list[Period] = []
    for span in spans:
        at = span.start
        for hole in taken:
            if hole.end <= at:
                continue
            if hole.start >= span.end:
                break
            if hole.start > at:
                found.append(Period(at, hole.start))
            at = hole.end
        if at < span.end:
            found.append(Period(at, span.end))
    return tuple(found)


def common(spans: Spans, others: Spans) -> Spans:
    """The moments that are in both."""
    found: list[Period] = []
    rest = iter(others)
    other = next(rest, None)
    for span in spans:
        while other is not None and other.start < span.end:
            start, end = max(span.start, other.start), min(span.end, other.end)
            if start < end:
                found.append(Period(start, end))
            if other.end > span.end:
                break
            other = next(rest, None)
    return tuple(found)


def common_of(sets: Iterable[Spans]) -> Spans:
    """The moments that are in all of them; none of no set."""
    found = list(sets)
    return reduce(common, found) if found else ()


def length(spans: Spans) -> int:
    """In seconds."""
    return sum(span.end - span.start for span in spans)
