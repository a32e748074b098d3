"""`citywatch resume` on the embedded broker, which keeps no notes: the page of aggregate tells what is stopped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from citywatch.cli import call
from citywatch.rules import write_rules
from runtime.topics import ensure_topics
from schemas.families.incidents import INCIDENTS
from tests.deployment import Deployment, metrics_at
from tests.parts.server import await_until
from tests.parts.tansu import TansuBroker

RUN = 50
SERIES = f'citywatch_breaker_open{{partition="2",topic="{INCIDENTS}"}}'
DEAD = f'citywatch_records{{partition="2",topic="{INCIDENTS}",verdict="dead"}}'


def is_stopped(world: Deployment) -> bool:
    try:
        return world.metric("aggregate", SERIES) == 1
    except (OSError, AssertionError):
        return False  # it starts


def test_what_the_page_shows_is_resumed_once_somebody_has_agreed(
    tansu: TansuBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    world = Deployment(tansu.bootstrap, f"chdb://{tmp_path / 'chdb'}", tmp_path, breaker_run=str(RUN))
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    ensure_topics(world.settings)
    write_rules(world.settings)
    try:
        world.produce(INCIDENTS, [(2, b"{")] * (3 * RUN))
        world.start("aggregate")
        await_until(lambda: is_stopped(world), 60, "the breaker to open", every=0.2)
        # the breaker is looked at once a second, verdicts are shown when they are published
        page = "{}:{}".format(*world.settings.metrics_address("aggregate"))
        await_until(lambda: metrics_at(page, DEAD) == [RUN], 30, "the verdicts to be shown", every=0.2)

        capfd.readouterr()
        assert call(["resume"]) == 2
        out, err = capfd.readouterr()
        assert f"{INCIDENTS}/2" in out
        assert (err.count("\n"), "--yes" in err) == (1, True)
        assert is_stopped(world)

        assert call(["resume", "--yes", "--json"]) == 0
        (told,) = json.loads(capfd.readouterr().out)["resumed"]
        assert (told["topic"], told["partition"]) == (INCIDENTS, 2)
        await_until(lambda: world.metric("aggregate", DEAD) == 3 * RUN, 30, "the rest to be judged", every=0.2)
        await_until(lambda: not is_stopped(world), 10, "the gauge to fall", every=0.2)
        assert call(["resume"]) == 0
        assert capfd.readouterr().out == "nothing is stopped\n"
    finally:
        world.terminate("aggregate")
