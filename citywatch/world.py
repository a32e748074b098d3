"""The embedded parts of one machine: the broker, the folder of the store, the run file. Each start is a new
world."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from citywatch import deployment, embedded
from citywatch.errors import Unreachable, WrongUse
from citywatch.roles import WITH_METRICS
from citywatch.settings import Settings
from citywatch.supervisor import Program, Say

LOGS = "logs"


@contextmanager
def world(settings: Settings, say: Say) -> Iterator[deployment.Running]:
    """Owns the run file, and the embedded broker unless CITYWATCH_KAFKA is set; takes both down at the end.

    Blocks until the broker listens. Raises WrongUse when a deployment runs in the data directory already.
    """
    refuse_second(settings)
    broker: subprocess.Popen[bytes] | None = None
    address = settings.kafka
    if address is None:
        set_aside(settings, say)
        port = embedded.free_port()
        broker = embedded.start_tansu(port, settings.data / LOGS / "broker.log")
        address = f"{embedded.HOST}:{port}"
    metrics = {role: "{}:{}".format(*settings.metrics_address(role)) for role in WITH_METRICS}
    running = deployment.Running(pid=os.getpid(), kafka=address, metrics=metrics)
    try:
        deployment.write(settings, running)
        yield running
    finally:
        deployment.remove(settings)
        if broker is not None:
            embedded.stop(broker)


def refuse_second(settings: Settings) -> None:
    """Raises WrongUse when a deployment runs in the data directory. A run file that a dead process left is no
    deployment."""
    running = deployment.read(settings)
    if running is not None:
        raise WrongUse(
            f"citywatch runs in {settings.data} already (process {running.pid}); stop it, or set CITYWATCH_DATA"
        )


def set_aside(settings: Settings, say: Say) -> None:
    """Renames the embedded store of an earlier world: its topics are gone with its broker."""
    from sinks.store import chdb_path

    store = chdb_path(settings)
    if store is None:
        say("the embedded broker starts empty; figures that this ClickHouse holds from before stay in it")
    elif store.exists():
        kept = store.with_name(f"{store.name}-until-{datetime.now():%Y%m%d-%H%M%S}")
        store.rename(kept)
        say(f"the embedded broker starts empty, so the earlier store is set aside as {kept}")


def command(*arguments: str) -> list[str]:
    """The command line of another citywatch command, with this Python."""
    return [sys.executable, "-c", "from citywatch.cli import main; main()", *arguments]


def programs(roles: Sequence[str], logs: Path | None = None) -> list[Program]:
    """The roles as processes of their own; their output goes to files in `logs`, or to this terminal."""
    if logs is not None:
        logs.mkdir(parents=True, exist_ok=True)
    return [Program(role, command("up", role), log=logs / f"{role}.log" if logs else None) for role in roles]


def prepare(*steps: str) -> None:
    """Runs set-up commands (`topics`, `migrate`) side by side. Blocks; raises Unreachable with what one
    said."""
    started = [
        (
            step,
            subprocess.Popen(
                command(step), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0
            ),
        )
        for step in steps
    ]
    for step, process in started:
        output, _ = process.communicate()
        if process.returncode != 0:
            lines = output.decode("utf-8", "replace").strip().splitlines() or ["no word"]
            raise Unreachable(f"citywatch {step} failed: {lines[-1].removeprefix('citywatch: ')}")
