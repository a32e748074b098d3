"""What the scenarios share: workers of each role on Apache Kafka and clickhouse-server, and a night that goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from kafka.errors import KafkaError

from citywatch.audit.balance import Audit
from runtime.log import ends
from runtime.pages import live
from schemas.families.incidents import INCIDENTS
from schemas.topics import INPUTS, OUTPUTS, RAISED, TOPICS
from streams.core.note import Note
from tests.deployment import ROLES, Deployment
from tests.end_to_end.events import MIDNIGHT
from tests.faults.feed import SteadyFeed, feeding
from tests.faults.night import PARTITIONS, night
from tests.faults.settled import settled
from tests.faults.workers import Workers
from tests.parts.clean import emptied_after
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.server import await_until

SESSION_SECONDS = 3
EVENTS_PER_SECOND = 100
"""Of the feed. A second of event time holds one of them, so a test closes some panes."""

AWHILE = 90.0
Place = tuple[str, int]


class Fleet:
    """Workers, and one night for all tests of a module: each goes on where the one before left off."""

    def __init__(self, workers: Workers, admin: Callable[[], Any], seed: int, start: int = MIDNIGHT) -> None:
        self.workers = workers
        self.partitions = PARTITIONS
        self.admin = admin
        self._records = night(seed, 1_000_000, per_second=1, start=start)

    @property
    def deployment(self) -> Deployment:
        return self.workers.deployment

    def feeding(self, per_second: float = EVENTS_PER_SECOND) -> AbstractContextManager[SteadyFeed]:
        """The night goes on while this lasts."""
        return feeding(self.deployment.bootstrap, self._records, per_second)

    # --- workers

    def crew(self, of_each: int = 1) -> None:
        """So many workers of each role live, and have their place in its group."""
        for role in ROLES:
            living = self.workers.living(role)
            for worker in living:
                if worker.slot >= of_each:
                    worker.terminate()
            for _ in range(of_each - sum(worker.slot < of_each for worker in living)):
                self.workers.start(role)
        self.shared_by(of_each)

    def shared_by(self, members: int, roles: tuple[str, ...] = ("aggregate", "sink")) -> None:
        """Waits until the partitions of each group are shared by so many members, none of them left out."""
        for role in roles:
            self.wait(partial(self._shares, role, members), f"{role} to be shared by {members}")

    def given_up(self, roles: tuple[str, ...] = ("aggregate", "sink")) -> None:
        """Waits until the broker has given up every member of each group: their sessions timed out."""
        self.wait(lambda: not any(self._group(role)["members"] for role in roles), f"{roles} to be given up")

    def members(self, role: str) -> list[set[Place]]:
        """The partitions of each member of a group that stands still; nothing while it changes hands."""
        found = self._group(role)
        if found["group_state"] != "Stable":
            return []
        return [_assigned(member) for member in found["members"]]

    def _group(self, role: str) -> Mapping[str, Any]:
        group = self.deployment.settings.group_aggregate if role == "aggregate" else self.deployment.settings.group_sink
        with self.admin() as admin:
            (found,) = admin.describe_groups([group]).values()
        described: Mapping[str, Any] = found
        return described

    def _shares(self, role: str, members: int) -> bool:
        shares = self.members(role)
        topics = INPUTS if role == "aggregate" else (*INPUTS, *OUTPUTS, *RAISED)
        there = {(name, number) for name in topics for number in range(TOPICS[name].partitions or self.partitions)}
        return len(shares) == members and sum(map(len, shares)) == len(there) and set().union(*shares) == there

    # --- positions

    def notes(self) -> dict[Place, str]:
        """What stands beside each committed position of aggregate."""
        with self.admin() as admin:
            return self.notes_by(admin)

    def notes_by(self, admin: Any) -> dict[Place, str]:
        """The same, asked by a client that is there already."""
        group = self.deployment.settings.group_aggregate
        offsets = admin.list_group_offsets([group]).get(group, {})
        return {(tp.topic, tp.partition): found.metadata for tp, found in offsets.items() if found.offset >= 0}

    def commits_resume(self) -> None:
        """Waits until the notes cover all that is in the incidents now, in every partition."""
        there = ends(self.deployment.settings, [INCIDENTS])

        def covered() -> bool:
            notes = self.notes()
            found = {place: Note.decode(notes.get(place[1:], ""), place.log) for place in there}
            return all((note := found[place]) is not None and note.read >= end for place, end in there.items())

        self.wait(covered, f"commits up to {sorted(there.values())}")

    # ---

    def settled(self) -> Audit:
        """All has arrived, and every proof holds; the audit."""
        self.wait(lambda: live(self.deployment.settings), "analyse to answer")
        try:
            return settled(self.deployment)
        except (AssertionError, TimeoutError) as failed:
            raise AssertionError(f"{failed}\n{self.logs()}") from None

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Raises AssertionError, with what the workers wrote."""

        def holds() -> object:
            try:
                return condition()
            except KafkaError:
                return False  # a broker that was killed is asked again

        try:
            await_until(holds, AWHILE, what, every=0.5)
        except TimeoutError as late:
            raise AssertionError(f"{late}\n{self.logs()}") from None

    def logs(self) -> str:
        """The end of what each worker wrote."""
        return "".join(f"--- {each.log_path.name}\n{each.log()[-1500:]}" for each in self.workers.started)


def _assigned(member: Mapping[str, Any]) -> set[Place]:
    assignment = member["member_assignment"] or {}
    return {
        (topic["topic"], partition)
        for topic in assignment.get("assigned_partitions", ())
        for partition in topic["partitions"]
    }


@contextmanager
def fleet_on(
    request: pytest.FixtureRequest, directory: Path, seed: int, start: int = MIDNIGHT, **settings: str
) -> Iterator[Fleet]:
    """Topics and tables on the servers of the run, and no worker yet. `start`: when the night begins."""
    kafka: KafkaBroker = request.getfixturevalue("kafka_broker")
    server: ClickHouseServer = request.getfixturevalue("clickhouse_server")
    with (
        emptied_after(kafka),
        server.fresh_database() as url,
        Workers(kafka, url, directory, session_timeout=str(SESSION_SECONDS), **settings) as workers,  # type: ignore[arg-type]
    ):
        yield Fleet(workers, kafka.admin, seed, start)
