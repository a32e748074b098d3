"""A store with the tables and views of today. An embedded one is a copy: to make each costs several times as much."""

from __future__ import annotations

import atexit
import os
import shutil
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from runtime.settings import Settings
from sinks.chdb_store import Chdb
from sinks.migrate import migrate
from sinks.store import Store
from sinks.store_factory import chdb_path, open_store

TEMPORARY = "PYTEST_DEBUG_TEMPROOT"
"""Where pytest makes its temporary folders."""

NOT_IN_THE_STORE = {"kafka", "kafka_security", "clickhouse", "data", "metrics"}
"""Settings that change neither a table nor a list, and are given most often."""


def open_migrated(settings: Settings) -> Store:
    """The store of these settings, which is not there yet or is brought up to today. Close it.

    No embedded store may be open in this process.
    """
    folder = chdb_path(settings)
    copied = folder is not None and not folder.exists()
    if folder is not None and copied:
        shutil.copytree(_empty_one(), folder, symlinks=True)
    store = open_store(settings)
    if not copied or settings.model_fields_set - NOT_IN_THE_STORE:
        migrate(store, settings)  # what these settings change
    return store


@cache
def _empty_one() -> Path:
    """An embedded store without rows, made once in a process."""
    folder = Path(mkdtemp(prefix="citywatch-tables-", dir=os.environ.get(TEMPORARY)))
    atexit.register(shutil.rmtree, folder)
    with closing(Chdb(folder / "chdb")) as store:
        migrate(store, Settings.model_construct())  # whatever the environment of the test that is the first says
    return folder / "chdb"
