"""Questions about who was where and how soon somebody came, for one figure each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from citywatch.acceptance.live_page import LivePage, NotShown
from citywatch.acceptance.question import CityStore
from citywatch.commandline.asked_time import TimeOptions, asked_time
from figures.queries import presence, response
from figures.queries.clock import city_clock
from figures.response import PROFILES, Profile
from schemas.families.incidents import INCIDENTS

Path = tuple[str | int, ...]
"""Steps into the object of `--json`; a text into a list names the row that has it as its beat or name."""


@dataclass(frozen=True)
class Presence:
    """What `citywatch presence` says at a place of its JSON."""

    when: TimeOptions
    take: Path

    def stored(self, asked: CityStore) -> Any:
        city = asked.city
        clock = city_clock(asked.store, city, presence.topics(city))
        span = asked_time(self.when, None, city, city.tz, clock.as_of).span
        found = presence.presence(asked.store, city, city.tz, span, clock)
        return _at(presence.as_json(city, city.tz, span, clock, found), self.take)

    def live(self, page: LivePage) -> NotShown:
        return NotShown("where units and posts were is told of raw rows: the store alone has them")


@dataclass(frozen=True)
class Response:
    """What `citywatch response` says at a place of its JSON."""

    when: TimeOptions
    take: Path
    profile: Profile = PROFILES[0]

    def stored(self, asked: CityStore) -> Any:
        city = asked.city
        clock = city_clock(asked.store, city, [INCIDENTS])
        span = asked_time(self.when, None, city, city.tz, clock.as_of).span
        found = response.response(asked.store, city, span, clock)
        return _at(response.as_json(city, city.tz, span, clock, self.profile, found), self.take)

    def live(self, page: LivePage) -> NotShown:
        return NotShown("the steps of each call are raw rows: the store alone has them")


def _at(found: Any, path: Path) -> Any:
    for step in path:
        if isinstance(found, list) and isinstance(step, str):
            found = next(row for row in found if step in (row.get("beat"), row.get("name")))
        else:
            found = found[step]
    return found
