"""Processes forked from one that has imported every role: what a start costs of the processor is then the role's own
work, not a second of imports."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from multiprocessing.connection import wait
from pathlib import Path
from signal import Signals

from citywatch.tether import die_with

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "citywatch.commands.up",
        "streams.aggregate",
        "streams.edge.app",
        "streams.analyse",
        "sinks.sink",
        "sinks.clickhouse",
    ]
)


class Forked:
    """As much of `subprocess.Popen` as is done to a worker. It dies with this process.

    `main` is a function of a module and gives the exit code. `variables`: all of its environment. `log`: where both of
    its outputs go.
    """

    def __init__(self, main: Callable[[], int], variables: Mapping[str, str], log: Path, directory: Path) -> None:
        self._process = _CONTEXT.Process(target=_become, args=(main, dict(variables), log, directory), daemon=True)
        self._looking = threading.Lock()  # two looks at once would both read the one exit code
        log.touch()
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self.poll()

    def poll(self) -> int | None:
        with self._looking:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Blocks. Raises subprocess.TimeoutExpired."""
        wait([self._process.sentinel], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return code

    def send_signal(self, number: Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(Signals.SIGTERM)

    def kill(self) -> None:
        self.send_signal(Signals.SIGKILL)


def _become(main: Callable[[], int], variables: Mapping[str, str], log: Path, directory: Path) -> None:
    die_with(os.getppid())
    os.setsid()
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(variables)
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for target, source in ((0, nothing), (1, output), (2, output)):
        os.dup2(source, target)
    sys.exit(main())
