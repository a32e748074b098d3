"""What all real servers of the tests share: a process of its own, free ports, a folder, a log, a deadline."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar, Self

from runtime.embedded import HOST, free_port, is_listening
from runtime.parent_watch import ended_with_parent

__all__ = ["HOST", "Server", "ServerFailed", "await_until", "free_port", "http_ok", "is_listening"]

ROOT = Path(__file__).parents[2]
PARTS = ROOT / ".parts"


class ServerFailed(RuntimeError):
    """A server ended or did not answer in time; the text carries the tail of its log."""


class Server(ABC):
    """One real server on 127.0.0.1 with all of its files in `directory`; a context manager.

    `restart` after `stop` or `kill` uses the same ports and the same data. Blocks: `start` until it answers.
    """

    name: ClassVar[str]
    start_seconds: ClassVar[float] = 60.0
    stop_seconds: ClassVar[float] = 30.0

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.log_path = directory / f"{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @abstractmethod
    def missing(cls) -> str | None:
        """What this machine lacks to run it and how to get it; None when it is complete."""

    @abstractmethod
    def prepare(self) -> None:
        """Writes configuration before each start; must leave existing data alone."""

    @abstractmethod
    def command(self) -> list[str]:
        """The command line of the server."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it answers now; must not block for long."""

    def environment(self) -> Mapping[str, str]:
        return os.environ

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Starts it and returns once it answers. Raises ServerFailed."""
        self.launch()
        return self.await_ready()

    def launch(self) -> None:
        """Starts it; it comes up while the caller goes on."""
        assert not self.running, f"{self.name} runs already"
        self.directory.mkdir(parents=True, exist_ok=True)
        self.prepare()
        self._process = self._spawn()

    def await_ready(self) -> Self:
        """Returns once it answers. Raises ServerFailed, and ends it, when it does not in time."""
        try:
            await_until(self._ready_or_dead, self.start_seconds, f"{self.name} to answer")
        except (TimeoutError, ServerFailed) as failed:
            self.kill()
            raise ServerFailed(f"{self.name}: {failed}\n{self.tail()}") from None
        return self

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when it takes too long. Safe to repeat."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: what it had not written is gone."""
        self._end(signal.SIGKILL)

    def restart(self) -> Self:
        self.stop()
        return self.start()

    def pause(self) -> None:
        """SIGSTOP: it holds its connections and says nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def tail(self, lines: int = 40) -> str:
        """The end of its log."""
        if not self.log_path.exists():
            return "(no log)"
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def __enter__(self) -> Self:
        return self if self.running else self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log_path.open("ab") as log:
            return subprocess.Popen(
                self._tied(self.command()),
                cwd=self.directory,
                env=dict(self.environment()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @staticmethod
    def _tied(command: list[str]) -> list[str]:
        """The command so that it ends with the test run, even one that is killed.

        Linux ties it to the thread that starts it, so a thread of a test starts it without.
        """
        return ended_with_parent(command) if threading.current_thread() is threading.main_thread() else command

    def _ready_or_dead(self) -> bool:
        if not self.running:
            raise ServerFailed("ended while starting")
        return self.ready()

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)  # a paused process does not see SIGTERM
            try:
                self._process.wait(self.stop_seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        self._process = None


def await_until(condition: Callable[[], object], seconds: float, what: str, every: float = 0.05) -> None:
    """Returns once `condition()` is true; raises TimeoutError naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(every)


def http_ok(url: str) -> bool:
    """Whether a GET of `url` is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
