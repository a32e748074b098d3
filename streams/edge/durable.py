"""What stands on the panes topic for one input partition: its newest progress, and the cells of open panes.

Read where a position alone is no start: the records it needs are gone, but what was derived from them is durable.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Self

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from runtime.errors import CheckFailed, Unreachable
from runtime.kafka import stop_consumer
from runtime.log import LogPartition
from schemas.reading import pane_record
from schemas.records import Cell, PaneRecord, Progress
from schemas.topics import PANES
from streams.core.decisions import Decisions, Nameless
from streams.core.note import Note

TAIL = 2_000
"""Records that are looked at first, from the end back; eight times as many each time nothing was found."""

CLOCKS_APART = 600
"""Seconds that two brokers' clocks may differ: cells are looked for from so long before their first record."""

QUIET_SECONDS = 15.0
"""Without a record for so long the broker counts as away."""


class DurablePanes:
    """Reads the panes topic without a group, in the loop that runs. A context manager, which connects when it is asked.

    Raises KafkaError, Unreachable.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._consumer: Any = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._consumer is not None:
            await stop_consumer(self._consumer)

    async def newest(self, place: LogPartition, at_least: int = 0) -> Progress | None:
        """The progress that judged furthest, from the end back; None where none of this log reaches `at_least`."""
        part = TopicPartition(PANES, place[2])
        begin, end = await self._extent(part)
        best: Progress | None = None
        for start, stop in _back(begin, end):
            async for said in self._read(part, start, stop, place):
                if isinstance(said, Progress) and (best is None or said.read > best.read):
                    best = said
            if best is not None and best.read >= at_least:
                return best
        return None

    async def named(self, place: LogPartition, decisions: Nameless) -> Decisions | None:
        """A note's decisions with the names that a progress record of this log has; None where none has them."""
        part = TopicPartition(PANES, place[2])
        found: Decisions | None = None
        for start, stop in _back(*await self._extent(part)):
            async for said in self._read(part, start, stop, place):
                if isinstance(said, Progress) and found is None:
                    found = decisions.named(said.rules or ())
            if found is not None:
                return found
        return None

    async def cells(self, place: LogPartition, position: int, note: Note) -> list[Cell]:
        """Each cell as it stood at a note's position, of the panes that its decisions leave open.

        Raises CheckFailed where some of those that it speaks of are gone from the panes topic.
        """
        part = TopicPartition(PANES, place[2])
        _, end = await self._extent(part)
        start = (await self._consumer.offsets_for_times({part: 1000 * max(0, note.since - CLOCKS_APART)}))[part]
        best: dict[tuple[Any, ...], Cell] = {}
        if start is not None:
            async for said in self._read(part, start.offset, end, place):
                if isinstance(said, Cell) and said.version < position and _is_open(said, note.named):
                    name = (said.source, said.pane, said.key)
                    known = best.get(name)
                    if known is None or said.rank >= known.rank:
                        best[name] = said
        if len(best) != note.seeded:
            raise CheckFailed(
                f"{place[1]}/{place[2]}: {note.seeded} cells of its open panes are needed, {len(best)} are on {PANES},"
                " and the records behind them are gone too: `citywatch reset` forgets all figures and counts again what"
                " the log holds"
            )
        return list(best.values())

    async def _extent(self, part: TopicPartition) -> tuple[int, int]:
        if self._consumer is None:
            await self._connect()
        self._consumer.assign([part])  # the client learns of topics that it is assigned
        begin = (await self._consumer.beginning_offsets([part]))[part]
        end = (await self._consumer.end_offsets([part]))[part]
        return begin, end

    async def _connect(self) -> None:
        self._consumer = AIOKafkaConsumer(
            **self._options,
            client_id="citywatch-durable",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_partition_fetch_bytes=4 << 20,
            fetch_max_wait_ms=50,
        )
        await self._consumer.start()

    async def _read(self, part: TopicPartition, start: int, end: int, place: LogPartition) -> AsyncIterator[PaneRecord]:
        """What is said of a place in [start, end). Records that are not ours are left to `sink`, which tells them."""
        mark = msgspec.json.encode({"log": place[0]})[1:-1]
        self._consumer.seek(part, start)
        at = start
        while at < end:
            fetched = await self._consumer.getmany(part, timeout_ms=int(1000 * QUIET_SECONDS))
            for record in fetched.get(part, ()):
                if record.offset < end and mark in (record.value or b""):
                    try:
                        said = pane_record(record.value)
                    except (msgspec.DecodeError, UnicodeDecodeError):
                        continue
                    if (said.log, said.topic, said.partition) == place:
                        yield said
            before, at = at, await self._consumer.position(part)
            if at == before:
                raise Unreachable(f"Kafka gives no records of {PANES}/{part.partition} from offset {at} on; is it up?")


def _back(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """[start, stop) of parts of the offsets from `begin` to `end`, the last first, and ever longer ones."""
    start, size = end, TAIL
    while start > begin:
        stop, start = start, max(begin, start - size)
        yield start, stop
        size *= 8


def _is_open(cell: Cell, decisions: Decisions) -> bool:
    state = decisions.sources.get(cell.source)
    return state is not None and cell.pane >= state.boundary
