"""What the group may be asked to keep: positions of partitions that are ours, in the epoch that vouched for them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from random import Random
from typing import Any

import msgspec
import pytest
from faust.types import TP

from schemas.families.incidents import INCIDENTS
from schemas.records import Progress
from schemas.topics import PANES
from streams.core.partition import Partition
from streams.edge.batch import Reader
from streams.edge.group import NOTHING_KEPT, THROWN_OUT, GroupPositions
from streams.edge.positions import Vouched
from tests.streams.edge.simulated import virtual_time
from tests.streams.edge.simulated.broker import Broker
from tests.streams.edge.simulated.group import NOBODY, Group, Member
from tests.streams.edge.simulated.schedule import Faults
from tests.streams.edge.simulated.worker import LOG, LOGS, SameLogs, SimulatedPanes

PLACE = TP(INCIDENTS, 0)


class Joined:
    """A member that has every partition, of which the first is begun."""

    def __init__(self) -> None:
        self.broker = Broker(1, Random(1), Faults(), lambda place, value: None)
        self.group = Group(self.broker, lambda tp, position: None)
        self.member = Member(self.broker, self.group)
        reader = Reader({"broker": self.broker}, LOGS, 3.0, SameLogs())  # type: ignore[arg-type]  # no topic is ever made anew
        self.positions = GroupPositions(reader, SimulatedPanes)

    async def begin(self) -> int:
        """The epoch of the first partition."""
        self.member.assigned(await self.group.join(self.member))
        begun = await self.positions.seek_to_origins(self.member, {PLACE}, NOTHING_KEPT)
        return begun[PLACE].epoch

    async def commit(self, epoch: int) -> set[TP]:
        judged = Partition(LOG, *PLACE)
        judged.feed((), 3)
        taken = judged.snapshot()
        return await self.positions.commit_vouched(self.member, {PLACE: Vouched(epoch, taken.position, taken.note)})


@pytest.fixture
def joined() -> Joined:
    return Joined()


def test_a_position_of_the_epoch_of_now_is_committed(joined: Joined) -> None:
    async def now() -> None:
        assert await joined.commit(await joined.begin()) == {PLACE}
        assert joined.group.committed

    run(now())


def test_a_position_of_an_epoch_that_is_over_is_not_committed(joined: Joined) -> None:
    async def over() -> None:
        epoch = await joined.begin()
        await joined.positions.seek_to_origins(joined.member, {PLACE}, NOTHING_KEPT)
        assert await joined.commit(epoch) == set()
        assert not joined.group.committed

    run(over())


def test_a_position_of_a_partition_that_was_given_up_is_not_committed(joined: Joined) -> None:
    async def given_up() -> None:
        epoch = await joined.begin()
        joined.positions.end()
        assert await joined.commit(epoch) == set()

    run(given_up())


def test_who_is_no_member_commits_nothing_though_kafka_would_take_it_while_the_group_is_empty(joined: Joined) -> None:
    async def thrown_out() -> None:
        epoch = await joined.begin()
        joined.group.leave(joined.member)
        joined.member.generation, joined.member.member_id = THROWN_OUT, NOBODY
        assert await joined.commit(epoch) == set()
        assert not joined.group.committed

    run(thrown_out())


def test_a_search_that_was_overtaken_leaves_the_newer_epoch_in_place(joined: Joined) -> None:
    """Records are gone, so each one reads what is durable, which takes its time."""
    verdicts = {"counted": 5, "late": 0, "duplicates": 0, "dead": 0}
    told = {"clocks": {}, "boundaries": {}, "open_panes": 0, "bytes": 0, "rules": {}}
    progress = Progress(log=LOG, topic=INCIDENTS, partition=0, read=5, **verdicts, **told)  # type: ignore[arg-type]

    async def overtaken() -> None:
        joined.broker.write(INCIDENTS, 0, [b""] * 5)
        joined.broker.input(0).beginning = 3
        joined.broker.write(PANES, 0, [msgspec.json.encode(progress)])
        await joined.begin()
        search = joined.positions.seek_to_origins
        found = await asyncio.gather(*(search(joined.member, {PLACE}, NOTHING_KEPT) for _ in range(20)))
        assert any(not begun for begun in found), "none was overtaken"
        origin = joined.positions.origin(PLACE)
        assert origin is not None
        assert origin.epoch == joined.positions.newest_epoch

    run(overtaken())


def run(work: Coroutine[Any, Any, None]) -> None:
    virtual_time.run(work, lambda task: None)
