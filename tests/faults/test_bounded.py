"""P7 with the store away: memory stays flat, live figures go on, and the backlog goes in when it is back."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench.events import stream
from citywatch.audit.balance import audit
from citywatch.commandline.store import opened_store
from sinks.sink import MAX_ROWS
from tests.deployment import ROLES
from tests.faults.gate import Gate
from tests.faults.outage import PARTITIONS, Pour, outage
from tests.faults.workers import Workers
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.server import HOST, await_until

PER_SECOND = 10_000
EVENT_TIME = 100
"""Events in a second of event time: 100 minutes go by, panes fill and close all the time."""

FULL = (600_000, 20.0)
SMALL = (300_000, 12.0)
"""Events, and seconds until the open panes are full, and the sink holds what it may hold: a batch that waits and one
that is written."""

FLAT_MB = 40.0


@pytest.mark.full
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("events", "warm"), [pytest.param(*SMALL, id="small"), pytest.param(*FULL, id="full")])
def test_with_the_store_away_memory_is_flat_figures_go_on_and_the_backlog_goes_in_afterwards(
    kafka: KafkaBroker,
    clickhouse_server: ClickHouseServer,
    clickhouse_url: str,
    tmp_path: Path,
    events: int,
    warm: float,
) -> None:
    with Gate(clickhouse_server.port) as gate:
        url = f"clickhouse://default:@{HOST}:{gate.port}{urlsplit(clickhouse_url).path}"
        with Workers(kafka, url, tmp_path) as workers:
            started = [workers.start(role) for role in ROLES]
            words = {"analyse": "history loaded", "aggregate": "aggregate is ready", "sink": "sink is ready"}
            await_until(lambda: all(words[worker.role] in worker.log() for worker in started), 60, "the roles")
            with Pour(kafka.bootstrap, stream(events, PARTITIONS, per_second=EVENT_TIME), PER_SECOND) as pour:
                course = outage(workers, gate, pour, away=(0, events))
            assert all(worker.alive for worker in started)

            seen = course.away(warm)
            most = {role: max(sample.megabytes[role] for sample in course.samples) for role in ROLES}
            growth = {role: course.growth(role, warm) for role in ROLES}
            for role in ROLES:
                print(f"{role}: {most[role]:.0f} MB at most, {growth[role]:+.0f} MB after {warm:.0f} s without")
            print(f"{course.rows:,} rows in {course.seconds:.1f} s: {course.rate:,.0f} rows/s")
            assert seen[-1].seconds - seen[0].seconds > warm, "the outage was long"
            assert seen[-1].unread > events - 2 * MAX_ROWS - 10 * PER_SECOND, (
                "it reads no more, and says how much waits"
            )
            assert max(growth.values()) < FLAT_MB, growth
            standing = [after.seconds for before, after in zip(seen[::5], seen[5::5], strict=False)
                        if after.shown <= before.shown]  # fmt: skip
            assert not standing, f"live figures stood still at {standing} s"

            deployment = workers.deployment
            deployment.must("drain")
            with opened_store(deployment.settings) as store:
                account = audit(deployment.settings, store)
            assert account.balanced, account.as_json()
            assert account.total("counted") == events, account.as_json()
            assert len(account.partitions) >= PARTITIONS
