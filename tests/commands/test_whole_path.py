"""The commands against running roles: embedded parts, and Apache Kafka with clickhouse-server."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from citywatch.drain import Tell, drain
from schemas.topics import INPUTS
from tests.commands.events import generated_events
from tests.commands.running import send
from tests.deployment import CITYWATCH, Deployment
from tests.from_topics import await_published, exported_cells, from_topics, reported
from tests.parts import Broker


@pytest.fixture(
    params=[
        pytest.param(("tansu", "chdb_url"), id="embedded", marks=pytest.mark.full),
        pytest.param(("kafka", "clickhouse_url"), id="servers"),
    ]
)
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    broker: Broker = request.getfixturevalue(request.param[0])
    store: str = request.getfixturevalue(request.param[1])
    with Deployment(broker.bootstrap, store, tmp_path) as running:
        yield running


def on_a_terminal(deployment: Deployment, *arguments: str) -> tuple[int, str]:
    """The exit code of a command, and what a terminal shows of it while it runs."""
    screen, terminal = pty.openpty()
    shown = b""
    environment = {**deployment.environment, "TERM": "xterm-256color"}
    with subprocess.Popen(
        [CITYWATCH, *arguments], env=environment, cwd=deployment.directory, stderr=terminal
    ) as process:
        os.close(terminal)
        with suppress(OSError):  # how Linux says that nobody has the terminal any more
            while True:
                shown += os.read(screen, 4096)
    os.close(screen)
    return process.returncode, shown.decode()


def test_a_hostile_world_drains_balances_and_recounts_equal_with_all_roles_running(
    deployment: Deployment, request: pytest.FixtureRequest
) -> None:
    deployment.start("sink", "aggregate", "analyse")
    sent = send(deployment.settings, generated_events(seed=11, number=900, partitions=4))
    drained = json.loads(deployment.must("drain", "--timeout", "90", "--json", timeout=120))
    assert (drained["drained"], drained["analyse"]) == (True, True)
    told: dict[str, tuple[int, int]] = {}

    @contextmanager
    def watch(what: str) -> Iterator[Tell]:
        yield lambda done, total: told.update({what: (done, total)})

    drain(deployment.settings, 60, watch)
    assert list(told) == ["judging", "storing", "showing"]
    assert all(done == total > 0 for done, total in told.values())
    assert told["judging"][1] == drained["records"] < told["storing"][1]

    audit = json.loads(deployment.must("audit", "--json"))
    assert audit["balanced"]
    assert audit["pending"] == audit["unverified"] == 0
    rules = len(INPUTS) * deployment.settings.partitions
    assert audit["produced"] + audit["control"] == sent + rules
    assert sum(audit[term] for term in ("counted", "late", "duplicates", "dead_lettered")) == audit["produced"]

    recount = json.loads(deployment.must("recount", "--json"))
    assert (recount["equal"], recount["different"], recount["skipped"]) == (True, 0, [])
    assert {kind.split()[0] for kind in recount["compared"]} == {
        "cells", "raw", "dead", "corrections", "gaps", "clocks", "figures", "report", "known", "live", "gauge",
        "adjustments",
    }  # fmt: skip

    report = deployment.must("report", "incidents", "--by", "day")
    assert "as of 2026-02-04 22:00" in report
    span = ("--from", "2026-01-31", "--to", "2026-02-01")
    (row,) = json.loads(deployment.must("report", "incidents", *span, "--json"))["rows"]
    behind = [json.loads(line) for line in deployment.must("events", "incidents", *span, "--json").splitlines()]
    assert sum(line["adds"] for line in behind) == row["value"]
    asked = ("incidents", *span, "--by", "beat,class")
    known = deployment.answer("report", *asked, "--as-known-at", "now")
    assert known["rows"] == deployment.answer("report", *asked)["rows"] != []
    assert deployment.call("reset", "--yes").returncode == 2  # roles run
    if "kafka" in request.fixturenames:  # the embedded broker does not tell a reader where its topics end
        assert_topics_alone_are_enough(deployment)


def assert_topics_alone_are_enough(deployment: Deployment) -> None:
    """Newest cells and newest adjustments are what `report` says, and so they are when everything was sent again: to
    who reads from the beginning, and to who begins from an export."""
    export = exported_cells(deployment)
    for sent in (1, 2):
        if sent == 2:  # what was too far ahead of the clock is taken now, all else is late and counts no second time
            send(deployment.settings, generated_events(seed=11, number=900, partitions=4))
            deployment.drain()
        await_published(deployment)
        found = from_topics(deployment, "xincheng")
        assert len(found) > 20
        assert found == from_topics(deployment, "xincheng", export)
        assert found == reported(deployment, "xincheng", "2026-01-29", "2026-02-05")
    assert len(deployment.query("SELECT DISTINCT reason FROM adjustments")) == 3


def test_what_is_above_the_cut_is_pending(deployment: Deployment) -> None:
    deployment.start("sink", "aggregate")
    send(deployment.settings, generated_events(seed=5, number=200, partitions=4))
    drained: dict[str, Any] = json.loads(deployment.must("drain", "--timeout", "90", "--json", timeout=120))
    assert drained["analyse"] is False
    deployment.terminate("aggregate")
    before = json.loads(deployment.must("audit", "--json"))
    further = list(generated_events(seed=6, number=100, partitions=4))
    send(deployment.settings, further)
    after = json.loads(deployment.must("audit", "--json"))
    assert after["balanced"]
    control = (b"citywatch.heartbeat", b"citywatch.gap")
    assert after["pending"] == sum(not any(name in value for name in control) for _, _, value in further)
    assert after["produced"] == before["produced"]
    late = deployment.call("drain", "--timeout", "1")
    assert (late.returncode, late.stderr.count("\n")) == (1, 1)
    assert "aggregate" in late.stderr
    code, shown = on_a_terminal(deployment, "drain", "--timeout", "1")
    assert code == 1
    assert "judging" in shown
    assert "offsets" in shown
