"""The sink on real brokers and stores: everything arrives once, whatever is killed, stopped or away on the way."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from runtime.log import ends
from schemas.topics import INPUTS, OUTPUTS, RAISED
from sinks.store import Store
from sinks.store_factory import open_store
from tests.parts import Broker
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.server import await_until, free_port
from tests.sinks.generated import GeneratedSource, random_source
from tests.sinks.running import RunningSink, TopicWriter, make_topics
from tests.sinks.test_figures import assert_all_right

Feeds = Callable[[RunningSink], TopicWriter]


@pytest.fixture
def sink(broker: Broker, store_url: str, tmp_path: Path) -> Iterator[RunningSink]:
    """A sink that was not started yet, between topics that exist and an empty store."""
    make_topics(broker.bootstrap)
    ready = RunningSink(tmp_path, broker.bootstrap, store_url)
    yield ready
    ready.__exit__()


@pytest.fixture
def on_kafka(kafka: Broker, clickhouse_url: str, tmp_path: Path) -> Iterator[RunningSink]:
    """The same between Apache Kafka and a ClickHouse server."""
    make_topics(kafka.bootstrap)
    ready = RunningSink(tmp_path, kafka.bootstrap, clickhouse_url)
    yield ready
    ready.__exit__()


@pytest.fixture
def feeds() -> Iterator[Feeds]:
    """Makes feeds into the topics that a sink reads."""
    with ExitStack() as open_ones:

        def feed_for(sink: RunningSink) -> TopicWriter:
            feed = TopicWriter(sink.settings)
            open_ones.callback(feed.close)
            return feed

        yield feed_for


def send_worlds(feed: TopicWriter, seeds: range) -> list[GeneratedSource]:
    worlds = [feed.raw(random_source(f"w{seed}", random.Random(seed))) for seed in seeds]
    for world in worlds:
        feed.results(world)
    return worlds


def opened(sink: RunningSink) -> Store:
    """The store of a running sink, as another process sees it."""
    if "chdb" in str(sink.settings.clickhouse):
        await_until((sink.settings.data / "run.json").exists, 30, f"the sink to own its store\n{sink.log_path}")
    else:
        await_until(lambda: "sink is ready" in sink.log, 30, f"the sink to be ready\n{sink.log_path}")
    return open_store(sink.settings)


@pytest.mark.parametrize(
    ("broker", "store_url"),
    [
        ("kafka", "clickhouse"),
        ("tansu", "chdb"),
        pytest.param("kafka", "chdb", marks=pytest.mark.full),
        pytest.param("tansu", "clickhouse", marks=pytest.mark.full),
    ],
    indirect=True,
)
def test_what_was_sent_is_stored_and_gives_the_right_figures(sink: RunningSink, feeds: Feeds) -> None:
    feed = feeds(sink)
    worlds = send_worlds(feed, range(10))
    sink.start()
    store = opened(sink)
    feed.await_stored(store)
    worlds += send_worlds(feed, range(10, 20))
    feed.await_stored(store)
    assert_all_right(store, worlds)
    accepted = sum(len(world.rows) for world in worlds)
    assert store.query("SELECT count() FROM events FINAL") == [(accepted,)]
    store.close()
    assert sink.end() == 0


def test_sigterm_writes_what_was_read_and_exits_0(on_kafka: RunningSink, feeds: Feeds) -> None:
    feed = feeds(on_kafka)
    worlds = send_worlds(feed, range(5))
    with on_kafka:
        opened(on_kafka).close()
        assert on_kafka.end() == 0
    store = open_store(on_kafka.settings)
    before = store.query("SELECT count() FROM events FINAL")
    with on_kafka.start():
        feed.await_stored(store)
    assert before <= store.query("SELECT count() FROM events FINAL")
    assert_all_right(store, worlds)
    store.close()


@pytest.mark.full
@pytest.mark.parametrize("seed", [1, 2])
def test_kill_9_at_any_moment_changes_nothing(on_kafka: RunningSink, feeds: Feeds, seed: int) -> None:
    rng = random.Random(seed)
    feed = feeds(on_kafka)
    worlds: list[GeneratedSource] = []
    for number in range(5):
        on_kafka.start()
        await_until(lambda: on_kafka.log.count("sink is ready") == number + 1, 30, "the sink to be ready")  # noqa: B023
        worlds += send_worlds(feed, range(number * 4, number * 4 + 4))
        time.sleep(rng.uniform(0.0, 1.0))  # the moment of the kill is what is random here
        assert on_kafka.running
        on_kafka.end(signal.SIGKILL)
    on_kafka.start()
    time.sleep(rng.uniform(0.0, 2.0))
    on_kafka.end(signal.SIGKILL)  # most likely while it starts
    store = open_store(on_kafka.settings)
    with on_kafka.start():
        feed.await_stored(store)
    assert_all_right(store, worlds)
    accepted = sum(len(world.rows) for world in worlds)
    assert store.query("SELECT count() FROM events FINAL") == [(accepted,)]
    store.close()


@pytest.mark.full
def test_a_store_that_is_away_is_waited_for(
    kafka: Broker, clickhouse_server: ClickHouseServer, clickhouse_url: str, feeds: Feeds, tmp_path: Path
) -> None:
    make_topics(kafka.bootstrap)
    with RunningSink(tmp_path, kafka.bootstrap, clickhouse_url) as sink:
        feed = feeds(sink)
        store = opened(sink)
        worlds = send_worlds(feed, range(3))
        feed.await_stored(store)
        clickhouse_server.kill()
        worlds += send_worlds(feed, range(3, 12))
        await_until(lambda: "wait for the store" in sink.log, 30, "the sink to notice")
        time.sleep(4.0)  # longer than the session: the sink must not be thrown out of its group
        clickhouse_server.start()
        feed.await_stored(store)
        assert_all_right(store, worlds)
        assert sink.running
        assert "Heartbeat session expired" not in sink.log
        store.close()
        assert sink.end() == 0


def test_a_store_that_was_emptied_is_filled_again(on_kafka: RunningSink, feeds: Feeds) -> None:
    feed = feeds(on_kafka)
    worlds = send_worlds(feed, range(4))
    store = open_store(on_kafka.settings)
    with on_kafka.start():
        first = opened(on_kafka)
        feed.await_stored(first)
        first.close()
        assert on_kafka.end() == 0
    for (name,) in store.query("SELECT name FROM system.tables WHERE database = currentDatabase()"):
        store.command(f"DROP TABLE IF EXISTS `{name}`")
    with on_kafka.start():
        await_until(lambda: on_kafka.log.count("sink is ready") == 2, 30, "the sink to be ready again")
        feed.await_stored(store)
    assert_all_right(store, worlds)
    store.close()


def test_a_sink_that_was_killed_goes_on_from_within_the_last_batch_of_the_embedded_broker(
    tansu: Broker, chdb_url: str, feeds: Feeds, tmp_path: Path
) -> None:
    make_topics(tansu.bootstrap)
    with RunningSink(tmp_path, tansu.bootstrap, chdb_url) as sink:
        feed = feeds(sink)
        store = opened(sink)
        worlds = send_worlds(feed, range(5))
        feed.await_stored(store)
        store.close()
        sink.end(signal.SIGKILL)
        held = ends(sink.settings, OUTPUTS)
        with closing(KafkaConsumer(bootstrap_servers=tansu.bootstrap)) as consumer:
            told = consumer.end_offsets([TopicPartition(place.topic, place.partition) for place in held])
        assert any(told[TopicPartition(place.topic, place.partition)] < end for place, end in held.items())
        sink.start()  # nothing comes meanwhile: it looks for its positions at the log as it was left
        await_until(lambda: sink.holds_partitions() or not sink.running, 30, "the sink to know its positions")
        assert sink.running, sink.log
        store = opened(sink)
        worlds += send_worlds(feed, range(5, 8))
        feed.await_stored(store)
        assert_all_right(store, worlds)
        store.close()


def test_a_topic_made_anew_is_another_log(on_kafka: RunningSink, feeds: Feeds) -> None:
    old = feeds(on_kafka)
    worlds = send_worlds(old, range(3))
    with on_kafka.start():
        store = opened(on_kafka)
        old.await_stored(store)
        assert on_kafka.end() == 0
    admin = KafkaAdminClient(bootstrap_servers=on_kafka.settings.kafka)
    admin.delete_topics([*INPUTS, *OUTPUTS, *RAISED])
    await_until(lambda: not set(admin.list_topics()) & set(INPUTS + OUTPUTS + RAISED), 20, "the topics to be gone")
    admin.close()
    make_topics(str(on_kafka.settings.kafka))
    new = feeds(on_kafka)
    worlds += send_worlds(new, range(10, 13))
    with on_kafka.start():
        new.await_stored(store)
    assert_all_right(store, worlds)
    store.close()


def test_codes_that_the_lists_do_not_know_are_named_once(on_kafka: RunningSink, feeds: Feeds) -> None:
    from tests.sinks.generated import START, Raw

    feed = feeds(on_kafka)
    with on_kafka.start():
        store = opened(on_kafka)
        rows = [Raw(0, n, f"e{n}", f"i{n}", START, beat="B99", category="no-such") for n in range(3)]
        feed.raw(GeneratedSource("xincheng", rows))
        feed.await_stored(store)
        assert on_kafka.log.count("'B99'") == 1
        assert on_kafka.log.count("'no-such'") == 1
        store.close()


def test_a_broker_that_is_not_there_is_one_line_and_exit_3(tmp_path: Path, chdb_url: str) -> None:
    with RunningSink(tmp_path, f"127.0.0.1:{free_port()}", chdb_url) as sink:
        assert sink.wait(20) == 3
        assert len(sink.log.strip().splitlines()) == 1
        assert "CITYWATCH_KAFKA" in sink.log


def test_a_store_that_is_not_there_at_the_start_is_one_line_and_exit_3(kafka: Broker, tmp_path: Path) -> None:
    make_topics(kafka.bootstrap)
    url = f"clickhouse://default:@127.0.0.1:{free_port()}/default"
    with RunningSink(tmp_path, kafka.bootstrap, url) as sink:
        assert sink.wait(20) == 3
        assert len(sink.log.strip().splitlines()) == 1
        assert "CITYWATCH_CLICKHOUSE" in sink.log


def test_a_missing_topic_is_one_line_and_exit_2(kafka: Broker, chdb_url: str, tmp_path: Path) -> None:
    with RunningSink(tmp_path, kafka.bootstrap, chdb_url) as sink:
        assert sink.wait(20) == 2
        assert len(sink.log.strip().splitlines()) == 1
        assert "citywatch topics" in sink.log
