"""Runs a command that dies with the process that started it, even when that one is killed with -9.

Used as `python -I -S parent_watch.py PARENT COMMAND...`: asks Linux for a signal at the parent's death, then
becomes the command. Elsewhere than on Linux it only becomes the command.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def ended_with_parent(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` tied to this process. Start it from the main thread: Linux ties
    the child to the thread that started it."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def die_with(parent: int) -> None:
    """Ties this process to its parent; ends it at once when that one has already gone. Only Linux can."""
    if sys.platform == "linux":
        import ctypes

        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
        if os.getppid() != parent:
            sys.exit(1)


def main(parent: int, command: Sequence[str]) -> None:
    """Becomes `command`, tied to `parent`."""
    die_with(parent)
    os.execvp(command[0], list(command))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
