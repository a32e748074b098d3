"""One seed: records come in, workers share them, faults happen; then all heals, and every figure is compared."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

from aiokafka.structs import TopicPartition

from schemas.families.incidents import INCIDENTS
from streams.edge.clock import Clock
from tests.lives import CALL, declaring
from tests.streams.edge.simulated import virtual_time
from tests.streams.edge.simulated.broker import Broker
from tests.streams.edge.simulated.durable import Durable, Wrong
from tests.streams.edge.simulated.group import SESSION_SECONDS, Group
from tests.streams.edge.simulated.schedule import PARTITIONS, Faults, Schedule, schedule
from tests.streams.edge.simulated.worker import LOG, Worker, belongs
from tests.streams.edge.stream import Judged, judge, stream

EVENTS = 700
SHARE = 0.4
MOST_WORKERS = 3
HEAL_SECONDS = 300.0
AGAIN = "python -m tests.streams.edge.simulated"

Records = Sequence[tuple[int, bytes]]


@dataclass
class Outcome:
    """What happened, by name; and when, one line each."""

    seed: int
    happened: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)


def simulate(seed: int) -> Outcome:
    """Raises Wrong, with how to run it again, at the first broken promise."""
    world = Simulation(schedule(seed))
    with _quiet(), declaring(CALL):
        try:
            virtual_time.run(world.run(), belongs)
        except (Wrong, virtual_time.Stuck) as wrong:
            raise Wrong(f"seed {seed} ({AGAIN} {seed}): {wrong}") from wrong
    return world.outcome


@contextmanager
def _quiet() -> Iterator[None]:
    """What the edge says of each fault would be most of the work."""
    logger = logging.getLogger("streams.edge")
    before = logger.level
    if before == logging.NOTSET:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


class Simulation:
    """Logs, a group, and a place for each worker, where it is started anew whenever it has ended."""

    def __init__(self, plan: Schedule) -> None:
        self.outcome = Outcome(plan.seed)
        self._plan = plan
        self._draw = Random(f"world {plan.seed}")
        self._durable = Durable(LOG)
        self._broken: BaseException | None = None
        self._broker = Broker(PARTITIONS, self._draw, replace(plan.faults), self._watched(self._durable.wrote))
        self._group = Group(self._broker, self._watched(self._durable.committed))
        self._places: set[int] = set()
        self._newest_place = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._living: dict[int, Worker] = {}
        self._given = 0

    async def run(self) -> None:
        for _ in range(self._plan.workers):
            self._join()
        disturbing = self._begin(self._disturb())
        await self._produce(_records(self._plan.stream, self._plan.repeats))
        disturbing.cancel()
        vars(self._broker.faults).update(vars(Faults()))
        await self._healed()
        self._compare()

    # --- what comes in, and how it ends

    async def _produce(self, records: Records) -> None:
        at = 0
        while at < len(records):
            some = self._draw.choice((1, 10, 30, 60))
            for partition, value in records[at : at + some]:
                self._broker.write(INCIDENTS, partition, [value])
            at += some
            await asyncio.sleep(self._plan.seconds * some / len(records) * 2 * self._draw.random())
            self._look()

    async def _healed(self) -> None:
        """Waits until all that came in is judged, and committed."""
        until = asyncio.get_running_loop().time() + HEAL_SECONDS
        while left := [number for number in self._broker.partitions if not self._is_done(number)]:
            self._look()
            if asyncio.get_running_loop().time() > until:
                said = {number: (self._durable.covered[number], self._broker.input(number).end) for number in left}
                raise Wrong(f"{HEAL_SECONDS:.0f} s after the last fault, by partition, committed up to, of: {said}")
            await asyncio.sleep(0.5)
        self._look()

    def _is_done(self, number: int) -> bool:
        log, furthest = self._broker.input(number), self._durable.furthest.get(number)
        if furthest is None or furthest.read < log.end:
            return False
        committed = self._group.committed.get(TopicPartition(INCIDENTS, number))
        gone = (committed.offset if committed else 0) < log.beginning  # begins at the end: commits with what comes next
        return gone or self._durable.covered[number] >= log.end

    def _compare(self) -> None:
        numbers = self._broker.partitions
        came = [(number, record.value) for number in numbers for record in self._broker.input(number).records]
        untouched = len(came) == len(_records(self._plan.stream, self._plan.repeats))
        expected = _judged(self._plan.stream, self._plan.repeats) if untouched else judge(came, INCIDENTS)
        if not untouched:
            self.outcome.happened["early close"] += 1
        if different := self._durable.differences(expected, self._broker.partitions):
            raise Wrong(f"{len(different)} figures differ: {'; '.join(different[:4])}")

    # --- workers

    async def _keep(self, place: int) -> None:
        """A supervisor: starts a worker anew when it has ended, until the place is given up."""
        while place in self._places:
            self._given += 1
            worker = Worker(f"worker-{self._given}", self._broker, self._group, self._plan, self._clock())
            self._living[place] = worker
            worker.start()
            await worker.ended.wait()
            del self._living[place]
            if worker.wrong is not None:
                self._broken = self._broken or worker.wrong
            if worker.crashed:
                self._tell("crash", worker.name)
            timed_out = SESSION_SECONDS * self._draw.random()
            asyncio.get_running_loop().call_later(timed_out, self._group.leave, worker.member)
            await asyncio.sleep(self._draw.choice((0.0, 0.5, 5.0)))

    def _clock(self) -> Clock:
        return Clock(asyncio.get_running_loop().time, self._broker.now)

    # --- what happens

    async def _disturb(self) -> None:
        while True:
            await asyncio.sleep(self._draw.expovariate(1 / self._plan.every))
            getattr(self, f"_{self._draw.choice(self._plan.events)}")()

    def _kill(self) -> None:
        if worker := self._any("kill"):
            worker.kill()

    def _stop(self) -> None:
        if worker := self._any("stop"):
            worker.stop()

    def _join(self) -> None:
        if len(self._places) < MOST_WORKERS:
            place = self._newest_place = self._newest_place + 1
            self._tell("join", f"place {place}")
            self._places.add(place)
            self._begin(self._keep(place))

    def _leave(self) -> None:
        if len(self._places) > 1:
            place = self._draw.choice(sorted(self._places))
            self._tell("leave", f"place {place}")
            self._places.remove(place)
            if worker := self._living.get(place):
                worker.stop()

    def _expel(self) -> None:
        if worker := self._any("expel"):
            self._group.leave(worker.member)
            deaf = self._draw.choice((0.1, 1.0, 10.0)) * self._draw.random()
            asyncio.get_running_loop().call_later(deaf, worker.member.hears_that_it_is_out)

    def _retention(self) -> None:
        number = self._draw.choice(self._broker.partitions)
        log, furthest = self._broker.input(number), self._durable.furthest.get(number)
        if furthest is not None and furthest.read > log.beginning:
            log.beginning = self._draw.randint(log.beginning, furthest.read)
            self._tell("retention", f"partition {number} begins at {log.beginning}")

    def _leap(self) -> None:
        if not self._broker.ahead:
            self._tell("leap", "the broker's clock is three hours ahead")
            self._broker.ahead = 3 * 3600.0

    def _any(self, what: str) -> Worker | None:
        if not self._living:
            return None
        worker = self._living[self._draw.choice(sorted(self._living))]
        self._tell(what, worker.name)
        return worker

    # ---

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if not task.cancelled():
                self._broken = self._broken or task.exception()

        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(ended)
        return task

    def _watched(self, tell: Callable[..., None]) -> Callable[..., None]:
        """The first promise that is broken is kept: who wrote it does not fail by it."""

        def told(*what: Any) -> None:
            try:
                tell(*what)
            except Wrong as wrong:
                self._broken = self._broken or wrong

        return told

    def _look(self) -> None:
        if self._broken is not None:
            raise Wrong(f"{type(self._broken).__name__}: {self._broken}") from self._broken

    def _tell(self, what: str, more: str) -> None:
        self.outcome.happened[what] += 1
        self.outcome.story.append(f"{asyncio.get_running_loop().time():8.3f} {what} {more}")


@cache
def _records(number: int, repeats: bool) -> Records:
    """A part of a stream, so that it spans the time in which panes close. Without repeats an id that comes again
    after its record is gone does not matter: the store tells those."""
    draw = Random(number)
    whole = list(stream(EVENTS, PARTITIONS, seed=number, per_second=1))
    found = whole[:PARTITIONS]  # the rules
    for record in whole[PARTITIONS:-PARTITIONS]:
        again = record == found[-1]
        if (again and repeats) or (not again and draw.random() < SHARE):
            found.append(record)
    return found + whole[-PARTITIONS:]  # the clock by which nearly all closes


@cache
def _judged(number: int, repeats: bool) -> Judged:
    return judge(_records(number, repeats), INCIDENTS)
