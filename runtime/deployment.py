"""The run file: where the parts of a running embedded deployment listen, so that other commands find them."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from runtime.errors import NO_ROOM, CitywatchError, Unreachable, WrongUse
from runtime.folders import make_writable
from runtime.settings import Settings

RUN_FILE = "run.json"


class Running(msgspec.Struct, omit_defaults=True):
    """Addresses as host:port, the store as a URL. `pid` is the process that owns them."""

    pid: int
    kafka: str | None = None
    store: str | None = None
    metrics: dict[str, str] = {}


def run_file(settings: Settings) -> Path:
    return settings.data / RUN_FILE


def read(settings: Settings) -> Running | None:
    """The deployment that runs in the data directory; None when there is none, or its process has gone. Raises WrongUse
    where nothing could be there."""
    try:
        running = msgspec.json.decode(run_file(settings).read_bytes(), type=Running)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError:
        return None
    except OSError as unusable:
        raise _unusable(settings, unusable) from None
    return running if _alive(running.pid) else None


def write(settings: Settings, running: Running) -> None:
    """Replace the run file in one step: a reader sees the old one or the new one. Raises WrongUse where it cannot be
    written."""
    path = run_file(settings)
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(msgspec.json.encode(running))
        draft.replace(path)
    except OSError as unusable:
        raise _unusable(settings, unusable) from None


def remove(settings: Settings) -> None:
    run_file(settings).unlink(missing_ok=True)


def require_directory(settings: Settings) -> None:
    """Makes the data directory where it is not there. Raises WrongUse where it cannot be made, or not be
    written in, Unreachable where its disk is full."""
    try:
        make_writable(settings.data)
    except OSError as unusable:
        raise _unusable(settings, unusable) from None


def _unusable(settings: Settings, error: OSError) -> CitywatchError:
    why = error.strerror or error
    if error.errno in NO_ROOM:
        return Unreachable(f"the data directory {settings.data} cannot be written: {why}; make room on its disk")
    return WrongUse(f"the data directory {settings.data} cannot be used ({why}); set CITYWATCH_DATA to one that can")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
