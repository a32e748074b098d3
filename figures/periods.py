"""Civil periods of a city: whole units, the unit before, the same dates a year earlier.

A period is half open, in UTC epoch seconds. Units follow the local calendar, so a day can last 23 or 25 hours
and a month 28 to 31 days; lengths are therefore carried over in local (naive) time, never in elapsed seconds.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

UNITS = ("hour", "day", "duty_day", "night", "week", "month", "quarter", "year")
"""`duty_day` runs from 08:00 to 08:00, `night` from 18:00 to 06:00; both bear the date of their start. A week runs
from Monday. All tile time but nights: the hours between two belong to none."""

_CUTS = {"duty_day": timedelta(hours=8), "night": timedelta(hours=18)}
_NIGHT = timedelta(hours=12)

Zone = tzinfo | str


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """`[start, end)` in UTC epoch seconds."""

    start: int
    end: int

    def __contains__(self, epoch: int) -> bool:
        return self.start <= epoch < self.end

    def until(self, epoch: int) -> "Period":
        """The part before `epoch`; empty (end = start) when it lies wholly after."""
        return Period(self.start, max(self.start, min(self.end, epoch)))


def span(from_date: date, to_date: date, tz: Zone, unit: str | None = None) -> Period:
    """From the start of `from_date` to the end of `to_date`, both inclusive: of the days, duty days or nights."""
    last = _midnight(to_date) + _cut(unit)
    last += _NIGHT if unit == "night" else timedelta(days=1)
    return Period(_epoch(_midnight(from_date) + _cut(unit), tz), _epoch(last, tz))


def periods(unit: str, from_date: date, to_date: date, tz: Zone) -> list[Period]:
    """The units that `from_date`..`to_date` (inclusive) touch, in order, each clipped to those dates."""
    return tiles(span(from_date, to_date, tz, unit), unit, tz)


def tiles(whole: Period, unit: str, tz: Zone) -> list[Period]:
    """The units that a span touches, in order, clipped to it; what belongs to no night is left out."""
    found, at = [], whole.start
    while at < whole.end:
        now = period_of(at, unit, tz)
        if at in now:
            found.append(Period(at, min(now.end, whole.end)))
            at = now.end
        else:
            at = _epoch(_next(_floor(_local(at, tz), unit), unit), tz)
    return found


def period_of(epoch: int, unit: str, tz: Zone) -> Period:
    """The whole unit that holds `epoch`; by day the night that was. ValueError for a unit that is not in UNITS."""
    if unit == "hour":
        return next(hour for hour in _hours(period_of(epoch, "day", tz), tz) if epoch in hour)
    start = _floor(_local(epoch, tz), unit)
    return Period(_epoch(start, tz), _epoch(start + _NIGHT if unit == "night" else _next(start, unit), tz))


def date_of(epoch: int, unit: str | None, tz: Zone) -> date:
    """The local date of `epoch`; in duty days and nights the one that these bear."""
    return (_local(epoch, tz) - _cut(unit)).date()


@lru_cache(maxsize=65_536)
def moment(day: date, minute: int, tz: Zone) -> int:
    """When the clock on the wall shows this minute of a local day; from 1440 on it is of the next one."""
    return _epoch(_midnight(day) + timedelta(minutes=minute), tz)


def previous(period: Period, unit: str | None, tz: Zone, elapsed: int | None = None) -> Period:
    """The same part of the unit before; without a unit, the span of equal length just before.

    `elapsed`: seconds of `period` that have passed, when it still runs; the result is cut to the same local
    length, and reaches beyond the earlier unit's end: 30 March 12:00 is compared with all of February.
    """
    period = _so_far(period, elapsed)
    if unit is None:
        length = _local(period.end, tz) - _local(period.start, tz)
        return Period(_epoch(_local(period.start, tz) - length, tz), period.start)
    now = period_of(period.start, unit, tz)
    if period.end > now.end:
        raise ValueError(f"{period} is longer than one {unit}")
    before = period_of(now.start - 1, unit, tz)
    if unit == "hour":  # the wall shows one of them twice a year, so its time does not tell how far it is
        shift = before.start - now.start
        end = before.end if period.end == now.end else min(period.end + shift, before.end)
        return Period(min(period.start + shift, end), end)
    return Period(_carried(period.start, now, before, tz), _carried(period.end, now, before, tz))


def year_before(period: Period, tz: Zone, elapsed: int | None = None, unit: str | None = None) -> Period:
    """The same local dates and times one year earlier; `elapsed` as in `previous`.

    29 February has no counterpart: a period that starts on it starts on the 28th, and one that began earlier
    and ends within it ends with the 28th. In duty days and nights the date is the one that these bear.
    """
    return _months_before(period, 12, tz, elapsed, unit)


def month_before(period: Period, tz: Zone, elapsed: int | None = None, unit: str | None = None) -> Period:
    """The same local dates and times one month earlier; all else as in `year_before`, of the 29th, 30th and 31st.

    Both edges are moved, so that a span that ends with its month ends with the month before: 25 June to 30 September
    is 25 May to 31 August.
    """
    return _months_before(period, 1, tz, elapsed, unit)


def days_before(period: Period, days: int, tz: Zone) -> Period:
    """The same local times so many days earlier."""
    length = timedelta(days=days)
    return Period(_epoch(_local(period.start, tz) - length, tz), _epoch(_local(period.end, tz) - length, tz))


def rfc3339(epoch: int, tz: Zone) -> str:
    """`epoch` in the zone, to the second, with its offset."""
    return datetime.fromtimestamp(epoch, _zone(tz)).isoformat(timespec="seconds")


def edges_json(period: Period, tz: Zone) -> dict[str, str]:
    """`from` and `to` as every answer in JSON has them."""
    return {"from": rfc3339(period.start, tz), "to": rfc3339(period.end, tz)}


def to_minute(epoch: int, tz: Zone) -> str:
    """`epoch` in the zone as people read it: `2026-01-01 08:00`."""
    return rfc3339(epoch, tz)[:16].replace("T", " ")


def _so_far(period: Period, elapsed: int | None) -> Period:
    return period if elapsed is None else period.until(period.start + elapsed)


def _carried(epoch: int, now: Period, before: Period, tz: Zone) -> int:
    """The moment of `before` that lies as far from its start, in local time, as `epoch` does in `now`."""
    if epoch == now.end:
        return before.end
    passed = _local(epoch, tz) - _local(now.start, tz)
    return max(before.start, min(before.end, _epoch(_local(before.start, tz) + passed, tz)))


def _hours(day: Period, tz: Zone) -> Iterator[Period]:
    """Walks the day, so that the hours tile it even where the clock is set by half an hour."""
    at = day.start
    while at < day.end:
        local = _local(at, tz)
        end = min(at + 3600 - local.minute * 60 - local.second, day.end)
        yield Period(at, end)
        at = end


def _floor(local: datetime, unit: str) -> datetime:
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "day":
            return day
        case "duty_day" | "night":
            return _floor(local - _CUTS[unit], "day") + _CUTS[unit]
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            raise ValueError(f"unknown unit {unit!r}: one of {', '.join(UNITS)}")


def _next(start: datetime, unit: str) -> datetime:
    match unit:
        case "day" | "duty_day" | "night":
            return start + timedelta(days=1)
        case "week":
            return start + timedelta(days=7)
        case _:
            months = {"month": 1, "quarter": 3, "year": 12}[unit]
            year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
            return start.replace(year=year, month=month + 1)


def _cut(unit: str | None) -> timedelta:
    """How far after midnight the unit's dates begin."""
    return _CUTS.get(unit or "", timedelta())


