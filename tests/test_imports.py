"""Dependencies point one way: `.importlinter` says which, and what would hide from it is named here."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest

from tests.source import PACKAGES, ROOT

RUNS_BESIDE = {"bench", "tests"}
"""Packages that are no part of the program."""
HELP_MAY_NOT_LOAD = (
    "faust",
    "aiokafka",
    "kafka",
    "chdb",
    "clickhouse_driver",
    "pydantic",
    "pandas",
    "pyarrow",
)


def test_imports_follow_the_contracts() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [tool, "--no-cache", "--config", ROOT / ".importlinter"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_the_command_loads_no_driver() -> None:
    script = f"import sys, citywatch.cli; print([m for m in {HELP_MAY_NOT_LOAD!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_who_asks_a_running_embedded_store_loads_no_engine() -> None:
    script = "import sys, sinks.remote; print('chdb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_importing_faust_warns_of_nothing() -> None:
    script = "import faust, faust.transport.drivers.aiokafka"
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_folder_of_code_is_a_package() -> None:
    folders = {module.parent for package in PACKAGES for module in (ROOT / package).rglob("*.py")}
    assert [str(f.relative_to(ROOT)) for f in sorted(folders) if not (f / "__init__.py").exists()] == []


def _root_packages() -> list[str]:
    linter = ConfigParser()
    linter.read(ROOT / ".importlinter")
    return linter["importlinter"]["root_packages"].split()


def _tools() -> dict[str, Any]:
    tools: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    return tools


def _lines(pattern: str, file: str) -> list[str]:
    return re.findall(pattern, (ROOT / file).read_text(), re.MULTILINE)


LISTS = {
    "folders": [module.parent.name for module in ROOT.glob("*/__init__.py")],
    ".importlinter": _root_packages(),
    "mypy": _tools()["mypy"]["packages"],
    "setuptools": [name.rstrip("*") for name in _tools()["setuptools"]["packages"]["find"]["include"]],
    "Dockerfile": _lines(r"^COPY (\w+) \./\1$", "Dockerfile"),
    ".dockerignore": _lines(r"^!(?!LICENSE)(\w+)$", ".dockerignore"),
    ".ci/venv": " ".join(_lines(r"compileall -q ([\w ]+) \|\|", ".ci/venv")).split(),
}


@pytest.mark.parametrize("where", LISTS)
def test_a_list_of_packages_has_them_all(where: str) -> None:
    assert sorted(set(LISTS[where]) - RUNS_BESIDE) == sorted(PACKAGES)
