"""Stores filled by hand, and the command as a person calls it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from citywatch.cli import call
from runtime.settings import load_settings
from tests.commands.stored import Filled
from tests.parts.server import HOST, free_port

Asked = Callable[..., dict[str, Any]]


@pytest.fixture
def filled(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Filled]:
    """A migrated, empty store of each kind, which the commands of this test find through the environment."""
    monkeypatch.setenv("CITYWATCH_CLICKHOUSE", store_url)
    monkeypatch.setenv("CITYWATCH_DATA", str(tmp_path))
    monkeypatch.setenv("CITYWATCH_METRICS", f"{HOST}:{free_port()}")  # whatever runs on this machine is not of it
    monkeypatch.chdir(tmp_path)
    store = Filled(load_settings())
    yield store
    store.close()


@pytest.fixture
def ask(capfd: pytest.CaptureFixture[str]) -> Asked:
    """Runs a command that succeeds and gives the JSON object it prints."""

    def run(*arguments: str) -> dict[str, Any]:
        code = call([*arguments, "--json"])
        out, err = capfd.readouterr()
        assert code == 0, err
        answer: dict[str, Any] = json.loads(out)
        return answer

    return run
