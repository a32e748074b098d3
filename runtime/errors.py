"""Errors a person sees: one line each, with the exit code of the command-line contract."""

import errno

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
"""Of the system: a place that is right, and will do again."""


def printable(text: str) -> str:
    """The text in one line without characters that a terminal obeys: those are shown as escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class CitywatchError(Exception):
    """Base of all errors that end a command with one line on stderr. The text says what, where and what to do."""

    exit_code = 1

    def __init__(self, text: str = "") -> None:
        super().__init__(printable(text))


class CheckFailed(CitywatchError):
    """A check ran and its answer is no."""

    exit_code = 1


class WrongUse(CitywatchError):
    """A wrong argument, setting or file."""

    exit_code = 2


class Unreachable(CitywatchError):
    """A part (broker, store, role) cannot be reached."""

    exit_code = 3
