"""Dependencies point one way: `.importlinter` says which, and what would hide from it is named here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
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
    packages = ("citywatch", "runtime", "schemas", "figures", "sources", "streams", "sinks", "console")
    folders = {module.parent for package in packages for module in (ROOT / package).rglob("*.py")}
    assert [str(f.relative_to(ROOT)) for f in sorted(folders) if not (f / "__init__.py").exists()] == []
