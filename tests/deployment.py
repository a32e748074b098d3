"""A whole deployment as a person runs it: every role a process of its own, and so is every command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from citywatch.cli import call
from citywatch.rules import write_rules
from runtime.settings import Settings, load_settings
from runtime.topics import ensure_topics
from sinks.store_factory import open_store
from tests.forked import Forked, Process
from tests.migrated import open_migrated
from tests.parts.server import free_port

ROLES = ("aggregate", "analyse", "sink")
CITYWATCH = Path(sys.executable).with_name("citywatch")
COMMAND_SECONDS = 300.0
"""A guard against a command that hangs: `recount` on embedded parts takes a minute on a slow machine."""

PATIENCE = 90.0

_ONE_BY_ONE = """
import json, sys
from citywatch.cli import call
sys.exit(next((code for line in json.loads(sys.argv[1]) if (code := call(line))), 0))
"""
Value = bytes | Mapping[str, Any] | None


class Deployment:
    """Roles on a broker and a store. A context manager: leaving it stops what it started."""

    def __init__(
        self, bootstrap: str, store_url: str, directory: Path, source: Path | None = None, **settings: str
    ) -> None:
        """`source`: a changed copy of the packages to run in place of the installed ones."""
        self.bootstrap = bootstrap
        self._source = source
        self.directory = directory
        self.running: dict[str, Process] = {}
        metrics = f"127.0.0.1:{free_port(neighbours=3)}"
        self.settings: Settings = load_settings(
            kafka=bootstrap, clickhouse=store_url, data=directory / "data", metrics=metrics, **settings
        )
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CITYWATCH_")},
            **({"PYTHONPATH": str(source)} if source else {}),
            "CITYWATCH_KAFKA": bootstrap,
            "CITYWATCH_CLICKHOUSE": store_url,
            "CITYWATCH_DATA": str(directory / "data"),
            "CITYWATCH_METRICS": metrics,
            **{f"CITYWATCH_{name.upper()}": value for name, value in settings.items()},
        }

    def __enter__(self) -> Self:
        self.prepare()
        return self

    def __exit__(self, *_: object) -> None:
        for role in list(self.running):
            self.terminate(role)

    def prepare(self) -> None:
        """Topics with their rules, and tables."""
        if self._source is not None:
            self.must("topics")
            self.must("migrate")
            return
        ensure_topics(self.settings)
        write_rules(self.settings)
        open_migrated(self.settings).close()

    # --- roles

    def start(self, *roles: str) -> None:
        """Start roles; they come up while the caller goes on."""
        for role in roles or ROLES:
            log = self.directory / f"{role}.log"
            self.running[role] = self._launch(("up", role), self.environment, log, log)

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

    def call(
        self, *arguments: str, timeout: float = COMMAND_SECONDS, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, with further environment variables."""
        with TemporaryDirectory(dir=self.directory) as folder:
            output, errors = Path(folder) / "output", Path(folder) / "errors"
            process = self._launch(arguments, self.environment | environment, output, errors)
            try:
                code = process.wait(timeout)
            finally:
                process.kill()
                process.wait()
            return subprocess.CompletedProcess(arguments, code, output.read_text(), errors.read_text())

    def _launch(self, arguments: Sequence[str], environment: Mapping[str, str], output: Path, errors: Path) -> Process:
        """A command line of citywatch; a changed copy of the packages has to be imported anew."""
        if self._source is None:
            return Forked(partial(call, list(arguments)), environment, output, self.directory, errors)
        with output.open("ab") as out, errors.open("ab") as err:
            return subprocess.Popen(
                [CITYWATCH, *arguments], env=environment, stdout=out, stderr=err, cwd=self.directory
            )

    def must(self, *arguments: str, timeout: float = COMMAND_SECONDS, **environment: str) -> str:
        """Run a command that has to succeed; what it printed."""
        done = self.call(*arguments, timeout=timeout, **environment)
        logs = "".join(f"--- {role}\n{self.log(role)}" for role in self.running)
        assert done.returncode == 0, (
            f"citywatch {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}{logs}"
        )
        return done.stdout

    def answer(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """The JSON object that a command prints, whose exit code has to be `code`."""
        done = self.call(*arguments, "--json")
        logs = "".join(f"--- {role}\n{self.log(role)}" for role in self.running)
        assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}{logs}"
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def answers(self, *asked: Sequence[str]) -> list[dict[str, Any]]:
        """The JSON objects that commands print, one after the other in one process: a changed copy of the packages
        takes longer to import than to answer."""
        lines = [[*arguments, "--json"] for arguments in asked]
        done = subprocess.run(
            [sys.executable, "-c", _ONE_BY_ONE, json.dumps(lines)],
            env=self.environment, cwd=self.directory, capture_output=True, text=True, check=False,
            timeout=COMMAND_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(found) == len(lines), done.stdout
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

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the store, asked as a command would."""
        with closing(open_store(self.settings)) as store:
            return [tuple(row) for row in store.query(sql)]

    def metric(self, role: str, series: str) -> float:
        """A value on a role's metrics page; `series` is its name with its labels, as the page has them."""
        return metric_at("{}:{}".format(*self.settings.metrics_address(role)), series)

    # --- events

    def produce(self, topic: str, records: Iterable[tuple[int, Value]]) -> list[tuple[int, int]]:
        """Write `(partition, value)` records in their order; where each stands, as (partition, offset)."""
        with KafkaProducer(bootstrap_servers=self.bootstrap, acks="all") as producer:
            sent = [
                producer.send(
                    topic,
                    value if value is None or isinstance(value, bytes) else json.dumps(value).encode(),
                    key=b"test",  # kafka-python sends no record that has neither key nor value
                    partition=partition,
                )
                for partition, value in records
            ]
            producer.flush()
            found = [future.get(timeout=10) for future in sent]
        return [(each.partition, each.offset) for each in found]

    def consume(self, topic: str) -> list[bytes]:
        """Every value of a topic, up to its end."""
        with KafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False) as consumer:
            parts = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
            consumer.assign(parts)
            consumer.seek_to_beginning()
            ends = consumer.end_offsets(parts)
            values: list[bytes] = []
            while any(consumer.position(part) < ends[part] for part in parts):
                values += [record.value for batch in consumer.poll(500).values() for record in batch]
        return values


def metric_at(address: str, series: str) -> float:
    """A value on the metrics page at host:port, which has to be there."""
    values = metrics_at(address, series)
    assert len(values) == 1, f"{series} stands {len(values)} times on the page at {address}"
    return values[0]


def metrics_at(address: str, series: str) -> list[float]:
    """The values of a series on the metrics page at host:port: none before it is shown for the first time."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as page:
        lines = page.read().decode().splitlines()
    return [float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{series} ")]