def _months_before(period: Period, months: int, tz: Zone, elapsed: int | None, unit: str | None) -> Period:
    period, cut = _so_far(period, elapsed), _cut(unit)
    start, end = _local(period.start, tz) - cut, _local(period.end, tz) - cut
    if end - start <= timedelta(days=1):
        # the end of a month's last day is the first of the next one: moved by itself it would be days away
        earlier = _earlier(start, months)
        begin = _epoch(earlier + cut, tz)
        if period.end - period.start <= 3600:  # on the wall the hour in which clocks change has none or two
            return Period(begin, begin + period.end - period.start)
        return Period(begin, _epoch(earlier + (end - start) + cut, tz))
    if _is_lacking(end, months) and start.date() != end.date():
        end = (end.replace(day=1) + timedelta(days=31)).replace(day=1, hour=0, minute=0, second=0)
    return Period(_epoch(_earlier(start, months) + cut, tz), _epoch(_earlier(end, months) + cut, tz))


def _is_lacking(local: datetime, months: int) -> bool:
    """Whether the month so many months earlier has no such day."""
    return _earlier(local, months).day != local.day


def _earlier(local: datetime, months: int) -> datetime:
    """So many months earlier; of a month without that day its last one."""
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    return local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _zone(tz: Zone) -> tzinfo:
    return ZoneInfo(tz) if isinstance(tz, str) else tz


def _local(epoch: int, tz: Zone) -> datetime:
    return datetime.fromtimestamp(epoch, _zone(tz)).replace(tzinfo=None)


def _epoch(local: datetime, tz: Zone) -> int:
    """A time that the clock skips is read as if it were not set yet; of a repeated one the first is meant."""
    return int(local.replace(tzinfo=_zone(tz), fold=0).astimezone(UTC).timestamp())
