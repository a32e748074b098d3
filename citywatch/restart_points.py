"""Where each input partition would start now, and positions for those that cannot start by themselves.

A partition whose log lost records before anybody judged them waits for a person, who says from where to go on. What
is between is a log gap: it is written to the panes topic as a seam, from where every figure it may touch is marked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from citywatch.rules import rules_of
from runtime.cities import cities
from runtime.errors import CheckFailed, Unreachable, WrongUse
from runtime.groups import committed_positions
from runtime.kafka import admin, aiokafka_options
from runtime.log import OffsetRange, Place, Record, extents, read
from runtime.settings import Settings
from schemas.accept import Refused, accept
from schemas.cities import Cities
from schemas.control import PANE, Heartbeat
from schemas.instants import epoch
from schemas.records import Progress, Seam
from schemas.topics import INPUTS, PANES
from streams.core.decisions import Decisions, SourceState
from streams.core.note import Note
from streams.edge import positions as edge
from streams.edge.durable import DurablePanes

LOOKED_THROUGH = 20_000
"""Records behind a log gap that are looked through for each source's clock."""


class InputPosition(Struct, frozen=True):
    """One partition as its group, its log and the panes topic tell. `waits`: why it cannot start; empty where it can.

    read: what was judged, in offsets. The log holds [begin, end).
    """

    log: str
    topic: str
    partition: int
    read: int
    begin: int
    end: int
    waits: str
    note: Note | None
    newest: Progress | None

    @property
    def place(self) -> Place:
        return Place(self.log, self.topic, self.partition)

    @property
    def is_new(self) -> bool:
        """Nothing of this log was ever judged."""
        return self.note is None and self.newest is None


class RestartPoint(Struct, frozen=True):
    """Go on at `position` with `note`. Offsets [read, position) are given up; `seam` says so downstream."""

    topic: str
    partition: int
    read: int
    position: int
    note: Note
    seam: Seam


# --- as it is


def input_positions(settings: Settings) -> list[InputPosition]:
    """Every input partition. Blocks; raises Unreachable, WrongUse for a missing topic."""
    from kafka.errors import KafkaError

    there = extents(settings, INPUTS)
    client = admin(settings)
    try:
        found = committed_positions(client, settings.group_aggregate)
    except (KafkaError, OSError) as error:
        raise Unreachable(f"Kafka did not tell the positions ({type(error).__name__}); try again") from None
    finally:
        client.close()
    held = {
        (tp.topic, tp.partition): edge.Committed(at.offset, at.metadata or "")
        for tp, at in found.items()
        if at.offset >= 0
    }
    try:
        return asyncio.run(_input_positions(settings, there, held))
    except KafkaError as error:
        raise Unreachable(f"Kafka did not tell what was judged ({type(error).__name__}); try again") from None


async def _input_positions(
    settings: Settings, there: Mapping[Place, OffsetRange], held: Mapping[tuple[str, int], edge.Committed]
) -> list[InputPosition]:
    found = []
    async with DurablePanes(aiokafka_options(settings)) as durable:
        for place, extent in sorted(there.items()):
            committed = held.get((place.topic, place.partition))
            note = edge.note_of(place, committed)
            newest = None
            if note is None or edge.needs_progress(committed, note, extent):
                newest = await durable.newest(place, note.read if note is not None else 0)
            waits = ""
            try:
                _, begun, _ = edge.begin_at(place, committed, note, extent, newest)
                await edge.with_names(place, begun, durable)
            except WrongUse as refused:
                waits = str(refused)
            judged = max(note.read if note is not None else 0, newest.read if newest is not None else 0)
            found.append(InputPosition(*place, judged, extent.begin, extent.end, waits, note, newest))
    return found


# --- as it shall be


def restart_points(settings: Settings, where: Sequence[InputPosition], since: int | None) -> list[RestartPoint]:
    """How those go on that cannot by themselves, and, from `since` on, those that nobody has begun with.

    since: Unix seconds by the broker's clock; None: from the first record there is. Raises CheckFailed where a log
    ends below what was judged, or nothing tells what was open.
    """
    known = cities(settings)
    chosen = [each for each in where if each.waits or (since is not None and each.is_new)]
    positions = _positions(settings, chosen, since)
    found = []
    for each in chosen:
        position = positions[each.place]
        if not each.waits and position == each.begin == 0:
            continue
        found.append(_start(settings, each, position, known))
    return found


