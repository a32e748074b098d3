"""What is published of clocks: the same in the end however the steps came and however often time was looked at."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from figures.alarms import Alarms, Rules, duration
from figures.subjects import StepSeen
from schemas.alarms import Alarm
from schemas.clock import Clock
from tests.figures.clocks import (
    ALL,
    AT_PEAKS,
    CALL,
    COUNTDOWN,
    DAY,
    HOUR,
    MIN,
    QUIET_DAYS,
    SHANGHAI,
    SILENT,
    T0,
    step,
    subject,
)

SOURCE, TOPIC = "xincheng/110", CALL.topic
RULES = {SOURCE: Rules(SHANGHAI, 15 * MIN)}
End = tuple[str, str, int | None, str]


class Played:
    """Alarms of one source whose steps come bit by bit."""

    def __init__(self, clocks: Iterable[Clock] = ALL) -> None:
        self.steps: dict[str, list[StepSeen]] = {}
        self.clocks = tuple(clocks)
        self.published: list[Alarm] = []
        self.alarms = self.fresh()

    def fresh(self) -> Alarms:
        return Alarms(self.clocks, RULES, lambda name: subject(name[2], self.steps.get(name[2], ()), SOURCE))

    def take(self, name: str, one: StepSeen) -> None:
        self.steps.setdefault(name, []).append(one)
        self.alarms.touch(CALL.name, SOURCE, name)

    def until(self, now: int) -> list[Alarm]:
        changed = self.alarms.advance(SOURCE, TOPIC, now)
        self.published += changed
        return changed

    def restart(self) -> None:
        """A new process: it reads what was published, and looks at every subject."""
        self.alarms = self.fresh()
        for alarm in self.published:
            self.alarms.stand(alarm)
        for name in self.steps:
            self.alarms.touch(CALL.name, SOURCE, name)

    def holding(self) -> set[End]:
        """What is published in the end and not withdrawn."""
        newest: dict[str, Alarm] = {}
        for alarm in self.published:
            before = newest.get(alarm.id)
            assert before is None or alarm.version > before.version
            newest[alarm.id] = alarm
        return {(one.id, one.state, one.end, one.ended_by) for one in newest.values() if one.state != "withdrawn"}


def test_an_alarm_is_published_once_for_each_state() -> None:
    played = Played([COUNTDOWN])
    played.take("s", step(T0, "reported"))
    found = [played.until(T0 + hours * HOUR) for hours in range(0, 100, 4)]
    assert [one.state for some in found for one in some] == ["warned", "expired"]
    played.take("s", step(T0 + 90 * HOUR, "closed", "c-1"))
    (missed,) = played.until(T0 + 101 * HOUR)
    assert (missed.state, missed.ended_by, missed.why) == ("missed", "c-1", "came 18 h after it was due")
    assert not list(played.alarms.standing())


def test_an_alarm_that_a_late_event_proves_wrong_is_withdrawn_by_it() -> None:
    played = Played([SILENT])
    played.take("s", step(T0, "reported"))
    (raised,) = played.until(T0 + HOUR)
    played.take("s", step(T0 + 3 * MIN, "closed", "late-1"))
    (gone,) = played.until(T0 + HOUR)
    assert (gone.id, gone.state, gone.withdrawn_by) == (raised.id, "withdrawn", "late-1")
    assert gone.version > raised.version
    assert played.holding() == set()


def test_an_alarm_whose_start_was_none_is_withdrawn_by_what_came_last_of_then() -> None:
    played = Played([AT_PEAKS])
    played.take("p", step(T0, "reported"))
    (raised,) = played.until(T0 + 450 * MIN)
    played.take("p", step(T0 + 420 * MIN, "arrived", "late-1", offset=1))
    played.take("p", step(T0 + 449 * MIN, "dispatched", "later", offset=2))
    (gone,) = played.until(T0 + 451 * MIN)
    assert (gone.id, gone.state, gone.withdrawn_by) == (raised.id, "withdrawn", "late-1")


def test_with_its_feed_silent_nothing_falls_due() -> None:
    played = Played([SILENT, QUIET_DAYS])
    played.take("s", step(T0, "reported"))
    assert [played.until(T0 + MIN) for _ in range(1_000)] == [[]] * 1_000


def test_what_was_decided_by_who_knew_more_is_left_as_it_is() -> None:
    """A process that starts, and has not read up to where another one was, takes nothing back."""
    played = Played([COUNTDOWN])
    played.take("s", step(T0, "reported"))
    played.until(T0 + 80 * HOUR)
    played.restart()
    assert [played.until(T0 + hours * HOUR) for hours in (0, 50, 79, 80, 81)] == [[]] * 5


def test_what_was_decided_by_who_knew_more_is_looked_at_again_once_as_much_is_known() -> None:
    played = Played([COUNTDOWN])
    played.take("s", step(T0, "reported"))
    (warned,) = played.until(T0 + 50 * HOUR)
    played.restart()
    played.take("s", step(T0 + 40 * HOUR, "closed", "late-1"))
    assert played.until(T0 + 45 * HOUR) == []
    (gone,) = played.until(T0 + 50 * HOUR)
    assert (gone.id, gone.state, gone.withdrawn_by) == (warned.id, "withdrawn", "late-1")
    assert played.until(T0 + 200 * HOUR) == []


def test_a_restart_publishes_only_what_differs() -> None:
    played = Played()
    for number in range(5):
        played.take(f"s{number}", step(T0 + number * HOUR, "reported"))
    played.until(T0 + 50 * HOUR)
    played.restart()
    assert played.until(T0 + 50 * HOUR) == []
    assert {one.state for one in played.until(T0 + 77 * HOUR) if one.clock == "countdown"} == {"expired"}


def test_alarms_that_stand_are_counted_by_beat() -> None:
    played = Played([COUNTDOWN])
    for number, beat in enumerate(("B01", "B02", "B01")):
        played.take(f"s{number}", step(T0, "reported", beat=beat))
    played.until(T0 + 50 * HOUR)
    counted = played.alarms.counted()
    assert counted == {(SOURCE, "countdown", "warned", "B01"): 2, (SOURCE, "countdown", "warned", "B02"): 1}


def test_a_duration_has_two_units_at_most() -> None:
    assert [duration(n) for n in (0, 40, 300, 3_900, 90_000, 86_400 + 61)] == [
        "0 s", "40 s", "5 min", "1 h 5 min", "1 d 1 h", "1 d",
    ]  # fmt: skip


minutes = st.integers(0, 5 * 24 * 60)
Story = list[tuple[int, str, str, int]]
stories = st.lists(
    st.tuples(minutes, st.sampled_from(("s1", "s2")), st.sampled_from(CALL.states), st.integers(0, 9)), max_size=14
)


def steps_of(story: Story) -> list[tuple[str, StepSeen]]:
    return [
        (name, step(T0 + at * MIN, state, f"e{number}", **({"reported_at": T0 + due * DAY} if due else {})))
        for number, (at, name, state, due) in enumerate(story)
    ]


def played_at_once(story: Story, now: int) -> Played:
    played = Played()
    for name, one in steps_of(story):
        played.take(name, one)
    played.until(now)
    return played


@settings(max_examples=80)
@given(stories, st.lists(minutes, max_size=40), st.randoms(use_true_random=False))
def test_a_replay_at_full_speed_ends_with_the_alarms_that_were_given_live(
    story: Story, cuts: Sequence[int], chance: random.Random
) -> None:
    """Live: steps come in time, looked at at any moments, with a restart in between. Replayed: all at once."""
    live, waiting = Played(), sorted(steps_of(story), key=lambda each: each[1].time)
    end = T0 + 7 * DAY
    for now in [*sorted(T0 + cut * MIN for cut in cuts), end]:
        while waiting and waiting[0][1].time <= now:
            live.take(*waiting.pop(0))
        live.until(now)
        if chance.random() < 0.1:
            live.restart()
    assert live.holding() == played_at_once(story, end).holding()
    assert not [one for one in live.published if one.state == "withdrawn"]  # nothing came late


@settings(max_examples=80)
@given(stories, st.lists(minutes, max_size=20), st.randoms(use_true_random=False))
def test_steps_in_any_order_and_again_end_with_the_same_alarms(
    story: Story, cuts: Sequence[int], chance: random.Random
) -> None:
    disturbed, waiting = Played(), steps_of(story)
    waiting += waiting[: len(waiting) // 3]
    chance.shuffle(waiting)
    end = T0 + 7 * DAY
    for now in [*sorted(T0 + cut * MIN for cut in cuts), end]:
        for _ in range(chance.randint(0, 3)):
            if waiting:
                disturbed.take(*waiting.pop())
        disturbed.until(now)
    for each in waiting:
        disturbed.take(*each)
    disturbed.until(end)
    assert disturbed.holding() == played_at_once(story, end).holding()


def test_two_that_publish_the_same_do_no_harm() -> None:
    one, other = Played([AT_PEAKS]), Played([AT_PEAKS])
    for played in (one, other):
        played.take("p", step(T0 + 450 * MIN, "dispatched"))
    first = [alarm for now in range(450, 600, 5) for alarm in one.until(T0 + now * MIN)]
    second = [alarm for now in range(450, 600, 20) for alarm in other.until(T0 + now * MIN)]
    newest = max(first, key=lambda each: each.version)
    assert replace(newest, version=0) == replace(max(second, key=lambda each: each.version), version=0)
