"""Who reads which partition: as many each, topic by topic, and as few as can be change their worker.

aiokafka's sticky assignor balances all topics together: of two workers one may get all incidents, the other all
patrols. Its round robin moves nearly everything at every rebalance, and what moves is read again.

What a member has to give up is what it holds longest: what it was given last it may still be reading again, and whoever
waits for those figures would wait twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata


class Claims(msgspec.Struct, frozen=True):
    """What a member was given last, by topic, what came to it last first; and in which generation of the group."""

    generation: int = -1
    held: dict[str, list[int]] = {}


def share_out(
    partitions: Mapping[str, Sequence[int]], members: Mapping[str, Claims]
) -> dict[str, dict[str, list[int]]]:
    """The partitions of each member by topic. Of a topic, and in all, two members differ by one at most.

    A claim is kept as far as that allows; of two for one partition that of the later generation.
    """
    given: dict[str, dict[str, list[int]]] = {member: {} for member in members}
    total = dict.fromkeys(members, 0)
    for topic, all_of_it in sorted(partitions.items()):
        claimed = _claimed(topic, all_of_it, members)
        each, more = divmod(len(all_of_it), len(members))
        order = sorted(members, key=lambda member: (total[member], -len(claimed[member]), member))
        room = {member: each + (place < more) for place, member in enumerate(order)}
        kept = {member: claimed[member][: room[member]] for member in order}
        free = iter(sorted(set(all_of_it).difference(*kept.values())))
        for member in order:
            share = sorted([*kept[member], *(next(free) for _ in range(room[member] - len(kept[member])))])
            given[member][topic] = share
            total[member] += len(share)
    return given


def _claimed(topic: str, partitions: Sequence[int], members: Mapping[str, Claims]) -> dict[str, list[int]]:
    ruling: dict[int, tuple[int, str]] = {}
    for member, claim in members.items():
        for partition in claim.held.get(topic, ()):
            ruling[partition] = max((claim.generation, member), ruling.get(partition, (-1, "")))
    return {
        member: [number for number in claim.held.get(topic, ()) if number in partitions and ruling[number][1] == member]
        for member, claim in members.items()
    }


class StayingAssignor:
    """`share_out` as aiokafka asks for it. One for each consumer: it remembers what that was given."""

    name = "citywatch-staying"

    def __init__(self) -> None:
        self._claims = Claims()

    def given(self, generation: int, partitions: Iterable[tuple[str, int]]) -> None:
        """What this member reads from here on, in a generation of the group."""
        now: dict[str, list[int]] = {}
        for topic, partition in sorted(partitions):
            now.setdefault(topic, []).append(partition)
        held = {}
        for topic, numbers in now.items():
            before = self._claims.held.get(topic, [])
            held[topic] = [number for number in numbers if number not in before]
            held[topic] += [number for number in before if number in numbers]
        self._claims = Claims(generation, held)

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        return ConsumerProtocolMemberMetadata(0, sorted(topics), msgspec.json.encode(self._claims))

    def assign(
        self, cluster: Any, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Called in the leader of the group. All members read the same topics."""
        topics = {topic for member in members.values() for topic in member.subscription}
        partitions = {topic: sorted(cluster.partitions_for_topic(topic) or ()) for topic in topics}
        claims = {member: msgspec.json.decode(told.user_data, type=Claims) for member, told in members.items()}
        return {
            member: ConsumerProtocolMemberAssignment(0, list(given.items()), b"")
            for member, given in share_out(partitions, claims).items()
        }

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """The generation is told with what was given: see `given`."""
