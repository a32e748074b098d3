"""What a give-up time-out may cut short, and what stands afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from random import Random
from typing import Any

from faust.types import TP

from schemas.families.incidents import INCIDENTS
from streams.core.partition import Snapshot
from streams.edge.batch import FetchedBatch, Reader
from streams.edge.clock import Clock
from streams.edge.counting import Counting
from streams.edge.early_close import EarlyClose
from streams.edge.group import NOTHING_KEPT, GroupPositions
from streams.edge.positions import Vouched
from streams.edge.publisher import Publisher
from tests.streams.edge.simulated import virtual_time
from tests.streams.edge.simulated.broker import Broker, Producer, Record
from tests.streams.edge.simulated.group import Group, Member
from tests.streams.edge.simulated.schedule import Faults
from tests.streams.edge.simulated.worker import LOGS, NoHealth, SameLogs, SimulatedPanes
from tests.streams.edge.stream import START, reported, rules

PLACE = TP(INCIDENTS, 0)
SECONDS = 1.0


class HeldBack(Publisher):
    """Nothing is acknowledged until it is let go."""

    def __init__(self) -> None:
        super().__init__({})
        self.let_go = asyncio.Event()
        self.asked: list[Sequence[Snapshot]] = []

    async def publish(self, snapshots: Sequence[Snapshot]) -> None:
        self.asked.append(snapshots)
        await self.let_go.wait()


class OneMember:
    """Who reads the one partition there is; `committed` is what it asked for."""

    newest_epoch = 1

    def __init__(self) -> None:
        self.committed: list[Vouched] = []

    def assignment(self) -> set[TP]:
        return {PLACE}

    async def commit_vouched(self, vouched: dict[TP, Vouched]) -> set[TP]:
        self.committed += vouched.values()
        return set(vouched)


def test_a_snapshot_that_was_given_up_half_way_is_not_published_over_by_the_next_one() -> None:
    """Values that only the lost one held would be vouched for."""

    async def given_up() -> tuple[HeldBack, OneMember, set[TP]]:
        publisher, positions = HeldBack(), OneMember()
        counting = counting_of(publisher, positions)
        await counting.take(await first_batch())
        giving_up = asyncio.create_task(counting.give_up(SECONDS))
        await asyncio.sleep(SECONDS / 2)
        running = asyncio.create_task(counting.run())
        counting._states.news.set()  # as by a batch that was in the agent's hands
        await giving_up
        publisher.let_go.set()
        await asyncio.sleep(SECONDS)
        running.cancel()
        return publisher, positions, set(counting.kept())

    publisher, positions, kept = run(given_up())
    assert len(publisher.asked) == 1
    assert positions.committed == []
    assert kept == set()


def test_a_renewal_that_was_cut_short_is_made_up_for_by_the_next_publication() -> None:
    written: list[bytes] = []
    broker = Broker(1, Random(1), Faults(), lambda place, value: written.append(value))

    class SlowToConnect(Publisher):
        connects = 0

        async def _started(self, enable_idempotence: bool) -> Any:
            self.connects += 1
            if self.connects == 2:
                await asyncio.sleep(100 * SECONDS)
            return Producer(broker, lambda: True)

    async def cut_short() -> None:
        publisher = SlowToConnect({})
        await publisher.start()
        try:
            await asyncio.wait_for(publisher.renew(), SECONDS)
        except TimeoutError:
            positions = OneMember()
            counting = counting_of(publisher, positions)
            await counting.take(await first_batch())
            await counting.give_up(SECONDS)

    run(cut_short())
    assert written


def test_asking_to_close_a_pane_that_nobody_acknowledges_keeps_no_publication_waiting() -> None:
    class Leaderless(HeldBack):
        async def send(self, topic: str, partition: int, value: bytes) -> None:
            await asyncio.Event().wait()

    async def asked() -> list[Vouched]:
        publisher, positions = Leaderless(), OneMember()
        publisher.let_go.set()
        counting = counting_of(publisher, positions, memory_limit=1)
        first = await first_batch()
        await counting.take(first)
        running = asyncio.create_task(counting.run())
        await asyncio.sleep(SECONDS)
        more = Record(first.end, 1000 * START, reported("r-2", START, "B01", "110201"))
        await counting.take(FetchedBatch(PLACE, first.epoch, first.end, first.end + 1, [more], None))
        await asyncio.sleep(60 * SECONDS)
        running.cancel()
        return positions.committed

    assert len(run(asked())) == 2


def counting_of(publisher: Publisher, positions: OneMember, memory_limit: int = 1 << 30) -> Counting:
    loop = asyncio.get_running_loop()
    early_close = EarlyClose(publisher, memory_limit, 300)
    clock = Clock(loop.time, lambda: START + loop.time())
    return Counting(LOGS, publisher, positions, 0.1, early_close, NoHealth(), clock=clock)  # type: ignore[arg-type]


async def first_batch() -> FetchedBatch:
    """Rules and one event, as the group gives them with their origin."""
    broker = Broker(1, Random(1), Faults(), lambda place, value: None)
    broker.write(INCIDENTS, 0, [rules(), reported("r-1", START, "B01", "110201")])
    group = Group(broker, lambda tp, position: None)
    member = Member(broker, group)
    member.assigned(await group.join(member))
    reader = Reader({"broker": broker}, LOGS, 3.0, SameLogs())  # type: ignore[arg-type]  # no topic is ever made anew
    positions = GroupPositions(reader, SimulatedPanes)
    await positions.seek_to_origins(member, {PLACE}, NOTHING_KEPT)
    records: list[Any] = list(broker.input(0).records)
    batch = positions.batch(PLACE, 0, 2, records)
    batch.epoch = OneMember.newest_epoch + 1
    return batch


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return virtual_time.run(work, lambda task: None)
