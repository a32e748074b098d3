"""Stores of every kind, migrated or empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.settings import Settings
from sinks.chdb_store import Chdb
from sinks.owner import Owner
from sinks.remote import Remote
from sinks.store import Store
from sinks.store_factory import open_store
from tests.deployments import ENGINES
from tests.migrated import open_migrated


@pytest.fixture(params=["clickhouse", "chdb", "remote"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each kind of store in turn, empty."""
    if request.param == "remote":
        owned = Chdb(tmp_path / "chdb")
        owner = Owner(owned)
        remote = Remote(owner.url)
        yield remote
        remote.close()
        owner.close()
        owned.close()
        return
    settings = Settings(clickhouse=request.getfixturevalue(f"{request.param}_url"), data=tmp_path)
    opened = open_store(settings)
    yield opened
    opened.close()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each engine in turn, migrated; chDB in `make prove`, but where a test asks for both."""
    settings = Settings(clickhouse=request.getfixturevalue(f"{request.param}_url"), data=tmp_path)
    opened = open_migrated(settings)
    yield opened
    opened.close()
