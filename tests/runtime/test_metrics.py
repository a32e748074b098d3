"""What is declared of each metric is what the roles show: `docs/metrics.md` follows from it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from citywatch.generate import ROOT, alerts, generated
from runtime import metrics
from schemas.cities import load_cities
from streams.live import gauges
from streams.live.state import LiveState
from tests.streams.live_cells import arrival, cell, progress, started

ROLES = {
    "aggregate": ("streams/aggregate.py", "streams/edge/*.py"),
    "analyse": ("streams/analyse.py", "streams/live/*.py"),
    "sink": ("sinks/*.py",),
}
PAGE = generated()[Path("docs/metrics.md")]


def used(path: Path) -> Iterator[str]:
    """The metrics that a module names: `metrics.NAME`, or imported."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "metrics":
            yield node.attr
        elif isinstance(node, ast.ImportFrom) and node.module == "runtime.metrics":
            yield from (alias.name for alias in node.names)


def test_a_metric_is_set_by_the_roles_that_its_declaration_names() -> None:
    declared = {one.name: set(one.roles) for one in metrics.DECLARED}
    of_a_collector = {"citywatch_ready", "citywatch_stalled_seconds", "citywatch_build_info"}
    found: dict[str, set[str]] = {name: set(ROLES) for name in of_a_collector}
    for role, patterns in ROLES.items():
        for name in {name for pattern in patterns for path in ROOT.glob(pattern) for name in used(path)}:
            described: list[Metric] = getattr(getattr(metrics, name, None), "describe", list)()
            for one in described:
                found.setdefault(f"{one.name}{'_total' if one.type == 'counter' else ''}", set()).add(role)
    assert found == declared


def test_the_registry_has_what_is_declared_and_nothing_else() -> None:
    shown = {
        (f"{one.name}{'_total' if one.type == 'counter' else ''}", one.type, one.documentation)
        for one in metrics.REGISTRY.collect()
        if not one.name.startswith("process_")
    }
    assert shown == {(one.name, one.kind, one.meaning) for one in metrics.DECLARED}


def test_the_gauges_of_live_figures_are_those_that_are_declared() -> None:
    state = LiveState.of(load_cities())
    state.take([started(), cell("2026-05-14T09:00"), arrival("2026-05-14T09:00", 95), progress("2026-05-14T09:28")])
    state.history_loaded = True
    shown = {family.name: family for family in text_string_to_metric_families(gauges.text(state))}
    declared = {one.name: one for one in gauges.all_declared()}
    assert shown.keys() == declared.keys()
    for name, family in shown.items():
        one = declared[name]
        assert (family.type, family.documentation, one.roles) == (one.kind, one.meaning, ("analyse",))
        assert {tuple(sorted(sample.labels)) for sample in family.samples} <= {tuple(sorted(one.labels))}, name


@pytest.mark.parametrize("one", [*metrics.DECLARED, *gauges.all_declared()], ids=lambda one: one.name)
def test_the_page_lists_every_metric_with_its_alerts(one: metrics.Declared) -> None:
    [row] = [line for line in PAGE.splitlines() if line.startswith(f"| `{one.name}` |")]
    assert f" {one.kind} " in row
    assert one.meaning in row
    for alert in alerts().get(one.name, ()):
        assert f"[{alert}](runbooks/{alert}.md)" in row
        assert (ROOT / "docs/runbooks" / f"{alert}.md").exists()


def test_no_alert_asks_for_what_the_page_lacks() -> None:
    assert alerts().keys() <= {one.name for one in (*metrics.DECLARED, *gauges.all_declared())}
