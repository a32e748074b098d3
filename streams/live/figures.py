"""Which spans live figures cover, and the numbers of a measure in all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from figures.known import Known
from figures.periods import Period, period_of, previous, year_before
from figures.stretches import of_campaign
from schemas.cities import Campaign, City
from schemas.live import CAMPAIGN
from schemas.measures import Measure
from streams.live.plan import Label, Numbers
from streams.live.state import CityState, Counts

PERIODS = ("hour", "day", "week", "month", "quarter", "year")
SPANS = ("current", "previous", "year")

WINDOWS = "windows"
"""What the spans of all windows are of."""

SHOWN_AFTER = 7 * 86_400
"""Seconds that a campaign that is over is shown, by event time."""


@dataclass(frozen=True)
class Windows:
    """One period that still runs, cut at `as_of`, and the same elapsed span of the one before and of the year
    before. Of a campaign: the span of equal length just before it; once it is over, all of it."""

    period: str
    current: Period
    previous: Period
    year: Period

    @property
    def spans(self) -> tuple[Period, Period, Period]:
        """In the order of SPANS."""
        return self.current, self.previous, self.year

    @property
    def campaign(self) -> str | None:
        """The name of the campaign that it is of."""
        return self.period.removeprefix(CAMPAIGN) if self.period.startswith(CAMPAIGN) else None


def windows(as_of: int, city: City) -> tuple[Windows, ...]:
    """The periods that hold the last pane before a measure's `as_of`, in the order of PERIODS, then the campaigns that
    hold it or are over since SHOWN_AFTER at most, those that began first before others. None is empty."""
    return _windows(as_of, city.tz, tuple(city.campaigns.items()))


@lru_cache(maxsize=64)
def _windows(as_of: int, tz: str, campaigns: tuple[tuple[str, Campaign], ...]) -> tuple[Windows, ...]:
    found = []
    for unit in PERIODS:
        whole = period_of(as_of - 1, unit, tz)
        elapsed = as_of - whole.start
        found.append(
            Windows(unit, whole.until(as_of), previous(whole, unit, tz, elapsed), year_before(whole, tz, elapsed))
        )
    stretches = [of_campaign(name, campaign, tz) for name, campaign in campaigns]
    for stretch in sorted(stretches, key=lambda each: (each.period, each.campaign)):
        if stretch.period.start < as_of < stretch.period.end + SHOWN_AFTER:
            (before,), (year,) = stretch.earlier("previous", tz, as_of), stretch.earlier("year", tz, as_of)
            found.append(Windows(CAMPAIGN + stretch.campaign, stretch.over(as_of).period, before, year))
    return tuple(found)


@dataclass(frozen=True)
class Frame:
    """The windows of all measures of a topic, up to one moment: `spans` are those of all windows, with the share of
    each that is known and whether it is all of it."""

    running: tuple[Windows, ...]
    spans: tuple[Period, ...]
    coverage: tuple[float, ...]
    covers: tuple[bool, ...]


def frame(city: CityState, measure: Measure) -> Frame | None:
    """None before any heartbeat. The same object while nothing of it is another."""
    known = city.known(measure)
    if known.as_of is None:
        return None
    last = city.made.get(("frame", measure.topic))
    if isinstance(last, _Framed) and last.known is known:
        return last.frame
    running = windows(known.as_of, city.city)
    spans = tuple(span for window in running for span in window.spans)
    found = Frame(running, spans, tuple(map(known.coverage, spans)), tuple(map(known.covers, spans)))
    if isinstance(last, _Framed) and last.frame == found:
        found = last.frame
    city.made["frame", measure.topic] = _Framed(known, found)
    return found


class _Framed(NamedTuple):
    known: Known
    frame: Frame


def numbers(
    city: CityState, measure: Measure, dimensions: tuple[str, ...], spans: Sequence[Period], of: Hashable = None
) -> dict[Label, list[Numbers]]:
    """The measure in each span, by label: every label that the city's cells have shown so far. Not to be
    changed: the answer is kept until the city's cells are others. of: what the spans are of, which move on.
    """
    return by_label(measure, city.counts(measure, dimensions, tuple(spans), of))


def by_label(measure: Measure, counts: Counts) -> dict[Label, list[Numbers]]:
    """The same of what was counted."""
    columns, made = counts.numbers.transpose(2, 0, 1).tolist(), made_of(measure)
    return {label: [made(sums) for sums in found] for label, found in zip(counts.labels, columns, strict=True)}


def total(city: CityState, measure: Measure, span: Period) -> int:
    """The measure's value in one span."""
    _, sums = city.count(measure, (), span.start, span.end)
    return made_of(measure)(sums[:, 0].tolist()).value


def made_of(measure: Measure) -> Callable[[list[int]], Numbers]:
    """Looked up once for many numbers."""
    if measure.is_phase:
        return lambda sums: Numbers(sums[0], sums[1], tuple(sums[2:]))
    if measure.in_minutes:
        return lambda sums: Numbers((sums[0] + 30) // 60, sums[0])
    return lambda sums: Numbers(sums[0])
