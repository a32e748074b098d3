"""Topics and committed positions of a landed version are read on: its recorded bytes, by the readers of this one."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from schemas.topics import CORRECTIONS, DEAD_LETTERS, OUTPUTS, PANES
from sinks.batch import InsertBatch
from sinks.rows import CELL_COLUMNS, CORRECTION_COLUMNS, DEAD_LETTER_COLUMNS, EVENT_COLUMNS, PROGRESS_COLUMNS
from streams.core.note import Note
from streams.core.partition import Partition
from tests.upgrade.recording import LANDED, NAMES, PARTITIONS, committed_notes, inputs, recorded

ARRIVED = 1_796_000_000_000
"""When the records came to the broker, in milliseconds: after all of their event times."""


class Read(NamedTuple):
    """A record as a consumer gives it."""

    offset: int
    timestamp: int
    value: bytes


def records(name: str, topic: str, partition: int) -> list[Read]:
    return [
        Read(each.offset, ARRIVED, each.value.encode())
        for each in recorded(name, topic)
        if each.partition == partition and each.value is not None
    ]


def stored(name: str, table: str, columns: tuple[str, ...]) -> set[str]:
    """The rows of a table of then, in these columns."""
    lines = [json.loads(line) for line in (LANDED / name / "store" / f"{table}.jsonl").read_text().splitlines()]
    heads, *rows = lines
    return {json.dumps([row[heads.index(column)] for column in columns]) for row in rows}


def of_then(name: str, table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Those of these columns that the table had then; the others are told since later."""
    heads = json.loads((LANDED / name / "store" / f"{table}.jsonl").read_text().partition("\n")[0])
    return tuple(each for each in columns if each in heads)


def made(rows: list[Any], names: tuple[str, ...], columns: tuple[str, ...]) -> set[str]:
    return {json.dumps([row[names.index(column)] for column in columns]) for row in rows}


def taken(name: str, topics: tuple[str, ...]) -> InsertBatch:
    """What the sink takes of the topics."""
    batch = InsertBatch()
    for topic in topics:
        for partition in range(PARTITIONS):
            batch.take((f"{{{topic}}}", topic, partition), records(name, topic, partition), 0)
    return batch


@pytest.mark.parametrize("name", NAMES)
def test_the_sink_makes_the_rows_of_then_of_the_records_of_then(name: str) -> None:
    batch = taken(name, OUTPUTS)
    whole = {"corrections": (batch.corrections, CORRECTION_COLUMNS), "cells": (batch.cell_rows(), CELL_COLUMNS)}
    for table, (rows, columns) in whole.items():
        assert rows
        told = of_then(name, table, columns)
        assert made(rows, columns, told) <= stored(name, table, told)
    columns = of_then(name, "dead_letters", DEAD_LETTER_COLUMNS)
    assert made(batch.dead_letters, DEAD_LETTER_COLUMNS, columns) == stored(name, "dead_letters", columns)
    assert made(batch.progress_rows(), PROGRESS_COLUMNS, PROGRESS_COLUMNS) <= stored(name, "progress", PROGRESS_COLUMNS)
    assert len(batch.seams) == len(set(batch.seams)) == max(0, len(_lines(name, "seams")) - 1)


@pytest.mark.parametrize("name", NAMES)
def test_no_record_of_then_is_foreign(name: str) -> None:
    counted = {topic: sum(each.value is not None for each in recorded(name, topic)) for topic in OUTPUTS}
    assert all(counted.values()), counted
    batch = taken(name, OUTPUTS)
    assert len(batch.corrections) == counted[CORRECTIONS]
    assert len(batch.dead_letters) == counted[DEAD_LETTERS]
    assert len(taken(name, (PANES,)).progress) == PARTITIONS * len(inputs(name))


@pytest.mark.parametrize("name", NAMES)
def test_events_of_then_are_accepted_as_then(name: str) -> None:
    columns = tuple(each for each in of_then(name, "events", EVENT_COLUMNS) if each != "received")
    batch = taken(name, inputs(name))
    rows = list(zip(*batch.events, strict=True))
    assert len(rows) > 100
    assert made(rows, EVENT_COLUMNS, columns) <= stored(name, "events", columns)


@pytest.mark.parametrize("name", NAMES)
def test_aggregate_goes_on_from_the_notes_of_then_and_judges_as_then(name: str) -> None:
    last = taken(name, (PANES,)).progress
    committed = [each for each in committed_notes(name) if each[1] in inputs(name) and each[4]]
    assert len(committed) == PARTITIONS * len(inputs(name))
    again = 0
    for _, topic, partition, position, metadata in committed:
        log = f"{{{topic}}}"
        note = Note.decode(metadata, log)
        assert note is not None, metadata
        feed = [each for each in records(name, topic, partition) if each.offset >= position]
        core = Partition(log, topic, partition, position, note)
        core.feed(feed, note.read)
        said = core.snapshot().progress
        then = last[log, topic, partition]
        assert (said.read, said.counted, said.late, said.duplicates, said.dead) == (
            then.read, then.counted, then.late, then.duplicates, then.dead,
        )  # fmt: skip
        assert (said.clocks, said.boundaries) == (then.clocks, then.boundaries)
        again += note.read - position
    assert again > 0, "no pane was open when it was recorded"


def _lines(name: str, table: str) -> list[str]:
    path = LANDED / name / "store" / f"{table}.jsonl"
    return path.read_text().splitlines() if path.exists() else []
