"""Debian's Alertmanager and its amtool."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import ClassVar

from tests.parts.server import HOST, Server, free_port, http_ok


def amtool() -> str | None:
    """Path of amtool, which checks a configuration and shows where an alert is routed."""
    return shutil.which("amtool")


class Alertmanager(Server):
    """One member, no cluster; runs with the configuration it is given, as YAML text."""

    name: ClassVar[str] = "alertmanager"

    def __init__(self, directory: Path, config: str) -> None:
        super().__init__(directory)
        self.port = free_port()
        self.config = config

    @classmethod
    def missing(cls) -> str | None:
        found = cls._binary() and amtool()
        return None if found else "alertmanager and amtool (Debian: prometheus-alertmanager)"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def prepare(self) -> None:
        (self.directory / "alertmanager.yml").write_text(self.config)

    def command(self) -> list[str]:
        return [
            self._binary() or "alertmanager",
            f"--config.file={self.directory}/alertmanager.yml",
            f"--storage.path={self.directory}/data",
            f"--web.listen-address={HOST}:{self.port}",
            "--cluster.listen-address=",
        ]

    def ready(self) -> bool:
        return http_ok(f"{self.url}/-/ready")

    @staticmethod
    def _binary() -> str | None:
        return shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
