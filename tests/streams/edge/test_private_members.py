"""What the code leans on in aiokafka and Faust that neither of them promises to keep.

Where a newer version has lost a name that is given here, what leans on it has to be written anew before the bound in
pyproject.toml is moved.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import AsyncIterator

import faust
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher, FetchResult, PartitionRecords
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.consumer.subscription_state import SubscriptionState
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.record import MemoryRecords
from faust.app.base import BootStrategy
from faust.tables.manager import TableManager
from faust.transport.drivers import aiokafka as driver
from mode.threads import WorkerThread

from streams.edge import app as edge_app
from streams.edge import transport
from streams.edge.assignor import StayingAssignor
from tests.source import PACKAGES, ROOT

NOWHERE = "127.0.0.1:1"
PART = TopicPartition("citywatch.incidents", 0)

LEANT_ON = {
    "consumer": ("_client", "_closed", "_coordinator", "_fetcher", "_subscription"),
    "client": ("force_metadata_update", "set_topics"),
    "coordinator": (
        "_commit_lock",
        "_coordination_task",
        "_do_commit_offsets",
        "_pending_exception",
        "_retry_backoff_ms",
        "check_errors",
        "coordinator_id",
        "ensure_coordinator_known",
        "fetch_committed_offsets",
        "generation",
    ),
    "subscriptions": ("fetch_context", "reassignment_in_progress", "subscription"),
    "subscription": ("assignment",),
    "assignment": ("state_value", "tps"),
    "state": ("lso", "position", "timestamp"),
    "fetcher": (
        "_closed",
        "_create_fetch_waiter",
        "_notify",
        "_records",
        "_subscriptions",
        "_wait_consume_future",
    ),
    "fetched": ("_partition_records", "_update_position", "check_assignment"),
    "records": (
        "_aborted_producers",
        "_check_crcs",
        "_consume_aborted_up_to",
        "_contains_abort_marker",
        "_isolation_level",
        "_records",
        "_records_iterator",
        "_tp",
        "next_fetch_offset",
    ),
    "faust app": ("_crashed", "consumer_generation_id", "crash", "crashed"),
    "faust consumer": (
        "_get_active_partitions",
        "_getmany",
        "_read_offset",
        "_thread",
        "can_resume_flow",
        "flow_active",
        "stop_flow",
    ),
    "faust thread": (
        "_consumer",
        "_ensure_consumer",
        "parent_loop",
        "thread_loop",
        "tp_last_committed_at",
    ),
    "faust tables": ("_update_channels", "recovery"),
}
"""Names by the object that has them. Public ones stand here where the object itself is reached by a private one."""

OVERRIDDEN = {
    transport.BatchConsumer: (
        driver.Consumer,
        "_new_consumer_thread _to_message close commit force_commit getmany on_buffer_drop on_buffer_full perform_seek"
        " wait_empty",
    ),
    transport.BatchConsumerThread: (
        driver.AIOKafkaConsumerThread,
        "Worker __post_init__ _create_worker_consumer _fetch_records on_partitions_assigned on_partitions_revoked",
    ),
    transport.BatchTransport: (driver.Transport, "Consumer"),
    transport.DaemonThread: (WorkerThread, "daemon"),
    edge_app.BatchSchema: (faust.Schema, "loads_key loads_value"),
    edge_app.NoTables: (TableManager, "on_start"),
    edge_app.ReaderApp: (faust.App, "BootStrategy _create_directories"),
    edge_app.ReaderBoot: (BootStrategy, "enable_kafka_producer enable_web kafka_consumer"),
    StayingAssignor: (RoundRobinPartitionAssignor, "assign metadata name on_assignment"),
}
"""Class -> what it stands in for, and the names under which the libraries call it."""

PYTHONS_OWN = {"_exit", "_replace"}
OTHER_LIBRARIES = {"_click", "_metrics", "_sender"}
"""Of Typer, prometheus_client and kafka-python: what leans on them runs in tests of its own."""


@pytest.fixture
async def there() -> AsyncIterator[dict[str, object]]:
    """The objects of `LEANT_ON` as the libraries make them, connected to nothing."""
    consumer = AIOKafkaConsumer(bootstrap_servers=NOWHERE, group_id="nobody")
    subscriptions = consumer._subscription
    subscriptions.assign_from_user([PART])
    assignment = subscriptions.subscription.assignment
    fetcher = Fetcher(consumer._client, subscriptions)
    # without a subscription it waits for one, and looks for no broker
    coordinator = GroupCoordinator(consumer._client, SubscriptionState(), group_id="nobody")
    records = PartitionRecords(PART, MemoryRecords(b""), [], 0, None, None, True, 1)
    app = faust.App("nobody", broker=f"kafka://{NOWHERE}")
    reader = app.consumer
    assert isinstance(reader, driver.Consumer)
    try:
        yield {
            "consumer": consumer,
            "client": consumer._client,
            "coordinator": coordinator,
            "subscriptions": subscriptions,
            "subscription": subscriptions.subscription,
            "assignment": assignment,
            "state": assignment.state_value(PART),
            "fetcher": fetcher,
            "fetched": FetchResult(PART, assignment=assignment, partition_records=records, backoff=0),
            "records": records,
            "faust app": app,
            "faust consumer": reader,
            "faust thread": reader._thread,
            "faust tables": app.tables,
        }
    finally:
        await fetcher.close()
        await coordinator.close()
        await consumer.stop()
        reader._thread.thread_loop.close()


@pytest.mark.parametrize("owner", LEANT_ON)
def test_what_the_code_leans_on_is_there(owner: str, there: dict[str, object]) -> None:
    assert [name for name in LEANT_ON[owner] if not has(there[owner], name)] == []


@pytest.mark.parametrize("ours", OVERRIDDEN, ids=lambda each: str(each.__name__))
def test_what_is_overridden_is_still_called_so(ours: type) -> None:
    theirs, names = OVERRIDDEN[ours]
    assert [name for name in names.split() if not has(theirs, name)] == []


def test_nothing_private_is_leant_on_that_is_not_named_here() -> None:
    named = {name for names in LEANT_ON.values() for name in names}
    named.update(name for _, names in OVERRIDDEN.values() for name in names.split())
    found = {
        name: str(file.relative_to(ROOT))
        for package in PACKAGES
        for file in sorted((ROOT / package).rglob("*.py"))
        for name in private_names(ast.parse(file.read_text("utf-8")))
    }
    assert {name: file for name, file in found.items() if name not in named | PYTHONS_OWN | OTHER_LIBRARIES} == {}


def has(owner: object, name: str) -> bool:
    """Whether it is there, unasked: some answer only while they are connected."""
    try:
        inspect.getattr_static(owner, name)
    except AttributeError:
        return False
    return True


def private_names(module: ast.Module) -> set[str]:
    """Private names that are asked of an object and that the module itself defines nowhere."""
    own: set[str] = set()
    asked: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                own.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                own.add(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                own.add(name)
            case ast.Attribute(attr=name, ctx=ast.Load() | ast.Del()) if is_private(name):
                asked.add(name)
    return asked - own


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")
