"""The embedded parts of one machine: the broker, the folder of the store, the run file. Each start is a
new deployment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from citywatch.supervisor import Program, Say
from runtime import deployment, embedded
from runtime.errors import WrongUse
from runtime.pages import set_addresses
from runtime.settings import Settings

LOGS = "logs"


@contextmanager
def local_deployment(settings: Settings, say: Say, logs: Path | None = None) -> Iterator[deployment.Running]:
    """Owns the run file, and the embedded broker unless CITYWATCH_KAFKA is set; takes both down at the end.

    Blocks until the broker listens. Raises WrongUse when a deployment runs in the data directory already.
    """
    refuse_second(settings)
    broker: subprocess.Popen[bytes] | None = None
    address = settings.kafka
    if address is None:
        set_aside(settings, say)
        port = embedded.free_port()
        broker = embedded.start_tansu(port, (logs or settings.data / LOGS) / "broker.log")
        address = f"{embedded.HOST}:{port}"
    running = deployment.Running(pid=os.getpid(), kafka=address, metrics=set_addresses(settings))
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
        where = f"{settings.data} (process {running.pid})"
        raise WrongUse(f"citywatch runs in {where} already; stop it, or set CITYWATCH_DATA")


def set_aside(settings: Settings, say: Say) -> None:
    """Renames the embedded store of an earlier deployment: its topics are gone with its broker."""
    from sinks.store_factory import chdb_path

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


def programs(
    roles: Sequence[str], logs: Path | None = None, environment: Mapping[str, str] = MappingProxyType({})
) -> list[Program]:
    """The roles as processes of their own; their output goes to files in `logs`, or to this terminal."""
    if logs is not None:
        logs.mkdir(parents=True, exist_ok=True)
    return [Program(role, command("up", role), environment, logs / f"{role}.log" if logs else None) for role in roles]


def prepare(settings: Settings) -> None:
    """Makes the topics of a new deployment and writes their rules. Blocks until they are there; raises
    Unreachable."""
    from citywatch.rules import write_rules
    from runtime.topics import ensure_topics

    ensure_topics(settings)
    write_rules(settings)
