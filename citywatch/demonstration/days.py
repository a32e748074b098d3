"""Which days the simulated city of the demo sends: what comparisons need, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

FOREVER = 3650
_DAY = 86_400


@dataclass(frozen=True)
class Stretch:
    """Days of the city, from local midnight of `start`."""

    start: date
    days: int


def present(today: date) -> Stretch:
    """What the live sources send: from yesterday on, so that today has a day beside it."""
    return Stretch(today - timedelta(days=1), FOREVER)


def history(today: date) -> list[Stretch]:
    """What comes before, in the order of time: the same month a year ago, then the month before and this one, up to the
    present. Each stretch has some days."""
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    year_ago = Stretch(month.replace(year=month.year - 1), today.day + 1)
    recent = Stretch(before, (present(today).start - before).days)
    return [year_ago, recent] if recent.days > 0 else [year_ago]


def share_sent(today: date, until: float, zone: ZoneInfo) -> float:
    """The share of the history's days that are over when its clock stands at `until` (Unix seconds)."""
    stretches = history(today)
    begun = [datetime.combine(one.start, datetime.min.time(), zone).timestamp() for one in stretches]
    done = sum(min(max(0.0, until - at), one.days * _DAY) for at, one in zip(begun, stretches, strict=True))
    return done / (_DAY * sum(one.days for one in stretches))
