"""Errors a person sees: one line each, with the exit code of the command-line contract."""


class CitywatchError(Exception):
    """Base of all errors that end a command with one line on stderr. The text says what, where and what to do."""

    exit_code = 1


class CheckFailed(CitywatchError):
    """A check ran and its answer is no."""

    exit_code = 1


class WrongUse(CitywatchError):
    """A wrong argument, setting or file."""

    exit_code = 2


class Unreachable(CitywatchError):
    """A part (broker, store, role) cannot be reached."""

    exit_code = 3
