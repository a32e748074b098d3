"""The gauges of clocks: how many alarms stand. Never a subject among their labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from runtime.metrics import Declared
from schemas.alarms import STANDING
from schemas.categories import UNKNOWN
from schemas.cities import City
from streams.live.alarms import LiveAlarms
from streams.live.exposition import declared, head, labelled, sample

ALARMS = declared(
    "clock_alarms",
    ("city", "clock", "state"),
    "Alarms of the clock that stand; 0 where none does, absent where nothing feeds it",
)
BY_BEAT = declared("clock_alarms_by_beat", ("city", "clock", "state", "beat"), "Alarms that stand, where there are any")


def all_declared() -> Iterator[Declared]:
    """Every gauge that `text` may show."""
    yield ALARMS
    yield BY_BEAT


def text(cities: Iterable[City], alarms: LiveAlarms) -> Iterator[str]:
    """The lines of all of them. Hold the state's lock."""
    shown = [(city, alarms.counted(city)) for city in cities]
    yield from head(ALARMS)
    for city, counts in shown:
        total: Counter[tuple[str, str]] = Counter()
        for (clock, state, _), number in counts.items():
            total[clock, state] += number
        for declared_clock in alarms.watched(city):
            for state in sorted(STANDING):
                of = (("clock", declared_clock.name), ("state", state))
                yield sample("clock_alarms", labelled(city.name, (), (), of), total[declared_clock.name, state])
    yield from head(BY_BEAT)
    for city, counts in shown:
        by_beat: Counter[tuple[str, str, str]] = Counter()
        for (clock, state, beat), number in counts.items():
            by_beat[clock, state, beat if beat in city.beats else UNKNOWN] += number
        for (clock, state, beat), number in sorted(by_beat.items()):
            pairs = (("clock", clock), ("state", state), ("beat", beat))
            yield sample("clock_alarms_by_beat", labelled(city.name, (), (), pairs), number)
