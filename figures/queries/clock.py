"""How far a city's figures are: its clock, and the boundary before which nothing changes any more."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from figures.known import Known, city_known, is_continued
from figures.periods import Period
from figures.queries.facts import facts, facts_at
from runtime.cities import cities
from runtime.errors import WrongUse
from runtime.settings import Settings
from schemas.cities import Cities, City
from schemas.measures import Measure
from sinks.store import Store


@dataclass(frozen=True)
class CityClock:
    """`known`: what is known of the topics asked for, and up to when. `closed`: panes before it are closed in every
    partition of them; 0 while one is not. `at`: the moment as of which it is told; None: now.
    """

    known: Known
    closed: int
    at: int | None = None

    @property
    def as_of(self) -> int | None:
        """Figures go up to here, a pane's end; None before the first heartbeat."""
        return self.known.as_of

    @property
    def reaches(self) -> int | None:
        """What runs, runs then: where figures go up to, or the moment asked about where nothing was heard by then."""
        return self.at if self.as_of is None else self.as_of

    def over(self, span: Period) -> Period:
        """The part of a span that is over, while it runs; else all of it."""
        runs = self.as_of is not None and span.start < self.as_of < span.end
        return span.until(self.as_of) if runs and self.as_of is not None else span


def chosen_city(store: Store, settings: Settings, name: str | None) -> City:
    """The city that is asked about: named, set, or the only one in the store. Raises WrongUse in one line."""
    known = cities(settings)
    wanted = name or settings.city
    if wanted is not None:
        every = known.with_fixtures().by_name
        if wanted not in every:
            raise WrongUse(f"city {wanted!r} is not declared; declared are: {', '.join(sorted(known.by_name))}")
        return every[wanted]
    stored = stored_cities(store, known)
    if len(stored) > 1:
        raise WrongUse(
            f"the store holds several cities: say --city or set CITYWATCH_CITY to one of {', '.join(stored)}"
        )
    return known.by_name[stored[0] if stored else sorted(known.by_name)[0]]


def stored_cities(store: Store, known: Cities) -> list[str]:
    """Names of the cities that have events in the store."""
    sources = store.query("SELECT DISTINCT source FROM cells UNION ALL SELECT DISTINCT source FROM corrections")
    return sorted({known.by_source[source].name for (source,) in sources if source in known.by_source})


def city_clock(store: Store, city: City, topics: Collection[str], known_at: int | None = None) -> CityClock:
    """How far the figures of a city from these topics are. Blocks on the store.

    known_at: as it was then, as far as the store tells: clocks that are ahead of it now stood there.
    """
    found = facts(store) if known_at is None else facts_at(store, known_at)
    judged = []
    rows = store.query("SELECT topic, partition, clocks, boundaries FROM progress FINAL")
    for topic, partition, clock_text, boundary_text in rows:
        if topic not in topics:
            continue
        clocks, boundaries = json.loads(clock_text), json.loads(boundary_text)
        if known_at is not None:
            boundaries = {name: at - max(0, clocks.get(name, 0) - known_at) for name, at in boundaries.items()}
        judged.append(Reached(topic, int(partition), clocks, boundaries))

    def is_over(source: str, topic: str) -> bool:
        return is_continued(found, city, source, topic)

    return CityClock(city_known(found, city, topics), closed_before(judged, city, is_over), known_at)


class Reached(NamedTuple):
    """How far a partition of a log is: by source its clock, and the boundary before which its panes are closed."""

    topic: str
    partition: int
    clocks: Mapping[str, int]
    boundaries: Mapping[str, int]


def closed_before(judged: Iterable[Reached], city: City, is_over: Callable[[str, str], bool]) -> int:
    """The boundary before which no figure of the city changes; 0 while a partition has none. is_over: whether another
    source goes on from one in a topic, so that this one holds nothing back."""
    boundaries: dict[tuple[str, int, str], int] = defaultdict(int)
    partitions: set[tuple[str, int]] = set()
    seen: set[str] = set()
    for each in judged:
        partitions.add((each.topic, each.partition))
        seen.update(name for name in each.clocks if name in city.sources and each.topic in city.sources[name].topics)
        for name, boundary in each.boundaries.items():
            # A topic made anew is another log with clocks of its own; the furthest one tells what is closed.
            place = (each.topic, each.partition, name)
            boundaries[place] = max(boundaries[place], boundary)
    closed = [
        boundaries[topic, partition, source]
        for topic, partition in partitions
        for source in seen
        if topic in city.sources[source].topics and not is_over(source, topic)
    ]
    return min(closed, default=0)


def measure_clock(store: Store, city: City, measure: Measure, known_at: int | None = None) -> CityClock:
    """How far the figures of a measure are, or were, by the sources and topics that its events come from."""
    return city_clock(store, city, [measure.topic], known_at)
