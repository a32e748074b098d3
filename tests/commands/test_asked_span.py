"""What is asked where nothing is said of when: the running unit, as the screen has it."""

from __future__ import annotations

from citywatch.commandline.arguments import asked_span
from figures.periods import Period
from schemas.instants import epoch

TZ = "Asia/Shanghai"
SEPTEMBER = Period(epoch("2026-09-01T00:00:00+08:00"), epoch("2026-10-01T00:00:00+08:00"))


def test_while_the_last_pane_of_a_month_runs_the_running_month_is_this_one() -> None:
    """What is known ends with that pane: where the next month begins."""
    assert asked_span(None, None, TZ, None, SEPTEMBER.end) == SEPTEMBER
    assert asked_span("2026-09-01", None, TZ, None, SEPTEMBER.end) == SEPTEMBER
    assert asked_span(None, None, TZ, None, SEPTEMBER.end + 300).start == SEPTEMBER.end
