"""What a seed comes to: how many workers, which stream, which faults, how often."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

PARTITIONS = 3
STREAMS = 12
"""So many streams there are; the seeds share them."""


@dataclass
class Faults:
    """Chances of each request or batch, of 1; `slow_seconds`: the longest that nothing comes of one that is slow."""

    connecting: float = 0.0
    not_written: float = 0.0
    not_told: float = 0.0
    slow: float = 0.0
    slow_seconds: float = 10.0
    commit_lost: float = 0.0
    commit_not_told: float = 0.0
    commit_slow: float = 0.0
    commit_refused: float = 0.0
    batch_lost: float = 0.0
    batch_late: float = 0.0
    judging: float = 0.0


@dataclass(frozen=True)
class Schedule:
    """`events` happen to workers and logs at drawn moments, about every `every` seconds, while records come."""

    seed: int
    stream: int
    workers: int
    seconds: float
    every: float
    interval: float
    memory_limit: int
    repeats: bool
    faults: Faults
    events: tuple[str, ...] = field(default=())


EVENTS = ("kill", "kill", "stop", "join", "leave", "expel", "expel", "retention", "leap")
"""kill: at any moment, without a word; started anew. stop: in order, and started anew. join, leave: one worker more or
less. expel: the group gives it up, and it hears of that later. retention: the beginning of a log is deleted.
leap: hours pass at the broker, and clocks of sources do not."""

CHANCES = (
    "not_written", "not_told", "slow", "commit_lost", "commit_not_told", "commit_slow", "commit_refused",
    "batch_lost", "batch_late", "judging",
)  # fmt: skip


def schedule(seed: int) -> Schedule:
    """Each seed has some kinds of faults only: what all of them together hide shows then."""
    draw = Random(f"schedule {seed}")
    faults = Faults(connecting=draw.choice((0.0, 0.0, 0.1)), slow_seconds=draw.choice((1.0, 5.0, 40.0)))
    for chance in draw.sample(CHANCES, draw.randint(0, 4)):
        setattr(faults, chance, draw.choice((0.02, 0.1, 0.3)))
    events = tuple(draw.sample(EVENTS, draw.randint(1, 4)))
    return Schedule(
        seed=seed,
        stream=draw.randrange(STREAMS),
        workers=draw.randint(1, 3),
        seconds=draw.choice((5.0, 10.0, 20.0)),
        every=draw.choice((0.3, 1.0, 2.0)),
        interval=draw.choice((0.2, 1.0)),
        memory_limit=draw.choice((1 << 30, 1 << 30, 250_000)),
        repeats="retention" not in events,
        faults=faults,
        events=events,
    )
