"""The live page of a city: as a whole, or asked for one figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from citywatch.commandline.arguments import split_by
from citywatch.commandline.asked_time import TimeOptions, asked_time
from schemas.cities import City

Page = Mapping[str, Any]

Asks = Callable[[str, Mapping[str, str]], Page]
"""A page of analyse, and the words that it is asked with. Blocks."""


@dataclass(frozen=True)
class NotShown:
    """What the live page does not know, and why."""

    reason: str


@dataclass(frozen=True)
class LivePage:
    """page: what `/live` says of the city."""

    city: City
    page: Page
    asks: Asks

    def figure(
        self, name: str, when: TimeOptions, by: str, dimensions: tuple[str, ...], **words: str
    ) -> Page | NotShown:
        """What `/live/figure` says: the object of `report --json`. by, dimensions: as those of a report."""
        unit, dims = split_by(by, dimensions)
        asked = asked_time(when, unit, self.city, self.city.tz, self.page["as_of"])
        said = {"city": self.city.name, "name": name}
        if when.campaign is not None:
            said["campaign"] = when.campaign
        elif when.nights is not None:
            said["nights"] = when.nights
        else:
            said |= {"from": str(asked.span.start), "to": str(asked.span.end)}
        units = [] if asked.unit is None else [asked.unit]
        return self._answer("live/figure", said | {"by": ",".join([*units, *dims])} | words)

    def streak(self, name: str, direction: str, to: str | None) -> Page | NotShown:
        """What `/live/figure` says of a streak in the months that it holds."""
        said = {"city": self.city.name, "name": name, "streak": direction}
        return self._answer("live/figure", said | ({} if to is None else {"to": to}))

    def alarms(self, **words: str) -> Page | NotShown:
        """What `/live/alarms` says: the object of `alarms list --json`."""
        return self._answer("live/alarms", {"city": self.city.name, **words})

    def _answer(self, page: str, words: Mapping[str, str]) -> Page | NotShown:
        said = self.asks(page, words)
        return NotShown(said["not_live"]) if "not_live" in said else said
