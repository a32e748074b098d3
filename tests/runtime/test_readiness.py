"""Ready is who moves: progress decides, partition by partition, and what is waited for has a name and a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from runtime.readiness import PROGRESS_SECONDS, TURN_SECONDS, Readiness

PLACE, OTHER = ("citywatch.incidents", 3), ("citywatch.incidents", 4)


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def role(clock: Clock) -> Readiness:
    """A role that has started and holds two partitions."""
    role = Readiness("sink", clock)
    role.has("kafka")
    role.holds({PLACE, OTHER})
    return role


def test_nothing_is_ready_before_it_has_said_so() -> None:
    role = Readiness("sink")
    assert not role.ready
    assert role.healthz().alive
    role.has("kafka")
    assert role.ready


def test_a_worker_without_partitions_is_ready_and_says_so(role: Readiness) -> None:
    role.holds(set())
    assert role.readyz().ready
    assert role.readyz().note == "has no partitions: other workers read them all"


def test_records_that_wait_and_move_are_no_reason(role: Readiness, clock: Clock) -> None:
    for _ in range(10):
        role.turned()
        role.pending(PLACE, "many records wait")
        role.moved(PLACE)
        clock.now += PROGRESS_SECONDS - 1
        assert role.ready
    role.pending(PLACE, "")
    role.turned()
    clock.now += 10 * TURN_SECONDS
    role.turned()
    assert role.ready, "with nothing to read nothing has to move"
    role.pending(PLACE, "one record waits")
    assert role.ready, "it is looked at from when it came"


def test_records_that_wait_and_do_not_move_are_told_with_partition_and_moment(role: Readiness, clock: Clock) -> None:
    role.pending(PLACE, "7 records wait")
    role.pending(OTHER, "")
    clock.now += PROGRESS_SECONDS + 20
    role.turned()
    said = role.readyz()
    assert not said.ready
    [wait] = said.waiting
    assert (wait.part, wait.topic, wait.partition) == ("panes", *PLACE)
    assert wait.waits_for == "7 records wait and nothing has moved"
    since = datetime.fromisoformat(wait.since)
    assert abs(datetime.now(UTC) - since - timedelta(seconds=PROGRESS_SECONDS + 20)) < timedelta(seconds=10)
    assert role.stalled() == {PLACE: PROGRESS_SECONDS + 20}


def test_a_wait_keeps_the_moment_it_began_and_what_explains_it_stands_alone(role: Readiness, clock: Clock) -> None:
    role.pending(PLACE, "7 records wait")
    role.waits("store", "7 rows wait: away")
    first = role.readyz().waiting[0].since
    clock.now += PROGRESS_SECONDS + 5
    role.turned()
    role.waits("store", "9 rows wait: still away")
    [wait] = role.readyz().waiting
    assert (wait.part, wait.waits_for) == ("store", "9 rows wait: still away")
    assert wait.since <= first
    role.has("store")
    role.moved(PLACE)
    assert role.ready


def test_what_another_worker_has_now_is_no_longer_waited_for(role: Readiness, clock: Clock) -> None:
    role.pending(PLACE, "7 records wait")
    role.waits("kafka", "no broker has answered", PLACE)
    clock.now += PROGRESS_SECONDS + 1
    role.turned()
    assert not role.ready
    role.holds({OTHER})
    assert role.ready
    assert role.stalled() == {}


def test_a_loop_that_does_not_turn_is_neither_ready_nor_alive(role: Readiness, clock: Clock) -> None:
    role.turned()
    clock.now += TURN_SECONDS + 1
    assert not role.healthz().alive
    assert [wait.part for wait in role.readyz().waiting] == ["loop"]
    role.turned()
    assert role.ready
    assert role.healthz().alive
