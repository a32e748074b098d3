"""Every figure of every scenario through real parts: shuffled, each event twice, and with every role killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from citywatch.acceptance.every import SCENARIOS
from citywatch.acceptance.feed import in_order
from citywatch.acceptance.run import Read, feed, read
from citywatch.acceptance.scenario import Fed, Scenario
from sinks.store_factory import open_store
from tests.deployment import PATIENCE, ROLES, Deployment
from tests.deployments import KINDS, deployment_of
from tests.parts.server import await_until, http_ok

SEED = 12
WITHIN = 840
"""Seconds that an event may come behind its place: less than the allowed lateness of 900."""

DRAIN_SECONDS = 600
"""On a busy machine: a restart of analyse reads all of it again."""

Recorded = Callable[[str, object], None]


@pytest.fixture(params=KINDS)
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    with deployment_of(request.param, request, tmp_path / "world") as running:
        running.start()
        for role in ROLES:
            await_ready(running, role)
        yield running


def await_ready(deployment: Deployment, role: str) -> None:
    host, port = deployment.settings.metrics_address(role)
    await_until(lambda: http_ok(f"http://{host}:{port}/readyz"), PATIENCE, f"{role} to be ready")


def disturbed(scenario: Scenario, draw: Random) -> Sequence[Fed]:
    """Each event twice, each of them up to `WITHIN` later than a source sends it, and so in another order."""
    twice = [each for fed in in_order(scenario.events()) for each in (fed, fed)]
    return in_order(fed._replace(sent=min(fed.sent + draw.randrange(WITHIN), scenario.end)) for fed in twice)


def read_back(deployment: Deployment) -> tuple[list[str], list[Read]]:
    """What differs, in words, and all that was read."""
    with closing(open_store(deployment.settings)) as store:
        found = [(each.id, one) for each in SCENARIOS.values() for one in read(deployment.settings, store, each)]
    differ = [f"{name} {one.figure.name}: {one.as_json()}" for name, one in found if not one.ok]
    return differ, [one for _, one in found]


def told(reads: Sequence[Read], events: int) -> str:
    shown = sum(one.shown for one in reads)
    return f"{len(reads)} figures of {len(SCENARIOS)} scenarios, {shown} of them live too, {events} events: all equal"


@pytest.mark.full
@pytest.mark.timeout(1800)  # each of its waits has a limit of its own; the one for draining alone is ten minutes
def test_every_figure_is_read_back_shuffled_twice_and_with_every_role_killed(
    deployment: Deployment, record_property: Recorded
) -> None:
    draw = Random(SEED)
    every = list(SCENARIOS.values())
    part = -(-len(every) // (len(ROLES) + 1))
    events = 0
    for number in range(len(ROLES) + 1):
        with closing(open_store(deployment.settings)) as store:
            chosen = every[number * part : (number + 1) * part]
            events += feed(deployment.settings, store, chosen, arranged=lambda each: disturbed(each, draw))
        if number < len(ROLES):
            deployment.kill(ROLES[number])  # in the middle of what was just sent
            deployment.start(ROLES[number])
            await_ready(deployment, ROLES[number])
    deployment.must("drain", "--timeout", str(DRAIN_SECONDS), timeout=DRAIN_SECONDS + 30)
    differ, reads = read_back(deployment)
    assert not differ, "\n".join(differ)
    assert deployment.answer("audit")["balanced"]
    assert deployment.answer("recount")["equal"]
    record_property("figures", told(reads, events))
