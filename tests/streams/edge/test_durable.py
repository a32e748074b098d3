"""What is gone on from where records are gone: the greatest value of a cell, the furthest progress, in any order."""

from __future__ import annotations

from collections.abc import Coroutine
from random import Random
from typing import Any

import msgspec

from schemas.families.incidents import INCIDENTS
from schemas.records import Cell, Progress
from schemas.topics import PANES
from streams.core.decisions import Decisions, SourceState
from streams.core.note import Note
from tests.streams.edge.simulated import virtual_time
from tests.streams.edge.simulated.broker import Broker
from tests.streams.edge.simulated.schedule import Faults
from tests.streams.edge.simulated.worker import LOG, SimulatedPanes
from tests.streams.edge.stream import SOURCE, START

PLACE = (LOG, INCIDENTS, 0)
NOTE = Note(LOG, 9, 0, 0, 0, 0, Decisions(True, {SOURCE: SourceState()}), since=START, seeded=1)


def cell(version: int) -> Cell:
    name = {
        "log": LOG,
        "topic": INCIDENTS,
        "partition": 0,
        "source": SOURCE,
        "pane": START,
        "type": "incident.reported",
    }
    codes = {"beat": "B01", "category": "110201", "origin": "citizen"}
    return Cell(**name, dims=codes, version=version, records=version, numbers={"count": version})  # type: ignore[arg-type]


def progress(read: int) -> Progress:
    verdicts = {"counted": read, "late": 0, "duplicates": 0, "dead": 0}
    told = {"clocks": {}, "boundaries": {}, "open_panes": 0, "bytes": 0}
    return Progress(log=LOG, topic=INCIDENTS, partition=0, read=read, **verdicts, **told)  # type: ignore[arg-type]


def test_of_a_cell_the_greatest_value_below_the_position_is_gone_on_from_whatever_came_last() -> None:
    assert ask(lambda durable: durable.cells(PLACE, 9, NOTE), cell(7), cell(12), cell(3)) == [cell(7)]


def test_of_what_was_told_the_furthest_progress_is_gone_on_from_whatever_came_last() -> None:
    assert ask(lambda durable: durable.newest(PLACE), progress(4), progress(9), progress(6)) == progress(9)


def ask(what: Any, *written: Cell | Progress) -> Any:
    async def asked() -> Any:
        broker = Broker(1, Random(1), Faults(), lambda place, value: None)
        broker.write(PANES, 0, map(msgspec.json.encode, written))
        async with SimulatedPanes({"broker": broker}) as durable:
            return await what(durable)

    return run(asked())


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return virtual_time.run(work, lambda task: None)
