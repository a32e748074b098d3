"""What happens in a round of the crash lab, drawn from one seed: who works, and which fault comes when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from bench.events import event
from tests.deployment import ROLES
from tests.end_to_end.events import MIDNIGHT
from tests.faults.crash_points import points_of
from tests.faults.night import BEATS, CATEGORIES, PARTITIONS, night

EVENTS = 20_000
SECONDS = 6.5
"""How long the events take to come in."""

PER_SECOND = 4
"""Events in a second of event time: the night is 83 minutes long, so panes close in it."""

SESSION_SECONDS = 3.0
ZOMBIE_SECONDS = 4.0
MOST_WORKERS = 3
MAX_AHEAD = 3_600

WORKER_FAULTS = {
    "kill": 5,
    "crash": 6,
    "freeze": 2,
    "stop": 3,
    "zombie": 3,
    "join": 2,
    "leave": 2,
    "kafka_cut": 2,
    "kafka_stall": 2,
    "kafka_swallow": 2,
    "store_cut": 2,
    "store_stall": 1,
    "store_swallow": 3,
}
"""What is done to one worker, with its weight.

kill, stop: by -9 or SIGTERM, and started again. crash: killed, and its next start crashes at a point; freeze: stops
itself there. Like a zombie it is woken when its session has long timed out. kafka_*, store_*: its gate to that part;
swallow lets requests through and then cuts, so that they were applied and never answered.
"""

PART_FAULTS = {"kill Kafka": 0.15, "kill ClickHouse": 0.25}
"""`kill -9` and restart of a part, with the probability in a round."""


@dataclass(frozen=True)
class Fault:
    """`at`: seconds after the first event. `pick`: which living worker of the role, modulo their number.

    `seconds`: how long it lasts, or until the worker is started again.
    """

    at: float
    kind: str
    role: str = ""
    pick: int = 0
    seconds: float = 0.0
    point: str = ""

    def __str__(self) -> str:
        words = (f"{self.at:5.2f} s", self.kind, self.role, f"#{self.pick}" if self.role else "", self.point)
        return " ".join(word for word in words if word) + (f", {self.seconds:.2f} s" if self.seconds else "")


@dataclass(frozen=True)
class Schedule:
    """`workers`: role and the crash point its start is armed with, or none."""

    seed: int
    workers: tuple[tuple[str, str], ...]
    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        roles = ", ".join(f"{role}{f' until {point}' if point else ''}" for role, point in self.workers)
        return "\n".join((f"seed {self.seed}: {EVENTS} events", f"at first: {roles}", *map(str, self.faults))) + "\n"


def draw_schedule(seed: int) -> Schedule:
    """The same seed, the same schedule."""
    draw = Random(seed)
    workers = tuple(
        (role, _point(draw, role) if draw.random() < 0.25 else "")
        for role in ROLES
        for _ in range(draw.choices((1, 2, MOST_WORKERS), (4, 4, 2))[0])
    )
    faults = [_on_worker(draw) for _ in range(draw.randint(4, 8))]
    for kind, probability in PART_FAULTS.items():
        if draw.random() < probability:
            faults.append(Fault(_moment(draw), kind, seconds=draw.uniform(0.0, 1.5)))
    return Schedule(seed, workers, tuple(sorted(faults, key=lambda fault: fault.at)))


def _on_worker(draw: Random) -> Fault:
    kind = draw.choices(list(WORKER_FAULTS), list(WORKER_FAULTS.values()))[0]
    role = draw.choices(ROLES, (0, 1, 4) if kind.startswith("store_") else (5, 1, 4))[0]
    seconds = {
        "kill": draw.uniform(0.0, 1.5),
        "crash": draw.uniform(0.0, 0.5),
        "freeze": draw.uniform(0.0, 0.5),
        "stop": draw.uniform(0.0, 0.5),
        "zombie": ZOMBIE_SECONDS + draw.uniform(-0.3, 1.0),
        "kafka_cut": draw.uniform(0.1, 4.5),
        "kafka_stall": draw.uniform(0.5, 4.5),
        "kafka_swallow": draw.uniform(0.1, 1.5),
        "store_cut": draw.uniform(0.1, 3.0),
        "store_stall": draw.uniform(0.5, 3.0),
        "store_swallow": draw.uniform(0.1, 1.5),
    }.get(kind, 0.0)
    point = _point(draw, role) if kind in ("crash", "freeze") else ""
    return Fault(_moment(draw), kind, role, draw.randrange(6), seconds, point)


def _moment(draw: Random) -> float:
    return draw.uniform(0.3, 0.95 * SECONDS)


def _point(draw: Random, role: str) -> str:
    """Any of the role's points, at one of its first times."""
    return f"{draw.choice(points_of(role))}:{draw.choice((1, 1, 1, 2, 3, 5, 8))}"


def draw_records(seed: int) -> Iterator[tuple[int, bytes]]:
    """`(partition, value)` of the night, and of events from the edge of what is too far ahead of the clock."""
    draw = Random(f"ahead {seed}")
    for number, record in enumerate(night(seed, EVENTS, PER_SECOND)):
        yield record
        if draw.random() < 0.004:
            clock = MIDNIGHT + min(number, EVENTS) // PER_SECOND
            beat = draw.choice(BEATS)
            ahead = clock + MAX_AHEAD + draw.randint(-600, 900)
            ident = 10 * EVENTS + number
            yield BEATS.index(beat) % PARTITIONS, event(ident, ahead, beat, draw.choice(CATEGORIES))
