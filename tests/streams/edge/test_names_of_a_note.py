"""What a partition that starts is told by the panes topic."""

from __future__ import annotations

import re

import msgspec
import pytest

from runtime.errors import WrongUse
from schemas.records import Progress, SourceRules
from schemas.topics import PANES
from streams.core.decisions import Decisions, Nameless, SourceState, digest
from streams.core.note import Note
from streams.edge.durable import TAIL, DurablePanes
from streams.edge.positions import with_names
from tests.parts import KafkaBroker
from tests.streams.edge.lab import Topics

PLACE = ("log", "citywatch.incidents", 0)
STATES = {"a/110": SourceState(clock=7), "b/110": SourceState(clock=9)}
NOTE = Note("log", 100, 1, 0, 0, 0, Nameless(True, tuple(STATES.values()), digest(STATES)))


def progress(read: int, *names: str, log: str = "log", topic: str = PLACE[1]) -> tuple[int, bytes]:
    rules = {name: SourceRules(900, 3600, declared=True, newest=0) for name in names}
    said = Progress(
        log=log, topic=topic, partition=0, read=read, counted=read, late=0, duplicates=0, dead=0, clocks={},
        boundaries={}, open_panes=0, bytes=0, rules=rules,
    )  # fmt: skip
    return 0, msgspec.json.encode(said)


@pytest.fixture
def topics(kafka: KafkaBroker) -> Topics:
    return Topics(kafka, 1)


async def test_names_that_a_note_had_no_room_for_come_from_any_progress_that_has_them(topics: Topics) -> None:
    """Also from one that judged further and knows more sources, and however much was written since."""
    others = [progress(200 + n, "x/110", "y/110", log="another") for n in range(TAIL + 10)]
    topics.send([progress(90, "a/110"), progress(120, "a/110", "b/110", "c/110"), *others], PANES)
    async with DurablePanes({"bootstrap_servers": topics.broker.bootstrap}) as durable:
        note = await with_names(PLACE, NOTE, durable)
        assert note == msgspec.structs.replace(NOTE, decisions=Decisions(True, STATES))
        assert await with_names(PLACE, note, durable) is note
        assert await with_names(PLACE, None, durable) is None


async def test_a_note_begins_nowhere_when_its_names_are_gone(topics: Topics) -> None:
    topics.send(
        [
            progress(100, "a/110"),
            progress(100, "b/110", "a/110"),
            progress(100, "a/110", "b/110", log="another"),
            progress(100, "a/110", "b/110", topic="citywatch.patrols"),
        ],
        PANES,
    )
    said = re.escape("citywatch.incidents/0: the names of the sources that its position goes by are not on")
    async with DurablePanes({"bootstrap_servers": topics.broker.bootstrap}) as durable:
        with pytest.raises(WrongUse, match=f"{said}.*`citywatch reset`"):
            await with_names(PLACE, NOTE, durable)
