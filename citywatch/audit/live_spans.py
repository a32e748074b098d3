"""Which spans a quarter, a year and a campaign have on the live page, by a calendar of its own."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.cities import City

Span = tuple[int, int]

_NAME = "campaign:"
_DUTY = timedelta(hours=8)


def spans_of(period: str, end: int, city: City) -> tuple[Span, Span, Span] | None:
    """The span that runs up to `end` (of a campaign that is over, up to its own), the one before and the one a year
    earlier; None of periods that it does not know."""
    zone = ZoneInfo(city.tz)
    last = datetime.fromtimestamp(end - 1, zone).replace(tzinfo=None)
    until = datetime.fromtimestamp(end, zone).replace(tzinfo=None)
    if period in ("quarter", "year"):
        months = 3 if period == "quarter" else 12
        start = datetime(last.year, (last.month - 1) // months * months + 1, 1)
        first, after = _months_later(start, -months), _months_later(start, months)
        before = first, start if until >= after else min(start, first + (until - start))
    elif period.startswith(_NAME) and period.removeprefix(_NAME) in city.campaigns:
        campaign = city.campaigns[period.removeprefix(_NAME)]
        cut = timedelta() if campaign.day == "day" else _DUTY
        start, over = _at(campaign.first, cut), _at(campaign.last + timedelta(days=1), cut)
        until = min(until, over)
        before = start - (until - start), start
        year = _year_before(start - cut, until) + cut, _year_before(until - cut, start - cut) + cut
        return _epochs((start, until), zone), _epochs(before, zone), _epochs(year, zone)
    else:
        return None
    year = start.replace(year=start.year - 1), _year_before(until, start)
    return _epochs((start, until), zone), _epochs(before, zone), _epochs(year, zone)


def _at(day: date, cut: timedelta) -> datetime:
    return datetime(day.year, day.month, day.day) + cut


def _months_later(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(year=year, month=month + 1)


def _year_before(local: datetime, start: datetime) -> datetime:
    """29 February is the 28th where the span starts on it, and ends on 1 March where it began earlier."""
    if (local.month, local.day) != (2, 29):
        return local.replace(year=local.year - 1)
    begins = start.date() >= local.date()
    return local.replace(year=local.year - 1, day=28) if begins else datetime(local.year - 1, 3, 1)


def _epochs(local: tuple[datetime, datetime], zone: ZoneInfo) -> Span:
    start, end = (int(at.replace(tzinfo=zone).timestamp()) for at in local)
    return start, end
