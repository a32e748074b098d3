"""What passes between the consumer and who holds the states: batches of records, and what each needs of the other."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, Protocol

from faust.types import TP

from runtime.kafka import LogWatch
from schemas.consumed import ConsumerRecord
from streams.edge.positions import Kept, Origin, Vouched


@dataclass(slots=True)
class FetchedBatch:
    """Records of one partition, the fetch range [start, end) that gave them, and the assignment that read it.

    The first batch of an assignment carries its origin. Ranges of one assignment adjoin, unless one was lost.
    """

    tp: TP
    epoch: int
    start: int
    end: int
    records: list[ConsumerRecord]
    origin: Origin | None


@dataclass(frozen=True)
class Reader:
    """What the transport needs to know: options of every client, the log of each topic, seconds, and whether the
    topics are still these logs."""

    options: Mapping[str, Any]
    logs: Mapping[str, str]
    session_timeout: float
    watch: LogWatch


class Keeper(Protocol):
    """Who holds the states of the partitions. All of it is called in the app's loop."""

    async def give_up(self, seconds: float) -> None:
        """Publishes and commits what it can within `seconds`; nothing is fed until partitions are assigned."""

    def kept(self) -> Mapping[TP, Kept]:
        """The states that may go on, should their partitions come back."""

    def resume(self, begun: Mapping[TP, Origin]) -> None:
        """The new assignment: the states that go on get its epoch, the others are forgotten."""


class Positions(Protocol):
    """What who holds the states asks of the consumer, in the same loop."""

    @property
    def newest_epoch(self) -> int:
        """The newest assignment epoch that was given out."""

    def assignment(self) -> Set[TP]:
        """The partitions of this worker now."""

    def awaited(self, tps: Set[TP]) -> tuple[str, Mapping[TP, str]]:
        """What is waited for from the broker, in words: by the member of the group, and by partitions."""

    def unread(self, tp: TP, next_offset: int | None) -> int:
        """Offsets from `next_offset` (None: where this assignment began) to the end, 0 when unknown."""

    def origin(self, tp: TP) -> Origin | None:
        """Where this assignment of a partition began; None when it is not ours."""

    async def seek_to_origins(self, tps: Set[TP]) -> object:
        """Reads partitions again, from their committed positions, each as a new epoch. Failing crashes the app."""

    async def commit_vouched(self, vouched: Mapping[TP, Vouched]) -> set[TP]:
        """Commits positions with their notes; gives the partitions for which the group took them. Waits while the
        broker is away. Raises KafkaError where a retry is no help."""
