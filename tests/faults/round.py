"""A round of the crash lab: events flow, faults happen, everything heals, and then every figure has to be right."""

from __future__ import annotations

import heapq
import itertools
import shutil
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

from runtime.errors import CitywatchError
from schemas.families.incidents import INCIDENTS
from schemas.topics import TOPICS
from sinks.store_factory import open_store
from tests.deployment import ROLES
from tests.faults import crash_points
from tests.faults.feed import SteadyFeed, feeding
from tests.faults.gate import Gate
from tests.faults.gated_kafka import GatedKafka
from tests.faults.prove import prove
from tests.faults.schedule import (
    MOST_WORKERS,
    SECONDS,
    SESSION_SECONDS,
    ZOMBIE_SECONDS,
    Fault,
    Schedule,
    draw_records,
    draw_schedule,
)
from tests.faults.undisturbed import Differences
from tests.faults.workers import STOP_SECONDS, Worker, Workers
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.server import Server, await_until

READY_SECONDS = 60.0
TICK = 0.03
BACKOFF = (0.3, 1.0, 2.0, 4.0)
"""Seconds until a worker that ended by itself is started again: the n-th time in a row of its role."""

WRONG_USE = 2
_INCIDENTS = {"topic": INCIDENTS}


@dataclass
class Outcome:
    """How a round went. `hits`: faults that hit in mid-stream, by kind; the round counts with any."""

    seed: int
    folder: Path
    hits: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    found: Differences = field(default_factory=Differences)
    seconds: float = 0.0

    @property
    def counts(self) -> bool:
        return bool(self.hits)


class Lab:
    """One Kafka and one clickhouse-server for many rounds; a context manager. They are killed as faults, too.

    `source`: a changed copy of the packages that the workers run. A round that failed leaves its folder.
    """

    def __init__(self, directory: Path, source: Path | None = None) -> None:
        self.directory = directory
        self.source = source
        self.kafka = GatedKafka(directory / "kafka")
        self.store = ClickHouseServer(directory / "clickhouse")
        self._running = ExitStack()

    def __enter__(self) -> Self:
        for part in (self.kafka, self.store):
            part.launch()
            self._running.push(part)
        for part in (self.kafka, self.store):
            part.await_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def run(self, seed: int, schedule: Schedule | None = None) -> Outcome:
        """One round, on topics and a database of its own; with a schedule drawn from the seed, or this one."""
        begun = time.monotonic()
        outcome = Outcome(seed, self.directory / f"round-{seed}")
        schedule = schedule or draw_schedule(seed)
        shutil.rmtree(outcome.folder, ignore_errors=True)
        outcome.folder.mkdir(parents=True)
        (outcome.folder / "schedule.txt").write_text(str(schedule))
        settings = {"group": f"round{seed}", "session_timeout": str(SESSION_SECONDS)}
        with (
            self.store.fresh_database() as url,
            Workers(self.kafka, url, outcome.folder, gates=True, source=self.source, **settings) as workers,  # type: ignore[arg-type]
            ThreadPoolExecutor(1) as prover,
        ):
            _Round(self, workers, schedule, outcome).run(prover)
        self._forget_topics()
        outcome.seconds = time.monotonic() - begun
        if not outcome.found:
            shutil.rmtree(outcome.folder)
        return outcome

    def _forget_topics(self) -> None:
        with self.kafka.admin() as admin:
            admin.delete_topics(list(TOPICS))
            await_until(lambda: not set(admin.list_topics()) & set(TOPICS), 30, "the topics to be gone")


