"""What `recount` cannot compare it names: nothing is left out in silence."""

from __future__ import annotations

from pathlib import Path

from citywatch.audit.compare import Comparison
from citywatch.audit.expected import Expected
from citywatch.audit.in_city import in_cities
from citywatch.audit.recount import not_judged
from citywatch.audit.reference_verdicts import ReferenceModel
from citywatch.audit.shown import compare_live
from runtime.log import OffsetRange, Place, Record
from runtime.readiness import Readiness
from runtime.settings import load_settings
from schemas.cities import load_cities
from schemas.families.incidents import INCIDENTS
from streams.live.pages import serve_live
from streams.live.state import LiveState
from tests.commands.events import generated_events
from tests.parts.server import free_port

JUDGED, WAITING, EMPTY = (Place("log-1", INCIDENTS, partition) for partition in range(3))


def test_a_partition_that_nobody_has_judged_is_named() -> None:
    there = {JUDGED: OffsetRange(0, 40), WAITING: OffsetRange(5, 12), EMPTY: OffsetRange(0, 0)}
    [said] = not_judged({JUDGED: 40}, there)
    assert said.startswith(f"{INCIDENTS} 1: nothing of its 7 offsets is judged")


def test_a_city_that_analyse_shows_nothing_of_is_named(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path, metrics=f"127.0.0.1:{free_port(neighbours=3)}")
    known = load_cities(None)
    model = ReferenceModel(JUDGED)
    values = [
        value for topic, partition, value in generated_events(seed=7, number=100, partitions=1) if topic == INCIDENTS
    ]
    model.judge([Record(offset, -1, value) for offset, value in enumerate(values)])
    state = LiveState.of(known)  # no heartbeat has come: it has no clock, and shows no measure
    page = serve_live(settings, Readiness("analyse"), state)
    score = Comparison()
    try:
        assert compare_live(settings, in_cities(Expected([model]), known), score)
    finally:
        page.close()
    assert score.total == 0
    assert [line.split(":")[0] for line in score.skipped] == ["live gauges of xincheng"]
