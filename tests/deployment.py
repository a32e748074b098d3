"""A whole deployment as a person runs it: every role a process of its own, every question a command."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from kafka import KafkaProducer

from tests.parts.server import free_port

ROLES = ("aggregate", "analyse", "sink")
CITYWATCH = Path(sys.executable).with_name("citywatch")
PATIENCE = 90.0
Value = bytes | Mapping[str, Any] | None


class Deployment:
    """Roles on a broker and a store. A context manager: leaving it stops what it started."""

    def __init__(self, bootstrap: str, store_url: str, directory: Path, **settings: str) -> None:
        self.bootstrap = bootstrap
        self.directory = directory
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CITYWATCH_")},
            "CITYWATCH_KAFKA": bootstrap,
            "CITYWATCH_CLICKHOUSE": store_url,
            "CITYWATCH_DATA": str(directory / "data"),
            "CITYWATCH_METRICS": f"127.0.0.1:{_three_free_ports()}",
            **{f"CITYWATCH_{name.upper()}": value for name, value in settings.items()},
        }

    def __enter__(self) -> Self:
        self.must("topics")
        self.must("migrate")
        return self

    def __exit__(self, *_: object) -> None:
        for role in list(self.running):
            self.terminate(role)

    # --- roles

    def start(self, *roles: str) -> None:
        """Start roles; they come up while the caller goes on."""
        for role in roles or ROLES:
            with (self.directory / f"{role}.log").open("ab") as log:
                self.running[role] = subprocess.Popen(
                    [CITYWATCH, "up", role], env=self._environment, stdout=log, stderr=log, cwd=self.directory
                )

    def terminate(self, role: str) -> int:
        """SIGTERM, and the exit code."""
        process = self.running.pop(role)
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            return process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{role} did not stop within 30 s\n{self.log(role)}") from None

    def kill(self, role: str) -> None:
        """`kill -9`."""
        process = self.running.pop(role)
        process.kill()
        process.wait()

    def log(self, role: str) -> str:
        """The last lines a role wrote."""
        with suppress(FileNotFoundError):
            return (self.directory / f"{role}.log").read_text(errors="replace")[-4000:]
        return ""

    # --- questions

    def call(self, *arguments: str, timeout: float = PATIENCE) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [CITYWATCH, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            cwd=self.directory,
        )

    def must(self, *arguments: str, timeout: float = PATIENCE) -> str:
        """Run a command that has to succeed; what it printed."""
        done = self.call(*arguments, timeout=timeout)
        logs = "".join(f"--- {role}\n{self.log(role)}" for role in self.running)
        assert done.returncode == 0, f"citywatch {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}{logs}"
        return done.stdout

    def answer(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The JSON object that a command prints, whose exit code has to be `code`."""
        done = self.call(*arguments, "--json")
        logs = "".join(f"--- {role}\n{self.log(role)}" for role in self.running)
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}{logs}"
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def drain(self) -> None:
        """Wait until all that is in the inputs has reached the store and the live figures."""
        self.must("drain", "--timeout", str(int(PATIENCE) - 5))

    def balanced(self) -> dict[str, Any]:
        """Drain; audit and recount have to agree; the audit."""
        self.drain()
        audit = self.answer("audit")
        assert audit["balanced"], audit
        assert self.answer("recount")["equal"]
        return audit

    # --- events

    def produce(self, topic: str, records: Iterable[tuple[int, Value]]) -> list[tuple[int, int]]:
        """Write `(partition, value)` records in their order; where each stands, as (partition, offset)."""
        with KafkaProducer(bootstrap_servers=self.bootstrap, acks="all") as producer:
            sent = [
                producer.send(topic, value if value is None or isinstance(value, bytes) else json.dumps(value).encode(), partition=partition)
                for partition, value in records
            ]
            producer.flush()
            found = [future.get(timeout=10) for future in sent]
        return [(each.partition, each.offset) for each in found]


def _three_free_ports() -> int:
    """The first of three free ports in a row, one a role."""
    while True:
        port = free_port()
        if all(_is_free(port + number) for number in (1, 2)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
