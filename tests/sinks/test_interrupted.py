"""Who does not wait for an answer any more does not keep the store busy with it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from sinks.chdb_store import Chdb
from sinks.owner import Owner
from sinks.remote import Remote
from tests.parts.clickhouse import ClickHouseServer

ENDLESS = "SELECT sum(sipHash64(number)) FROM numbers(1000000000000)"
SECONDS = 20.0

_ASK = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background begins without
from sinks.clickhouse import ClickHouse
from sinks.remote import Remote
store = {"server": ClickHouse, "owner": Remote}[sys.argv[1]](sys.argv[2])
store.query("SELECT 1")
print("asks", flush=True)
try:
    store.query(sys.argv[3])
except KeyboardInterrupt:
    print("stopped")
"""


@contextmanager
def asking(kind: str, url: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _ASK, kind, url, ENDLESS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        try:
            yield client
        finally:
            client.kill()


def awaited(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_a_query_that_is_interrupted_ends_in_the_server(
    clickhouse_server: ClickHouseServer, clickhouse_url: str
) -> None:
    def runs() -> bool:
        return bool(clickhouse_server.execute("SELECT 1 FROM system.processes WHERE query LIKE 'SELECT sum(sipHash%'"))

    with asking("server", clickhouse_url) as client:
        awaited(runs, "it never began")
        client.send_signal(signal.SIGINT)
        assert client.communicate(timeout=SECONDS)[0].splitlines() == ["asks", "stopped"]
    awaited(lambda: not runs(), "it still runs")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_query_that_nobody_waits_for_ends_in_the_owner(tmp_path: Path, how: signal.Signals) -> None:
    with closing(Chdb(tmp_path / "chdb")) as owned, closing(Owner(owned)) as owner, closing(Remote(owner.url)) as other:
        with asking("owner", owner.url) as client:
            assert client.stdout is not None
            assert client.stdout.readline() == "asks\n"
            client.send_signal(how)
            client.wait(SECONDS)
        began = time.monotonic()
        assert other.query("SELECT 2") == [(2,)], "the engine is free again"
        assert time.monotonic() - began < SECONDS
