"""What calls of the simulated city bring beside their own steps: further calls about them, and tasks of several units.

Calls stay what they are: each has its own chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from sources.simcity.chance import delay
from sources.simcity.event import SimEvent

_LINKED, _JOINT = 0.04, 0.12
_KINDS = ("patrol", "station", "security", "volunteer", "traffic")
_UNITS = {"patrol": "CAR", "station": "STN", "security": "SEC", "volunteer": "VOL", "traffic": "TRF"}
_SAID = ("beat", "category", "origin")


def beside(event: SimEvent) -> Iterator[SimEvent]:
    """What comes beside an event of a call, if anything does."""
    if event.repeat:
        return
    if event.type == "incident.reported.v1":
        yield from _linked(event, Random(f"linked {event.subject}"))
    elif event.type == "incident.dispatched.v1":
        yield from _tasked(event, Random(f"tasks {event.subject}"))


def _linked(event: SimEvent, random: Random) -> Iterator[SimEvent]:
    if random.random() < _LINKED:
        for number in range(random.choice((1, 1, 1, 2, 4))):
            at = event.epoch + random.randint(20, 900)
            yield _made(event, random, "linked", at, number, {"reported_at": event.epoch, "areas": event.data["areas"]})


def _tasked(event: SimEvent, random: Random) -> Iterator[SimEvent]:
    """1+N: two to four units have a task each; nearly all sign it off soon and arrive, the others late."""
    if random.random() >= _JOINT:
        return
    for number, kind in enumerate(random.sample(_KINDS, random.randint(2, 4))):
        tasked = event.epoch + random.randint(0, 20)
        about: dict[str, object] = {
            "reported_at": event.data["reported_at"],
            "task": f"{event.subject}.{number}",
            "unit_kind": kind,
            "unit": f"{_UNITS[kind]}-{random.randint(1, 30):02d}",
        }
        yield _made(event, random, "tasked", tasked, number, about)
        taken = tasked + (random.randint(5, 150) if random.random() < 0.95 else random.randint(300, 3_600))
        arrived = taken + (random.randint(60, 900) if random.random() < 0.97 else random.randint(1_800, 7_200))
        later = about | {"tasked_at": tasked}
        yield _made(event, random, "task_acknowledged", taken, number, later)
        yield _made(event, random, "task_arrived", arrived, number, later)


def _made(event: SimEvent, random: Random, kind: str, at: int, number: int, more: dict[str, object]) -> SimEvent:
    return SimEvent(
        arrival=at + delay(random),
        order=event.order * 10 + number,
        topic=event.topic,
        type=f"incident.{kind}.v1",
        epoch=at,
        source=event.source,
        id=f"{kind}-{event.subject}.{number}",
        subject=event.subject,
        data={name: event.data[name] for name in _SAID} | more,
    )
