"""What a recount finds by looking at moments is what `response` and `presence` answer."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

import figures.presence
import figures.queries.presence
import figures.queries.response
import figures.response
from citywatch.audit.asked_once import AskedOnce
from citywatch.audit.compare import Comparison
from citywatch.audit.expected import Expected
from citywatch.audit.in_city import in_cities
from citywatch.audit.raw_answers import compare_raw_answers
from figures.known import Known
from figures.queries.accepted import accepted
from figures.response import Joint, joint
from schemas.families.incidents import INCIDENTS
from tests.commands.judged import judged_and_stored
from tests.commands.streets import END, logs, streets
from tests.source import ROOT

World = tuple[AskedOnce, Expected]

OF_BEATS = {"presence beats", "presence sectors", "presence total"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    store, expected = judged_and_stored(tmp_path_factory.mktemp("streets"), logs())
    yield AskedOnce(store), expected
    store.close()


def compared(world: World) -> Comparison:
    store, expected = world
    score = Comparison()
    compare_raw_answers(store, in_cities(expected, streets()).values(), score)
    return score


def test_how_soon_somebody_came_and_who_was_where_is_what_the_log_says(world: World) -> None:
    score = compared(world)
    assert not score.different, score.examples
    assert score.compared["response rings"] == score.compared["response areas"] == 216
    assert score.compared["presence beats"] > 250
    assert score.compared["presence posts"] > 30
    assert len(score.compared) == 16


def one_task_more(*asked: Any) -> Joint:
    found = joint(*asked)
    return dataclasses.replace(found, tasks=found.tasks + 1)


def every_other(*asked: Any) -> Iterator[Any]:
    return islice(accepted(*asked), 0, None, 2)


def always(value: object) -> Callable[..., object]:
    return lambda *_: value


@pytest.mark.parametrize(
    ("of", "name", "wrong", "kinds"),
    [
        (figures.response, "RINGS", {}, {"response rings"}),
        pytest.param(
            figures.response, "SEVERITY", {1: 60, 2: 120, 3: 300}, {"response severity"}, marks=pytest.mark.full
        ),
        pytest.param(
            figures.response, "PHASES", (("call_to_dispatch", 60),), {"response phases"}, marks=pytest.mark.full
        ),
        pytest.param(
            figures.response,
            "AREAS",
            {"urban": 301, "suburban": 600, "rural": None},
            {"response areas"},
            marks=pytest.mark.full,
        ),
        pytest.param(
            figures.response, "PLACES", (1, 2), {"response acknowledged", "response arrived"}, marks=pytest.mark.full
        ),
        (figures.queries.response, "joint", one_task_more, {"response tasked"}),
        (Known, "coverage", always(0.5), {"known response", "known presence"}),
        (figures.queries.presence, "units_at", always(0), OF_BEATS),
        pytest.param(figures.queries.presence, "SHIFTS", (0, 12), OF_BEATS, marks=pytest.mark.full),
        (figures.presence, "WHOLE_DAY", ((0, 60),), {"presence posts"}),
        pytest.param(
            figures.queries.presence, "is_equipped", always(False), {"presence posts"}, marks=pytest.mark.full
        ),
        pytest.param(
            figures.queries.presence, "reached", always((0, 260)), {"presence incidents"}, marks=pytest.mark.full
        ),
        pytest.param(figures.queries.presence, "mean", always(80.0), {"presence daily"}, marks=pytest.mark.full),
    ],
)
def test_a_figure_that_is_off_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch, of: object, name: str, wrong: object, kinds: set[str]
) -> None:
    monkeypatch.setattr(of, name, wrong)
    score = compared(world)
    assert set(score.different) == kinds
    assert all(": the log says " in line and " in xincheng from 2026-03-0" in line for line in score.examples)


@pytest.mark.parametrize(
    ("of", "name", "wrong", "kinds"),
    [
        (figures.queries.response, "LOOK_AHEAD", 0, {"response phases", "response arrived"}),
        (figures.queries.response, "accepted", every_other, {"response incidents", "response severity"}),
        (figures.queries.presence, "accepted", every_other, {*OF_BEATS, "presence incidents"}),
    ],
)
def test_rows_that_are_left_out_are_named(
    world: World, monkeypatch: pytest.MonkeyPatch, of: object, name: str, wrong: object, kinds: set[str]
) -> None:
    monkeypatch.setattr(of, name, wrong)
    assert kinds <= set(compared(world).different)


def test_where_nothing_is_there_nothing_is_asked_and_nothing_compared(world: World) -> None:
    assert compared((world[0], Expected([]))).total == 0


def test_what_counts_again_loads_nothing_of_what_it_checks() -> None:
    script = (
        "import sys, citywatch.audit.presences, citywatch.audit.responses;"
        " print([m for m in sys.modules if m.partition('.')[0] in ('figures', 'streams', 'sinks', 'sources')])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_row_that_is_gone_is_named(world: World) -> None:
    store, _ = world
    columns = ["log", "topic", "partition", "offset", "reason", "detail", "control", "source", "excerpt", "received"]
    for kind in ("incident.task_arrived", "patrol.status"):
        ((log, topic, partition, offset),) = store.query(
            f"SELECT log, topic, partition, offset FROM events WHERE type = '{kind}' AND category != 'no-such-state'"
            " AND time >= toDateTime('2026-03-06 00:00:00', 'Asia/Shanghai')"
            " AND time < toDateTime('2026-03-08 00:00:00', 'Asia/Shanghai')"
            " AND (source, id) NOT IN (SELECT source, id FROM repeated_events) ORDER BY time LIMIT 1"
        )
        row = (log, topic, partition, offset, "future", "", 0, "", "", 2_000_000_000)
        store.insert("dead_letters", columns, [[value] for value in row])
    different = set(compared(world).different)
    assert {"response rings", "response arrived", "presence beats", "presence total"} <= different
    assert different <= {"response rings", "response arrived", "response tasked", *OF_BEATS, "presence incidents"}


def test_of_rows_that_an_earlier_version_stored_it_is_said_that_they_are_not_compared(world: World) -> None:
    store, _ = world
    row = {
        "log": "log-1", "topic": INCIDENTS, "partition": 0, "offset": 1, "source": "xincheng/110", "id": "old",
        "subject": "old", "time": END - 60, "type": "incident.reported", "count": 1, "received": END,
    }  # fmt: skip
    store.insert("events", list(row), [[value] for value in row.values()])
    score = compared(world)
    assert score.total == 0
    assert score.skipped == [
        f"{command} of xincheng: 1 rows of an earlier version have no payload" for command in ("response", "presence")
    ]
