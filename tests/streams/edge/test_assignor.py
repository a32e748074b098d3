"""Partitions are shared out evenly, every one is read, and as few as can be change their worker."""

from __future__ import annotations

import random
from itertools import chain

import msgspec
import pytest
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata

from streams.edge.assignor import Claims, StayingAssignor, share_out

INCIDENTS, PATROLS = "citywatch.incidents", "citywatch.patrols"

Given = dict[str, dict[str, list[int]]]


def claims(given: Given, generation: int = 1) -> dict[str, Claims]:
    return {member: Claims(generation, held) for member, held in given.items()}


def stayed(before: Given, after: Given) -> int:
    return sum(
        len(set(held).intersection(after.get(member, {}).get(topic, ())))
        for member, topics in before.items()
        for topic, held in topics.items()
    )


def test_a_second_member_gets_half_of_each_topic_and_the_first_keeps_the_other_half() -> None:
    topics = {INCIDENTS: range(4), PATROLS: range(4)}
    alone = share_out(topics, {"a": Claims()})
    assert alone == {"a": {INCIDENTS: [0, 1, 2, 3], PATROLS: [0, 1, 2, 3]}}
    both = share_out(topics, {**claims(alone), "b": Claims()})
    assert both == {
        "a": {INCIDENTS: [0, 1], PATROLS: [0, 1]},
        "b": {INCIDENTS: [2, 3], PATROLS: [2, 3]},
    }


def test_what_came_last_stays_and_what_was_held_longest_is_given_up() -> None:
    members = {"a": Claims(2, {INCIDENTS: [2, 3, 0, 1]}), "b": Claims()}
    assert share_out({INCIDENTS: range(4)}, members) == {"a": {INCIDENTS: [2, 3]}, "b": {INCIDENTS: [0, 1]}}


def test_of_two_claims_the_one_of_the_later_generation_is_kept() -> None:
    members = {"woken": Claims(3, {INCIDENTS: [0, 1]}), "owner": Claims(5, {INCIDENTS: [1, 0]})}
    assert share_out({INCIDENTS: range(3)}, members)["owner"][INCIDENTS] == [0, 1]


def test_a_claim_to_what_is_not_there_is_worth_nothing() -> None:
    members = {"a": Claims(1, {INCIDENTS: [7], "gone": [0]}), "b": Claims()}
    assert share_out({INCIDENTS: range(2)}, members) == {"a": {INCIDENTS: [0]}, "b": {INCIDENTS: [1]}}


@pytest.mark.parametrize("seed", range(50))
def test_any_group_shares_evenly_reads_all_and_moves_no_more_than_it_must(seed: int) -> None:
    draw = random.Random(seed)
    topics = {name: range(draw.randrange(1, 9)) for name in (INCIDENTS, PATROLS)[: draw.randrange(1, 3)]}
    given = share_out(topics, {"m0": Claims()})
    for generation in range(2, 8):
        members = claims(given, generation - 1)
        if len(members) > 1 and draw.random() < 0.4:
            del members[draw.choice(sorted(members))]
        if draw.random() < 0.6:
            members[f"m{generation}"] = Claims()
        after = share_out(topics, members)
        assert share_out(topics, members) == after
        for topic, partitions in topics.items():
            shares = [held[topic] for held in after.values()]
            assert sorted(chain.from_iterable(shares)) == list(partitions)
            assert max(map(len, shares)) - min(map(len, shares)) <= 1
        totals = [sum(map(len, held.values())) for held in after.values()]
        assert max(totals) - min(totals) <= 1
        if members.keys() == given.keys():
            assert after == given
        if len(topics) == 1:
            [topic] = topics
            most = -(-len(topics[topic]) // len(members))
            least = sum(min(len(given[member][topic]), most - 1) for member in members if member in given)
            assert stayed(given, after) >= least
        given = after


def test_what_came_last_is_claimed_first() -> None:
    assignor = StayingAssignor()
    for generation, numbers in ((1, [0, 1, 2]), (2, [1, 2]), (3, [3, 0, 2, 1]), (4, [3, 1, 0])):
        assignor.given(generation, [(INCIDENTS, number) for number in numbers])
    told = msgspec.json.decode(assignor.metadata({INCIDENTS}).user_data, type=Claims)
    assert told == Claims(4, {INCIDENTS: [0, 3, 1]})


def test_what_a_member_was_given_is_what_it_claims_next_time() -> None:
    class Cluster:
        @staticmethod
        def partitions_for_topic(topic: str) -> set[int] | None:
            return {0, 1, 2} if topic == INCIDENTS else None

    first, second = StayingAssignor(), StayingAssignor()

    def told() -> dict[str, ConsumerProtocolMemberMetadata]:
        return {
            name: ConsumerProtocolMemberMetadata.decode(member.metadata({PATROLS, INCIDENTS}).encode())
            for name, member in (("one", first), ("two", second))
        }

    second.given(4, [(INCIDENTS, 2), (INCIDENTS, 0)])
    shares = first.assign(Cluster, told())
    assert [tuple(tp) for tp in shares["two"].partitions()] == [(INCIDENTS, 0), (INCIDENTS, 2)]
    assert [tuple(tp) for tp in shares["one"].partitions()] == [(INCIDENTS, 1)]
