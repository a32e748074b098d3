"""stdout and stderr of the command, whatever they are: a full disk, a pipe or a terminal that has gone, an encoding
that lacks a character, or nothing at all.

A character that the encoding lacks becomes `?` on stdout and an escape on stderr. stdout that takes no more ends the
command: `ReaderGone` or `CannotWrite` is raised once, and all that is written later is dropped. stderr that takes no
more ends nothing: its words are dropped, and a role goes on.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, TextIO

from runtime.errors import Unreachable

if TYPE_CHECKING:
    from typing_extensions import Buffer


class CannotWrite(Unreachable):
    """stdout is a file that takes no more."""


class ReaderGone(Exception):
    """Nobody reads stdout any more; nothing is wrong. `signal` is what ends other programs then.

    No OSError, so that nobody takes it for the trouble of a broker or a file.
    """

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number.name)
        self.signal = number


class _Out(io.FileIO):
    def __init__(self, file: int) -> None:
        super().__init__(file, "wb", closefd=False)
        self._terminal = self.isatty()  # one that has gone says no
        self.failed: Exception | None = None

    def write(self, data: Buffer, /) -> int:
        size = memoryview(data).nbytes
        if self.failed is not None or not size:
            return size
        try:
            return super().write(data)
        except OSError as failed:
            self.failed = self._meaning(failed)
            raise self.failed from None

    def _meaning(self, failed: OSError) -> Exception:
        if failed.errno == errno.EPIPE:
            return ReaderGone(signal.SIGPIPE)
        if failed.errno == errno.EIO and self._terminal:
            return ReaderGone(signal.SIGHUP)
        return CannotWrite(f"stdout cannot be written: {failed.strerror}; make room, or write elsewhere")


class _Errors(io.FileIO):
    def __init__(self, file: int) -> None:
        super().__init__(file, "wb", closefd=False)

    def write(self, data: Buffer, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes  # there is nobody else to tell


def guard() -> None:
    """Puts stdout and stderr of this process under these rules. Once, before anything is written."""
    # in this order each takes the number that is free; a socket must not come to stand there
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115  it stays open
    out = _descriptor(sys.stdout, os.O_RDONLY)  # writing to it fails, as it does where it is closed
    errors = _descriptor(sys.stderr, os.O_WRONLY)
    sys.stdout = _text(_Out(out), sys.stdout, "replace")
    sys.stderr = _text(_Errors(errors), sys.stderr, "backslashreplace", line_buffering=True)


def settle() -> None:
    """Writes what is still held back. Raises what kept stdout from being written, also where somebody has caught it."""
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if isinstance(raw, _Out) and raw.failed is not None:
        raise raw.failed


def die_of(number: int) -> None:
    """Ends this process by a signal, as one ends that does not handle it."""
    signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})  # chDB blocks SIGPIPE, and children inherit that
    os.kill(os.getpid(), number)


def _descriptor(stream: TextIO | None, instead: int) -> int:
    return os.open(os.devnull, instead) if stream is None else stream.fileno()


def _text(raw: io.FileIO, like: TextIO | None, errors: str, *, line_buffering: bool = False) -> TextIO:
    through = bool(getattr(like, "write_through", False))  # PYTHONUNBUFFERED
    return io.TextIOWrapper(
        raw if through else io.BufferedWriter(raw),
        encoding="utf-8" if like is None else like.encoding,
        errors=errors,
        line_buffering=line_buffering or bool(getattr(like, "line_buffering", False)),
        write_through=through,
    )
