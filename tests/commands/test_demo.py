"""`citywatch demo` as a stranger starts it: figures soon, a balance at the end in the promised JSON, and nothing left
behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from citywatch.local_deployment import command
from tests.commands.test_up import alive, started_by, until

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
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


@pytest.mark.full
def test_a_demo_of_some_seconds_prints_one_balanced_object_with_nothing_pending(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    done = subprocess.run(
        command("demo", "--for", "30", "--json"),
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


LIVE = 60
"""Seconds that its clock may be behind now."""
DAY = 86_400


def processor_seconds(pids: set[int]) -> float:
    """What these processes have used, and those they started that have ended."""
    used = 0
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            used += sum(int(field) for field in fields[11:15])
    return used / os.sysconf("SC_CLK_TCK")


def test_a_demo_shows_figures_soon_answers_readmes_hint_and_ctrl_c_ends_it_with_its_audit_and_nothing_left(
    tmp_path: Path, environment: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    process = subprocess.Popen(
        command("demo"), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    run_file = tmp_path / "data" / "run.json"

    def page() -> dict[str, Any]:
        assert process.poll() is None
        try:
            address = json.loads(run_file.read_text())["metrics"]["analyse"]
            with urlopen(f"http://{address}/live", timeout=5) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except (OSError, ValueError, KeyError):
            return {"totals": {"counted": 0}, "cities": []}

    def city() -> dict[str, Any]:
        found = next((city for city in page()["cities"] if city["city"] == "xincheng" and city["clock"]), None)
        if found is not None:  # what is not loaded yet is no reason for an alarm, nor is it a time of a year ago
            assert time.time() - found["clock"] < 3 * DAY
            assert not any(spike["alarm"] and spike["coverage"] < 1 for spike in found["spikes"])
        return found or {"clock": 0, "sources": []}

    try:
        until(lambda: time.time() - city()["clock"] < LIVE, 200)
        seconds, used = time.monotonic() - began, processor_seconds({process.pid, *started_by(process.pid)})
        with capfd.disabled():
            # told and not asserted: how fast a machine is that others use, no test can know
            print(f"\ndemo: live after {seconds:.1f} s, {used:.1f} s of processor time")
        until(lambda: any(source["awaited_to"] for source in city()["sources"]), 200)
        until(lambda: page()["totals"]["counted"] > 1000, 200)
        hint = re.search(r"`\.venv/bin/citywatch (report[^`]*)`", README)
        assert hint
        report = subprocess.run(
            command(*hint.group(1).split()),
            env={name: value for name, value in environment.items() if name != "CITYWATCH_KAFKA"},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert report.returncode == 0, report.stderr
        assert "Xincheng" in report.stdout
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
