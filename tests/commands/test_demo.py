"""`citywatch demo` as a stranger starts it: it balances, says so in the promised JSON, and leaves nothing
behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from urllib.request import urlopen

import pytest

from citywatch.world import command
from tests.commands.test_up import alive, started_by, until

TERMS = ("counted", "late", "duplicates", "dead_lettered")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings of a machine where citywatch was never started, and a folder for temporary files to look
    into."""
    (tmp_path / "temporary").mkdir()
    return {
        **os.environ,
        "TMPDIR": str(tmp_path / "temporary"),
        "CITYWATCH_DATA": str(tmp_path / "data"),
        "CITYWATCH_KAFKA": "127.0.0.1:1",  # a broker of the shell, in which the demo has no business
    }


def nothing_is_left(tmp_path: Path) -> bool:
    return not (tmp_path / "data").exists() and not list((tmp_path / "temporary").iterdir())


def test_a_demo_of_some_seconds_prints_one_balanced_object_with_nothing_pending(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    done = subprocess.run(
        command("demo", "--for", "40", "--json"),
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["balanced"] is True
    assert found["pending"] == 0
    assert found["produced"] > 0
    assert found["produced"] == sum(found[term] for term in TERMS)
    assert sum(part["produced"] for part in found["partitions"]) == found["produced"]
    assert "DIED" not in done.stderr
    assert nothing_is_left(tmp_path)


def test_ctrl_c_ends_a_demo_with_its_audit_and_leaves_nothing_behind(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    process = subprocess.Popen(
        command("demo"), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    run_file = tmp_path / "data" / "run.json"

    def shows_figures() -> bool:
        assert process.poll() is None
        try:
            address = json.loads(run_file.read_text())["metrics"]["analyse"]
            with urlopen(f"http://{address}/live", timeout=5) as page:
                return int(json.load(page)["totals"]["counted"]) > 1000
        except (OSError, ValueError, KeyError):
            return False

    try:
        until(shows_figures, 200)
        children = started_by(process.pid)
        process.send_signal(signal.SIGINT)
        output, chatter = process.communicate(timeout=90)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, chatter
    assert "All calls 全部警情" in output, "figures were shown"
    assert "balanced: nothing is lost, nothing counts twice" in output
    assert not alive(children)
    assert nothing_is_left(tmp_path)
