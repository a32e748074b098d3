"""`kill -9` where it hurts most, again and again, and restarts with nothing to do: every figure stays."""

from __future__ import annotations

import json
import random
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from runtime.log import Place, ends
from schemas.topics import OUTPUTS
from tests.deployment import ROLES
from tests.end_to_end.events import MIDNIGHT, TOPIC, heartbeat, reported
from tests.faults.crash_points import MARK, points_of
from tests.faults.fleet import Fleet, fleet_on
from tests.faults.settled import TABLES, arrived, rows
from tests.faults.workers import Worker
from tests.parts.server import HOST, http_ok

SEED = 2
KILLS = 30
BACK_SECONDS = 45.0
"""From the last kill of a burst to lag 0, on a machine that does much else: start, session time-outs, re-read."""

MONTH = 1_772_323_200
"""2026-03-01T00:00:00Z: the night begins with a month, so its late events are of another one than the rest."""

BACKLOG = 2_500
"""Records that one worker is behind: panes fill and close within what it reads at once."""

BETWEEN = "sink.between_inserts"
WITHOUT_POSITION = f"""
SELECT toYYYYMM(time) AS month, count() FROM events
ANY INNER JOIN (SELECT partition, position FROM positions_latest WHERE topic = '{TOPIC}') USING partition
WHERE offset >= position GROUP BY month ORDER BY month
"""
"""Raw rows that the sink's positions do not cover, by the month of their part."""

OTHER = "seattle/calls"


@pytest.fixture(scope="module")
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with fleet_on(request, tmp_path_factory.mktemp("kills"), SEED, MONTH) as found:
        yield found


@pytest.fixture
def fleet(deployed: Fleet) -> Fleet:
    """One worker of each role, reading."""
    deployed.crew(1)
    return deployed


def dies_at(fleet: Fleet, worker: Worker, point: str) -> None:
    """Waits for the kill, which has to be the one of the point."""
    fleet.wait(lambda: not worker.alive, f"{worker.role} to reach {point}")
    assert worker.process.wait() == -signal.SIGKILL, fleet.logs()
    assert f"{MARK} {point}" in worker.log()


def test_kill_9_of_aggregate_at_each_named_point_of_a_publication_changes_no_figure(fleet: Fleet) -> None:
    (last,) = fleet.workers.living("aggregate")
    with fleet.feeding() as feed:
        for point in ("before_publish", "after_publish", "after_commit"):
            dying = fleet.workers.start("aggregate", f"aggregate.{point}:3")
            if last.alive:
                last.terminate()  # a group that sticks to what it had might leave it all the incidents
            dies_at(fleet, dying, f"aggregate.{point}:3")
            last = dying
        fleet.workers.start("aggregate")
        feed.flow(150)
    fleet.settled()


@pytest.mark.full
def test_kill_9_of_aggregate_as_it_gives_out_panes_that_closed_changes_no_figure(fleet: Fleet) -> None:
    fall_behind(fleet, "aggregate")
    for point in ("aggregate.close_before_publish", "aggregate.close_after_publish"):
        dies_at(fleet, fleet.workers.start("aggregate", point), point)
    fleet.workers.start("aggregate")
    fleet.settled()


def fall_behind(fleet: Fleet, role: str) -> None:
    """The worker leaves, and a backlog waits for the next one."""
    (only,) = fleet.workers.living(role)
    only.terminate()
    with fleet.feeding(BACKLOG) as feed:
        feed.flow(BACKLOG)


@pytest.mark.full
def test_kill_9_of_aggregate_while_its_partitions_are_revoked_changes_no_figure(fleet: Fleet) -> None:
    (first,) = fleet.workers.living("aggregate")
    with fleet.feeding() as feed:
        dying = fleet.workers.start("aggregate", "aggregate.on_revoke")
        fleet.shared_by(2, ("aggregate",))
        feed.flow(150)
        first.terminate()
        dies_at(fleet, dying, "aggregate.on_revoke")
        fleet.workers.start("aggregate")
        feed.flow(150)
    fleet.settled()


@pytest.mark.full
def test_kill_9_of_the_sink_at_each_named_point_of_a_batch_changes_no_row(fleet: Fleet) -> None:
    with fleet.feeding() as feed:
        for point in points_of("sink"):
            if point != BETWEEN:
                dies_at(fleet, fleet.workers.start("sink", f"{point}:2"), f"{point}:2")
        feed.flow(150)
    fleet.settled()


@pytest.mark.full
def test_kill_9_of_the_sink_between_the_inserts_of_a_batch_of_two_months_changes_no_row(fleet: Fleet) -> None:
    fall_behind(fleet, "sink")
    dies_at(fleet, fleet.workers.start("sink", BETWEEN), BETWEEN)
    inserted = fleet.deployment.query(WITHOUT_POSITION)
    assert [month for month, _ in inserted] == [202602, 202603], "the insert was split, and nothing vouches for it"
    fleet.workers.start("sink")
    fleet.settled()


