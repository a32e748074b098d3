"""Several workers of each role on one Kafka and one store, each a process that faults can be done to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from kafka import KafkaAdminClient

from runtime.parent_watch import ended_with_parent
from tests.deployment import ROLES, Deployment, metric_at, metrics_at
from tests.faults import stepped_clock
from tests.faults.crash_points import VARIABLE
from tests.faults.gate import Gate
from tests.faults.gated_kafka import GatedKafka
from tests.faults.worker import main
from tests.forked import Forked, Process
from tests.parts.kafka import KafkaBroker
from tests.parts.server import HOST, ROOT, free_port

STOP_SECONDS = 30.0


class Worker:
    """One process of a role. `slot`: its place among the living ones of its role, which decides its ports."""

    def __init__(self, role: str, slot: int, process: Process, log_path: Path, metrics: int) -> None:
        self.role = role
        self.slot = slot
        self.process = process
        self.log_path = log_path
        self.metrics_port = metrics
        self.crash_at: str | None = None
        self.kafka_gate: Gate | None = None
        self.store_gate: Gate | None = None
        self.paused = False

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether the process is there; a paused one is."""
        return self.process.poll() is None

    def log(self) -> str:
        """All that it wrote."""
        return self.log_path.read_text(errors="replace")

    def metrics(self, series: str) -> float:
        """A value on its metrics page; `series` is the name with its labels, as the page has them."""
        return metric_at(f"{HOST}:{self.metrics_port}", series)

    def counted(self, topic: str, partitions: int) -> int:
        """Records of a topic that an aggregate shows as counted: of a partition that it has not begun with, none."""
        series = 'citywatch_records{{partition="{}",topic="{}",verdict="counted"}}'
        shown = (
            metrics_at(f"{HOST}:{self.metrics_port}", series.format(number, topic)) for number in range(partitions)
        )
        return int(sum(map(sum, shown)))

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        self.process.wait()

    def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.terminate()
        self.resume()
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"{self.role} did not stop within {STOP_SECONDS:.0f} s\n{self.log()[-4000:]}"
            ) from None

    def pause(self) -> None:
        """SIGSTOP: it holds what it has and says nothing."""
        self.process.send_signal(signal.SIGSTOP)
        self.paused = True

    def resume(self) -> None:
        """SIGCONT: it goes on as if nothing had been."""
        self.process.send_signal(signal.SIGCONT)
        self.paused = False


class Workers:
    """Workers of each role, with topics and tables for them. A context manager; leaving it kills what runs.

    `gates`: a gate of its own between each worker and Kafka (which has to be a `GatedKafka`), and the store.
    `source`: a changed copy of the packages to run in place of the installed ones. `imports_anew`: workers start as
    they do in service, and are not forked with everything imported. `settings`: as CITYWATCH_*.
    """

    def __init__(
        self,
        kafka: KafkaBroker | str,
        store_url: str,
        directory: Path,
        *,
        gates: bool = False,
        source: Path | None = None,
        imports_anew: bool = False,
        **settings: str,
    ) -> None:
        if gates and not isinstance(kafka, GatedKafka):
            raise TypeError("gates need a Kafka that has them: tests.faults.gated_kafka.GatedKafka")
        self._kafka = kafka
        self._store_url = store_url
        self._source = source
        self._imports_anew = imports_anew or source is not None
        self._gated = gates
        self._closing = ExitStack()
        self._store_gates: dict[int, Gate] = {}
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        bootstrap = kafka if isinstance(kafka, str) else kafka.bootstrap
        self.deployment = Deployment(bootstrap, store_url, directory, source, **settings)
        _, first = self.deployment.settings.metrics_address(ROLES[0])
        self._metrics = [first]
        self.started: list[Worker] = []

    def __enter__(self) -> Self:
        self.deployment.prepare()
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.living():
            worker.kill()
        self._closing.close()

    def living(self, role: str | None = None) -> list[Worker]:
        """Workers whose process is there, in the order of their start."""
        return [worker for worker in self.started if worker.alive and role in (None, worker.role)]

    def start(self, role: str, crash_at: str | None = None, **environment: str) -> Worker:
        """A new worker; it comes up while the caller goes on. `crash_at`: a crash point, see `crash_points`.

        The first living one of each role has the ports that `deployment` asks.
        """
        slot = next(number for number in range(1000) if number not in {each.slot for each in self.living(role)})
        while len(self._metrics) <= slot:
            self._metrics.append(free_port(neighbours=len(ROLES)))
        log_path = self.directory / f"{role}-{slot}-{len(self.started)}.log"
        variables = {
            **self.deployment.environment,
            "PYTHONPATH": os.pathsep.join(map(str, (*([self._source] if self._source else []), ROOT))),
            "PYTHONUNBUFFERED": "1",
            "CITYWATCH_METRICS": f"{HOST}:{self._metrics[slot]}",
            **({VARIABLE: crash_at} if crash_at else {}),
            **environment,
        }
        kafka_gate, store_gate = self._gates(role, slot)
        if kafka_gate is not None and store_gate is not None:
            variables["CITYWATCH_KAFKA"] = f"{HOST}:{kafka_gate.port}"
            variables["CITYWATCH_CLICKHOUSE"] = _at_port(self._store_url, store_gate.port)
        imports_anew = self._imports_anew or stepped_clock.VARIABLE in environment
        process = (self._run if imports_anew else self._fork)(role, variables, log_path)
        started = Worker(role, slot, process, log_path, self._metrics[slot] + ROLES.index(role))
        started.crash_at, started.kafka_gate, started.store_gate = crash_at, kafka_gate, store_gate
        self.started.append(started)
        return started

    def _fork(self, role: str, variables: Mapping[str, str], log_path: Path) -> Process:
        return Forked(partial(main, role), variables, log_path, self.directory)

    def _run(self, role: str, variables: Mapping[str, str], log_path: Path) -> Process:
        command = [sys.executable, "-m", main.__module__, role]
        tied = threading.current_thread() is threading.main_thread()
        with log_path.open("ab") as log:
            return subprocess.Popen(
                ended_with_parent(command) if tied else command,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                start_new_session=True,
            )

    def gates(self) -> Iterator[Gate]:
        """All gates there are, also those whose worker has ended."""
        if self._gated:
            assert isinstance(self._kafka, GatedKafka)
            yield from self._kafka.gates
            yield from self._store_gates.values()

    def admin(self) -> KafkaAdminClient:
        """An admin client of its Kafka, past all gates; close it (or use it as a context manager)."""
        return KafkaAdminClient(bootstrap_servers=self.deployment.bootstrap.split(","))

    def _gates(self, role: str, slot: int) -> tuple[Gate | None, Gate | None]:
        if not self._gated:
            return None, None
        assert isinstance(self._kafka, GatedKafka)
        number = slot * len(ROLES) + ROLES.index(role)
        if number >= len(self._kafka.gates):
            raise ValueError(f"the {slot + 1}. worker of {role} has no gate: give GatedKafka more slots")
        if number not in self._store_gates:
            port = urlsplit(self._store_url).port
            assert port is not None
            self._store_gates[number] = self._closing.enter_context(Gate(port))
        return self._kafka.gates[number], self._store_gates[number]


def _at_port(url: str, port: int) -> str:
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}{at}{HOST}:{port}"))
