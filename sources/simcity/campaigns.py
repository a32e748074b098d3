"""The campaigns of the simulated city: two a year, which overlap, as one report has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Campaign:
    """Every year from one day to another, both included; months and days."""

    name: str
    zh: str
    en: str
    first: tuple[int, int]
    last: tuple[int, int]

    def of(self, year: int) -> str:
        """Its code in a year: the tag that events of it carry."""
        return f"{self.name}-{year}"

    def holds(self, day: date) -> bool:
        return self.first <= (day.month, day.day) <= self.last


SUMMER = Campaign("summer", "夏季治安打击整治行动", "Summer campaign", (6, 25), (9, 30))
"""98 days."""

POSTS = Campaign("summer-posts", "百日消暑报警点", "Hundred days of summer posts", (5, 29), (9, 5))
"""100 days."""

CAMPAIGNS = (SUMMER, POSTS)


def operation(day: date) -> str:
    """What police work of a day is tagged with: the summer campaign, or nothing."""
    return SUMMER.of(day.year) if SUMMER.holds(day) else ""


def effort(day: date) -> float:
    """How much more is done on a day than on an ordinary one."""
    return 1.4 if SUMMER.holds(day) else 1.0
