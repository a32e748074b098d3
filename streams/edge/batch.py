"""What passes between the consumer and who holds the states: batches of records, and what each needs of the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from faust.types import TP

from runtime.kafka import LogWatch
from streams.core.outputs import Record
from streams.edge.positions import Kept, Origin


@dataclass(slots=True)
class Batch:
    """Records of one partition, the fetch range [start, end) that gave them, and the assignment that read it.

    The first batch of an assignment carries its origin. Ranges of one assignment adjoin, unless one was lost.
    """

    tp: TP
    epoch: int
    start: int
    end: int
    records: list[Record]
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
