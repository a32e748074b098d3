"""`citywatch up` on embedded parts: what it starts, what it says, and that nothing is left when it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from urllib.request import urlopen

import pytest

from citywatch.local_deployment import command
from citywatch.roles import DEFAULT
from runtime.embedded import free_port, is_listening

READY_SECONDS = 90.0
COMMAND_SECONDS = 240.0
LISTEN = "0A"
"""A state of sockets in /proc/net/tcp."""


def until(condition: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def answers(address: str) -> bool:
    try:
        with urlopen(f"http://{address}/metrics", timeout=2) as page:
            return b"citywatch_up_since_seconds{" in page.read()
    except OSError:
        return False


def started_by(pid: int) -> set[int]:
    """Living processes whose parent is `pid`."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.add(int(stat.parent.name))
    return found


def listening(pids: set[int]) -> set[tuple[IPv4Address | IPv6Address, int]]:
    """Address and port of each TCP socket on which one of the processes listens."""
    inodes = {
        match.group(1)
        for pid in pids
        for descriptor in Path(f"/proc/{pid}/fd").iterdir()
        if (match := re.fullmatch(r"socket:\[(\d+)\]", _target(descriptor)))
    }
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[3] == LISTEN and fields[9] in inodes:
                address, _, port = fields[1].partition(":")
                found.add((_address(address), int(port, 16)))
    return found


def _address(words: str) -> IPv4Address | IPv6Address:
    """An address as the kernel writes it: words of four bytes, each as a number of this machine."""
    parts = [int(words[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(words), 8)]
    address = ip_address(b"".join(parts))
    return getattr(address, "ipv4_mapped", None) or address


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # it was closed
        return ""


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


class Up:
    """A running `citywatch up` with a data directory and ports of its own."""

    def __init__(self, data: Path, *roles: str, **settings: str) -> None:
        self.data = data
        self.port = free_port(neighbours=3)
        own = {"metrics": f"127.0.0.1:{self.port}", **settings}
        self.own = {f"CITYWATCH_{name.upper()}": value for name, value in own.items()}
        self.environment = {**os.environ, "CITYWATCH_DATA": str(data), **self.own}
        self.log = data.with_name(f"{data.name}-{self.port}.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command("up", *roles), env=self.environment, stderr=log)

    @property
    def run_file(self) -> Path:
        return self.data / "run.json"

    def running(self) -> Mapping[str, object]:
        return dict(json.loads(self.run_file.read_text()))

    def ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return all(answers(f"127.0.0.1:{self.port + place}") for place in range(len(DEFAULT)))

    def citywatch(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command that knows nothing but the data directory."""
        return subprocess.run(
            command(*arguments),
            env={name: value for name, value in self.environment.items() if name not in self.own},
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def must(self, *arguments: str) -> str:
        """What a command printed that has to succeed."""
        done = self.citywatch(*arguments)
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}{self.log.read_text()}"
        return done.stdout


@contextmanager
def up(data: Path, *roles: str, **settings: str) -> Iterator[Up]:
    started = Up(data, *roles, **settings)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
        started.process.wait()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.full
@pytest.mark.timeout(900)
def test_up_runs_the_roles_which_every_command_finds_and_leaves_nothing_behind_after_sigterm(data: Path) -> None:
    with up(data) as started:
        until(started.ready)
        children = started_by(started.process.pid)
        assert len(children) == len(DEFAULT) + 1, "the roles and the broker"
        broker = str(started.running()["kafka"])
        second = started.citywatch("up")
        assert (second.returncode, second.stderr.count("\n")) == (2, 1)
        assert "already" in second.stderr
        places = listening({started.process.pid, *children})
        assert {int(broker.rpartition(":")[2]), *range(started.port, started.port + len(DEFAULT))} <= {
            port for _, port in places
        }
        assert [place for place in places if not place[0].is_loopback] == [], "only this machine can ask"
        sent = json.loads(started.must("simulate", "--days", "1", "--json"))
        assert json.loads(started.must("drain", "--timeout", "200", "--json"))["analyse"] is True
        span = ("--from", sent["start"], "--to", sent["start"])
        (row,) = json.loads(started.must("report", "incidents", *span, "--json"))["rows"]
        assert row["value"] > 0
        behind = started.must("events", "incidents", *span, "--json").splitlines()
        assert sum(json.loads(line)["adds"] for line in behind) == row["value"]
        audit = json.loads(started.must("audit", "--json"))
        assert (audit["balanced"], audit["produced"]) == (True, sent["sent"])
        doctor = json.loads(started.must("doctor", "--json"))  # soon: a feed that sends no more is silent after a while
        parts = {finding["part"]: finding["state"] for finding in doctor["findings"]}
        assert {parts["broker"], parts["aggregate"], parts["analyse"], parts["sink"]} == {"ok"}
        started.process.send_signal(signal.SIGTERM)
        assert started.process.wait(60) == 0, started.log.read_text()
        assert not alive(children)
        assert not started.run_file.exists()
        assert not is_listening(int(broker.rpartition(":")[2]))


@pytest.mark.full
def test_a_role_that_is_killed_comes_back_and_up_says_so_loudly(data: Path) -> None:
    with up(data, "aggregate", "analyse") as started:
        until(lambda: answers(f"127.0.0.1:{started.port}"))
        (victim,) = (pid for pid in started_by(started.process.pid) if _command_of(pid).endswith("up aggregate"))
        os.kill(victim, signal.SIGKILL)
        until(lambda: "AGGREGATE DIED (killed by SIGKILL)" in started.log.read_text())
        until(lambda: any(_command_of(pid).endswith("up aggregate") for pid in started_by(started.process.pid)))
        until(lambda: answers(f"127.0.0.1:{started.port}"))


def test_when_up_is_killed_its_roles_and_its_broker_die_and_the_next_up_does_not_mind_its_run_file(
    data: Path,
) -> None:
    with up(data, "aggregate", "analyse") as first:
        until(lambda: answers(f"127.0.0.1:{first.port + 1}"))
        children = started_by(first.process.pid)
        first.process.kill()
        first.process.wait()
        until(lambda: not alive(children), 10)
        assert first.run_file.exists(), "nobody was left to remove it"
    (data / "chdb").mkdir(exist_ok=True)
    with up(data, "aggregate", "analyse") as second:
        until(lambda: second.run_file.exists() and second.running()["pid"] == second.process.pid)
        assert "the earlier store is set aside as" in second.log.read_text()
        assert list(data.glob("chdb-until-*"))


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except FileNotFoundError:
        return ""
