"""Adding a counter, or a clock, is one declaration: the one that the documentation shows, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.deployments import deployment_of
from tests.end_to_end.events import MIDNIGHT, PARTITIONS, TOPIC, event, heartbeat, heartbeats, reported
from tests.parts.server import await_until
from tests.source import ROOT, copy_of_source

HOUR = 3600
ALARMS, POSTS, PIER = "citywatch.alarms", "citywatch.posts", "pier/posts"

CITY = """
name = "pier"
zh = "码头"
en = "Pier"
tz = "Asia/Shanghai"
[sectors.S]
zh = "s"
en = "s"
[beats.B01]
sector = "S"
zh = "b1"
en = "b1"
[codes]
[sources."pier/posts"]
topics = ["citywatch.posts"]
"""


def shown(page: str) -> str:
    """The declaration of a page."""
    found = re.search(r"```python\n(.*?)```", (ROOT / "docs" / page).read_text("utf-8"), re.S)
    assert found
    return found.group(1)


def declare(module: Path, declaration: str) -> None:
    text = module.read_text("utf-8")
    with_it = re.sub(r"^(_DECLARED\b.*= \()$", lambda line: f"{line[1]}\n{declaration}", text, count=1, flags=re.M)
    assert with_it != text
    module.write_text(with_it, "utf-8")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source in which the documented declarations were added."""
    copied = copy_of_source(tmp_path_factory.mktemp("declared") / "source")
    declare(copied / "schemas" / "measures.py", shown("adding-a-measure.md"))
    declare(copied / "schemas" / "clocks.py", shown("adding-a-clock.md"))
    return copied


def test_a_counter_and_a_clock_that_are_declared_have_their_lines_gauges_and_alerts(
    source: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "citywatch.generate", "--root", str(tmp_path)]
    subprocess.run(command, cwd=source, env={**os.environ, "PYTHONPATH": str(source)}, check=True, capture_output=True)
    assert "`noise_at_night`" in (tmp_path / "docs" / "measures.md").read_text("utf-8")
    written = [file for file in tmp_path.rglob("*.yml") if "post_not_relieved" in file.read_text("utf-8")]
    assert written, "no alert of the clock"


@pytest.fixture(scope="module")
def changed(
    request: pytest.FixtureRequest, source: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """A deployment of it."""
    directory = tmp_path_factory.mktemp("deployed")
    (directory / "cities").mkdir()
    (directory / "cities" / "pier.toml").write_text(CITY, "utf-8")
    cities = str(directory / "cities")
    with deployment_of("embedded", request, directory / "world", source=source, cities=cities) as found:
        found.start()
        yield found


def gauges(deployment: Deployment) -> str:
    host, port = deployment.settings.metrics_address("analyse")
    with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=10) as page:
        body: bytes = page.read()
        return body.decode()


def gauges_if_up(deployment: Deployment) -> str:
    try:
        return gauges(deployment)
    except OSError:
        return ""


@pytest.mark.full
def test_adding_a_counter_takes_one_declaration_and_nothing_else(changed: Deployment) -> None:
    night, noon = MIDNIGHT + 23 * HOUR, MIDNIGHT + 12 * HOUR
    changed.produce(
        TOPIC,
        [
            *heartbeats(MIDNIGHT + 12 * HOUR),
            (0, reported("noon-1", noon, beat="B01")),
            *heartbeats(MIDNIGHT + 23 * HOUR),
            (0, reported("night-1", night, beat="B01")),
            (0, reported("night-2", night + 10, beat="B02")),
            (0, reported("fire-1", night + 20, beat="B01", category="140101")),
            *heartbeats(MIDNIGHT + 24 * HOUR),
        ],
    )
    changed.balanced()
    span = ("--from", "2026-03-02", "--to", "2026-03-02", "--by", "day,sector")
    rows = changed.answer("report", "noise_at_night", "--city", "xincheng", *span)["rows"]
    assert sum(row["value"] for row in rows) == 2
    assert re.search(r'^citywatch_window_noise_at_night_by_sector\{[^}]*sector="S\d\d"', gauges(changed), re.M)


def at_post(kind: str, name: str, at: int, post: str) -> dict[str, object]:
    return event(f"post.{kind}.v1", name, at, post, {"beat": "B01", "kind": "street"}, PIER)


def until(clock: int, since: int | None = None) -> list[tuple[int, dict[str, object]]]:
    return [(partition, heartbeat(clock, PIER, since)) for partition in range(PARTITIONS)]


def await_states(deployment: Deployment, post: str, *states: str) -> None:
    def stands() -> bool:
        said = deployment.answer("alarms", "list", "--state", "all", "--clock", "post_not_relieved")["alarms"]
        return [each["state"] for each in said if each["subject"] == post] == list(states)

    await_until(stands, 60, f"the alarms about {post} to be {states}", every=0.5)


@pytest.mark.full
def test_adding_a_clock_takes_one_declaration_and_nothing_else(changed: Deployment) -> None:
    """The end stands in a partition of its own, late: what it proves wrong is taken back."""
    changed.produce(POSTS, [*until(MIDNIGHT), (0, at_post("staffed", "p1", MIDNIGHT + 60, "post-1"))])
    changed.produce(POSTS, until(MIDNIGHT + 13 * HOUR, since=MIDNIGHT))
    standing = 'citywatch_clock_alarms{city="pier",clock="post_not_relieved",state="expired"} %d'
    await_until(lambda: standing % 1 in gauges_if_up(changed), 60, "the alarm to be told", every=0.5)
    await_states(changed, "post-1", "expired")
    end = (1, at_post("staffed", "p2", MIDNIGHT + 6 * HOUR, "post-1"))
    changed.produce(POSTS, [end, *until(MIDNIGHT + 14 * HOUR)])
    await_until(lambda: standing % 0 in gauges(changed), 60, "the alarm to be taken back", every=0.5)
    await_states(changed, "post-1", "withdrawn")
    (alarm,) = changed.answer("alarms", "show", "post-1")["alarms"]
    assert alarm["withdrawn_by"] == "p2"


@pytest.mark.full
def test_who_begins_again_tells_only_what_differs(changed: Deployment) -> None:
    changed.produce(POSTS, until(MIDNIGHT + 20 * HOUR, since=MIDNIGHT))
    changed.produce(POSTS, [(2, at_post("staffed", "p3", MIDNIGHT + 20 * HOUR, "post-2"))])
    changed.produce(POSTS, until(MIDNIGHT + 33 * HOUR, since=MIDNIGHT))
    await_states(changed, "post-2", "expired")
    told = len(changed.consume(ALARMS))
    changed.terminate("analyse")
    changed.start("analyse")
    stands = 'citywatch_clock_alarms_by_beat{city="pier",clock="post_not_relieved",state="expired",beat="B01"}'
    await_until(lambda: stands in gauges_if_up(changed), 60, "clocks to be looked at again", every=0.5)
    assert len(changed.consume(ALARMS)) == told
