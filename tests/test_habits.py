"""The set-up that everyone starts with: targets, locks, one-line errors."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")


def planned(*words: str) -> str:
    done = subprocess.run(["make", "-n", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def locked(lock: str) -> dict[str, set[str]]:
    """Name -> versions (several where the Python version decides)."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / lock).read_text(), re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def test_make_demo_passes_its_variables() -> None:
    assert "citywatch demo --for 30 --json" in planned("demo", "FOR=30", "JSON=1")
    assert "--for" not in planned("demo")


def test_make_bench_passes_its_variables() -> None:
    assert "-m bench --json" in planned("bench", "JSON=1")
    assert "-m bench.year --days 5 --json" in planned("bench-year", "DAYS=5", "JSON=1")


def test_make_quick_leaves_out_what_needs_a_part_and_checks_beside() -> None:
    plan = planned("quick")
    assert '-m "not parts and not slow"' in plan
    assert "make check" in plan


def test_a_commit_is_checked_by_what_make_check_runs() -> None:
    hooks = re.findall(r"^ +entry: (.+)$", (ROOT / ".pre-commit-config.yaml").read_text(), re.MULTILINE)
    assert hooks == [line for line in planned("check").splitlines() if line.startswith(".venv/bin/")]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry_and_hashes_every_package(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "index" not in re.sub(r"#.*", "", text)
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    runtime = [Requirement(text) for text in project["dependencies"]]
    for lock, wanted in zip(
        LOCKS,
        (runtime, runtime + [Requirement(t) for t in project["optional-dependencies"]["dev"]]),
        strict=True,
    ):
        versions = locked(lock)
        for requirement in wanted:
            held = versions.get(canonicalize_name(requirement.name), set())
            assert held, f"{requirement.name} is not in {lock}: make lock"
            assert all(requirement.specifier.contains(version) for version in held), f"{requirement}: make lock"


def test_tests_run_on_what_the_product_runs_on() -> None:
    runtime, development = (locked(lock) for lock in LOCKS)
    assert {name: development.get(name) for name in runtime} == runtime


def test_without_a_new_enough_python_set_up_says_so_in_one_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    done = subprocess.run(
        [tmp_path / ".ci/venv", "requirements.lock"],
        env={"PATH": os.environ["PATH"], "PYTHON": "no-such-python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "citywatch: needs Python 3.11 or newer: install it, or name one with PYTHON=/path/to/python3.11"
    ]
