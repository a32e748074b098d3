"""The store of the settings, opened and closed for one command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runtime import deployment
from runtime.errors import Unreachable
from runtime.settings import Settings

if TYPE_CHECKING:
    from sinks.store import Store


@contextmanager
def opened_store(settings: Settings, *, create: bool = False) -> Iterator[Store]:
    """The store of the settings. Raises Unreachable in one line when nobody answers or nothing is there yet."""
    from sinks.store import NO_TABLE, Rejected
    from sinks.store_factory import chdb_path, open_store

    path = chdb_path(settings)
    running = deployment.read(settings)
    served = running is not None and running.store is not None  # by the sink, wherever its folder is
    if path is not None and not create and not served and not path.exists():
        raise Unreachable(f"there is no store in {path} yet; start `citywatch up`, or set CITYWATCH_CLICKHOUSE")
    store = open_store(settings)
    try:
        yield store
    except Rejected as refused:
        if refused.code in NO_TABLE:
            raise Unreachable("the store has no tables yet; run `citywatch migrate`, or start the sink") from None
        raise
    finally:
        store.close()
