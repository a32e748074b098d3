"""A consumer group without a network: generations, committed positions with their notes, and who may commit.

Kafka's rules: a commit of an unknown member or another generation is refused; so is one while a new generation waits
for its shares; one from nobody is taken while the group is empty.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextvars import Context
from types import SimpleNamespace
from typing import Any

from aiokafka.errors import (
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    RequestTimedOutError,
    UnknownMemberIdError,
)
from aiokafka.structs import OffsetAndMetadata, TopicPartition

from schemas.families.incidents import INCIDENTS
from streams.edge.assignor import Claims, share_out
from streams.edge.group import THROWN_OUT
from tests.streams.edge.simulated.broker import Broker

SESSION_SECONDS = 3.0
NOBODY = ""


class RefusedError(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """A commit that no retry helps."""


class Group:
    """`took` is told of each commit that was taken."""

    def __init__(self, broker: Broker, took: Callable[[TopicPartition, OffsetAndMetadata], None]) -> None:
        self.generation = 0
        self.committed: dict[TopicPartition, OffsetAndMetadata] = {}
        self.state = "empty"
        self._broker = broker
        self._took = took
        self._seats: dict[str, Member] = {}
        self._joined: dict[str, asyncio.Future[list[int] | None]] = {}
        self._round = 0
        self._ids = 0

    async def join(self, member: Member) -> list[int]:
        """Gives the partitions of the new generation, once all have joined or were given up."""
        while True:
            await self._broker.way()
            if self._seats.get(member.member_id) is not member:
                self._ids += 1
                member.member_id = f"member-{self._ids}"
            self._seats[member.member_id] = member
            joined = self._joined[member.member_id] = asyncio.get_running_loop().create_future()
            self._rebalance()
            share: list[int] | None = await joined
            if share is not None:
                return share

    def leave(self, member: Member) -> None:
        """In order, or given up: it hears nothing of the latter."""
        if self._seats.get(member.member_id) is member:
            del self._seats[member.member_id]
            joined = self._joined.pop(member.member_id, None)
            if joined is not None and not joined.done():
                joined.set_result(None)
            self._rebalance()

    def commit(self, member_id: str, generation: int, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        """Raises as Kafka answers."""
        if generation == THROWN_OUT:
            if self._seats:
                raise UnknownMemberIdError
        elif member_id not in self._seats:
            raise UnknownMemberIdError
        elif generation != self.generation:
            raise IllegalGenerationError
        elif self.state == "shares":
            raise RebalanceInProgressError
        for tp, offset in offsets.items():
            self.committed[tp] = offset
            self._took(tp, offset)

    def _rebalance(self) -> None:
        if self.state != "joining":
            self.state = "joining"
            self._round += 1
            self._later(2 * SESSION_SECONDS, self._end_of_joining, self._round)
            for member_id, member in self._seats.items():
                if member_id not in self._joined:
                    self._later(self._broker.draw.random() / 2, member.hears_of_rebalance)
        if self._seats.keys() == self._joined.keys():
            self._later(0.01, self._end_of_joining, self._round)

    def _end_of_joining(self, round_: int) -> None:
        if self.state != "joining" or round_ != self._round:
            return
        for missing in self._seats.keys() - self._joined.keys():
            del self._seats[missing]
        self.generation += 1
        self.state = "shares" if self._seats else "empty"
        if self._seats:
            self._later(self._broker.draw.random() / 5, self._share, self.generation, self._shares())

    def _share(self, generation: int, shares: Mapping[str, list[int]]) -> None:
        if generation != self.generation or self.state != "shares":
            return  # somebody came meanwhile: those who wait for their share wait for that of the next generation
        self.state = "stable"
        for member_id, share in shares.items():
            joined = self._joined.pop(member_id, None)
            if joined is not None and not joined.done():
                self._seats[member_id].generation = generation
                joined.set_result(share)

    def _shares(self) -> Mapping[str, list[int]]:
        members = sorted(self._seats)
        if self._broker.draw.random() < 0.3:  # another assignor would do as well
            shuffled = self._broker.draw.sample(list(self._broker.partitions), len(self._broker.partitions))
            return {member: shuffled[number :: len(members)] for number, member in enumerate(members)}
        claims = {member: Claims(self.generation, {INCIDENTS: self._seats[member].share}) for member in members}
        return {
            member: given.get(INCIDENTS, [])
            for member, given in share_out({INCIDENTS: list(self._broker.partitions)}, claims).items()
        }

    def _later(self, seconds: float, do: Callable[..., None], *what: Any) -> None:
        asyncio.get_running_loop().call_later(seconds, do, *what, context=Context())


class Member:
    """An aiokafka consumer, as far as `GroupPositions` asks."""

    def __init__(self, broker: Broker, group: Group) -> None:
        self.member_id = NOBODY
        self.generation = THROWN_OUT
        self.share: list[int] = []
        self.position: dict[TopicPartition, int] = {}
        self.rejoin = asyncio.Event()
        self._broker = broker
        self._group = group
        self._commit_lock = asyncio.Lock()
        self._retry_backoff_ms = 100
        self._subscription = SimpleNamespace(
            reassignment_in_progress=True, subscription=SimpleNamespace(assignment=None)
        )

    @property
    def _coordinator(self) -> Member:
        return self

    # --- membership

    def assigned(self, share: list[int]) -> None:
        self.share = share
        self.position = {}
        self._subscription.reassignment_in_progress = False

    def begins_to_rejoin(self) -> None:
        self.rejoin.clear()
        self._subscription.reassignment_in_progress = True

    def hears_of_rebalance(self) -> None:
        if self._group._seats.get(self.member_id) is self:
            self.rejoin.set()

    def hears_that_it_is_out(self) -> None:
        """A heartbeat was answered so."""
        if self._group._seats.get(self.member_id) is not self:
            self.generation, self.member_id = THROWN_OUT, NOBODY
            self.rejoin.set()

    # --- what the edge asks

    def assignment(self) -> Collection[TopicPartition]:
        return dict.fromkeys(TopicPartition(INCIDENTS, number) for number in self.share).keys()

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self.position[tp] = offset

    async def beginning_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        await self._broker.way()
        return {tp: self._broker.logs[tp].beginning for tp in tps}

    async def end_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        await self._broker.way()
        return {tp: self._broker.logs[tp].end for tp in tps}

    async def fetch_committed_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, OffsetAndMetadata]:
        await self._broker.way()
        return {tp: self._group.committed[tp] for tp in tps if tp in self._group.committed}

    async def ensure_coordinator_known(self) -> None:
        await asyncio.sleep(0)

    async def _do_commit_offsets(self, assignment: object, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        """Raises as aiokafka does; what it knows of its place in the group is what the request says."""
        request = self._request(self.member_id, self.generation, offsets)
        answer = await asyncio.get_running_loop().create_task(request, context=Context())
        if isinstance(answer, UnknownMemberIdError | IllegalGenerationError):
            self.generation, self.member_id = THROWN_OUT, NOBODY
            self.rejoin.set()
        elif isinstance(answer, RebalanceInProgressError):
            self.rejoin.set()
        if answer is not None:
            raise answer

    async def _request(
        self, member_id: str, generation: int, offsets: Mapping[TopicPartition, OffsetAndMetadata]
    ) -> KafkaError | None:
        """Goes its way also when who sent it has died."""
        faults, draw = self._broker.faults, self._broker.draw
        await self._broker.way()
        if draw.random() < faults.commit_slow:
            await asyncio.sleep(draw.random() * faults.slow_seconds)
        if draw.random() < faults.commit_lost:
            return RequestTimedOutError("lost")
        if draw.random() < faults.commit_refused:
            return RefusedError("refused")
        try:
            self._group.commit(member_id, generation, offsets)
        except KafkaError as refused:
            return refused
        await self._broker.way()
        return RequestTimedOutError("taken, and not told") if draw.random() < faults.commit_not_told else None
