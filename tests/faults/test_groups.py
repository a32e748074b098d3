"""Workers that join, leave, fall asleep and wake up: no partition is left unread, no position loses its note."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest

from citywatch.rules import write_rules
from runtime.log import Place, Record, extents, read
from runtime.topics import ensure_topics
from schemas.reading import pane_record
from schemas.records import Progress
from schemas.topics import PANES
from tests.deployment import ROLES, Deployment
from tests.end_to_end.events import MIDNIGHT, TOPIC, heartbeat, reported
from tests.faults.crash_points import MARK, STOP_VARIABLE, WOKEN
from tests.faults.fleet import Fleet, fleet_on
from tests.faults.stepped_clock import MARK as CLOCK_MARK
from tests.faults.stepped_clock import VARIABLE as CLOCK_VARIABLE
from tests.faults.workers import Worker

OTHER = "seattle/calls"


@pytest.fixture(scope="module")
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with fleet_on(request, tmp_path_factory.mktemp("groups"), seed=4) as found:
        yield found


@pytest.fixture
def fleet(deployed: Fleet) -> Fleet:
    """One worker of each role, reading."""
    deployed.crew(1)
    return deployed


@dataclass
class Watch:
    """looks: at all positions of aggregate's group. bare: those that were seen without a note."""

    looks: int = 0
    positions: int = 0
    bare: list[str] = field(default_factory=list)


@contextmanager
def watching(fleet: Fleet) -> Iterator[Watch]:
    """Looks at the committed positions, one look after the other, while this lasts."""
    watch, stop = Watch(), threading.Event()

    def look() -> None:
        with fleet.admin() as admin:
            while not stop.wait(0.02):
                notes = fleet.notes_by(admin)
                watch.looks += 1
                watch.positions += len(notes)
                watch.bare += [f"{topic}/{number}" for (topic, number), note in notes.items() if not note]

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join(30)


@pytest.fixture(scope="module")
def watched(deployed: Fleet) -> Watch:
    """A second worker of each role joined and left by SIGTERM, then a second and a third that were killed with 9; what
    was seen of the committed positions meanwhile."""
    fleet = deployed
    fleet.crew(1)
    with fleet.feeding() as feed, watching(fleet) as watch:
        joined = [fleet.workers.start(role) for role in ROLES]
        fleet.shared_by(2)
        feed.flow(150)
        for worker in joined:
            worker.terminate()
        fleet.shared_by(1)
        fleet.commits_resume()
        second = [fleet.workers.start(role) for role in ROLES]
        third = [fleet.workers.start(role) for role in ROLES]
        fleet.shared_by(3)
        feed.flow(150)
        for leaving, others in ((third, 2), (second, 1)):
            for worker in leaving:
                worker.kill()
            fleet.shared_by(others)
        fleet.commits_resume()
        assert feed.flowing
    return watch


def test_a_second_worker_of_each_role_joins_in_mid_window_and_leaves_by_sigterm_then_by_kill_then_a_third(
    watched: Watch, fleet: Fleet
) -> None:
    fleet.settled()


def test_no_position_is_without_its_note_at_any_moment_of_a_rebalance(watched: Watch) -> None:
    assert watched.looks > 20
    assert watched.positions > watched.looks
    assert watched.bare == []


@pytest.mark.full
def test_what_stands_in_a_quiet_feed_is_judged_although_its_worker_died(fleet: Fleet) -> None:
    dying = fleet.workers.start("aggregate")
    fleet.shared_by(2, ("aggregate",))
    with fleet.feeding() as feed:
        feed.flow(150)
        dying.kill()
    fleet.commits_resume()  # no further record comes that would tell of a hole
    fleet.settled()


