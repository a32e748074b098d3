"""Which spans live figures cover, and the numbers of a measure in all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from figures.periods import Period, period_of, previous, year_before
from figures.stretches import of_campaign
from schemas.cities import Campaign, City
from schemas.live import CAMPAIGN
from schemas.measures import Measure
from streams.live.plan import Label, Numbers
from streams.live.rollup import Ints
from streams.live.state import CityState

PERIODS = ("hour", "day", "week", "month", "quarter", "year")
SPANS = ("current", "previous", "year")

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


def numbers(
    city: CityState, measure: Measure, dimensions: tuple[str, ...], spans: Sequence[Period]
) -> dict[Label, list[Numbers]]:
    """The measure in each span, by label: every label that the city's cells have shown so far. Not to be
    changed: the answer is kept until the city's cells are others.
    """
    asked = (city.revisions[measure.type], tuple(spans))
    kept = city.answers.get((measure, dimensions))
    if kept is None or kept[0] != asked:
        kept = city.answers[measure, dimensions] = asked, _numbers_by_label(city, measure, dimensions, spans)
    return kept[1]


def total(city: CityState, measure: Measure, span: Period) -> int:
    """The measure's value in one span."""
    found = _numbers_by_label(city, measure, (), [span])
    return found[()][0].value if () in found else 0


def _numbers_by_label(
    city: CityState, measure: Measure, dimensions: tuple[str, ...], spans: Sequence[Period]
) -> dict[Label, list[Numbers]]:
    labels: list[Label] = []
    columns: list[Ints] = []
    for span in spans:
        labels, sums = city.count(measure, dimensions, span.start, span.end)
        columns.append(sums)
    by_label = np.stack(columns).transpose(2, 0, 1).tolist() if labels else []
    made = _made_of(measure)
    return {label: [made(sums) for sums in found] for label, found in zip(labels, by_label, strict=True)}


def _made_of(measure: Measure) -> Callable[[list[int]], Numbers]:
    """Looked up once for many numbers."""
    if measure.is_phase:
        return lambda sums: Numbers(sums[0], sums[1], tuple(sums[2:]))
    if measure.in_minutes:
        return lambda sums: Numbers((sums[0] + 30) // 60, sums[0])
    return lambda sums: Numbers(sums[0])
