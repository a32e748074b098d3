"""Whether the parts that roles begin with are there: looked at once, before any role is started."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from runtime import deployment
from runtime.errors import Unreachable, WrongUse
from runtime.folders import make_writable
from runtime.kafka import topic_ids
from runtime.pages import WITH_METRICS
from runtime.settings import Settings
from schemas.topics import INPUTS, OUTPUTS


def require_parts(settings: Settings, roles: Collection[str]) -> None:
    """Blocks for some seconds at most. Raises Unreachable and WrongUse as the roles would, but once, not each of them
    again and again. What goes away later is their business: they wait for it. What is embedded begins with
    `local_deployment`."""
    from runtime.role_pages import require_free
    from sinks.store_factory import chdb_path, open_store

    deployment.require_directory(settings)
    for role in WITH_METRICS:
        if role in roles:
            require_free(settings, role)
    if settings.kafka is not None:
        topic_ids(settings, (*INPUTS, *OUTPUTS))
    if "sink" not in roles:
        return
    path = chdb_path(settings)
    if path is None:
        open_store(settings).close()
    elif settings.kafka is not None:
        _require_usable(path)
    else:
        _require_place(path)  # what is there is set aside, and another one made


def _require_place(path: Path) -> None:
    try:
        make_writable(path.parent)
    except OSError as unusable:
        raise WrongUse(
            f"no store can be made in {path} ({unusable.strerror}); set CITYWATCH_DATA or CITYWATCH_CLICKHOUSE"
        ) from None


def _require_usable(path: Path) -> None:
    """chDB stays in a process that has opened it, so another one tries it."""
    command = [sys.executable, "-m", "sinks.store_factory", str(path)]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode:
        said = tried.stderr.strip().splitlines() or [f"the store in {path} cannot be opened"]
        raise (WrongUse if tried.returncode == WrongUse.exit_code else Unreachable)(said[-1])
