"""What `doctor` says of the clocks of sources: one that is hours behind is not ok."""

from __future__ import annotations

import time

import pytest

from citywatch.health.finding import Finding
from citywatch.health.roles import check_live
from runtime.embedded import free_port
from tests.console.pages import live_page, serving


def found(behind: int) -> Finding:
    """What it says of a source that moves, and is so many seconds behind."""
    port = free_port()
    with serving(port, live_page(int(time.time()) - behind)):
        return next(finding for finding in check_live(f"127.0.0.1:{port}") if finding.part == "xincheng/110")


@pytest.mark.parametrize(
    ("behind", "state", "words"),
    [
        (30, "ok", "clock 3"),
        (3 * 3600, "note", "behind: its clock is 3 h behind, its clock moved 0 s ago"),
        (40 * 86_400, "note", "replays history: its clock is 40 d behind"),
    ],
)
def test_a_clock_is_ok_only_within_the_step_that_its_source_declares(behind: int, state: str, words: str) -> None:
    finding = found(behind)
    assert finding.state == state
    assert finding.text.startswith(words)
    assert ("more than 15 min behind" in (finding.remedy or "")) is (behind == 3 * 3600)
