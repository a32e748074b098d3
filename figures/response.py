"""How soon somebody came: the lives of incidents against targets. Lengths are in seconds, instants in Unix seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Profile = Literal["rings", "severity", "phases"]

PROFILES: tuple[Profile, ...] = ("rings", "severity", "phases")
"""The readings of "1, 3, 5 minutes": rings of force, grades of severity, steps. The first is the default."""

RINGS: Mapping[str, int] = {"station": 60, "patrol": 60, "swat": 60, "bureau": 180, "traffic": 180}
"""Of a unit by its kind, from its task to its arrival: stations, posts and SWAT 1 minute, forces of a bureau 3."""

OUTER_RING = 300
"""Of all others: the forces of the city."""

SEVERITY: Mapping[int, int] = {1: 60, 2: 180, 3: 300}
"""Of an incident by its grade, from dispatch to arrival; a grade beyond has that of the last, and without one none."""

PHASES = (("call_to_dispatch", 60), ("dispatch_to_arrival", 180), ("arrival_to_close", 300))
"""Step by step: react, move, deal with it."""

AREAS: Mapping[str, int | None] = {"urban": 300, "suburban": 600, "rural": None}
"""From dispatch to arrival by where the beat is; rural: as soon as possible."""

PLACES = (1, 2, 3)
"""Responders that are looked at: the first, second and third."""


@dataclass
class Task:
    """What one unit was sent for."""

    kind: str
    tasked: int
    acknowledged: int | None = None
    arrived: int | None = None


@dataclass
class Life:
    """One incident; None: not told."""

    area: str
    reported: int
    grade: int = 0
    dispatched: int | None = None
    arrived: int | None = None
    closed: int | None = None
    tasks: list[Task] = field(default_factory=list)


@dataclass(frozen=True)
class Timed:
    """Lengths of time, sorted, and what they are held against."""

    name: str
    seconds: tuple[int, ...]
    target: int | None = None

    @property
    def number(self) -> int:
        return len(self.seconds)

    @property
    def within(self) -> int | None:
        """How many took at most the target."""
        return None if self.target is None else sum(each <= self.target for each in self.seconds)

    def quantile(self, percent: int) -> int | None:
        """By nearest rank: one of the lengths; None of none."""
        return self.seconds[-(-percent * self.number // 100) - 1] if self.seconds else None


@dataclass(frozen=True)
class Joint:
    """Incidents that units were tasked for (1+N): how many; of how many all units have acknowledged, and how long it
    took from the call until the last had."""

    incidents: int
    tasks: int
    all_acknowledged: Timed


def against(profile: Profile, lives: Sequence[Life]) -> list[Timed]:
    """The lives against the targets of a reading."""
    if profile == "rings":
        tasks = [
            (RINGS.get(task.kind, OUTER_RING), took)
            for life in lives
            for task in life.tasks
            if (took := _between(task.tasked, task.arrived)) is not None
        ]
        return [_timed(f"ring_{ring}", _of(tasks, ring), ring) for ring in (60, 180, OUTER_RING)]
    if profile == "severity":
        graded = [(min(life.grade, max(SEVERITY)), took) for life, took in _arrivals(lives)]
        known = [_timed(f"grade_{grade}", _of(graded, grade), target) for grade, target in SEVERITY.items()]
        return [*known, _timed("not_graded", _of(graded, 0), None)]
    return [_timed(name, map(_STEPS[name], lives), target) for name, target in PHASES]


def by_area(lives: Sequence[Life]) -> list[Timed]:
    """From dispatch to arrival by where the beat is."""
    took = [(life.area, seconds) for life, seconds in _arrivals(lives)]
    return [_timed(area, _of(took, area), target) for area, target in AREAS.items()]


def responders(lives: Iterable[Life], step: Literal["acknowledged", "arrived"]) -> list[Timed]:
    """From the call to the first, second and third unit that has acknowledged, or arrived."""
    told: dict[int, list[int | None]] = {place: [] for place in PLACES}
    for life in lives:
        came = sorted(at for task in life.tasks if (at := getattr(task, step)) is not None)
        for place, at in zip(PLACES, came, strict=False):
            told[place].append(_between(life.reported, at))
    return [_timed(str(place), seconds) for place, seconds in told.items()]


def joint(lives: Iterable[Life]) -> Joint:
    """How soon all units of an incident had acknowledged."""
    tasked = [life for life in lives if life.tasks]
    last = []
    for life in tasked:
        acknowledged = [task.acknowledged for task in life.tasks if task.acknowledged is not None]
        if len(acknowledged) == len(life.tasks):
            last.append(_between(life.reported, max(acknowledged)))
    return Joint(len(tasked), sum(len(life.tasks) for life in tasked), _timed("all_acknowledged", last))


def _between(earlier: int | None, later: int | None) -> int | None:
    """None where one of them is not told, or they stand the other way round."""
    return None if earlier is None or later is None or later < earlier else later - earlier


_STEPS: Mapping[str, Callable[[Life], int | None]] = {
    "call_to_dispatch": lambda life: _between(life.reported, life.dispatched),
    "dispatch_to_arrival": lambda life: _between(life.dispatched, life.arrived),
    "arrival_to_close": lambda life: _between(life.arrived, life.closed),
}


def _arrivals(lives: Iterable[Life]) -> list[tuple[Life, int]]:
    took = [(life, _STEPS["dispatch_to_arrival"](life)) for life in lives]
    return [(life, seconds) for life, seconds in took if seconds is not None]


def _of(found: Iterable[tuple[object, int]], wanted: object) -> list[int]:
    return [seconds for what, seconds in found if what == wanted]


def _timed(name: str, seconds: Iterable[int | None], target: int | None = None) -> Timed:
    return Timed(name, tuple(sorted(each for each in seconds if each is not None)), target)
