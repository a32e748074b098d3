"""Alarms of clocks over the live map of subjects, moved on by the event time of their sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from figures.alarms import Alarms, Key, Rules
from figures.calendars import Calendar
from figures.clocks import Episode, ripens
from schemas.alarms import Alarm
from schemas.cities import Cities, City
from schemas.clock import Clock, Watched
from schemas.clocks import CLOCKS, FLOORS, TRENDS
from schemas.measures import MEASURES
from streams.live.subjects import Subjects


class Seen(NamedTuple):
    """When a floor or trend was looked at, up to when all was known, and what its figures were made of."""

    now: int
    known_to: int
    revision: int


class LiveAlarms:
    """All alarms of the declared clocks. Not thread-safe: hold the lock of the state that it belongs to.

    Nothing here blocks. Before `stand` was called nothing is known to be published, and nothing moves on. is_heard:
    whether the clock of a source in a topic is that of all its partitions; before, nothing is told by it.
    """

    def __init__(
        self,
        cities: Cities,
        subjects: Subjects,
        lateness: int,
        clocks: Iterable[Clock] = CLOCKS.values(),
        is_heard: Callable[[str, str], bool] = lambda source, topic: True,
    ) -> None:
        self.clocks = tuple(clocks)
        self.revision = 0
        """Another number when an alarm is another."""
        self._subjects = subjects
        self._is_heard = is_heard
        self.held: set[str] = set()
        """Topics of which something was not looked at last, since a source was not heard in all of it."""
        self._changes = subjects.changes()
        self._rules = {source: _rules(city, source, lateness) for source, city in cities.by_source.items()}
        self._lives = {clock.lifecycle.name: clock.lifecycle for clock in self.clocks}
        subjects.watch(self._lives.keys())
        self._sources = {
            (source, topic): [life for life in self._lives.values() if life.topic == topic]
            for topic in dict.fromkeys(life.topic for life in self._lives.values())
            for source, city in cities.by_source.items()
            if topic in city.sources[source].topics
        }
        """The lifecycles that have clocks, by the source and the topic of their steps: these share one event time."""
        self._ripens = {
            (life.name, source): max(
                (ripens(clock, self._rules[source].lateness) for clock in self.clocks if clock.lifecycle is life),
                default=0,
            )
            for (source, _), lives in self._sources.items()
            for life in lives
        }
        """For how many seconds steps are still needed after they were looked at."""
        self._has_figures = any(map(_has_figures, cities.by_name.values()))
        self._now: dict[tuple[str, str], int] = {}
        self._looked: dict[tuple[str, str], Seen] = {}
        self._alarms: Alarms | None = None

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to watch."""
        return self._has_figures or (bool(self._sources) and len(self._subjects) > 0)

    def stand(self, published: Iterable[Alarm]) -> None:
        """Begins with what was published, of any clocks; all subjects are looked at anew."""
        known = {*(clock.name for clock in self.clocks), *FLOORS, *TRENDS}
        self._looked.clear()
        self._now.clear()
        self._alarms = Alarms(self.clocks, self._rules, self._subjects.find)
        for alarm in published:
            if alarm.clock in known:
                self._alarms.stand(alarm)
        for life in self._lives.values():
            for source in self._subjects.sources(life):
                for name in self._subjects.names(life, source):
                    self._alarms.touch(life.name, source, name)
        self.revision += 1

    def advance(self) -> list[Alarm]:
        """What has changed, by the clocks of the sources as they stand now; where many have, a part of it."""
        if self._alarms is None:
            return []
        for name in self._changes.take():
            self._alarms.touch(*name)
        changed: list[Alarm] = []
        self.held.clear()
        for (source, topic), lives in self._sources.items():
            now = self._subjects.clock(lives[0], source)
            if now is not None and self._hears(source, topic):
                self._now[source, topic] = now
                changed += self._alarms.advance(source, topic, now)
                if not self._alarms.is_behind(source, topic, now):
                    for life in lives:
                        self._subjects.looked(life, source, now - self._ripens[life.name, source])
        self.revision += bool(changed)
        return changed

    @property
    def is_behind(self) -> bool:
        """Whether there is more to look at than one call of `advance` took."""
        alarms = self._alarms
        return alarms is not None and any(alarms.is_behind(*place, now) for place, now in self._now.items())

    def is_heard(self, city: City, topic: str) -> bool:
        """Whether every source of a city is heard in each partition of a topic where it can be."""
        return all(self._hears(name, topic) for name, source in city.sources.items() if topic in source.topics)

    def _hears(self, source: str, topic: str) -> bool:
        if not self._is_heard(source, topic):
            self.held.add(topic)
            return False
        return True

    def lateness(self, source: str) -> int:
        """Of a declared source, in seconds."""
        return self._rules[source].lateness

    def is_new(self, city: City, watched: Watched, seen: Seen) -> bool:
        """Whether a floor or trend is to be looked at: not where it was when `seen` was the same."""
        if self._alarms is None or self._looked.get((city.name, watched.name)) == seen:
            return False
        self._looked[city.name, watched.name] = seen
        return True

    def looked_to(self, city: City, watched: Watched) -> int | None:
        """Up to when a floor or trend was looked at, and all was known; None: not yet."""
        seen = self._looked.get((city.name, watched.name))
        return None if seen is None else min(seen.now, seen.known_to)

    def first_holding(self, city: City, watched: Watched, subject: str, since: int) -> int | None:
        """When the first alarm of a floor or trend began, of those since then that were not taken back."""
        assert self._alarms is not None
        holding = self._alarms.holding(Key(watched.name, city.whole, subject))
        return min((alarm.begin for alarm in holding if alarm.begin >= since), default=None)

    def standing_before(self, city: City, watched: Watched, subject: str, since: int) -> list[Alarm]:
        """Alarms of a floor or trend that stand, and began before then."""
        assert self._alarms is not None
        holding = self._alarms.holding(Key(watched.name, city.whole, subject))
        return [alarm for alarm in holding if alarm.is_standing and alarm.begin < since]

    def settle(
        self, city: City, watched: Watched, subject: str, since: int, episodes: Sequence[Episode], now: int, why: str
    ) -> list[Alarm]:
        """What has changed of a floor or trend, by the episodes that begin at or after `since`."""
        assert self._alarms is not None
        key = Key(watched.name, city.whole, subject)
        changed = self._alarms.settle(key, episodes, since, now, lambda _: why)
        self.revision += bool(changed)
        return changed

    def watched(self, city: City) -> Iterator[Watched]:
        """The clocks that sources of a city feed, and that have run; then its floors and trends that were looked at."""
        for clock in self.clocks:
            if any((source, clock.topic) in self._now for source in city.sources):
                yield clock
        figures: tuple[Watched, ...] = (*FLOORS.values(), *TRENDS.values())
        yield from (each for each in figures if (city.name, each.name) in self._looked)

    def standing(self, city: City) -> list[Alarm]:
        """Of a city, those that were given last first."""
        alarms = () if self._alarms is None else self._alarms.standing()
        found = [alarm for alarm in alarms if _is_of(alarm.source, city)]
        return sorted(found, key=lambda alarm: (-alarm.raised_at, alarm.id))

    @property
    def is_standing_known(self) -> bool:
        """Whether it is known what was published."""
        return self._alarms is not None

    def every(self, city: City) -> Iterator[Alarm]:
        """Of a city, in whatever state, in no order."""
        alarms = () if self._alarms is None else self._alarms.every()
        return (alarm for alarm in alarms if _is_of(alarm.source, city))

    def counted(self, city: City) -> Mapping[tuple[str, str, str], int]:
        """How many stand in a city, by clock, state and beat."""
        counts: Counter[tuple[str, str, str]] = Counter()
        for (source, clock, state, beat), number in () if self._alarms is None else self._alarms.counted().items():
            if _is_of(source, city):
                counts[clock, state, beat] += number
        return counts


def _has_figures(city: City) -> bool:
    """Whether it has a floor, or figures of a trend."""
    return any(city.floor(floor.of) for floor in FLOORS.values()) or any(
        city.feeds(MEASURES[trend.measure].topic) for trend in TRENDS.values()
    )


def _is_of(source: str, city: City) -> bool:
    return source in city.sources or source == city.whole


def _rules(city: City, source: str, lateness: int) -> Rules:
    own = city.sources[source].lateness
    return Rules(Calendar.of(city), lateness if own is None else own)
