"""Calls of the simulated city: when they come, where, and what becomes of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

from schemas.cities import City
from schemas.families.incidents import INCIDENTS
from sources.simcity.chance import REPEATED, again, delay, hours, poisson
from sources.simcity.event import CALLS, SimEvent
from sources.simcity.locations import Locations
from sources.simcity.profile import (
    CANCELLED,
    RECODED,
    RECODINGS,
    RESPONSES,
    SPREAD,
    Response,
    Stream,
    streams,
)

_STREAMS = streams()
_LETTERS = {
    "reported": "r",
    "dispatched": "d",
    "arrived": "a",
    "closed": "c",
    "cancelled": "x",
    "reclassified": "n",
}


@dataclass(frozen=True)
class Spike:
    """Calls of one code in one beat come `factor` times as often on one day."""

    beat: str
    code: str
    day: date
    factor: float


class Calls:
    """All calls of a day, by seed and day alone: a day is the same whatever comes before it."""

    def __init__(
        self, seed: int, city: City, scale: float = 1.0, spikes: tuple[Spike, ...] = (), source: str = CALLS
    ) -> None:
        self._seed = seed
        self._zone = ZoneInfo(city.tz)
        self._locations = Locations(city)
        self._scale = scale
        self._spikes = spikes
        self._source = source
        self._serial = 0

    def day(self, day: date) -> Iterator[SimEvent]:
        """Every event of the incidents reported on a local day, in no order."""
        random = Random(f"calls {self._seed} {day}")
        self._serial = 0
        for stream in _STREAMS:
            beats, weights = list(stream.beats), list(stream.beats.values())
            for start, hour in hours(day, self._zone):
                for _ in range(poisson(random, stream.rate(day, hour) * self._scale)):
                    beat = random.choices(beats, weights)[0]
                    yield from self._incident(random, day, stream, beat, start + random.randrange(3600))
        for spike in self._spikes:
            if spike.day == day:
                yield from self._spike(spike)

    def _spike(self, spike: Spike) -> Iterator[SimEvent]:
        random = Random(f"spike {self._seed} {spike}")
        stream = next(stream for stream in _STREAMS if stream.code == spike.code)
        share = stream.beats[spike.beat] / sum(stream.beats.values())
        for start, hour in hours(spike.day, self._zone):
            more = stream.rate(spike.day, hour) * self._scale * share * (spike.factor - 1)
            for _ in range(poisson(random, more)):
                yield from self._incident(random, spike.day, stream, spike.beat, start + random.randrange(3600))

    def _incident(self, random: Random, day: date, stream: Stream, beat: str, reported: int) -> Iterator[SimEvent]:
        self._serial += 1
        name = f"{self._seed}.{day:%y%m%d}.{self._serial:05d}"
        located = self._locations.of(beat, name)
        common = {"beat": located.beat, "category": stream.code, "origin": "citizen"}
        for step, kind, epoch, more in _life(random, stream.of_class, stream.code, reported):
            event = SimEvent(
                arrival=epoch + delay(random),
                order=self._serial * 10 + step,
                topic=INCIDENTS,
                type=f"incident.{kind}.v1",
                epoch=epoch,
                source=self._source,
                id=f"{_LETTERS[kind]}-{name}",
                subject=f"i-{name}",
                data=common | more | ({"areas": located.areas} if kind == "reported" else {}),
            )
            yield event
            if random.random() < REPEATED:
                yield again(event, random)


def _life(random: Random, of_class: str, code: str, reported: int) -> Iterator[tuple[int, str, int, dict[str, object]]]:
    """The steps of one incident: number, kind, time, further data."""
    priority = {"criminal": 2, "fire": 1, "traffic": 3, "help": 3}.get(of_class, 4)
    yield 0, "reported", reported, {"priority": priority}
    if random.random() < CANCELLED:
        yield 1, "cancelled", reported + random.randint(60, 1_500), {"reported_at": reported}
        return
    response: Response = RESPONSES[of_class]
    dispatched = arrived = None
    if random.random() < response.share:
        dispatched = reported + _phase(random, response.dispatch)
        yield 2, "dispatched", dispatched, {"reported_at": reported}
        arrived = dispatched + _phase(random, response.arrival)
        yield 3, "arrived", arrived, {"reported_at": reported, "dispatched_at": dispatched}
    closed = (arrived or reported) + _phase(random, response.handling)
    times = {"reported_at": reported, "dispatched_at": dispatched, "arrived_at": arrived}
    yield 4, "closed", closed, {**times, "disposition": "handled" if arrived else "advice"}
    if code in RECODINGS and random.random() < RECODED:
        later = closed + random.randint(3_600, 172_800)
        yield 5, "reclassified", later, {"reported_at": reported, "now_category": RECODINGS[code]}


def _phase(random: Random, median: float) -> int:
    return max(1, round(random.lognormvariate(math.log(median), SPREAD)))