@pytest.mark.full
def test_of_two_workers_a_zombie_that_wakes_up_and_writes_changes_nothing(fleet: Fleet) -> None:
    points = {"aggregate": "aggregate.before_publish:5", "sink": "sink.before_insert:3"}
    with fleet.feeding() as feed:
        zombies = [fleet.workers.start(role, **{STOP_VARIABLE: point}) for role, point in points.items()]
        frozen = fleet.workers.start("analyse")
        for zombie in zombies:
            fleet.wait(partial(wrote, zombie, MARK), f"{zombie.role} to fall asleep")
        frozen.pause()
        fleet.shared_by(1)
        feed.flow(150)
        fleet.commits_resume()
        before = overtaken(fleet.deployment)
        for worker in (*zombies, frozen):
            worker.resume()
        for zombie in zombies:
            fleet.wait(partial(wrote, zombie, WOKEN), f"{zombie.role} to wake up")
        fleet.shared_by(2)
        feed.flow(150)
    fleet.settled()
    assert overtaken(fleet.deployment) > before, "the zombie published nothing that others had overtaken"


def wrote(worker: Worker, words: str) -> bool:
    return words in worker.log()


def overtaken(deployment: Deployment) -> int:
    """How often the panes topic has a progress of a partition behind one that is further."""
    settings = deployment.settings
    furthest: dict[Place, int] = {}
    older = 0

    def visit(_: Place, records: Sequence[Record]) -> None:
        nonlocal older
        for record in records:
            said = pane_record(record.value or b"")
            if isinstance(said, Progress):
                place = Place(said.log, said.topic, said.partition)
                older += said.read < furthest.get(place, 0)
                furthest[place] = max(said.read, furthest.get(place, 0))

    read(settings, extents(settings, [PANES]), visit)
    return older


@pytest.mark.full
def test_a_deploy_one_worker_at_a_time_while_events_flow_changes_nothing(fleet: Fleet) -> None:
    fleet.crew(2)
    with fleet.feeding() as feed:
        for number in range(2):
            for role in ROLES:
                old = fleet.workers.living(role)[0]
                assert old.terminate() == 0, f"{number}: {old.log()}"
                fleet.workers.start(role)
            fleet.shared_by(2)
        fleet.commits_resume()
        assert feed.flowing
    fleet.settled()


@pytest.mark.full
def test_a_worker_whose_clock_steps_back_an_hour_changes_no_figure(fleet: Fleet) -> None:
    (analyse,) = fleet.workers.living("analyse")
    analyse.terminate()
    with fleet.feeding() as feed:
        stepped = [fleet.workers.start(role, **{CLOCK_VARIABLE: "-3600"}) for role in ROLES]
        fleet.shared_by(2)
        for worker in stepped:
            fleet.wait(partial(wrote, worker, CLOCK_MARK), f"the clock of {worker.role} to step")
        for role in ("aggregate", "sink"):
            fleet.workers.living(role)[0].terminate()
        fleet.shared_by(1)
        feed.flow(150)
        fleet.commits_resume()
    fleet.settled()


@pytest.mark.full
def test_partitions_added_to_a_topic_that_lives_are_read_stored_and_shown(fleet: Fleet) -> None:
    fleet.crew(2)
    more = fleet.partitions + 2
    wider = fleet.deployment.settings.model_copy(update={"partitions": more})
    with fleet.feeding() as feed:
        ensure_topics(wider)
        write_rules(wider)
        added = [(number, reported(f"added-{number}", MIDNIGHT + 100, source=OTHER)) for number in range(more)]
        clocks = [(number, heartbeat(MIDNIGHT + 120, OTHER)) for number in range(more)]
        fleet.deployment.produce(TOPIC, [*clocks, *added])
        fleet.partitions = more
        fleet.shared_by(2)
        feed.flow(100)
        fleet.commits_resume()
    fleet.settled()
    [(rows, parts)] = fleet.deployment.query(
        "SELECT uniqExact(id), uniqExact(partition) FROM events WHERE id LIKE 'added-%'"
    )
    assert (int(rows), int(parts)) == (more, more)
