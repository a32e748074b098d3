"""A spike in the simulated city travels the whole way, from the topics to the webhook of the Alertmanager, also while
there is no store."""

from __future__ import annotations

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.cities import load_cities
from sources.simulate import simulate, spikes_of
from tests.deploy.alerting import DEPLOY, Alert, alertmanager_config, prometheus_config, webhook
from tests.deployments import deployment_of
from tests.parts.alertmanager import Alertmanager
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.prometheus import Prometheus
from tests.parts.server import await_until

START, CALM_DAYS = date(2026, 3, 2), 36
CALM_SCALE, SPIKE_FACTOR = 0.3, 400.0


def asked(prometheus: Prometheus, query: str) -> list[dict[str, Any]]:
    url = f"{prometheus.url}/api/v1/query?" + urllib.parse.urlencode({"query": query})
    with urllib.request.urlopen(url, timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    return found


def test_a_simulated_spike_arrives_at_the_webhook_although_the_store_is_gone(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    clickhouse_server: ClickHouseServer,
    start_prometheus: Callable[[str], Prometheus],
    start_alertmanager: Callable[[str], Alertmanager],
) -> None:
    city = load_cities().by_name["xincheng"]
    spike_day = START + timedelta(days=CALM_DAYS)
    with webhook() as (url, received), deployment_of("real", request, tmp_path / "citywatch") as deployment:
        simulate(deployment.settings, 1, START, CALM_DAYS, scale=CALM_SCALE, patrols=False, families=False)
        deployment.start("aggregate", "analyse", "sink")
        alertmanager = start_alertmanager(alertmanager_config(url, group_wait="1s"))
        prometheus = start_prometheus(prometheus_config(deployment, alertmanager, every="1s"))

        def reaches(day: date) -> bool:
            """Prometheus has seen the figures of the whole day, with history beside them."""
            local_midnight = f"{int((day - date(1970, 1, 1)).total_seconds()) + 86_400 - 8 * 3600}"
            return bool(asked(prometheus, f'citywatch_as_of_seconds{{city="xincheng"}} >= {local_midnight}')) and bool(
                asked(prometheus, 'citywatch:comparable{city="xincheng"} == 1')
            )

        await_until(lambda: reaches(spike_day - timedelta(days=1)), 300, "the calm weeks to be seen")
        assert asked(prometheus, 'ALERTS{kind="spike"}') == []
        assert received == []
        assert "ALARM" not in deployment.must("watch", "--once")

        clickhouse_server.kill()
        try:
            spikes = spikes_of("street_theft", "B07", spike_day, SPIKE_FACTOR, city)
            simulate(
                deployment.settings, 1, spike_day, 1, scale=CALM_SCALE, patrols=False, families=False, spikes=spikes
            )
            await_until(lambda: named(received, "StreetTheftSpike"), 300, "the alert at the webhook")
            shown = deployment.must("watch", "--once")
            assert re.search(
                r"^ALARM .*Street theft: expected [\d.]+, observed \d+ in 7 days, \d+% more", shown, re.M
            ), shown
            assert all(role.poll() is None for role in deployment.running.values())
        finally:
            clickhouse_server.start()

    alert = named(received, "StreetTheftSpike")[0]
    assert alert["status"] == "firing"
    assert alert["labels"]["city"] == "xincheng"
    assert alert["annotations"]["runbook"] == "docs/runbooks/StreetTheftSpike.md"
    base = re.search(r"^    runbooks: (\S+)", (DEPLOY / "prometheus" / "prometheus.yml").read_text(), re.M)
    assert base
    assert alert["annotations"]["runbook_url"] == f"{base[1]}/StreetTheftSpike.md"
    assert "runbooks" not in alert["labels"]
    assert "街面盗窃" in alert["annotations"]["summary_zh"]
    assert {one["labels"].get("class") for one in named(received, "ClassSpike")} <= {"criminal"}


def named(alerts: list[Alert], name: str) -> list[Alert]:
    return [alert for alert in list(alerts) if alert["labels"]["alertname"] == name]
