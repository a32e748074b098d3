"""The embedded broker, started by the code that the product uses."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import ClassVar, Self

from runtime.embedded import HOST, free_port, start_tansu, stop


class TansuBroker:
    """Memory only: every start is an empty cluster."""

    name: ClassVar[str] = "tansu"
    kind: ClassVar[str] = "tansu"

    def __init__(self, directory: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self.log_path = directory / "tansu.log"
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def missing(cls) -> str | None:
        return None  # a locked dependency: where it is not, nothing of the project is

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None, "tansu was not started"
        return self._process.pid

    def start(self) -> Self:
        self._process = start_tansu(self.port, self.log_path)
        return self

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process)
            self._process = None

    def __enter__(self) -> Self:
        return self if self._process else self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()
