"""A real terminal of a given size, driven and read through tmux."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType


class Terminal:
    """Runs a command in `width` x `height` cells; on leaving, the terminal and what runs in it are gone."""

    def __init__(
        self, folder: Path, width: int, height: int, command: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self._socket = folder / "tmux"
        self._size = ["-x", str(width), "-y", str(height)]
        variables = [f"{name}={value}" for name, value in environment.items()]
        # COLUMNS and LINES of a test runner would be taken for the terminal's
        whole = ["env", "-u", "COLUMNS", "-u", "LINES", *variables, *command]
        self._command = shlex.join(whole) + "; echo; echo ENDED; cat"

    def __enter__(self) -> Terminal:
        self._tmux("-u", "-f", os.devnull, "new-session", "-d", "-s", "screen", *self._size, self._command)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tmux("kill-server")

    def press(self, key: str) -> None:
        self._tmux("send-keys", "-t", "screen", key)

    def text(self) -> str:
        """What the terminal shows now."""
        return self._tmux("capture-pane", "-p", "-t", "screen")

    def until(self, words: str, seconds: float = 30.0) -> str:
        """The terminal's text as soon as it holds the words."""
        deadline = time.monotonic() + seconds
        while words not in (text := self.text()):
            assert time.monotonic() < deadline, f"{words!r} did not appear:\n{text}"
            time.sleep(0.1)
        return text

    def _tmux(self, *arguments: str) -> str:
        environment = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *arguments],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
        )
        return done.stdout
