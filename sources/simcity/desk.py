"""A desk that writes down what one source reports of the subjects that begin on one local day."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

from schemas.cities import City
from schemas.family import Family
from sources.simcity.campaigns import effort, operation
from sources.simcity.chance import REPEATED, again, delay, midnight, poisson
from sources.simcity.event import CITY, SimEvent
from sources.simcity.profile import BEATS

HOUR, DAY = 3_600, 86_400

BEGIN = "b"
"""The part of a day's work that lists what stands already when the reports of a city begin."""

_OFFICE = (1, 1, 1, 1, 1, 1, 2, 4, 8, 10, 10, 8, 5, 5, 8, 10, 9, 8, 6, 5, 5, 4, 3, 2)
"""Work by local hour: most of it by day, and some at any time."""

_BEATS, _WEIGHTS = list(BEATS), list(BEATS.values())


class Desk:
    """The same for the same seed, family, day and part of its work. Times are UTC seconds; ids are unique within the
    source."""

    def __init__(self, family: Family, seed: int, day: date, city: City, part: str = "") -> None:
        self.random = Random(f"{family.name} {seed} {day} {part}".rstrip())
        self.day = day
        self._city = city
        self._family = family
        self._source = source_of(family)
        self._start = midnight(day, ZoneInfo(city.tz))
        self._name = f"{seed}.{day:%y%m%d}{part}"
        self._serial = 0

    def how_many(self, mean: float) -> int:
        """Of what comes so often on an ordinary day; more in a campaign."""
        return poisson(self.random, mean * effort(self._city, self.day))

    def moment(self, hours: tuple[int, ...] = _OFFICE) -> int:
        """A time of the day; hours are weights by local hour."""
        (hour,) = self.random.choices(range(len(hours)), hours)
        return self._start + hour * HOUR + self.random.randrange(HOUR)

    def at(self, hour: int, minute: int = 0) -> int:
        """That local time of the day, with minutes beyond 59 counted on."""
        return self._start + hour * HOUR + minute * 60

    def later(self, since: int, median: float) -> int:
        """A time after `since`: half of them within `median` seconds."""
        return since + max(60, round(self.random.lognormvariate(math.log(median), 0.8)))

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def subject(self) -> str:
        """The next one."""
        self._serial += 1
        return f"{self._family.name}-{self._name}.{self._serial:04d}"

    def where(self, beat: str | None = None) -> dict[str, object]:
        """A beat, by chance where none is given, its station, and the campaign of the day."""
        beat = beat or self.random.choices(_BEATS, _WEIGHTS)[0]
        return {"beat": beat, "unit": station(self._city, beat), "operation": operation(self._city, self.day)}

    def tell(
        self, kind: str, at: int, subject: str, data: Mapping[str, object], /, **more: object
    ) -> Iterator[SimEvent]:
        """One event, now and then sent twice; `kind` is its type without the family and the version."""
        self._serial += 1
        event = SimEvent(
            arrival=at + delay(self.random),
            order=self._serial,
            topic=self._family.topic.name,
            type=f"{self._family.name}.{kind}.v1",
            epoch=at,
            source=self._source,
            id=f"{kind}-{self._name}.{self._serial:05d}",
            subject=subject,
            data={**data, **more},
        )
        yield event
        if self.chance(REPEATED):
            yield again(event, self.random)


def source_of(family: Family) -> str:
    """The source of the city that sends a family."""
    return f"{CITY}/{family.name}"


def station(city: City, beat: str) -> str:
    """The police station of a beat: one a sector."""
    return f"STN-{city.sector(beat).removeprefix('S')}"
