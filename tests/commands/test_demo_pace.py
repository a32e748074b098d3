"""The pace of the demo's sources: history at once, the last hours so that eyes can follow, then the
present."""

from __future__ import annotations

import threading
import time
from datetime import date
from itertools import pairwise

import pytest

from citywatch.demonstration.city import stretches
from citywatch.demonstration.pace import CatchUp, Stopped, throttle


def test_the_clock_waits_for_its_first_look_then_reaches_the_present_and_goes_with_it() -> None:
    now = [1000.0]
    clock = CatchUp(behind=600.0, seconds=60.0, now=lambda: now[0])
    assert clock.start == 400.0
    now[0] = 1020.0  # the history took so long to send
    assert clock.time() == 400.0
    now[0] = 1050.0
    assert clock.time() == pytest.approx(400 + 650 / 2)
    now[0] = 1080.0
    assert clock.time() == 1080.0
    now[0] = 1300.0
    assert clock.time() == 1300.0


def test_the_clock_is_never_ahead_of_the_present_and_never_goes_back() -> None:
    now = [50_000.0]
    clock = CatchUp(behind=21_600.0, seconds=120.0, now=lambda: now[0])
    shown = []
    for _ in range(300):
        shown.append(clock.time())
        assert shown[-1] <= now[0]
        now[0] += 0.7
    assert shown == sorted(shown)


def test_the_history_holds_what_comparisons_need_in_the_order_of_time() -> None:
    past = stretches(date(2026, 11, 22), history=True)
    assert [stretch.start for stretch in past] == [date(2025, 11, 1), date(2026, 10, 1), date(2026, 11, 21)]
    assert [stretch.patrols for stretch in past] == [False, False, True]
    ends = [stretch.start.toordinal() + stretch.days for stretch in past[:-1]]
    assert ends[1] == past[2].start.toordinal()


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 3, 1), date(2024, 2, 29), date(2026, 12, 31)])
def test_the_stretches_of_any_day_follow_each_other(today: date) -> None:
    past = stretches(today, history=True)
    for one, other in pairwise(past):
        assert one.start.toordinal() + one.days <= other.start.toordinal()
        assert one.days > 0


def test_steps_take_at_least_the_time_that_they_are_given_and_stop_at_once() -> None:
    stop = threading.Event()
    hold = throttle(0.4, stop)
    began = time.monotonic()
    for done in range(5):
        hold(done, 4)
    assert time.monotonic() - began >= 0.4
    stop.set()
    with pytest.raises(Stopped):
        hold(4, 4)
