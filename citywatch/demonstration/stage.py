"""Where a demo plays: a broker, a store and ports of its own. Nothing of it is left afterwards."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from citywatch.local_deployment import LOGS, local_deployment, prepare, programs
from citywatch.roles import DEFAULT
from citywatch.supervisor import Program, Say
from runtime import deployment, embedded
from runtime.settings import KAFKA_SECURITY, Settings, kafka_variable, load_settings


@dataclass(frozen=True)
class Stage:
    """`settings` are those of the demo; `folder` holds its store and its logs."""

    settings: Settings
    folder: Path

    @property
    def logs(self) -> Path:
        return self.folder / LOGS

    def roles(self) -> list[Program]:
        return programs(DEFAULT, self.logs, self._environment(self.settings.data))

    def present(self, today: date) -> Program:
        """The city as it is now, which is today there."""
        return self._source("city", "city", "present", today.isoformat(), "0")

    def past(self, today: date, history_seconds: float, county_seconds: float) -> list[Program]:
        """The city's history and the county, each over so many seconds."""
        return [
            self._source("history", "city", "history", today.isoformat(), f"{history_seconds:g}"),
            self._source("county", "county", f"{county_seconds:g}"),
        ]

    def _source(self, name: str, module: str, *arguments: str) -> Program:
        command = [sys.executable, "-m", f"citywatch.demonstration.{module}", *arguments]
        return Program(name, command, self._environment(self.folder), self.logs / f"{name}.log")

    def _environment(self, data: Path) -> dict[str, str]:
        """Settings as variables: what a `.env` file or this shell says must not lead the demo elsewhere."""
        chosen = self.settings
        return {
            "CITYWATCH_KAFKA": chosen.kafka or "",
            "CITYWATCH_CLICKHOUSE": chosen.clickhouse or "",
            "CITYWATCH_DATA": str(data),
            "CITYWATCH_METRICS": chosen.metrics,
            **{kafka_variable(name): "" for name in KAFKA_SECURITY},
        }


@contextmanager
def stage(say: Say) -> Iterator[Stage]:
    """Sets everything up but the processes. Blocks until the topics are there.

    The run file stands in the data directory, so that `citywatch report` in another terminal finds the demo.
    """
    data = load_settings().data
    made = not data.exists()
    deployment.require_directory(load_settings())
    folder = Path(tempfile.mkdtemp(prefix="citywatch-demo-"))
    settings = load_settings(
        data=data.resolve(),
        kafka=None,
        kafka_security={},
        clickhouse=f"chdb://{folder / 'chdb'}",
        metrics=f"{embedded.HOST}:{embedded.free_port(neighbours=len(DEFAULT))}",
    )
    try:
        with local_deployment(settings, say, logs=folder / LOGS) as running:
            settings = settings.model_copy(update={"kafka": running.kafka})
            prepare(settings)
            yield Stage(settings, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if made and data.exists() and not any(data.iterdir()):
            data.rmdir()