class _Round:
    """Runs a schedule. All of it is in the calling thread, except the feed and the proofs."""

    def __init__(self, lab: Lab, workers: Workers, schedule: Schedule, outcome: Outcome) -> None:
        self._lab = lab
        self._workers = workers
        self._schedule = schedule
        self._outcome = outcome
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._feed: SteadyFeed | None = None
        self._records = 0
        self._watched: list[Worker] = []
        self._failures: Counter[str] = Counter()
        self._to_freeze: dict[int, tuple[Worker, str]] = {}
        self._leaving: dict[int, tuple[float, Worker, float | None]] = {}
        self._log = (outcome.folder / "events.txt").open("w", buffering=1)
        self._begun = time.monotonic()

    def run(self, prover: ThreadPoolExecutor) -> None:
        with closing(self._log):
            for role, point in self._schedule.workers:
                self._start(role, point)
            self._await_ready()
            self._begun = time.monotonic()
            records = list(draw_records(self._schedule.seed))
            self._records = len(records)
            with feeding(self._lab.kafka.bootstrap, records, len(records) / SECONDS) as self._feed:
                for fault in self._schedule.faults:
                    self._at(fault.at, partial(self._do, fault))
                while self._due or self._feed.flowing:
                    self._tick()
            self._feed = None
            self._heal()
            self._say("healed")
            proving = prover.submit(prove, self._workers, self._outcome.found)
            while not proving.done():
                self._tick()
            self._judge(proving)
            self._say(f"{self._outcome.found}")

    def _judge(self, proving: Future[None]) -> None:
        """What could not be proved is a difference."""
        failed = proving.exception()
        if isinstance(failed, CitywatchError):
            self._outcome.found.differ("the proofs", "an answer", failed)
        elif failed is not None:
            raise failed

    # --- time

    def _at(self, moment: float, what: Callable[[], None]) -> None:
        """`moment`: seconds after the first event."""
        heapq.heappush(self._due, (moment, next(self._order), what))

    def _now(self) -> float:
        return time.monotonic() - self._begun

    def _tick(self) -> None:
        while self._due and self._due[0][0] <= self._now():
            heapq.heappop(self._due)[2]()
        self._look_after()
        time.sleep(TICK)

    def _say(self, what: str) -> None:
        self._log.write(f"{self._now():6.2f} {what}\n")

    # --- workers

    def _start(self, role: str, point: str = "", freeze: bool = False) -> None:
        """`point`: where it is to crash; with `freeze`, where it is to stop itself."""
        if len(self._workers.living(role)) >= MOST_WORKERS + 1:
            return
        if freeze:
            worker = self._workers.start(role, **{crash_points.STOP_VARIABLE: point})
            self._to_freeze[worker.pid] = worker, point
        else:
            worker = self._workers.start(role, crash_at=point or None)
        self._watched.append(worker)
        self._say(f"start {worker.log_path.stem} {'freeze ' if freeze else ''}{point}")

    def _await_ready(self) -> None:
        """Events begin once the workers that can be are ready; one that is armed may be dead by then."""

        def ready() -> bool:
            self._look_after()
            return all("is ready" in each.log() for each in self._workers.living() if each.role != "analyse")

        await_until(ready, READY_SECONDS, "the workers to be ready")

    def _look_after(self) -> None:
        """Notes who has died, and starts it again as a supervisor would."""
        for worker in [each for each in self._watched if not each.alive]:
            self._watched.remove(worker)
            _, _, restart = self._leaving.pop(worker.pid, (0.0, worker, BACKOFF[0]))
            code = worker.process.returncode
            point = worker.crash_at or ""
            if point and _reached(worker, point):
                self._hit(f"crash {point.partition(':')[0]}", worker)
            elif code == WRONG_USE:
                self._outcome.found.differ(f"{worker.log_path.name} ended by itself", "that it goes on", f"exit {code}")
            elif code is not None and code > 0:
                self._say(f"{worker.log_path.stem} ended by itself with {code}")
                if restart is not None:
                    restart = BACKOFF[min(self._failures[worker.role], len(BACKOFF) - 1)]
                self._failures[worker.role] += 1
            if restart is not None:
                self._at(self._now() + restart, partial(self._start, worker.role))
        for worker, point in list(self._to_freeze.values()):
            if not worker.alive:
                del self._to_freeze[worker.pid]
            elif _reached(worker, point):
                del self._to_freeze[worker.pid]
                self._frozen(worker, f"frozen {point.partition(':')[0]}", ZOMBIE_SECONDS)
        for begun, worker, _ in list(self._leaving.values()):
            if time.monotonic() - begun > STOP_SECONDS and not worker.paused:
                self._outcome.found.differ(f"SIGTERM of {worker.log_path.name}", "its end", f"{STOP_SECONDS} s")
                worker.kill()

    def _hit(self, kind: str, worker: Worker | None = None) -> None:
        """A fault that took effect; it counts while there is something to read."""
        if self._in_mid_stream():
            self._outcome.hits[kind] += 1
            self._say(f"HIT {kind} {worker.log_path.stem if worker else ''}")
        else:
            self._outcome.missed += 1
            self._say(f"after the events: {kind}")

    def _in_mid_stream(self) -> bool:
        """Whether events are still to come, or to be judged and stored."""
        if self._feed is not None and self._feed.flowing:
            return True
        try:
            with closing(open_store(self._workers.deployment.settings)) as store:
                ((judged,),) = store.query("SELECT sum(read) FROM progress_latest WHERE topic = %(topic)s", _INCIDENTS)
        except CitywatchError:
            return False  # it is away, and does not tell
        return self._records > int(judged)

    # --- faults

    def _do(self, fault: Fault) -> None:
        if not fault.role:
            self._kill_part(fault)
            return
        living = [each for each in self._workers.living(fault.role) if each.pid not in self._leaving]
        if fault.kind == "join" and len(living) < MOST_WORKERS:
            self._hit(f"join {fault.role}")
            self._start(fault.role)
            return
        awake = [each for each in living if not each.paused]
        if not awake:
            self._outcome.missed += 1
            return
        worker = awake[fault.pick % len(awake)]
        kind = "leave" if fault.kind == "join" else fault.kind
        part, _, what = kind.partition("_")
        if what:
            self._at_gate(fault, worker, worker.kafka_gate if part == "kafka" else worker.store_gate, what)
        elif kind in ("kill", "crash", "freeze"):
            self._kill(fault, worker)
        elif kind == "zombie":
            worker.pause()
            self._frozen(worker, f"zombie {worker.role}", fault.seconds)
        else:
            stays = kind == "leave" and len(living) > 1
            self._leaving[worker.pid] = (time.monotonic(), worker, None if stays else fault.seconds)
            worker.process.terminate()
            self._hit(f"{'leave' if stays else 'SIGTERM'} {worker.role}", worker)

    def _kill(self, fault: Fault, worker: Worker) -> None:
        worker.kill()
        self._watched.remove(worker)
        self._hit(f"kill -9 {worker.role}", worker)
        again = partial(self._start, worker.role, fault.point, freeze=fault.kind == "freeze")
        self._at(self._now() + fault.seconds, again)

    def _frozen(self, worker: Worker, kind: str, seconds: float) -> None:
        worker.paused = True
        self._hit(kind, worker)
        self._at(self._now() + seconds, partial(self._wake, worker))

    def _wake(self, worker: Worker) -> None:
        if worker.alive:
            worker.resume()
            self._say(f"wake {worker.log_path.stem}")

    def _at_gate(self, fault: Fault, worker: Worker, gate: Gate | None, what: str) -> None:
        assert gate is not None
        if not gate.live:
            self._outcome.missed += 1
            return
        if what == "cut":
            gate.cut()
        elif what == "stall":
            gate.stall()
        else:
            gate.swallow()
            self._at(self._now() + fault.seconds, partial(self._cut_swallowed, fault, worker, gate))
            return
        self._hit(f"{fault.kind} {worker.role}", worker)
        self._at(self._now() + fault.seconds, gate.open)

    def _cut_swallowed(self, fault: Fault, worker: Worker, gate: Gate) -> None:
        before = gate.swallowed
        gate.cut()
        if gate.swallowed > before:
            self._hit(f"{fault.kind} {worker.role}", worker)
        else:
            self._outcome.missed += 1
        self._at(self._now() + 0.2, gate.open)

    def _kill_part(self, fault: Fault) -> None:
        part: Server = self._lab.kafka if fault.kind == "kill Kafka" else self._lab.store
        part.kill()
        self._hit(fault.kind)
        self._at(self._now() + fault.seconds, part.launch)

    # --- afterwards

    def _heal(self) -> None:
        """Everything is up and nothing is armed; what left stays away, but each role has a worker."""
        for part in (self._lab.kafka, self._lab.store):
            part.await_ready()
        for gate in self._workers.gates():
            gate.open()
        for worker in self._workers.living():
            worker.resume()
            if (worker.crash_at or worker.pid in self._to_freeze) and worker.pid not in self._leaving:
                self._leaving[worker.pid] = (time.monotonic(), worker, 0.0)
                worker.process.terminate()
        while self._leaving or self._due:
            self._tick()
            for worker in self._workers.living():
                if worker.paused:
                    worker.resume()
        for role in ROLES:
            if not self._workers.living(role):
                self._start(role)


def _reached(worker: Worker, point: str) -> bool:
    return f"{crash_points.MARK} {point}\n" in worker.log()
