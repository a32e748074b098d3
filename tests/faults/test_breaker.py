"""A feed gone bad: its partition stops loudly, stays stopped until `citywatch resume`, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.topics import DEAD_LETTERS, INCIDENTS
from tests.deployment import Deployment, Value
from tests.end_to_end.events import MIDNIGHT, heartbeats, reported
from tests.faults.undisturbed import differences
from tests.faults.workers import Worker, Workers
from tests.parts import KafkaBroker
from tests.parts.server import await_until

RUN = 200
"""Dead letters in a row that these tests allow."""

PARTITIONS = 4
BAD, QUIET = 0, 1
"""Partitions: the one that goes bad, and one that does not."""

STOPPED = f'citywatch_breaker_open{{partition="{BAD}",topic="{INCIDENTS}"}}'


def good(name: str, number: int) -> list[Value]:
    return [reported(f"{name}-{index}", MIDNIGHT + index % 600) for index in range(number)]


def bad(number: int) -> list[Value]:
    """From a source that nobody declared, as after a wrong deployment of the feed."""
    return [reported(f"bad-{index}", MIDNIGHT + index % 600, source="ghost/110") for index in range(number)]


def sent_to(partition: int, *values: list[Value]) -> Iterator[tuple[int, Value]]:
    return ((partition, value) for some in values for value in some)


def is_stopped(worker: Worker) -> bool:
    try:
        return worker.metrics(STOPPED) == 1
    except (OSError, AssertionError):
        return False  # it starts, or the partition is another worker's


def await_stop(worker: Worker) -> None:
    await_until(lambda: is_stopped(worker) or not worker.alive, 60, f"the breaker to open\n{worker.log()}")
    assert worker.alive, worker.log()


def letters_in(world: Deployment, partition: int) -> dict[int, dict[str, Any]]:
    """By offset: a re-read may write one again, the same."""
    return {
        letter["offset"]: letter
        for letter in map(json.loads, world.consume(DEAD_LETTERS))
        if (letter["topic"], letter["partition"]) == (INCIDENTS, partition)
    }


def account(audit: dict[str, Any], partition: int) -> dict[str, Any]:
    places = {(each["topic"], each["partition"]): each for each in audit["partitions"]}
    found: dict[str, Any] = places[INCIDENTS, partition]
    return found


@pytest.fixture
def workers(kafka: KafkaBroker, clickhouse_url: str, tmp_path: Path) -> Iterator[Workers]:
    with Workers(kafka, clickhouse_url, tmp_path, breaker_run=str(RUN), session_timeout="3") as found:
        yield found


def test_k_bad_among_n_are_k_dead_letters_with_place_and_reason_and_the_rest_counts(workers: Workers) -> None:
    world = workers.deployment
    aggregate, _ = workers.start("aggregate"), workers.start("sink")
    poison: list[Value] = [b"{", None, b"\xff\xfe", b'{"type":"x"}', *bad(1)]
    values = good("good", 1_000)
    wrong = {index * 10: poison[index % len(poison)] for index in range(100)}
    for index, value in wrong.items():
        values[index] = value
    places = world.produce(INCIDENTS, [(index % PARTITIONS, value) for index, value in enumerate(values)])
    audit = world.balanced()
    assert (audit["counted"], audit["dead_lettered"]) == (900, 100)
    letters = {(part, offset): each for part in range(PARTITIONS) for offset, each in letters_in(world, part).items()}
    assert letters.keys() == {places[index] for index in wrong}
    assert {each["reason"] for each in letters.values()} == {"not_json", "unknown_type", "undeclared_source"}
    assert aggregate.metrics(STOPPED) == 0
    assert json.loads(world.must("resume", "--json")) == {"resumed": []}


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
    await_until(lambda: account(world.answer("audit"), QUIET)["counted"] == 300, 60, "the other partition to go on")
    mine = account(world.answer("audit"), BAD)
    assert (mine["balanced"], mine["read"], mine["counted"], mine["dead_lettered"]) == (True, stop, 50, RUN)
    assert mine["pending"] == 2 * RUN + 100
    wrong = [each for each in world.answer("doctor", "--no-roles", code=1)["findings"] if each["state"] == "wrong"]
    assert [each["part"] for each in wrong] == ["breaker"]
    assert f"before offset {stop}" in wrong[0]["text"]

    (told,) = json.loads(world.must("resume", "--yes", "--json"))["resumed"]
    assert (told["topic"], told["partition"], told["offset"]) == (INCIDENTS, BAD, stop)
    assert (told["reason"], told["waiting"]) == ("undeclared_source", 2 * RUN + 100)
    audit = world.balanced()
    assert (audit["counted"], audit["dead_lettered"], audit["pending"]) == (450, 3 * RUN, 0)
    await_until(lambda: not is_stopped(aggregate), 10, "the gauge to fall")
    assert world.must("resume") == "nothing is stopped\n"

    world.produce(INCIDENTS, sent_to(BAD, bad(3 * RUN)))
    await_stop(aggregate)
    assert len(letters_in(world, BAD)) == 4 * RUN, "after the resume record the limit holds again"


def test_it_stays_stopped_through_restart_rebalance_and_a_zombie(workers: Workers) -> None:
    world = workers.deployment
    world.produce(
        INCIDENTS, [*heartbeats(MIDNIGHT), *sent_to(BAD, good("before", 500), bad(3 * RUN), good("after", 100))]
    )
    frozen = workers.start("aggregate")
    await_stop(frozen)
    frozen.pause()
    second = workers.start("aggregate")
    await_stop(second)
    second.kill()
    third = workers.start("aggregate")
    await_stop(third)
    assert len(letters_in(world, BAD)) == RUN

    # nobody needs the store for that
    assert len(json.loads(world.must("resume", "--yes", "--json"))["resumed"]) == 1
    await_until(lambda: len(letters_in(world, BAD)) == 3 * RUN, 30, f"the rest to be judged\n{third.log()}", every=0.3)
    frozen.resume()
    world.produce(INCIDENTS, sent_to(BAD, good("later", 200)))
    workers.start("sink")
    audit = world.balanced()
    assert (audit["counted"], audit["dead_lettered"], audit["pending"]) == (800, 3 * RUN, 0)
    found = differences(world)
    assert (found.lost, found.doubled, found.different) == (0, 0, 0), found.examples
