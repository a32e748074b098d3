"""Processes forked from one that has imported the program: what a start costs of the processor is then its own work,
not a second of imports."""

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

from citywatch.cli import COMMANDS
from runtime.parent_watch import die_with

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        *(f"citywatch.commands.{name.replace('-', '_')}" for name in COMMANDS),
        "citywatch.audit.recount",
        "streams.aggregate",
        "streams.edge.app",
        "streams.analyse",
        "sinks.sink",
        "sinks.clickhouse",
        "sinks.remote",
    ]
)


class Forked:
    """As much of `subprocess.Popen` as is done to a worker. It dies with this process.

    `main` is a function of a module and gives the exit code. `variables`: all of its environment. `log`: where its
    output goes, and what it writes to stderr unless `errors` names another file.
    """

    def __init__(
        self,
        main: Callable[[], int],
        variables: Mapping[str, str],
        log: Path,
        directory: Path,
        errors: Path | None = None,
    ) -> None:
        given = (main, dict(variables), log, errors or log, directory)
        self._process = _CONTEXT.Process(target=_become, args=given, daemon=True)
        self._looking = threading.Lock()  # two looks at once would both read the one exit code
        for path in (log, errors or log):
            path.touch()
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


Process = subprocess.Popen[bytes] | Forked


def _become(main: Callable[[], int], variables: Mapping[str, str], log: Path, errors: Path, directory: Path) -> None:
    die_with(os.getppid())
    os.setsid()
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(variables)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for target, path in ((1, log), (2, errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), target)
    sys.exit(main())
