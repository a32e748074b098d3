"""`citywatch up` with all roles, and a part that is not there: one line that says what and what to do, within
seconds."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from citywatch.cli import call
from citywatch.local_deployment import prepare
from runtime.embedded import HOST, free_port
from runtime.settings import load_settings
from tests.commands.test_up import until, up
from tests.forked import Forked
from tests.parts.tansu import TansuBroker

WITHIN = 60.0
"""Seconds, on a machine that does much else: longer is a client that waits out its patience."""


def refusal(data: Path, code: int, **settings: str) -> str:
    """The only line of an `up` that has to end with this exit code, and has to leave no run file."""
    given = {f"CITYWATCH_{name.upper()}": value for name, value in settings.items()}
    environment = {**os.environ, "CITYWATCH_DATA": str(data), **given}
    output, errors = data / "output", data / "errors"
    process = Forked(partial(call, ["up"]), environment, output, data, errors)
    try:
        ended = process.wait(WITHIN)
    finally:
        process.kill()
        process.wait()
    said = errors.read_text()
    assert ended == code, said
    assert (output.read_text(), said.count("\n")) == ("", 1), said
    assert not (data / "run.json").exists()
    return said


def test_a_broker_that_is_not_there_is_one_line_and_exit_3(tmp_path: Path) -> None:
    said = refusal(tmp_path, 3, kafka=(nowhere := f"{HOST}:{free_port()}"))
    assert said.startswith(f"citywatch: Kafka at {nowhere} does not answer")
    assert "CITYWATCH_KAFKA" in said


def test_a_clickhouse_that_is_not_there_is_one_line_and_exit_3(tmp_path: Path) -> None:
    said = refusal(tmp_path, 3, clickhouse=f"clickhouse://default:@{(nowhere := f'{HOST}:{free_port()}')}/default")
    assert said.startswith(f"citywatch: ClickHouse at {nowhere} does not answer")
    assert "CITYWATCH_CLICKHOUSE" in said


def test_missing_topics_are_one_line_and_exit_2(tansu: TansuBroker, tmp_path: Path) -> None:
    assert "run `citywatch topics`" in refusal(tmp_path, 2, kafka=tansu.bootstrap)


@pytest.mark.full
def test_an_embedded_store_that_another_process_holds_is_refused_and_taken_once_it_is_free(
    tansu: TansuBroker, tmp_path: Path
) -> None:
    prepare(load_settings(kafka=tansu.bootstrap))
    store = tmp_path / "store"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        said = refusal(tmp_path, 3, kafka=tansu.bootstrap, clickhouse=f"chdb://{store}")
        assert f"the store in {store} cannot be opened" in said
        holder.communicate(b"\n")
    with up(tmp_path, kafka=tansu.bootstrap, clickhouse=f"chdb://{store}") as started:
        until(started.ready)
        assert "DIED" not in started.log.read_text()


_HOLD = """
import sys
from pathlib import Path
from sinks.chdb_store import Chdb
store = Chdb(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.readline()
store.close()
"""