def _positions(settings: Settings, where: Sequence[InputPosition], since: int | None) -> dict[Place, int]:
    if since is None or not where:
        return {each.place: each.begin for each in where}
    from kafka import TopicPartition
    from kafka.errors import KafkaError

    client = admin(settings)
    try:
        asked = {TopicPartition(each.topic, each.partition): 1000 * since for each in where}
        told = client.list_partition_offsets(asked)
    except (KafkaError, OSError) as error:
        raise Unreachable(f"Kafka did not look up the date ({type(error).__name__}); try again") from None
    finally:
        client.close()
    at = {(tp.topic, tp.partition): found.offset for tp, found in told.items()}
    return {
        each.place: max(each.begin, each.end if at[each.topic, each.partition] < 0 else at[each.topic, each.partition])
        for each in where
    }


def _start(settings: Settings, each: InputPosition, position: int, known: Cities) -> RestartPoint:
    if each.is_new:
        declared = {
            rule["source"]: SourceState(rule["lateness"], rule["max_ahead"], max_step=rule["max_step"])
            for rule in rules_of(each.topic, known, settings)
        }
        note = Note(each.log, position, 0, 0, 0, 0, Decisions(ruled=True, sources=declared))
    else:
        resumed = None
        if each.read <= each.begin and each.newest is not None and each.newest.read == each.read:
            resumed = edge.note_at(each.newest, position, each.note)
        if resumed is None:
            raise CheckFailed(each.waits)
        note = resumed
    spans = _spans(settings, each, position, note.named)
    seam = Seam(log=each.log, topic=each.topic, partition=each.partition, start=each.read, end=position, spans=spans)
    return RestartPoint(each.topic, each.partition, each.read, position, note, seam)


def _spans(settings: Settings, each: InputPosition, position: int, before: Decisions) -> dict[str, tuple[int, int]]:
    """By source the event times that the given-up records may have had.

    Not before what was closed (that would have been late), not further ahead than the source's clock behind it
    allowed; where no clock is found there, than the broker's clock does.
    """
    clocks = _clocks(settings, each, position)
    now = int(time.time())
    spans = {}
    for name, state in before.sources.items():
        if state.declared:
            latest = max(clocks[name], state.clock) if name in clocks else now + state.max_ahead
            spans[name] = (state.boundary, (latest + state.max_ahead) // PANE * PANE + PANE)
    return spans


def _clocks(settings: Settings, each: InputPosition, position: int) -> dict[str, int]:
    """Each source's first clock among the records behind a log gap."""
    clocks: dict[str, int] = {}

    def visit(_: Place, records: Sequence[Record]) -> None:
        for record in records:
            try:
                event = accept(record.value)
            except Refused:
                continue
            if isinstance(event, Heartbeat):
                clocks.setdefault(event.source, epoch(event.time))

    read(settings, {each.place: OffsetRange(position, min(each.end, position + LOOKED_THROUGH))}, visit)
    return clocks


def write_restart_points(settings: Settings, wanted: Sequence[RestartPoint]) -> None:
    """Make the log gaps durable, then commit the positions with their notes. Blocks; twice is as good as once.

    Raises WrongUse while somebody is in the group, Unreachable.
    """
    from kafka import TopicPartition
    from kafka.errors import KafkaError
    from kafka.structs import OffsetAndMetadata

    from runtime.producer import Producer

    with Producer(settings, (PANES,)) as producer:
        for start in wanted:
            producer.send(PANES, start.partition, b"citywatch", msgspec.json.encode(start.seam))
    client = admin(settings)
    try:
        offsets = {
            TopicPartition(start.topic, start.partition): OffsetAndMetadata(start.position, start.note.encode(), -1)
            for start in wanted
        }
        said: Mapping[Any, Any] = client.alter_group_offsets(settings.group_aggregate, offsets)
    except (KafkaError, OSError) as error:
        raise Unreachable(f"Kafka did not take the positions ({type(error).__name__}); try again") from None
    finally:
        client.close()
    for tp, outcome in said.items():
        if getattr(outcome, "errno", 0):
            raise WrongUse(
                f"{tp.topic}/{tp.partition}: Kafka keeps the position ({outcome.__name__}): does aggregate run? stop it"
                " first"
            )
