"""Keeps a set of processes alive: starts them, restarts what dies, gives up loudly, stops everything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from runtime.errors import Unreachable, WrongUse
from runtime.parent_watch import ended_with_parent

DEATHS, WITHIN = 5, 60.0
"""So many deaths of one process within so many seconds end the whole."""

_BACKOFF = (0.5, 1.0, 2.0, 4.0, 8.0)
_WRONG_USE, _UNREACHABLE = 2, 3
_SAME_SIGNAL = 1.0
"""Seconds within which a signal is still the first one: `timeout` and terminals send theirs twice."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Program:
    """What to run: a name for people, the command line, and where its output goes (None: this terminal)."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    log: Path | None = None


class Child:
    """A running program in a process group of its own (Ctrl-C reaches the parent alone), dying with its
    parent."""

    def __init__(self, program: Program) -> None:
        self.program = program
        output = None if program.log is None else program.log.open("ab")
        try:
            self.process = subprocess.Popen(
                ended_with_parent(program.command),
                stdin=subprocess.DEVNULL,
                stdout=output if output is not None else sys.stderr.fileno(),
                stderr=output,
                env={**os.environ, **program.environment},
                process_group=0,
            )
        finally:
            if output is not None:
                output.close()

    @property
    def returncode(self) -> int | None:
        return self.process.poll()

    def stop(self, patience: float) -> None:
        """SIGTERM, then SIGKILL after `patience` seconds. Blocks until it is gone."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()


@dataclass
class _Watched:
    program: Program
    child: Child | None = None
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS))
    due: float = 0.0
    started: float = 0.0
    proven: bool = False
    """Whether it once ran for long: then its settings are right, and what it cannot reach will be back."""


class Supervisor:
    """Several programs as one. Not thread-safe, and to be used from the main thread (see `parent_watch`)."""

    def __init__(self, programs: Sequence[Program], say: Say, clock: Callable[[], float] = time.monotonic) -> None:
        self._watched = [_Watched(program) for program in programs]
        self._say = say
        self._clock = clock
        self.restarts = 0

    def start(self) -> None:
        for watched in self._watched:
            watched.child, watched.started = Child(watched.program), self._clock()

    @property
    def pids(self) -> dict[str, int]:
        return {w.program.name: w.child.process.pid for w in self._watched if w.child is not None}

    def check(self) -> None:
        """Restarts what died and is due. Returns at once. Raises WrongUse when a program said so itself (a
        restart would not help), Unreachable when one died too often."""
        now = self._clock()
        for watched in self._watched:
            if watched.child is None:
                if now >= watched.due:
                    watched.child, watched.started = Child(watched.program), now
                    self.restarts += 1
            elif (code := watched.child.returncode) is not None:
                self._died(watched, code, now)

    def _died(self, watched: _Watched, code: int, now: float) -> None:
        log, watched.child = watched.program.log, None
        name, how = watched.program.name, how_it_ended(code)
        if words := last_words(log):
            how = f"{how}, last words: {words.strip()}"
        if code == _WRONG_USE:
            raise WrongUse(f"{name} refused to start ({how})")
        watched.deaths.append(now)
        watched.proven = watched.proven or now - watched.started >= WITHIN
        recent = sum(1 for death in watched.deaths if now - death < WITHIN)
        if recent >= DEATHS and not (watched.proven and code == _UNREACHABLE):
            raise Unreachable(f"{name} died {recent} times within {WITHIN:.0f} s ({how}): giving up")
        wait = _BACKOFF[recent - 1]
        watched.due = now + wait
        self._say(f"{name.upper()} DIED ({how}); starting it again in {wait:g} s")

    def stop(self, patience: float = 15.0) -> None:
        """Ends all programs in their order, one after the other, so that each drains while what it writes
        to is still there. Blocks for at most `patience` seconds per program."""
        for watched in self._watched:
            if watched.child is not None:
                watched.child.stop(patience)
                watched.child = None

    def kill(self) -> None:
        """Ends all programs at once, without draining."""
        for watched in self._watched:
            if watched.child is not None:
                watched.child.process.kill()
        self.stop()


def how_it_ended(code: int) -> str:
    """An exit status in words."""
    if code >= 0:
        return f"exit {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"


def last_words(log: Path | None, lines: int = 1) -> str:
    """The last non-empty lines a program wrote."""
    if log is None or not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        text = file.read().decode("utf-8", "replace")
    return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Within it the first SIGTERM, SIGINT or SIGHUP sets the event that it gives; a later one raises
    KeyboardInterrupt, for somebody who does not want to wait for the draining. A SIGHUP that is ignored (`nohup`)
    stays so.
    """
    requested = threading.Event()
    first = 0.0

    def request(number: int, frame: FrameType | None) -> None:
        nonlocal first
        if not requested.is_set():
            first = time.monotonic()
            requested.set()
        elif time.monotonic() - first > _SAME_SIGNAL:
            raise KeyboardInterrupt

    numbers = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, request) for number in numbers}
    try:
        yield requested
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
