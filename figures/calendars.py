"""Which days are working days and school days of a city."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from figures.periods import Zone
from schemas.cities import City, dates_of
from schemas.clock import Days


@dataclass(frozen=True)
class Calendar:
    """Working days: Mondays to Fridays but for `holidays`, and Saturdays and Sundays that are `workdays`. School days:
    working days but for `school_breaks`."""

    tz: Zone
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    school_breaks: frozenset[date] = frozenset()

    @classmethod
    def of(cls, city: City) -> Calendar:
        return cls(city.tz, dates_of(city.holidays), dates_of(city.workdays), dates_of(city.school_breaks))

    def has(self, day: date, days: Days) -> bool:
        """Whether a day is one of these."""
        if days == "all":
            return True
        is_working = day in self.workdays or (day.weekday() < 5 and day not in self.holidays)
        return is_working and (days == "working" or day not in self.school_breaks)
