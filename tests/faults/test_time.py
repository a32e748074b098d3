"""Time comes in through the log: sources out of step, clocks that lie, histories read again."""

from __future__ import annotations

import json
import random
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from schemas.topics import OUTPUTS
from tests.deployment import ROLES, Deployment, Value
from tests.deployments import deployment_of
from tests.end_to_end.events import MIDNIGHT, PARTITIONS, SOURCE, TOPIC, heartbeat, heartbeats, reported
from tests.faults.feed import feeding
from tests.faults.settled import TABLES, arrived, rows, settled
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.server import await_until

DAY = 86_400
LATENESS = 900
OTHER = "seattle/calls"
Records = Sequence[tuple[int, Value]]


@dataclass
class City:
    """A deployment whose roles run, with a day of event time for each test."""

    deployment: Deployment
    days: Iterator[int]
    totals: dict[str, int]

    def send(self, records: Records) -> None:
        self.deployment.produce(TOPIC, records)

    def judged(self) -> dict[str, int]:
        """What was added to each verdict since the last call. All has arrived, and every proof holds."""
        account = settled(self.deployment)
        before, self.totals = self.totals, {term: account.total(term) for term in self.totals}
        return {term: number - before[term] for term, number in self.totals.items()}

    def boundary(self, partition: int) -> int:
        """Where the panes of a partition that are open begin, as stored."""
        rows = self.deployment.query(
            f"SELECT boundaries FROM progress FINAL WHERE topic = '{TOPIC}' AND partition = {partition}"
        )
        return max((int(json.loads(text)[SOURCE]) for (text,) in rows), default=0)

    def late(self, prefix: str) -> list[tuple[str, str]]:
        """Source and id of the late rows whose id begins so."""
        rows = self.deployment.query(
            f"SELECT source, id FROM corrections FINAL WHERE verdict = 'late' AND id LIKE '{prefix}%' ORDER BY id"
        )
        return [(source, name) for source, name in rows]


@pytest.fixture(scope="module")
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with deployment_of("real", request, tmp_path_factory.mktemp("time"), session_timeout="3") as found:
        yield City(
            found,
            (MIDNIGHT + DAY * number for number in count()),
            {"counted": 0, "late": 0, "duplicates": 0, "dead_lettered": 0},
        )


@pytest.fixture
def city(deployed: City) -> City:
    if not deployed.deployment.running:
        deployed.deployment.start()
    return deployed


def verdicts(counted: int = 0, late: int = 0, duplicates: int = 0, dead: int = 0) -> dict[str, int]:
    return {"counted": counted, "late": late, "duplicates": duplicates, "dead_lettered": dead}


def minutes(prefix: str, start: int, seconds: int, every: int = 10) -> Records:
    """An event each `every` seconds, in the partitions in turn, behind a heartbeat of each minute."""
    records: list[tuple[int, Value]] = []
    for number, at in enumerate(range(start, start + seconds, every)):
        if (at - start) % 60 == 0:
            records += heartbeats(at)
        records.append((number % PARTITIONS, reported(f"{prefix}-{number}", at)))
    return [*records, *heartbeats(start + seconds)]


@pytest.mark.full
def test_out_of_order_is_counted_late_is_corrected_and_a_day_ahead_moves_no_clock(city: City) -> None:
    day = next(city.days)
    draw = random.Random(day)
    shuffled = [(n % PARTITIONS, reported(f"mixed-{n}", day + draw.randrange(900))) for n in range(80)]
    late = [(n % PARTITIONS, reported(f"late-{n}", day + draw.randrange(900))) for n in range(8)]
    ahead = (1, reported("ahead", day + 3_600 + DAY))
    honest = [(1, reported("after-1", day + 3_600 - 890)), (1, reported("after-2", day + 3_590))]
    city.send([*heartbeats(day + 900), *shuffled, *heartbeats(day + 3_600), *late, ahead, *honest])
    assert city.judged() == verdicts(counted=82, late=8, dead=1)
    assert city.late("late-") == [(SOURCE, f"late-{n}") for n in range(8)]
    assert city.boundary(1) == day + 2_700


def test_a_stream_that_falls_silent_is_closed_by_heartbeats_and_resumes_without_a_late_event(city: City) -> None:
    day = next(city.days)
    city.send([*heartbeats(day + 300), (2, reported("before-silence", day + 290))])
    arrived(city.deployment)
    assert city.boundary(2) <= day, "its pane is open"
    city.send(heartbeats(day + 6 * 3_600))
    arrived(city.deployment)
    assert city.boundary(2) > day, "silence closed it"
    city.send([(2, reported("after-silence", day + 6 * 3_600 - 300)), *heartbeats(day + 6 * 3_600 + 5)])
    assert city.judged() == verdicts(counted=2)


