"""Debian's Prometheus and its promtool."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import ClassVar

from tests.parts.server import HOST, Server, free_port, http_ok


def promtool() -> str | None:
    """Path of promtool, which checks rules and runs their tests."""
    return shutil.which("promtool")


class Prometheus(Server):
    """Runs with the configuration it is given, as YAML text (ports are known only at run time)."""

    name: ClassVar[str] = "prometheus"

    def __init__(self, directory: Path, config: str) -> None:
        super().__init__(directory)
        self.port = free_port()
        self.config = config

    @classmethod
    def missing(cls) -> str | None:
        found = shutil.which("prometheus") and promtool()
        return None if found else "prometheus and promtool (Debian: prometheus)"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def prepare(self) -> None:
        (self.directory / "prometheus.yml").write_text(self.config)

    def command(self) -> list[str]:
        return [
            "prometheus",
            f"--config.file={self.directory}/prometheus.yml",
            f"--storage.tsdb.path={self.directory}/tsdb",
            f"--web.listen-address={HOST}:{self.port}",
            "--web.enable-lifecycle",
        ]

    def ready(self) -> bool:
        return http_ok(f"{self.url}/-/ready")
