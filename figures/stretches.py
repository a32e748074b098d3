"""What one figure is of: a unit of time, a span, a campaign or several nights; and the earlier ones beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from figures.periods import Period, days_before, month_before, previous, span, tiles, year_before
from figures.spans import Spans
from schemas.cities import Campaign

EARLIER = ("previous", "previous_month", "year")
"""What a figure can be compared with."""

NIGHT = "night"


@dataclass(frozen=True)
class Stretch:
    """`parts`: what is counted, in order; nights have holes between them. `unit`: the unit of time that it is, or is a
    part of; without one it is compared with as much just before. `dates`: the unit whose dates its edges bear, as
    `duty_day`; None: days. `campaign`: the name of one that it is.
    """

    parts: Spans
    unit: str | None = None
    dates: str | None = None
    campaign: str = ""

    @property
    def period(self) -> Period:
        """From its beginning to its end."""
        return Period(self.parts[0].start, self.parts[-1].end)

    @property
    def nights(self) -> int | None:
        """How many nights are in one figure; None where it is of no nights, or of one as a unit."""
        return len(self.parts) if self._are_nights else None

    def runs(self, as_of: int | None) -> bool:
        """Whether it has begun, and is not over."""
        return as_of is not None and self.period.start < as_of < self.period.end

    def over(self, as_of: int | None) -> Stretch:
        """What of it is over while it runs; else all of it."""
        if as_of is None or not self.runs(as_of):
            return self
        return replace(self, parts=tuple(part.until(as_of) for part in self.parts if part.start < as_of))

    def earlier(self, which: str, tz: str, as_of: int | None) -> Spans:
        """What it is compared with; while it runs, the same elapsed part.

        previous: of a unit the one before; of nights as many just before; else the span of equal length just before.
        previous_month: the same local dates a month earlier. year: the same dates a year earlier. Raises ValueError for
        what is none of EARLIER.
        """
        if which not in EARLIER:
            raise ValueError(f"{which!r} is none of {', '.join(EARLIER)}")
        elapsed = as_of - self.period.start if as_of is not None and self.runs(as_of) else None
        if which == "previous" and self._are_nights:
            begun = self.over(as_of).parts
            return tuple(days_before(night, len(begun), tz) for night in begun)
        if which == "previous":
            return (previous(self.period, self.unit, tz, elapsed),)
        before = month_before if which == "previous_month" else year_before
        moved = before(self.period, tz, elapsed, self.dates)
        return tuple(tiles(moved, NIGHT, tz)) if self._are_nights else (moved,)

    @property
    def _are_nights(self) -> bool:
        return self.unit is None and self.dates == NIGHT


def units_of(whole: Period, unit: str | None, tz: str, stretches: tuple[Stretch, ...] = ()) -> tuple[Stretch, ...]:
    """The stretches, where there are some; else the units of time that tile a span, or the span."""
    if stretches or unit is None:
        return stretches or (of_unit(whole, None),)
    return tuple(of_unit(tile, unit) for tile in tiles(whole, unit, tz))


def of_unit(period: Period, unit: str | None) -> Stretch:
    """A unit of time or a part of one; without a unit any span."""
    return Stretch((period,), unit, unit)


def of_campaign(name: str, campaign: Campaign, tz: str) -> Stretch:
    """A campaign of a city, from its first date to its last."""
    dates = None if campaign.day == "day" else campaign.day
    return Stretch((span(campaign.first, campaign.last, tz, dates),), None, dates, name)


class Split(NamedTuple):
    """`unit` tiles `span`; where there are `stretches`, they are asked about in place of that."""

    span: Period
    unit: str | None
    stretches: tuple[Stretch, ...] = ()


def campaign_by(name: str, campaign: Campaign, tz: str, unit: str | None) -> Split:
    """A campaign by a unit of time, or as one figure."""
    stretch = of_campaign(name, campaign, tz)
    if unit is None:
        return Split(stretch.period, None, (stretch,))
    dates = unit if unit in (NIGHT, "duty_day") else stretch.dates
    return Split(span(campaign.first, campaign.last, tz, dates), unit)


def nights_by(first: date, last: date, tz: str, unit: str | None) -> Split:
    """The nights that begin on these dates, each by itself (`unit` is NIGHT), or all as one figure."""
    whole = span(first, last, tz, NIGHT)
    return Split(whole, NIGHT) if unit == NIGHT else Split(whole, None, (of_nights(whole, tz),))


def dates_of_nights(text: str) -> tuple[date, date]:
    """The dates on which the first and the last of `FROM..TO` begin, or the one named. Raises ValueError."""
    first, dots, last = text.partition("..")
    return date.fromisoformat(first), date.fromisoformat(last if dots else first)


def of_nights(whole: Period, tz: str) -> Stretch:
    """The nights that a span touches as one figure."""
    return Stretch(tuple(tiles(whole, NIGHT, tz)), None, NIGHT)
