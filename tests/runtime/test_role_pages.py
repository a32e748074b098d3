"""The pages of a role: metrics in the form that is asked for, alive and ready, also while the role is busy."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from runtime import metrics, role_pages
from runtime.errors import Unreachable
from runtime.http_server import listen
from runtime.readiness import TURN_SECONDS, Readiness
from runtime.role_pages import FurtherMetrics
from runtime.settings import load_settings
from tests.http_client import PATIENCE, ask
from tests.parts.server import HOST, free_port

FURTHER = "# HELP citywatch_further Of a test\n# TYPE citywatch_further gauge\ncitywatch_further 7\n"
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.2,*/*;q=0.1"
)
"""What Prometheus 3 accepts."""


async def further() -> str:
    return FURTHER


@contextmanager
def serving(readiness: Readiness, further_metrics: FurtherMetrics | None = further) -> Iterator[int]:
    settings = load_settings(metrics=f"{HOST}:{free_port(neighbours=3)}")
    pages = role_pages.serve(settings, readiness, further_metrics=further_metrics)
    try:
        yield settings.metrics_address(readiness.role)[1]
    finally:
        pages.close()


def test_metrics_come_in_the_form_that_is_asked_for() -> None:
    with serving(Readiness("sink")) as port:
        text = ask(port, "/metrics")
        assert text.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        asked = ask(port, "/metrics", Accept=PROMETHEUS)
        assert asked.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    for families in (plain(text.body.decode()), openmetrics(asked.body.decode())):  # type: ignore[no-untyped-call]
        found = {sample.name: sample.value for family in families for sample in family.samples}
        assert found["citywatch_further"] == 7
        assert {"citywatch_ready", "citywatch_store_up", "citywatch_sink_retries_total"} <= found.keys()


@pytest.mark.parametrize("accept", ["text/plain;version=x", "application/openmetrics-text;version=1.x", ";;,", "*/*"])
def test_whoever_accepts_what_there_is_not_gets_plain_text(accept: str) -> None:
    with serving(Readiness("sink")) as port:
        answer = ask(port, "/metrics", Accept=accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")


def test_health_is_a_status_and_a_body() -> None:
    now = 0.0
    readiness = Readiness("sink", lambda: now)
    with serving(readiness) as port:
        starts = ask(port, "/readyz")
        assert (starts.status, json.loads(starts.body)["waiting"][0]["part"]) == (503, "kafka")
        assert starts.headers["Content-Type"] == "application/json"
        readiness.has("kafka")
        assert (ask(port, "/readyz").status, ask(port, "/healthz").status) == (200, 200)
        now = TURN_SECONDS + 1
        assert (ask(port, "/readyz").status, ask(port, "/healthz").status) == (503, 503)
        assert ask(port, "/healthz", "HEAD").status == 503


def test_health_is_told_while_further_metrics_wait() -> None:
    release = threading.Event()

    async def waits() -> str:
        await asyncio.to_thread(release.wait, PATIENCE)
        return FURTHER

    with serving(Readiness("analyse"), waits) as port:
        asking = [threading.Thread(target=ask, args=(port, "/metrics"), daemon=True) for _ in range(20)]
        for one in asking:
            one.start()
        assert ask(port, "/healthz").status == 200
        assert ask(port, "/readyz").status == 503
        release.set()
        for one in asking:
            one.join(PATIENCE)


def test_pages_are_answered_while_the_loop_of_the_role_is_busy() -> None:
    readiness, answered = Readiness("aggregate"), threading.Event()
    batch = msgspec.json.encode([{"number": number} for number in range(10_000)])
    statuses: list[int] = []

    async def judge() -> None:
        """Holds its loop until every page has answered."""
        while not answered.is_set():
            sum(each["number"] for each in msgspec.json.decode(batch))

    def look() -> None:
        try:
            statuses.extend(ask(port, page).status for page in ("/metrics", "/healthz", "/readyz"))
        finally:
            answered.set()

    with serving(readiness) as port:
        looking = threading.Thread(target=look)
        looking.start()
        asyncio.run(judge())
        looking.join()
    assert statuses == [200, 200, 503]


def test_the_pages_that_there_are_are_named_to_who_asks_for_another() -> None:
    with serving(Readiness("sink")) as port:
        assert ask(port, "/").body == b"pages: /metrics /healthz /readyz\n"


def test_a_port_in_use_is_one_line_with_exit_code_3_at_once() -> None:
    port = free_port(neighbours=3)
    with listen(HOST, port), pytest.raises(Unreachable) as taken:
        role_pages.serve(load_settings(metrics=f"{HOST}:{port}"), Readiness("aggregate"))
    told = f"the metrics page of aggregate cannot listen on {HOST}:{port} (Address already in use)"
    assert (str(taken.value), taken.value.exit_code) == (f"{told}; set CITYWATCH_METRICS", 3)


def test_readiness_is_among_the_metrics() -> None:
    readiness = Readiness("sink")
    with serving(readiness):
        assert metrics.REGISTRY.get_sample_value("citywatch_ready", {"role": "sink"}) == 0
        readiness.has("kafka")
        assert metrics.REGISTRY.get_sample_value("citywatch_ready", {"role": "sink"}) == 1
