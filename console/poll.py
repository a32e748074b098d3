"""Asks the roles in the background, so that the screen keeps telling the time while one of them hangs."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

TIMEOUT = 10.0
"""Seconds that a page may take. Longer than the screen needs to say that what it shows is old: whoever gave up sooner
would never hear a role that is slow on a busy machine."""


@dataclass(frozen=True)
class Answer:
    """What one page last said. `at` is the monotonic time of the answer (None: it never answered),
    `problem` why it does not answer now (empty: it does)."""

    body: bytes = b""
    at: float | None = None
    problem: str = ""


class Poller:
    """Fetches each of the named pages every `every` seconds, each in a thread of its own."""

    def __init__(self, pages: Mapping[str, str], every: float) -> None:
        self._every = every
        self._answers: dict[str, Answer] = {name: Answer() for name in pages}
        self._ended = threading.Event()
        self._first = {name: threading.Event() for name in pages}
        for name, address in pages.items():
            threading.Thread(target=self._follow, args=(name, address), daemon=True, name=f"poll-{name}").start()

    def answers(self) -> dict[str, Answer]:
        """The latest answers. Returns at once."""
        return dict(self._answers)

    def wait(self, timeout: float) -> None:
        """Blocks until every page answered or failed once, at most `timeout` seconds."""
        deadline = time.monotonic() + timeout
        for tried in self._first.values():
            tried.wait(max(0.0, deadline - time.monotonic()))

    def close(self) -> None:
        self._ended.set()

    def _follow(self, name: str, address: str) -> None:
        while not self._ended.is_set():
            try:
                with urllib.request.urlopen(address, timeout=TIMEOUT) as page:
                    self._answers[name] = Answer(page.read(), time.monotonic())
            except (OSError, urllib.error.URLError) as error:
                before = self._answers[name]
                self._answers[name] = Answer(before.body, before.at, _why(error, address))
            self._first[name].set()
            self._ended.wait(self._every)


def _why(error: Exception, address: str) -> str:
    reason = getattr(error, "reason", error)
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return f"{address}: {text}"
