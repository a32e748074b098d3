"""Alerting rules and their configuration, as promtool and amtool of the real servers see them."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from figures import spikes
from runtime import metrics
from schemas.cities import load_cities
from schemas.refused import REASONS
from streams.edge import health
from streams.live import gauges
from streams.live.state import LiveState
from tests.parts.alertmanager import Alertmanager, amtool
from tests.parts.need import need
from tests.parts.prometheus import Prometheus, promtool
from tests.parts.server import await_until
from tests.streams.live_cells import arrival, cell, progress

ROOT = Path(__file__).parents[2]
assert health.VERDICTS  # imported for the metrics that it makes
PROMETHEUS = ROOT / "deploy" / "prometheus"
ALERTMANAGER = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))

_ALERT = re.compile(r"^      - alert: (\w+)\n((?:        .*\n|\n)*)", re.MULTILINE)
RUNBOOKS = "{{ with $externalLabels.runbooks }}{{ . }}{{ else }}docs/runbooks{{ end }}"
ALERTS = {name: body for path in RULES for name, body in _ALERT.findall(path.read_text())}


def promtool_says(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    need(Prometheus)
    return subprocess.run(
        [str(promtool()), *map(str, arguments)], cwd=PROMETHEUS, capture_output=True, text=True, check=False
    )


def amtool_says(*arguments: str) -> subprocess.CompletedProcess[str]:
    need(Alertmanager)
    return subprocess.run([str(amtool()), *arguments], capture_output=True, text=True, check=False)


def test_configuration_and_rules_are_valid() -> None:
    done = promtool_says("check", "config", "prometheus.yml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_rules_fire_when_they_should_and_only_then(path: Path) -> None:
    done = promtool_says("test", "rules", path)
    assert done.returncode == 0, done.stdout + done.stderr


PAIRS = (
    *((9, 0), (10, 0), (10, 11), (10, 12), (41, 98), (49, 100)),
    *((49, 120), (49, 121), (400, 1368), (400, 1369)),  # z of exactly 3 is no spike
)


def spike_test(number: int, now: int, before: int, known: int | None) -> str:
    """A test of promtool: of these counts each of the rules says what their declaration says; where not all of their
    windows is known (0), or nobody says so (None), nothing."""
    last, earlier = (period.end - period.start for period in spikes.windows(0))
    windows = {f"{last // 86_400}d": now, f"{earlier // 86_400}d_before": before}
    held = int(spikes.is_spike(now, before) and known == 1)
    series = {
        **({} if known is None else {'citywatch_recent_known{city="c"}': known}),
        **{
            f'citywatch_{measure}window="{window}"}}': count
            for measure in ('street_theft_recent{city="c",', 'incidents_recent{city="c",class="criminal",')
            for window, count in windows.items()
        },
    }
    inputs = "".join(f"      - {{series: '{name}', values: '{value}x3'}}\n" for name, value in series.items())
    return (
        f"  - name: '{number}'\n    interval: 1m\n    input_series:\n{inputs}    promql_expr_test:\n"
        "      - expr: count(ALERTS{kind='spike',alertstate='firing'}) or vector(0)\n"
        f"        eval_time: 2m\n        exp_samples: [{{labels: '{{}}', value: {3 * held}}}]\n"
    )


def test_the_screen_and_prometheus_hold_the_same_spike_rule(tmp_path: Path) -> None:
    cases: list[tuple[int, int, int | None]] = [*((*pair, 1) for pair in PAIRS), (49, 100, 0), (49, 100, None)]
    assert {spikes.is_spike(now, before) for now, before in PAIRS} == {True, False}
    path = tmp_path / "same.yml"
    tests = "".join(spike_test(number, *case) for number, case in enumerate(cases))
    path.write_text(f"rule_files: [{PROMETHEUS / 'rules' / 'spike.yml'}]\nevaluation_interval: 1m\ntests:\n{tests}")
    done = promtool_says("test", "rules", path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_is_tested_firing_quiet_and_absent(name: str) -> None:
    tested = re.findall(rf'name: "{name}: (.+)"', "".join(path.read_text() for path in TESTS))
    assert any(how.startswith("fires") for how in tested)
    assert any(how.startswith("does not fire") for how in tested)
    assert "absent" in tested


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_speaks_both_languages_and_has_its_runbook(name: str) -> None:
    body = ALERTS[name]
    assert re.search(r"^          summary: '\S", body, re.MULTILINE)
    assert re.search(r"^          summary_zh: '.*[\u4e00-\u9fff]", body, re.MULTILINE)
    assert re.search(r"severity: (critical|warning)", body)
    assert f"runbook: docs/runbooks/{name}.md" in body
    assert f"runbook_url: '{RUNBOOKS}/{name}.md'" in body
    runbook = (ROOT / "docs" / "runbooks" / f"{name}.md").read_text()
    assert runbook.startswith(f"# {name}\n")
    for part in ("## Meaning", "## First", "## Fix", "## Over"):
        assert part in runbook


def test_an_alarm_of_a_clock_waits_a_second_at_each_place_where_it_has_to_wait() -> None:
    """To be at the webhook within 5 s: `make bench-alarms`."""
    job = re.search(r"job_name: citywatch-clocks\n((?:    .*\n)+)", (PROMETHEUS / "prometheus.yml").read_text())
    route = re.search(r'matchers: \[kind="clock"\]\n((?:      .*\n)+)', ALERTMANAGER.read_text())
    assert job
    assert route
    assert "scrape_interval: 1s\n    metrics_path: /metrics/clocks\n" in job[1]
    assert "  - name: citywatch-clocks\n    interval: 1s\n" in (PROMETHEUS / "rules" / "clocks.yml").read_text()
    assert route[1] == "      group_wait: 0s\n      group_interval: 1s\n"


def test_no_rule_goes_by_the_name_of_a_job() -> None:
    for path in (*RULES, ALERTMANAGER):
        assert not re.search(r"\bjob *(=|!)", path.read_text()), path


def test_every_runbook_belongs_to_an_alert() -> None:
    assert {path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md")} == {*ALERTS, "README"}


def test_every_alert_has_its_place_in_the_order_of_work() -> None:
    order = (ROOT / "docs" / "runbooks" / "README.md").read_text("utf-8")
    assert set(re.findall(r"\]\((\w+)\.md\)", order)) == set(ALERTS)


@cache
def exported() -> frozenset[str]:
    """Every metric that a page of a role may show."""
    state = LiveState.of(load_cities())
    state.take([cell("2026-05-14T09:00"), arrival("2026-05-14T09:00", 95), progress("2026-05-14T09:28")])
    live = set(re.findall(r"^# TYPE (\w+)", gauges.text(state), re.MULTILINE))
    return frozenset(live) | {
        name for family in metrics.REGISTRY.collect() for name in (family.name, f"{family.name}_total")
    }


def test_rules_ask_for_metrics_that_exist() -> None:
    asked = {
        name
        for path in RULES
        for line in path.read_text().splitlines()
        if not line.lstrip().startswith("#")
        for name in re.findall(r"\bcitywatch_\w+", line)
    }
    assert asked
    assert asked <= exported()


def test_what_increases_is_there_from_the_start() -> None:
    """Prometheus sees an increase only from a number that it has seen: a first jump must not be the first sample."""
    counters = {
        name
        for path in RULES
        for name, labels in re.findall(r"increase\(citywatch_(\w+)_total(\{[^}]*\})?", path.read_text())
    }
    assert counters == {"dead_letters", "early_closes", "unreadable_records"}
    assert set(REASONS) == {
        labels["reason"]
        for name, labels, *_ in (sample for family in metrics.REGISTRY.collect() for sample in family.samples)
        if name == "citywatch_dead_letters_total"
    }
    given = {
        reason
        for path in (ROOT / "schemas" / "refused.py", ROOT / "schemas" / "accept.py", ROOT / "schemas" / "person.py",
                     ROOT / "streams" / "core" / "partition.py")
        for reason in re.findall(r"(?:Refused\(\s*|_refuse\(record, )\"([a-z_]+)\"", path.read_text())
    }  # fmt: skip
    assert given <= set(REASONS)


def test_the_alertmanager_takes_its_configuration() -> None:
    done = amtool_says("check-config", str(ALERTMANAGER))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "labels", [["alertname=ClassSpike", "kind=spike"], ["alertname=RoleDown", "severity=critical"], []]
)
def test_every_alert_reaches_the_webhook(labels: list[str]) -> None:
    done = amtool_says("config", "routes", "test", f"--config.file={ALERTMANAGER}", *labels)
    assert done.stdout.strip() == "webhook", done.stdout + done.stderr


def test_a_worker_that_is_not_ready_for_a_stopped_partition_is_not_told_beside_it(
    start_alertmanager: Callable[[str], Alertmanager],
) -> None:
    page = f"{start_alertmanager(ALERTMANAGER.read_text()).url}/api/v2/alerts"
    stopped = {"alertname": "BreakerOpen", "topic": "citywatch.incidents", "partition": "3"}
    waiting = [{"alertname": "NotReady", "role": role} for role in ("aggregate", "sink")]
    body = json.dumps([{"labels": labels} for labels in (stopped, *waiting)]).encode()
    urllib.request.urlopen(urllib.request.Request(page, body, {"Content-Type": "application/json"}), timeout=10).close()

    def held_back() -> list[dict[str, str]]:
        with urllib.request.urlopen(page, timeout=10) as answer:
            return [each["labels"] for each in json.load(answer) if each["status"]["inhibitedBy"]]

    await_until(lambda: held_back() == waiting[:1], 30, "that of aggregate alone to be held back")


def test_the_webhook_is_one_line_to_change() -> None:
    assert len(re.findall(r"^ +- url: ", ALERTMANAGER.read_text(), re.MULTILINE)) == 1
