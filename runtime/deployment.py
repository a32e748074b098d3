"""The run file: where the parts of a running embedded deployment listen, so that other commands find them."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

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
    """The deployment that runs in the data directory; None when there is none, or its process has gone."""
    try:
        running = msgspec.json.decode(run_file(settings).read_bytes(), type=Running)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError:
        return None
    return running if _alive(running.pid) else None


def write(settings: Settings, running: Running) -> None:
    """Replace the run file in one step: a reader sees the old one or the new one."""
    path = run_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_bytes(msgspec.json.encode(running))
    draft.replace(path)


def remove(settings: Settings) -> None:
    run_file(settings).unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
