"""The embedded broker: starts at once, says in one line why it cannot, and never outlives its caller."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from runtime import embedded
from runtime.embedded import HOST, free_port, is_listening, start_tansu, stop
from runtime.errors import Unreachable
from tests.parts.server import await_until

OWNER = """
import sys, time
from pathlib import Path
from runtime.embedded import start_tansu
start_tansu(int(sys.argv[1]), Path(sys.argv[2]))
print("up", flush=True)
time.sleep(600)
"""


def cluster_of(port: int) -> str:
    with KafkaAdminClient(bootstrap_servers=f"{HOST}:{port}") as admin:
        return str(admin.describe_cluster()["cluster_id"])


def test_each_start_is_another_cluster(tmp_path: Path) -> None:
    port = free_port()
    seen = set()
    for _ in range(2):
        process = start_tansu(port, tmp_path / "tansu.log")
        seen.add(cluster_of(port))
        stop(process)
        assert not is_listening(port)
    assert len(seen) == 2


def test_it_ends_with_an_owner_that_is_killed(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", OWNER, str(port), str(tmp_path / "tansu.log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "up\n"
        assert is_listening(port)
        owner.kill()
        owner.wait()
        await_until(lambda: not is_listening(port), 5, "the broker to end with its owner")


def test_ctrl_c_in_the_terminal_leaves_it_to_its_owner(tmp_path: Path) -> None:
    process = start_tansu(free_port(), tmp_path / "tansu.log")
    try:
        assert os.getpgid(process.pid) != os.getpgid(0)
    finally:
        stop(process)


def test_a_broker_that_ends_at_once_is_named_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALF_TANSU_BIN", "/bin/false")
    with pytest.raises(Unreachable, match=r"ended at once .*tansu\.log"):
        start_tansu(free_port(), tmp_path / "tansu.log")


def test_a_platform_without_the_broker_is_told_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALF_TANSU_BIN", str(tmp_path / "absent"))
    with pytest.raises(Unreachable, match="set CITYWATCH_KAFKA"):
        start_tansu(free_port(), tmp_path / "tansu.log")


def test_a_port_given_to_one_caller_is_given_to_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    given = free_port(neighbours=3)
    embedded._reserved.pop().close()  # the third of them is free again: what else listens here does not stand there
    monkeypatch.setattr(embedded, "_BELOW_EPHEMERAL", (given, given + 3))
    assert free_port() == given + 2
