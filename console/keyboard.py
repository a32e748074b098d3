"""Single keys from the terminal, without waiting for Enter."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from contextlib import suppress
from types import TracebackType


class Keyboard:
    """While it is open keys come one by one and are not shown; afterwards the terminal is as it was."""

    def __enter__(self) -> Keyboard:
        self._file = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._file)
        tty.setcbreak(self._file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(termios.error):  # the terminal has gone
            termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)

    def key(self, timeout: float) -> str | None:
        """The next key, or an empty text after `timeout` seconds; None when the terminal has gone."""
        ready, _, _ = select.select([self._file], [], [], timeout)
        if not ready:
            return ""
        # Not through sys.stdin: select does not see what its buffer holds. An arrow key is several bytes.
        try:
            typed = os.read(self._file, 32)
        except OSError:
            return None
        return typed.decode("utf-8", "replace")[:1] if typed else None
