"""clickhouse-server on a small disk of its own, which a test can fill. It is seen by this server alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import ClassVar

from tests.parts.clickhouse import ClickHouseServer

MEGABYTES = 160
"""An empty server, some hundred thousand rows, and room for their merges."""

_UNSHARE = ("unshare", "--map-root-user", "--mount")
_MOUNT = f'mount -t tmpfs -o size={MEGABYTES}m tmpfs "$0" && exec "$@"'


class ClickHouseOnSmallDisk(ClickHouseServer):
    """Its data lie in memory, in a mount namespace that ends with it: nothing is left behind, and no root is needed."""

    name: ClassVar[str] = "clickhouse on a small disk"

    @classmethod
    def missing(cls) -> str | None:
        if (lacking := ClickHouseServer.missing()) is not None:
            return lacking
        try:
            subprocess.run([*_UNSHARE, "true"], check=True, capture_output=True, timeout=10)
        except (OSError, subprocess.SubprocessError):
            return "a mount namespace (util-linux `unshare`, and a kernel that lets this user make one)"
        return None

    @property
    def disk(self) -> Path:
        """The disk, as seen from outside while the server runs."""
        return Path(f"/proc/{self.pid}/root{self._disk}")

    def fill(self) -> None:
        """Leaves no byte free."""
        with (self.disk / "filler").open("wb", buffering=0) as filler:
            while (free := shutil.disk_usage(self.disk).free) > 0:
                filler.write(b"\0" * free)

    def clear(self) -> None:
        """Takes away what `fill` wrote."""
        (self.disk / "filler").unlink()

    def prepare(self) -> None:
        self._disk.mkdir(exist_ok=True)
        super().prepare()

    def command(self) -> list[str]:
        # a namespace of its own forgets whose death ends it: the server is tied inside
        return [*_UNSHARE, "sh", "-c", _MOUNT, str(self._disk), *self._tied(super().command())]

    @property
    def data(self) -> Path:
        return self._disk / "data"

    @property
    def _disk(self) -> Path:
        return self.directory / "disk"
