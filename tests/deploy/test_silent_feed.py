"""While a feed is silent its own alarm fires, and none of the clocks that its events would have stopped."""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from schemas.cities import load_cities
from schemas.instants import epoch, rfc3339
from schemas.records import Progress, SourceGap, Step
from schemas.topics import PANES
from streams.live import gauges
from streams.live.state import LiveState
from tests.deploy.alerting import DEPLOY
from tests.parts.need import need
from tests.parts.prometheus import Prometheus, promtool

T0 = epoch("2026-06-10T09:00:00+08:00")
MINUTE, DAY = 60, 86_400
MINUTES = 16
SILENT, OTHER = "xincheng/hazard", "xincheng/case"
TOPICS = {SILENT: "citywatch.hazards", OTHER: "citywatch.cases"}
FIRING = "ALERTS{alertstate='firing',alertname=~'(Clock|Source).+'}"
SHOWN = re.compile(r"^(citywatch_(?:clock_alarms|source_\w+_seconds|source_continued)\{.*\}) (\S+)$", re.M)


class City:
    """Two sources of one city, by the minute: `clock` is that of the machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = 0.0
        monkeypatch.setattr("streams.live.state.time.monotonic", lambda: self.clock)
        self.state = LiveState.of(load_cities(), lateness=15 * MINUTE)
        self.state.history_loaded = True
        self.state.handover.begun["log", PANES, 0] = 0
        self.state.alarms.stand([])
        for source, topic in TOPICS.items():
            known: dict[str, Any] = {"since": 0, "until": T0 - DAY, "cause": "start", "at": 0}
            self._take(SourceGap(log="log", topic=topic, partition=0, offset=0, source=source, **known))

    def step(self, source: str, kind: str, at: int, **said: str | int) -> None:
        self._take(
            Step(log="log", topic=TOPICS[source], partition=0, offset=at, source=source, id=f"{kind}-{at}",
                 subject="s-1", time=at, type=kind, dims={"beat": "B07"}, attributes=said)
        )  # fmt: skip

    def heard(self, source: str, at: int) -> None:
        verdicts: dict[str, Any] = {"counted": 1, "late": 0, "duplicates": 0, "dead": 0}
        self._take(
            Progress(log="log", topic=TOPICS[source], partition=0, read=1, clocks={source: at}, boundaries={},
                     open_panes=0, bytes=0, **verdicts)
        )  # fmt: skip

    def page(self) -> dict[str, str]:
        """What is scraped of clocks and sources, after the clocks were looked at."""
        self.state.alarms.advance()
        return dict(SHOWN.findall(gauges.text(self.state)))

    def _take(self, record: Any) -> None:
        self.state.take([record])


def only_fire(expected: set[tuple[str, str, str]], pages: list[dict[str, str]], path: Path) -> None:
    """By these pages, one a minute, of all alerts of clocks and of sources the shipped rules give these and no other:
    name, label, value."""
    series: dict[str, list[str]] = defaultdict(lambda: ["_"] * len(pages))
    for minute, page in enumerate(pages):
        for name, value in page.items():
            series[name][minute] = value
    inputs = "".join(f"      - {{series: '{name}', values: '{' '.join(all)}'}}\n" for name, all in series.items())
    samples = "".join(
        f'          - {{labels: \'{{alertname="{name}",{label}="{value}"}}\', value: 1}}\n'
        for name, label, value in sorted(expected)
    )
    path.write_text(
        f"rule_files: [{DEPLOY / 'prometheus' / 'rules' / '*.yml'}]\nevaluation_interval: 1m\ntests:\n"
        f"  - interval: 1m\n    input_series:\n{inputs}    promql_expr_test:\n"
        f"      - expr: count by (alertname, source, state) ({FIRING})\n"
        f"        eval_time: {len(pages) - 1}m\n        exp_samples:\n{samples}"
    )
    need(Prometheus)
    done = subprocess.run([str(promtool()), "test", "rules", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_with_a_feed_silent_only_its_own_alarm_fires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    city = City(monkeypatch)
    city.step(SILENT, "hazard.notice_issued", T0 - DAY, notice="n-1", due=rfc3339(T0 + DAY + 5 * MINUTE))
    city.step(OTHER, "case.property_stolen", T0 - 2 * DAY + 5 * MINUTE)
    city.heard(SILENT, T0)
    pages = []
    for minute in range(MINUTES):
        city.clock = minute * MINUTE
        city.heard(OTHER, T0 + minute * MINUTE)
        pages.append(city.page())
    stolen = ("ClockStolenProperty", "state", "warned")
    only_fire({("SourceStuck", "source", SILENT), stolen}, pages, tmp_path / "silent.yml")

    city.heard(SILENT, T0 + MINUTES * MINUTE)
    pages += [city.page()] * 2
    only_fire({("ClockNoticeOverdue", "state", "warned"), stolen}, pages, tmp_path / "heard.yml")
