"""The whole path without processes: real broker and store, the core's verdicts, the sink's own writer."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from citywatch.rules import write_rules
from runtime.log import Place, Record, extents, read
from runtime.producer import Producer
from runtime.settings import Settings
from runtime.topics import ensure_topics
from schemas.topics import CORRECTIONS, DEAD_LETTERS, INPUTS, PANES
from sinks.batch import InsertBatch
from sinks.store_factory import open_store
from sinks.writer import write
from streams.core.partition import Partition
from tests.commands.events import Sent
from tests.migrated import open_migrated


def send(settings: Settings, events: Iterable[Sent]) -> int:
    """Write events to the inputs, in their order within a partition; how many."""
    number = 0
    with Producer(settings, INPUTS) as producer:
        for topic, partition, value in events:
            producer.send(topic, partition, b"", value)
            number += 1
    return number


def prepare(settings: Settings) -> None:
    """Topics, rules and tables."""
    ensure_topics(settings)
    write_rules(settings)
    store = open_migrated(settings)
    store.close()


def judge_and_store(settings: Settings) -> None:
    """What aggregate and the sink do, once, from the start of the log to its end."""
    there = extents(settings, INPUTS)
    cores = {place: Partition(*place) for place in there}
    batch = InsertBatch()

    def visit(place: Place, records: list[Record]) -> None:
        cores[place].feed(records, records[-1].offset + 1 if records else cores[place].next_offset)
        batch.take(place, records, there[place].end)

    read(settings, there, visit)  # type: ignore[arg-type]
    for place, core in cores.items():
        core.feed((), there[place].end)
        taken = core.snapshot()
        for topic, values in (
            (PANES, (*taken.gaps, *taken.cells, *taken.steps, taken.progress)),
            (CORRECTIONS, taken.corrections),
            (DEAD_LETTERS, taken.dead_letters),
        ):
            encoded = [Record(index, 0, msgspec.json.encode(value)) for index, value in enumerate(values)]
            batch.take(Place("out", topic, place.partition), encoded, 0)
    store = open_store(settings)
    write(store, batch)
    store.close()
