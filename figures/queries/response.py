"""The answer to `response`: the lives of the incidents of a span, from their raw rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from figures.periods import Period, edges_json, rfc3339
from figures.quantiles import QUANTILES
from figures.queries.accepted import Accepted, accepted
from figures.queries.answer import share
from figures.queries.clock import CityClock
from figures.queries.places import listed_beat
from figures.response import Life, Profile, Task, Timed, against, by_area, joint, responders
from schemas.cities import City
from schemas.instants import epoch
from sinks.store import Store

LOOK_AHEAD = 86_400
"""Seconds after a span in which the lives of its incidents are followed."""

REQUIREMENTS = (16, 33, 47, 51)
"""Rows of docs/coverage.md that it answers."""

_STEPS = (
    "incident.dispatched", "incident.arrived", "incident.closed",
    "incident.tasked", "incident.task_acknowledged", "incident.task_arrived",
)  # fmt: skip


@dataclass(frozen=True)
class Response:
    """`span`: as far as it is over; `coverage`: the share of it that is known. `lives`: by the beat that each counts
    in."""

    span: Period
    coverage: float
    lives: tuple[tuple[str, Life], ...]


def response(store: Store, city: City, asked: Period, clock: CityClock) -> Response:
    """The incidents reported in a span as far as it is over by the clock, which must have begun; none that was
    cancelled. Blocks on the store."""
    assert clock.as_of is not None
    span, sources = clock.over(asked), sorted(city.sources)
    lives: dict[tuple[str, str], tuple[str, Life]] = {}
    for each in accepted(store, sources, ["incident.reported"], span):
        area = city.beats[each.beat].area if each.beat in city.beats else ""
        life = Life(area, each.at, each.event.data.priority)
        lives.setdefault((each.event.source, each.event.subject), (listed_beat(city, each.beat), life))
    tasks: dict[tuple[str, str, str], Task] = {}
    until = Period(span.start, min(clock.as_of, span.end + LOOK_AHEAD))
    for each in accepted(store, sources, _STEPS, until) if lives else ():
        found = lives.get((each.event.source, each.event.subject))
        if found is not None:
            _live(found[1], each, tasks)
    return Response(span, clock.known.coverage(span), tuple(lives.values()))


def _live(life: Life, each: Accepted, tasks: dict[tuple[str, str, str], Task]) -> None:
    """The first dispatch and arrival count, and the last close; what a step says of the one before it counts as that
    does."""
    data = each.event.data
    kind = type(each.event).__name__
    match kind:
        case "Dispatched":
            life.dispatched = _first(life.dispatched, each.at)
        case "Arrived":
            life.arrived = _first(life.arrived, each.at)
            life.dispatched = _first(life.dispatched, epoch(data.dispatched_at))
        case "Closed":
            life.closed = each.at
        case _:
            name = (each.event.source, each.event.subject, data.task)
            tasked = each.at if kind == "Tasked" else epoch(data.tasked_at)
            if name not in tasks:
                tasks[name] = Task(data.unit_kind, tasked)
                life.tasks.append(tasks[name])
            task = tasks[name]
            task.tasked = min(task.tasked, tasked)
            if kind == "TaskAcknowledged":
                task.acknowledged = _first(task.acknowledged, each.at)
            elif kind == "TaskArrived":
                task.arrived = _first(task.arrived, each.at)


def _first(known: int | None, at: int) -> int:
    return at if known is None else min(known, at)


def as_json(city: City, tz: str, asked: Period, clock: CityClock, profile: Profile, found: Response) -> dict[str, Any]:
    """The object of `response --json`; lengths in seconds."""
    lives = [life for _, life in found.lives]
    beats = sorted({beat for beat, _ in found.lives})
    return {
        "city": city.name,
        "tz": tz,
        **edges_json(asked, tz),
        "as_of": None if clock.as_of is None else rfc3339(clock.as_of, tz),
        "coverage": found.coverage,
        "profile": profile,
        **_lives_json(profile, lives),
        "beats": [
            {"beat": beat, **_lives_json(profile, [life for one, life in found.lives if one == beat])} for beat in beats
        ],
    }


def _lives_json(profile: Profile, lives: Sequence[Life]) -> dict[str, Any]:
    together = joint(lives)
    return {
        "incidents": len(lives),
        "targets": [timed_json(each) for each in against(profile, lives)],
        "areas": [timed_json(each) for each in by_area(lives)],
        "responders": {
            "acknowledged": [timed_json(each) for each in responders(lives, "acknowledged")],
            "arrived": [timed_json(each) for each in responders(lives, "arrived")],
        },
        "tasked": {
            "incidents": together.incidents,
            "tasks": together.tasks,
            **timed_json(together.all_acknowledged),
        },
    }


def timed_json(found: Timed) -> dict[str, Any]:
    """`percent` is of `within` in `n`; quantiles are lengths that there were, by nearest rank."""
    within = found.within
    return {
        "name": found.name,
        "n": found.number,
        "target": found.target,
        "within": within,
        "percent": None if within is None else share(within, found.number),
        **{name: found.quantile(percent) for name, percent in QUANTILES.items()},
    }
