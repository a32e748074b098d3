"""Which store the settings mean: a ClickHouse server, chDB in this process, or chDB in its owner."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from pathlib import Path

from runtime import deployment
from runtime.errors import Unreachable, WrongUse
from runtime.settings import Settings
from sinks.migrate import refuse_newer
from sinks.store import Store

OPEN_SECONDS = 10.0
"""How long another process may hold chDB at the start of its owner: one that was killed takes a while to go."""
LOOK_SECONDS = 5.0
"""The same for who only looks."""


def chdb_path(settings: Settings) -> Path | None:
    """Where the embedded store lives; None where the store is a server."""
    if settings.clickhouse is None:
        return settings.data / "chdb"
    if settings.clickhouse.startswith("chdb://"):
        path = settings.clickhouse.removeprefix("chdb://")
        if not path:
            raise WrongUse("CITYWATCH_CLICKHOUSE=chdb:// names no folder; use chdb:///path")
        return Path(path)
    return None


def open_store(settings: Settings, *, create: bool = True) -> Store:
    """The store of these settings. chDB belongs to one process at a time: while a sink has it, that answers.

    Raises Unreachable or WrongUse in one line: NewerStore where a newer version has been at it. Without `create` a
    server's database that is not there is not made, but Rejected.
    """
    store = _opened(settings, create)
    try:
        refuse_newer(store)
    except BaseException:
        store.close()
        raise
    return store


def _opened(settings: Settings, create: bool) -> Store:
    path = chdb_path(settings)
    if path is None:
        from sinks.clickhouse import ClickHouse

        assert settings.clickhouse is not None
        return ClickHouse(settings.clickhouse, create=create)
    running = deployment.read(settings)
    if running is not None and running.store is not None:
        from sinks.remote import Remote

        remote = Remote(running.store)
        if remote.is_there():
            return remote
        remote.close()
    return open_chdb(path)


def open_chdb(path: Path) -> Store:
    """The embedded store in this process. Raises Unreachable when another process holds it."""
    try:
        from sinks.chdb_store import Chdb
    except ImportError:
        raise Unreachable("chDB is not installed here; set CITYWATCH_CLICKHOUSE to a server") from None
    return Chdb(path)


def open_when_free(path: Path, seconds: float = OPEN_SECONDS) -> Store:
    """As `open_chdb`, and waits so long while another process holds it."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return open_chdb(path)
        except Unreachable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


if __name__ == "__main__":  # whether a folder can be opened and used, for somebody who must not hold it
    try:
        with closing(open_when_free(Path(sys.argv[1]), LOOK_SECONDS)) as there:
            refuse_newer(there)
    except (Unreachable, WrongUse) as refused:
        print(refused, file=sys.stderr)
        sys.exit(refused.exit_code)
