"""From episodes of clocks to alarms: what stands, what has changed since it was published, what is withdrawn.

Pure: nothing here asks the time. A key is a clock, a source and a subject.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from figures.calendars import Calendar
from figures.clocks import NEVER, Episode, evaluate
from figures.subjects import StepSeen, Subject
from schemas.alarms import PER_SECOND, Alarm, alarm_id
from schemas.clock import Clock

AT_ONCE = 5_000
"""Subjects that are looked at in one call: some tens of milliseconds of work."""


class Key(NamedTuple):
    clock: str
    source: str
    subject: str


class Rules(NamedTuple):
    """What a source's clocks go by: the calendar of its city, and its allowed lateness in seconds."""

    calendar: Calendar
    lateness: int


Find = Callable[[tuple[str, str, str]], Subject | None]
"""A subject, by lifecycle, source and name."""


class Alarms:
    """All alarms of the clocks given. Only subjects that were touched, or in which something falls due, are looked at
    when time moves."""

    def __init__(self, clocks: Iterable[Clock], rules: Mapping[str, Rules], find: Find) -> None:
        self._clocks = {clock.name: clock for clock in clocks}
        self._on: defaultdict[str, list[Clock]] = defaultdict(list)
        for clock in self._clocks.values():
            self._on[clock.lifecycle.name].append(clock)
        self._rules = rules
        self._find = find
        self._known: defaultdict[Key, dict[int, Alarm]] = defaultdict(dict)
        self._touched: defaultdict[tuple[str, str], set[Key]] = defaultdict(set)
        self._due: defaultdict[tuple[str, str], list[tuple[int, Key]]] = defaultdict(list)
        self._next: dict[Key, int] = {}
        self._standing: dict[str, Alarm] = {}
        self._counts: Counter[tuple[str, str, str, str]] = Counter()

    def stand(self, alarm: Alarm) -> None:
        """What was published: of one id the greatest version counts."""
        key = Key(alarm.clock, alarm.source, alarm.subject)
        known = self._known[key].get(alarm.begin)
        if known is None or alarm.version > known.version:
            self._keep(key, alarm)

    def touch(self, lifecycle: str, source: str, subject: str) -> None:
        """This subject is another than it was."""
        for clock in self._on.get(lifecycle, ()):
            self._touched[source, clock.topic].add(Key(clock.name, source, subject))

    def advance(self, source: str, topic: str, now: int) -> list[Alarm]:
        """The clock of a source in a topic stands at `now`: what has changed, each with a version beyond all before. Of
        many subjects only a part is looked at (`is_behind`). What is younger than `now` stays, and is looked at again
        when it is not: who said it knew more.
        """
        place = source, topic
        touched, due = self._touched[place], self._due[place]
        looked_at = {touched.pop() for _ in range(min(len(touched), AT_ONCE))}
        while due and due[0][0] <= now and len(looked_at) < AT_ONCE:
            at, key = heapq.heappop(due)
            if self._next.get(key) == at:
                looked_at.add(key)
        return [alarm for key in sorted(looked_at) for alarm in self._look(place, key, now)]

    def is_behind(self, source: str, topic: str, now: int) -> bool:
        """Whether there is more to look at than one call took."""
        due = self._due[source, topic]
        return bool(self._touched[source, topic]) or bool(due and due[0][0] <= now)

    def standing(self) -> Iterator[Alarm]:
        """Alarms that stand, in no order."""
        yield from self._standing.values()

    def every(self) -> Iterator[Alarm]:
        """All that are known, in whatever state, in no order."""
        for known in self._known.values():
            yield from known.values()

    def holding(self, key: Key) -> Iterator[Alarm]:
        """Alarms of a subject that were not taken back, in no order."""
        yield from (alarm for alarm in self._known.get(key, {}).values() if alarm.state != "withdrawn")

    def counted(self) -> Counter[tuple[str, str, str, str]]:
        """How many stand, by source, clock, state and beat."""
        return Counter({name: number for name, number in self._counts.items() if number})

    def _look(self, place: tuple[str, str], key: Key, now: int) -> Iterator[Alarm]:
        clock, rules = self._clocks[key.clock], self._rules.get(key.source)
        subject = self._find((clock.lifecycle.name, key.source, key.subject))
        if rules is None or subject is None:
            self._next.pop(key, None)
            return
        steps = held(clock, subject)
        is_whole = not (subject.is_cut and subject.steps) or len(steps) == len(subject.steps) > 1
        since = steps[0].time if steps else NEVER
        if is_whole:
            known_from = (since, subject.begun, subject.passed_over)
            since = min(moment for moment in known_from if moment is not None)
        found = evaluate(clock, steps, now, rules.calendar, rules.lateness)
        knew = (alarm.version // PER_SECOND for alarm in self._known.get(key, {}).values())
        next_at = min([found.next_at, *(moment for moment in knew if moment > now)])
        if next_at < NEVER:
            if self._next.get(key) != next_at:
                heapq.heappush(self._due[place], (next_at, key))
            self._next[key] = next_at
        else:
            self._next.pop(key, None)
        yield from self._settle(
            key,
            found.episodes,
            since,
            now,
            why=lambda one: _why(clock, one),
            proof=lambda stood: _last_to_come(steps, subject.cancels, stood),
        )

    def settle(
        self, key: Key, episodes: Sequence[Episode], since: int, now: int, why: Callable[[Episode], str]
    ) -> list[Alarm]:
        """What has changed of episodes that were found elsewhere: all of those that begin at or after `since`."""
        return list(self._settle(key, episodes, since, now, why=why, proof=lambda _: ""))

    def _settle(
        self,
        key: Key,
        episodes: Sequence[Episode],
        since: int,
        now: int,
        *,
        why: Callable[[Episode], str],
        proof: Callable[[Alarm], str],
    ) -> Iterator[Alarm]:
        known = self._known.get(key, {})
        raised = {one.begin: one for one in episodes if one.is_raised}
        for begin, episode in raised.items():
            yield from self._changed(key, known.get(begin), alarm_of(key, episode, why(episode)), now)
        quiet = {one.begin: one.by for one in episodes if not one.is_raised}
        for begin, stood in list(known.items()):
            if begin >= since and begin not in raised and stood.state != "withdrawn":
                yield from self._changed(key, stood, withdrawn(stood, quiet.get(begin) or proof(stood)), now)

    def _changed(self, key: Key, before: Alarm | None, now_is: Alarm, now: int) -> Iterator[Alarm]:
        version = now * PER_SECOND
        if before is not None:
            if now < before.version // PER_SECOND or _is_same(before, now_is):
                return
            version = max(version, before.version + 1)
        alarm = _with_version(now_is, version)
        self._keep(key, alarm)
        yield alarm

    def _keep(self, key: Key, alarm: Alarm) -> None:
        self._known[key][alarm.begin] = alarm
        before = self._standing.pop(alarm.id, None)
        if before is not None:
            self._counts[_counted_by(before)] -= 1
        if alarm.is_standing:
            self._standing[alarm.id] = alarm
            self._counts[_counted_by(alarm)] += 1


def _counted_by(alarm: Alarm) -> tuple[str, str, str, str]:
    return alarm.source, alarm.clock, alarm.state, alarm.beat


def _last_to_come(steps: Sequence[StepSeen], cancels: Sequence[StepSeen], stood: Alarm) -> str:
    """Of what could matter to an alarm, the step or what cancels one, that which came last."""
    before = [step for step in steps if stood.due is None or step.time <= stood.due]
    last = max([*(before or steps), *cancels], key=lambda step: step.offset, default=None)
    return "" if last is None else last.id


def held(clock: Clock, subject: Subject) -> Sequence[StepSeen]:
    """The steps of a subject that a clock may rest on. Where some are not kept, the time between the first one and the
    next is not known: it tells nothing, but of a clock that only the first step of a life can start. A life that begins
    again and again, as the shifts of a unit, is none of those."""
    steps = subject.steps
    if subject.is_cut and len(steps) < 2:
        return ()
    begins_once = not any(step.state in clock.starts for step in steps[1:])
    if not subject.is_cut or (begins_once and clock.starts == {clock.lifecycle.states[0]} and not clock.restarts):
        return steps
    first, second, *others = steps
    return replace(second, said={**first.said, **second.said}), *others


def alarm_of(key: Key, episode: Episode, why: str) -> Alarm:
    """The record of an episode that gave an alarm; its version is still to come."""
    assert episode.raised_at is not None
    assert episode.state != "running"
    return Alarm(
        id=alarm_id(*key, episode.begin),
        clock=key.clock,
        source=key.source,
        subject=key.subject,
        beat=episode.beat,
        state=episode.state,
        begin=episode.begin,
        warn_at=episode.warn_at,
        due=episode.due,
        raised_at=episode.raised_at,
        end=episode.end,
        ended_by=episode.by,
        why=why,
        version=0,
    )


def withdrawn(stood: Alarm, by: str) -> Alarm:
    """An alarm that does not hold any more."""
    return replace(stood, state="withdrawn", withdrawn_by=by, why="what came later proves it wrong")


def _why(clock: Clock, episode: Episode) -> str:
    awaited = " or ".join(state for state in clock.lifecycle.states if state in clock.stops | clock.restarts)
    if episode.end is None:
        return f"no {awaited} yet" if awaited else "its time is up"
    how = "came" if episode.by else "its hours were over"
    if episode.due is None or episode.end <= episode.due:
        return f"{how} in time"
    return f"{how} {duration(episode.end - episode.due)} after it was due"


def duration(seconds: int) -> str:
    """Two units at most: `3 d 2 h`, `5 min`, `40 s`."""
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    words = []
    for name, size in units:
        number, seconds = divmod(seconds, size)
        if number:
            words.append(f"{number} {name}")
        elif words:
            break
    return " ".join(words[:2]) or "0 s"


def _is_same(one: Alarm, other: Alarm) -> bool:
    return _with_version(one, 0) == _with_version(other, 0)


def _with_version(alarm: Alarm, version: int) -> Alarm:
    return replace(alarm, version=version)
