"""chDB belongs to one process; the others ask it, and only those who know its address."""

from __future__ import annotations

import http.client
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from runtime import deployment
from runtime.errors import Unreachable
from runtime.settings import Settings
from sinks.chdb_store import Chdb
from sinks.owner import Owner
from sinks.remote import Remote
from sinks.store_factory import open_store


def test_a_store_that_another_process_owns_is_asked_there(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    owned = Chdb(tmp_path / "chdb")
    owned.command("CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n")
    owned.insert("t", ("n",), [[7]])
    owner = Owner(owned)
    deployment.write(settings, deployment.Running(pid=1, store=owner.url))
    asked = subprocess.run(
        [sys.executable, "-c", _ASK, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert asked.stdout.strip() == "Remote [(7,)]"
    owner.close()
    owned.close()


_ASK = """
import sys
from pathlib import Path
from runtime.settings import Settings
from sinks.store_factory import open_store
store = open_store(Settings(data=Path(sys.argv[1])))
print(type(store).__name__, store.query("SELECT n FROM t"))
store.close()
"""


def test_without_an_owner_the_store_is_opened_here(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    deployment.write(settings, deployment.Running(pid=1, store="http://127.0.0.1:9/gone"))
    store = open_store(settings)
    assert isinstance(store, Chdb)
    store.close()


def test_a_store_that_is_held_without_an_address_is_one_line(tmp_path: Path) -> None:
    held = Chdb(tmp_path / "chdb")
    refused = subprocess.run(
        [sys.executable, "-c", _ASK, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert "Unreachable: the store in" in refused.stderr
    held.close()


def test_whoever_does_not_know_the_secret_gets_nothing(tmp_path: Path) -> None:
    owned = Chdb(tmp_path / "chdb")
    owner = Owner(owned)
    parts = urlsplit(owner.url)
    assert parts.hostname == "127.0.0.1"
    for path in ("/query", "/", "/wrong/query", "/version"):
        connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=5)
        connection.request("POST", path, b"SELECT 1")
        response = connection.getresponse()
        assert (response.status, response.read()) == (404, b""), path
        connection.close()
    owner.close()
    owned.close()


def test_an_owner_that_went_away_is_one_line(tmp_path: Path) -> None:
    owned = Chdb(tmp_path / "chdb")
    owner = Owner(owned)
    remote = Remote(owner.url)
    assert remote.query("SELECT 1") == [(1,)]
    remote.close()
    owner.close()
    owned.close()
    with pytest.raises(Unreachable) as gone:
        remote.query("SELECT 1")
    assert "\n" not in str(gone.value)
    remote.close()