@pytest.mark.full
def test_a_worker_paused_for_longer_than_its_session_makes_no_honest_event_late(city: City) -> None:
    day = next(city.days)
    early, missed = minutes("early", day, 600), minutes("missed", day + 600, 3_600)
    city.send(early)
    arrived(city.deployment)
    paused = city.deployment.running["aggregate"]
    paused.send_signal(signal.SIGSTOP)
    try:
        city.send(missed)
        await_until(lambda: not members(city.deployment), 30, "the paused worker to lose its place in the group")
    finally:
        paused.send_signal(signal.SIGCONT)
    assert city.judged() == verdicts(counted=60 + 360)


def members(deployment: Deployment) -> int:
    """Members of aggregate's group."""
    with KafkaAdminClient(bootstrap_servers=deployment.bootstrap) as admin:
        (group,) = admin.describe_groups([deployment.settings.group_aggregate]).values()
    return len(group["members"])


@pytest.mark.full
def test_a_feed_switched_on_twice_for_ten_minutes_counts_every_id_once(city: City) -> None:
    day = next(city.days)
    hour = minutes("twice", day, 3_600, every=2)
    begin, end = hour.index((0, heartbeat(day + 1_200))), hour.index((0, heartbeat(day + 1_800)))
    again = hour[begin:end]
    with feeding(city.deployment.bootstrap, encoded(hour), 800) as first:
        first.flow(begin + 100)
        with feeding(city.deployment.bootstrap, encoded(again), 800) as second:
            second.finish()
        first.finish()
    assert city.judged() == verdicts(counted=1_800, duplicates=300)


def encoded(records: Records) -> Iterator[tuple[int, bytes]]:
    return ((partition, json.dumps(value).encode()) for partition, value in records)


@pytest.mark.full
def test_a_source_that_sends_an_hour_late_makes_only_its_own_late_events_late(city: City) -> None:
    day = next(city.days)
    behind: Records = [(n % PARTITIONS, reported(f"behind-{n}", day + 3_500 + n, source=OTHER)) for n in range(40)]
    punctual: Records = [(n % PARTITIONS, reported(f"punctual-{n}", day + 7_100 + n)) for n in range(40)]
    too_late: Records = [(n % PARTITIONS, reported(f"hour-late-{n}", day + n, source=OTHER)) for n in range(4)]
    clocks = [(n, heartbeat(day + 3_600, OTHER)) for n in range(PARTITIONS)]
    mixed = [record for pair in zip(behind, punctual, strict=True) for record in pair]
    city.send([*heartbeats(day + 7_200), *clocks, *mixed, *too_late])
    assert city.judged() == verdicts(counted=80, late=4)
    assert city.late("hour-late-") == [(OTHER, f"hour-late-{n}") for n in range(4)]


def month(seed: int, start: int, events: int = 2_000) -> Iterator[tuple[int, bytes]]:
    """Thirty days, a few of them late, repeated or poison, with the clock before each event."""
    draw = random.Random(seed)
    step = 30 * DAY // events
    seen: list[tuple[int, bytes]] = []
    for number in range(events):
        now = start + number * step
        partition = draw.randrange(PARTITIONS)
        yield partition, json.dumps(heartbeat(now)).encode()
        lot = draw.random()
        at = now - draw.randrange(3_600, 3 * DAY) if lot < 0.03 else now - draw.randrange(600)
        beat, category = f"B{draw.randrange(1, 28):02d}", draw.choice(("110201", "120301", "130101", "555555"))
        record = (partition, json.dumps(reported(f"m-{number}", at, beat, category)).encode())
        seen.append(record)
        yield record
        if lot > 0.98:
            yield draw.choice(seen[-200:])
        elif lot > 0.975:
            yield partition, b"{"
    yield from encoded(heartbeats(start + 30 * DAY))


@pytest.mark.full
def test_a_month_read_again_at_full_speed_gives_the_rows_it_gave_live(
    city: City, clickhouse_server: ClickHouseServer, tmp_path: Path
) -> None:
    live = city.deployment
    with feeding(live.bootstrap, month(9, next(city.days)), 1_500) as feed:
        feed.finish()
    added = city.judged()
    assert added["late"] > 20, "the month holds late events"
    assert added["duplicates"] > 20, "the month holds repeats"
    for role in ROLES:
        live.terminate(role)
    forget_outputs(live)
    with deployment_of_another_group(live, clickhouse_server, tmp_path) as again:
        again.start()
        settled(again)
        for table in TABLES:
            assert rows(again, table) == rows(live, table), f"{table} differs"


def forget_outputs(deployment: Deployment) -> None:
    """The topics that aggregate wrote are gone: whoever reads the inputs again writes them anew."""
    with KafkaAdminClient(bootstrap_servers=deployment.bootstrap) as admin:
        admin.delete_topics(list(OUTPUTS))
        await_until(lambda: not set(OUTPUTS) & set(admin.list_topics()), 20, "the output topics to be gone")


@contextmanager
def deployment_of_another_group(live: Deployment, server: ClickHouseServer, directory: Path) -> Iterator[Deployment]:
    """The same inputs, read from their start by a group and a store that know nothing."""
    with server.fresh_database() as url, Deployment(live.bootstrap, url, directory, group="again") as found:
        yield found
