"""What happens when a real part is not there: a skip that names it, and a failure with CI=true."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import ClassVar, Protocol

import pytest

from tests.parts.alertmanager import Alertmanager
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.prometheus import Prometheus
from tests.parts.server import PARTS as PARTS_FOLDER
from tests.parts.small_disk import ClickHouseOnSmallDisk


class RealPart(Protocol):
    """Something that a machine has or has not."""

    name: ClassVar[str]

    @classmethod
    def missing(cls) -> str | None: ...


class ComposeParser:
    """The parser of Docker Compose, built from Go's module proxy."""

    name: ClassVar[str] = "compose parser"
    PATH: ClassVar[Path] = PARTS_FOLDER / "compose-check"

    @classmethod
    def missing(cls) -> str | None:
        return None if cls.PATH.exists() else "it is built by `make parts`, which needs Go"


class AsyncApiParser:
    """The official parser of AsyncAPI, from npm."""

    name: ClassVar[str] = "AsyncAPI parser"
    PATH: ClassVar[Path] = PARTS_FOLDER / "asyncapi"
    SCRIPT: ClassVar[Path] = Path(__file__).parent / "asyncapi" / "parse.js"

    @classmethod
    def missing(cls) -> str | None:
        if not shutil.which("node"):
            return "node (Debian: nodejs)"
        return None if (cls.PATH / "installed.json").exists() else "it is fetched by `make parts`, which needs npm"


class Tmux:
    """A terminal that can be driven and read."""

    name: ClassVar[str] = "tmux"

    @classmethod
    def missing(cls) -> str | None:
        return None if shutil.which("tmux") else "tmux (Debian: tmux)"


PARTS: tuple[type[RealPart], ...] = (
    KafkaBroker,
    ClickHouseServer,
    ClickHouseOnSmallDisk,
    Prometheus,
    Alertmanager,
    ComposeParser,
    AsyncApiParser,
    Tmux,
)


def need(part: type[RealPart]) -> None:
    """Returns when the part is complete; else ends the test."""
    lacking = part.missing()
    if lacking is None:
        return
    message = f"missing part: {part.name}: {lacking}"
    if is_ci():
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def is_ci() -> bool:
    """Whether nothing may be left out."""
    return os.environ.get("CI") == "true"


def missing_parts() -> list[str]:
    """One line for each part that this machine lacks."""
    return [f"{part.name}: {lacking}" for part in PARTS if (lacking := part.missing())]
