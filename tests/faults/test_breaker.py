"""A feed gone bad: its partition stops loudly, stays stopped until `citywatch resume`, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from citywatch.audit.balance import Balance, audit
from citywatch.audit.recount import recount
from citywatch.commandline.store import opened_store
from citywatch.commands.resume import stopped, write_resume
from citywatch.health.broker import check_broker
from schemas.families.incidents import INCIDENTS
from schemas.topics import DEAD_LETTERS
from streams.core.breaker import WINDOW
from tests.deployment import Deployment, Value
from tests.end_to_end.events import MIDNIGHT, heartbeats, reported
from tests.faults.settled import arrived
from tests.faults.undisturbed import differences
from tests.faults.workers import Worker, Workers
from tests.parts import KafkaBroker
from tests.parts.server import await_until

RUN = 200
"""Dead letters in a row that these tests allow."""

PARTITIONS = 4
BAD, QUIET = 0, 1
"""Partitions: the one that goes bad, and one that does not."""

STOPPED = f'citywatch_breaker_open{{partition="%d",topic="{INCIDENTS}"}}'


def good(name: str, number: int) -> list[Value]:
    return [reported(f"{name}-{index}", MIDNIGHT + index % 600) for index in range(number)]


def bad(number: int) -> list[Value]:
    """From a source that nobody declared, as after a wrong deployment of the feed."""
    return [reported(f"bad-{index}", MIDNIGHT + index % 600, source="ghost/110") for index in range(number)]


def sent_to(partition: int, *values: list[Value]) -> Iterator[tuple[int, Value]]:
    return ((partition, value) for some in values for value in some)


def is_stopped(worker: Worker, partition: int = BAD) -> bool:
    try:
        return worker.metrics(STOPPED % partition) == 1
    except (OSError, AssertionError):
        return False  # it starts, or the partition is another worker's


def await_stop(worker: Worker, *partitions: int) -> None:
    for partition in partitions or (BAD,):
        await_until(
            lambda: is_stopped(worker, partition) or not worker.alive,  # noqa: B023
            60,
            f"the breaker to open\n{worker.log()}",
        )
        assert worker.alive, worker.log()


def letters_in(world: Deployment, partition: int) -> dict[int, dict[str, Any]]:
    """By offset: a re-read may write one again, the same."""
    return {
        letter["offset"]: letter
        for letter in map(json.loads, world.consume(DEAD_LETTERS))
        if (letter["topic"], letter["partition"]) == (INCIDENTS, partition)
    }


def proven(world: Deployment) -> dict[str, Any]:
    """All has arrived, and the proofs hold; the audit."""
    arrived(world)
    with opened_store(world.settings) as store:
        account = audit(world.settings, store)
        score = recount(world.settings, store, lambda _: None)
    found = differences(world)
    assert account.balanced, account.as_json()
    assert score.equal, score.as_json()
    assert (found.lost, found.doubled, found.different) == (0, 0, 0), found.examples
    return account.as_json()


def balance(world: Deployment, partition: int) -> Balance:
    """The account of one partition now."""
    with opened_store(world.settings) as store:
        found = audit(world.settings, store).partitions
    return next(each for each in found if (each.topic, each.partition) == (INCIDENTS, partition))


@pytest.fixture
def workers(kafka: KafkaBroker, clickhouse_url: str, tmp_path: Path) -> Iterator[Workers]:
    with Workers(kafka, clickhouse_url, tmp_path, breaker_run=str(RUN), session_timeout="3") as found:
        yield found


@pytest.mark.full
def test_k_bad_among_n_are_k_dead_letters_with_place_and_reason_and_the_rest_counts(workers: Workers) -> None:
    world = workers.deployment
    aggregate, _ = workers.start("aggregate"), workers.start("sink")
    poison: list[Value] = [b"{", None, b"\xff\xfe", b'{"type":"x"}', *bad(1)]
    values = good("good", 1_000)
    wrong = {index * 10: poison[index % len(poison)] for index in range(100)}
    for index, value in wrong.items():
        values[index] = value
    places = world.produce(INCIDENTS, [(index % PARTITIONS, value) for index, value in enumerate(values)])
    account = proven(world)
    assert (account["counted"], account["dead_lettered"]) == (900, 100)
    letters = {(part, offset): each for part in range(PARTITIONS) for offset, each in letters_in(world, part).items()}
    assert letters.keys() == {places[index] for index in wrong}
    assert {each["reason"] for each in letters.values()} == {"not_json", "unknown_type", "undeclared_source"}
    assert aggregate.metrics(STOPPED % BAD) == 0
    assert stopped(world.settings) == []


@pytest.mark.full
def test_a_feed_gone_bad_stops_its_partition_until_it_is_resumed_and_nothing_is_lost(workers: Workers) -> None:
    world = workers.deployment
    aggregate, _ = workers.start("aggregate"), workers.start("sink")
    places = world.produce(
        INCIDENTS,
        [
            *heartbeats(MIDNIGHT),
            *sent_to(BAD, good("before", 50), bad(3 * RUN), good("after", 100)),
            *sent_to(QUIET, good("beside", 300)),
        ],
    )
    await_stop(aggregate)
    offsets = [offset for partition, offset in places if partition == BAD]
    stop = offsets[1 + 50 + RUN]  # the heartbeat, the good ones, as many bad ones as may be

    assert len(letters_in(world, BAD)) == RUN
    line = next(line for line in aggregate.log().splitlines() if "STOPPED" in line)
    for said in ("ERROR", f"{INCIDENTS}/{BAD}", f"before offset {stop}", "undeclared_source", "`citywatch resume`"):
        assert said in line
    await_until(lambda: balance(world, QUIET).counted == 300, 60, "the other partition to go on")
    mine = balance(world, BAD)
    assert (mine.balanced, mine.read, mine.counted, mine.dead_lettered) == (True, stop, 50, RUN)
    assert mine.pending == 2 * RUN + 100
    wrong = [finding for finding in check_broker(world.settings) if finding.state == "wrong"]
    assert [finding.part for finding in wrong] == ["breaker"]
    assert f"before offset {stop}" in wrong[0].text

    (told,) = json.loads(world.must("resume", "--yes", "--json"))["resumed"]
    assert (told["topic"], told["partition"], told["offset"]) == (INCIDENTS, BAD, stop)
    assert (told["reason"], told["waiting"]) == ("undeclared_source", 2 * RUN + 100)
    account = proven(world)
    assert (account["counted"], account["dead_lettered"], account["pending"]) == (450, 3 * RUN, 0)
    await_until(lambda: not is_stopped(aggregate), 10, "the gauge to fall")
    assert world.must("resume") == "nothing is stopped\n"

    world.produce(INCIDENTS, sent_to(BAD, bad(3 * RUN)))
    await_stop(aggregate)
    assert len(letters_in(world, BAD)) == 4 * RUN, "after the resume record the limit holds again"


@pytest.mark.full
def test_it_stays_stopped_through_restart_rebalance_and_a_zombie(workers: Workers) -> None:
    """One partition has too many bad ones in a row; of another more than half of the last 1,000 are, in no long row."""
    world = workers.deployment
    mixed = [value for number in range(RUN) for value in (*bad(3), *good(f"beside-{number}", 1))]
    world.produce(
        INCIDENTS,
        [
            *heartbeats(MIDNIGHT),
            *sent_to(BAD, good("before", 500), bad(3 * RUN), good("after", 100)),
            *sent_to(QUIET, mixed),
        ],
    )

    def letters() -> tuple[int, int]:
        return len(letters_in(world, BAD)), len(letters_in(world, QUIET))

    frozen = workers.start("aggregate")
    await_stop(frozen, BAD, QUIET)
    frozen.pause()
    second = workers.start("aggregate")
    await_stop(second, BAD, QUIET)
    second.kill()
    third = workers.start("aggregate")
    await_stop(third, BAD, QUIET)
    assert letters() == (RUN, WINDOW // 2 + 1)

    # nobody needs the store for that
    found = stopped(world.settings)
    assert [(stop.topic, stop.partition) for stop in found] == [(INCIDENTS, BAD), (INCIDENTS, QUIET)]
    write_resume(world.settings, found)
    await_until(lambda: letters() == (3 * RUN, 3 * RUN), 30, f"the rest to be judged\n{third.log()}", every=0.3)
    frozen.resume()
    world.produce(INCIDENTS, sent_to(BAD, good("later", 200)))
    workers.start("sink")
    account = proven(world)
    assert (account["counted"], account["dead_lettered"], account["pending"]) == (1_000, 6 * RUN, 0)
