"""`citywatch simulate --live` as a person runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from citywatch.local_deployment import command
from schemas.families.patrols import PATROLS
from tests.parts import TansuBroker
from tests.parts.server import await_until
from tests.sources.reading import make_topics, read_all


@pytest.mark.full
def test_a_live_run_is_ended_by_ctrl_c_and_its_truth_is_what_it_says_it_sent(
    tansu: TansuBroker, tmp_path: Path
) -> None:
    make_topics(tansu)
    truth = tmp_path / "truth.json"
    asked = ("--live", "--days", "1", "--scale", "0.2", "--status", "5", "--truth", str(truth), "--json")
    process = subprocess.Popen(
        command("simulate", *asked),
        env={**os.environ, "CITYWATCH_KAFKA": tansu.bootstrap, "CITYWATCH_DATA": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    def cars() -> int:
        """Reports of the fleet, which begins when the run has come to its own begin."""
        assert process.poll() is None, process.communicate()
        return sum("FLEET-" in json.dumps(record.event) for record in read_all(tansu, PATROLS))

    try:
        await_until(lambda: cars() > 20, 90, "the fleet to report", every=0.5)
        assert not truth.exists(), "while it runs nobody knows what will have been sent"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, err
    told, known = json.loads(out), json.loads(truth.read_text())
    assert told["sent"] == sum(known["events"].values()) + known["repeats"] > 20
    assert told["repeats"] == known["repeats"]
    assert told["truth_file"] == str(truth)