@pytest.mark.full
def test_kill_9_of_analyse_while_it_loads_the_history_changes_no_figure(fleet: Fleet) -> None:
    with fleet.feeding() as feed:
        feed.flow(150)
        (first,) = fleet.workers.living("analyse")
        first.kill()
        dies_at(fleet, fleet.workers.start("analyse", "analyse.after_history"), "analyse.after_history")
        fleet.workers.start("analyse")
    fleet.settled()


@pytest.mark.full
def test_of_two_workers_one_is_killed_in_its_re_read_and_the_other_reads_all(fleet: Fleet) -> None:
    with fleet.feeding() as feed:
        feed.flow(250)
        fleet.commits_resume()
        for worker in fleet.workers.living("aggregate"):
            worker.kill()
        dying = fleet.workers.start("aggregate", "aggregate.in_re_read")
        fleet.workers.start("aggregate")
        dies_at(fleet, dying, "aggregate.in_re_read")
        fleet.shared_by(1, ("aggregate",))
        feed.flow(100)
        fleet.commits_resume()
    fleet.settled()


@pytest.mark.full
def test_a_burst_of_kills_of_every_role_changes_no_figure_and_lag_returns_to_0(
    fleet: Fleet, record_property: Callable[[str, object], None]
) -> None:
    draw = random.Random(SEED)
    fleet.crew(2)
    hit: Counter[str] = Counter()
    with fleet.feeding() as feed:
        begun = time.monotonic()
        for _ in range(KILLS):
            victim = draw.choice(fleet.workers.living())
            hit[f"{victim.role}, {'ready' if 'ready' in victim.log() else 'starting'}"] += 1
            victim.kill()
            fleet.workers.start(victim.role)
            time.sleep(draw.uniform(0.05, 0.3))
        lasted = time.monotonic() - begun
        assert feed.flowing
    back = arrived(fleet.deployment, BACK_SECONDS)
    said = f"{SEED}: {KILLS} kills in {lasted:.1f} s ({dict(sorted(hit.items()))}); lag 0 after {back:.1f} s"
    record_property("seed", said)
    assert sum(number for what, number in hit.items() if "ready" in what) >= len(ROLES)
    fleet.settled()


@pytest.mark.full
def test_a_restart_with_nothing_new_changes_nothing_and_open_windows_close_later(fleet: Fleet) -> None:
    def again() -> list[tuple[int, dict[str, Any]]]:
        return [(0, reported("survivor", MIDNIGHT + 10, source=OTHER))]

    fleet.deployment.produce(TOPIC, [(0, heartbeat(MIDNIGHT + 60, OTHER)), *again()])
    before_restarts = fleet.settled()
    before = seen(fleet)
    (aggregate,) = fleet.workers.living("aggregate")
    aggregate.kill()
    age = quiet(fleet)
    fleet.wait(lambda: quiet(fleet) > age + 1, "the figures to grow older")
    assert seen(fleet) == before, "figures stay up, with their age, although nobody judges"
    for worker in fleet.workers.living():
        worker.kill()
    fleet.crew(1)
    fleet.wait(lambda: all(map(is_ready, fleet.workers.living())), "all to have read again")
    assert seen(fleet) == before, "all have begun anew"
    fleet.deployment.produce(TOPIC, [*again(), (0, heartbeat(MIDNIGHT + 7_200, OTHER)), *again()])
    after = fleet.settled()
    assert after.total("duplicates") - before_restarts.total("duplicates") == 2, (
        "its pane knew the id, then the log did"
    )
    assert boundary(fleet) > MIDNIGHT + 10


def seen(fleet: Fleet) -> tuple[dict[str, Counter[tuple[object, ...]]], object, dict[Place, int]]:
    """Every row, every live figure, and how much was ever published."""
    live = live_page(fleet)
    figures = (live["totals"], [(city["city"], city["clock"], city["measures"]) for city in live["cities"]])
    tables = {table: rows(fleet.deployment, table) for table in TABLES}
    return tables, figures, ends(fleet.deployment.settings, OUTPUTS)


def live_page(fleet: Fleet) -> dict[str, Any]:
    (analyse,) = fleet.workers.living("analyse")
    with urllib.request.urlopen(f"http://{HOST}:{analyse.metrics_port}/live", timeout=10) as page:
        found: dict[str, Any] = json.load(page)
    return found


def quiet(fleet: Fleet) -> float:
    """Seconds since the clock of any source moved on the page."""
    sources = (source for city in live_page(fleet)["cities"] for source in city["sources"])
    return min(float(source["quiet"]) for source in sources if source["clock"])


def is_ready(worker: Worker) -> bool:
    return http_ok(f"http://{HOST}:{worker.metrics_port}/readyz")


def boundary(fleet: Fleet) -> int:
    """Where the panes of the other source begin that are open, in partition 0."""
    ((text,),) = fleet.deployment.query(
        f"SELECT boundaries FROM progress FINAL WHERE topic = '{TOPIC}' AND partition = 0"
    )
    return int(json.loads(text)[OTHER])
