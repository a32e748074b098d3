"""The live map of subjects: of each lifecycle, source and subject its steps, from step records and the store's rows.

What it holds is a function of the set of records it was given: it does not matter in which order, how often or by whom.
Of several with one (source, id) the first by place counts, also where an earlier one comes later.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec.structs import replace

from figures.known import Facts
from figures.subjects import StepSeen, Subject
from schemas.families import LIFECYCLES
from schemas.lifecycle import Lifecycle
from schemas.records import Scalar, Step

KEPT = 90 * 86_400
"""Seconds of event time for which a subject stays that is not open any more."""

KEPT_UNMATCHED = 400 * 86_400
"""The same of one that was never opened: it is counted as such."""

MOST_STEPS = 64
"""Steps of a subject that are kept: its first one, and the last of the others. Of a lifecycle whose clocks are watched
no step goes that they have not passed: a replay at full speed brings thousands between two looks."""

MOST_UNSEEN = 4 * MOST_STEPS
"""The same before the first look at a lifecycle: a late step that came while nobody looked may prove wrong what was
told before. Where all that was ever given out is taken here nobody has ever looked, and none goes."""

_NEVER = 1 << 62

Name = tuple[str, str, str]
"""Lifecycle, source and subject."""

_Order = tuple[int, int, str]
"""Of a step in its subject: time, place in the life, id."""


class Changes:
    """Which subjects have changed since somebody last asked. Each who asks has one of its own."""

    def __init__(self) -> None:
        self._names: set[Name] = set()

    def add(self, name: Name) -> None:
        self._names.add(name)

    def take(self) -> set[Name]:
        """Those since the last call, in no order; also subjects that are there no more."""
        taken, self._names = self._names, set()
        return taken


class Subjects:
    """All subjects of the declared lifecycles. Not thread-safe: hold the lock of the state that it belongs to.

    Nothing here blocks. `facts` is where the clocks come from. counted: by lifecycle states that figures look at beside
    the open ones. is_from_start: whether all that was ever given out is taken here.
    """

    def __init__(
        self,
        facts: Facts,
        lives: Iterable[Lifecycle] = LIFECYCLES.values(),
        counted: Mapping[str, frozenset[str]] | None = None,
        is_from_start: Callable[[], bool] = lambda: False,
    ) -> None:
        self.lives = {life.name: life for life in lives}
        self.revision = 0
        """Another number when a subject is another."""
        self._facts = facts
        self._counted = counted or {}
        self._steps: dict[tuple[str, str], _Strand] = {}
        self._ids: dict[str, dict[str, StepSeen]] = {}
        """By source and id what is kept, whatever lives it is a step of."""
        self._unsure: set[Name] = set()
        self._watched: Collection[str] = ()
        self._looked: dict[tuple[str, str], int] = {}
        self._is_from_start = is_from_start
        self._unseen: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        """By lifecycle and source: of each subject with steps that nobody has looked at the earliest time of these, or
        that of the last look where it is earlier."""
        self._changes: list[Changes] = []
        self._of_type: dict[str, list[Lifecycle]] = {}
        for life in self.lives.values():
            for kind in _kinds(life):
                self._of_type.setdefault(kind, []).append(life)
        self._beside = {
            life.name: sorted({each.name for kind in _kinds(life) for each in self._of_type[kind]} - {life.name})
            for life in self.lives.values()
        }
        """By lifecycle the others that have a type of it too."""

    def __len__(self) -> int:
        """Subjects held."""
        return sum(len(strand.by_name) for strand in self._steps.values())

    def changes(self) -> Changes:
        """From now on which subjects change; all that are there count as changed."""
        made = Changes()
        for (life, source), strand in self._steps.items():
            for name in strand.by_name:
                made.add((life, source, name))
        self._changes.append(made)
        return made

    def clock(self, life: Lifecycle, source: str) -> int | None:
        """Event time of a lifecycle: the least clock of its source over the partitions of its topic, of what was
        judged and taken here. No step before it is still to come but late ones. None before any heartbeat."""
        return min(self._facts.known(source, life.topic).clocks, default=None)

    def watch(self, lives: Collection[str]) -> None:
        """From now on somebody looks at the steps of these lifecycles, and says so by `looked`."""
        self._watched = lives

    def looked(self, life: Lifecycle, source: str, time: int) -> None:
        """All of its subjects were looked at, with their steps before this time."""
        self._looked[life.name, source] = time
        self._unseen[life.name, source].clear()

    @property
    def is_looked_at(self) -> bool:
        """Whether somebody has looked at any: from then on steps in the middle of a subject may be kept."""
        return bool(self._looked)

    def sources(self, life: Lifecycle) -> list[str]:
        """Those that have subjects."""
        return sorted(source for name, source in self._steps if name == life.name)

    def of(self, life: Lifecycle, source: str) -> Iterator[Subject]:
        """Its subjects of a source, in no order. Not to be held over a change."""
        strand = self._steps.get((life.name, source))
        if strand is not None:
            yield from (found for name in strand.by_name if (found := strand.subject(source, name)) and found.steps)

    def number(self, life: Lifecycle, source: str) -> int:
        """How many of its subjects of a source are held."""
        strand = self._steps.get((life.name, source))
        return 0 if strand is None else len(strand.by_name)

    def left_out_to(self, life: Lifecycle, source: str) -> int:
        """When the last step was of all subjects that were left out: behind it all are held. 0: none was."""
        strand = self._steps.get((life.name, source))
        return 0 if strand is None else strand.dropped_to

    def names(self, life: Lifecycle, source: str) -> list[str]:
        """Of its subjects of a source, those of which all is cancelled or counts elsewhere too."""
        strand = self._steps.get((life.name, source))
        return [] if strand is None else strand.names

    def find(self, name: Name) -> Subject | None:
        """One subject, without steps where all are cancelled or count elsewhere; None where none is held."""
        life, source, subject = name
        strand = self._steps.get((life, source))
        return strand.subject(source, subject) if strand is not None else None

    def take(self, step: Step, only: Lifecycle | None = None) -> None:
        """A step of the panes topic, or a judged row of the store, in any order. One of no declared lifecycle is left
        out. only: it is read for the subject of this one; the subject of another, of which it is a step too, may be
        left out, and would seem to have no more steps than this."""
        lives = self._of_type.get(step.type) if only is None else [only]
        if lives is None:
            return
        said = step.now if step.restates else {**step.dims, **step.attributes}
        seen = StepSeen(
            time=step.time,
            id=step.id,
            state=(step.restates or step.type).partition(".")[2],
            said=_shared(said),
            strand=_strand(step.log, step.partition),
            offset=step.offset,
        )
        ids = self._ids.setdefault(step.source, {})
        known = ids.get(step.id)
        if known is not None:
            if known.place < seen.place:
                self._passed_over(step, seen, known, lives)
                return
            if known.place > seen.place:
                self._take_out(step, seen)
            elif only is None:
                return
            else:
                seen = known
        ids[step.id] = seen
        for life in lives:
            strand = self._strand(life, step.source)
            if seen.id in strand.name_of:
                continue
            name = step.subject if step.restates else life.subject(step.subject, said)
            self._changed(life.name, step.source, [name])
            if strand.dropped_to and name not in strand.by_name and self._may_be_older(life, step):
                self._unsure.add((life.name, step.source, name))
            for cut in strand.take(name, seen, step.effect, *self._kept(life, step, name, is_again=only is not None)):
                self._release(life, step.source, cut)

    def needed_from(self, name: Name) -> int:
        """From which time on all steps of a subject are kept, because somebody has yet to look at them; beyond all time
        where its last ones are enough."""
        life, source, subject = name
        looked = self._looked.get((life, source)) if life in self._watched else _NEVER
        if looked is None:
            return 0 if self._is_from_start() else _NEVER
        return self._unseen[life, source].get(subject, looked)

    def _kept(self, life: Lifecycle, step: Step, name: str, *, is_again: bool) -> tuple[int, int]:
        """How many steps of a subject are kept that gets this one, and from which time on all, as a look needs them.
        One that is there again was looked at before its subject was left out, or has come by itself too."""
        looked = self._looked.get((life.name, step.source)) if life.name in self._watched else _NEVER
        if looked is not None and looked < _NEVER and not is_again:
            unseen = self._unseen[life.name, step.source]
            unseen[name] = min(step.time, unseen.get(name, looked))
        most = MOST_UNSEEN if looked is None else MOST_STEPS
        return most, self.needed_from((life.name, step.source, name))

    def forget(self) -> None:
        """Leaves out subjects that nothing counts any more, whose last step is older than `KEPT` by the clock of their
        source; `KEPT_UNMATCHED` where they were never opened."""
        for (life_name, source), strand in self._steps.items():
            life = self.lives[life_name]
            clock = self.clock(life, source)
            if clock is None:
                continue
            strand.forget_passed_over(clock - KEPT_UNMATCHED)
            for name in strand.over(clock):
                self._changed(life_name, source, [name])
                for step in strand.drop(name):
                    self._release(life, source, step)

    def _strand(self, life: Lifecycle, source: str) -> _Strand:
        strand = self._steps.get((life.name, source))
        if strand is None:
            strand = self._steps[life.name, source] = _Strand(
                life, life.open | self._counted.get(life.name, frozenset())
            )
        return strand

    def unsure(self) -> set[Name]:
        """Subjects since the last call that may have had steps before, and were left out: the store has those."""
        taken, self._unsure = self._unsure, set()
        return taken

    def doubt(self, names: Iterable[Name]) -> None:
        """These are told again by the next `unsure`."""
        self._unsure.update(names)

    def _may_be_older(self, life: Lifecycle, step: Step) -> bool:
        clock = self.clock(life, step.source)
        return step.type != life.steps[0] or (clock is not None and step.time < clock - KEPT)

    def _passed_over(self, step: Step, seen: StepSeen, known: StepSeen, lives: Iterable[Lifecycle]) -> None:
        """A row whose id counts at an earlier place: who took it for the first one may have told of it."""
        for life in lives if step.effect == "adds" else ():
            strand, name = self._strand(life, step.source), life.subject(step.subject, seen.said)
            if strand.dropped_to and name not in strand.by_name:
                self._unsure.add((life.name, step.source, name))  # what was told of it is not to be taken back
            elif name != strand.name_of.get(step.id) or seen.time < known.time:
                strand.pass_over(name, seen.time)
                self._changed(life.name, step.source, [name])

    def _take_out(self, step: Step, seen: StepSeen) -> None:
        """What stood for an id, in place of which `seen` counts."""
        for life in self.lives.values():
            strand = self._steps.get((life.name, step.source))
            taken = None if strand is None else strand.take_out(step.id)
            if strand is not None and taken is not None:
                name, time = taken
                is_same = life.subject(step.subject, seen.said) == name
                if time is not None and not (is_same and seen.time <= time):
                    strand.pass_over(name, time)
                self._changed(life.name, step.source, [name])

    def _release(self, life: Lifecycle, source: str, id: str) -> None:
        """A step that one lifecycle keeps no more."""
        for other in self._beside[life.name]:
            if (strand := self._steps.get((other, source))) is not None and id in strand.name_of:
                return
        self._ids[source].pop(id, None)

    def _changed(self, life: str, source: str, names: Iterable[str]) -> None:
        for name in names:
            self.revision += 1
            for change in self._changes:
                change.add((life, source, name))


class _Strand:
    """The subjects of one lifecycle and source.

    rulings: by subject what restates its steps, with the effect; `state` is that of the steps, `said` the new codes.
    """

    __slots__ = ("_life", "_order", "_passed_over", "_rulings", "_stays", "by_name", "cut", "dropped_to", "name_of")

    def __init__(self, life: Lifecycle, stays: frozenset[str]) -> None:
        self._life = life
        self._stays = stays
        self.dropped_to = 0
        self._order = {state: place for place, state in enumerate(life.states)}
        self._rulings: dict[str, list[tuple[StepSeen, str]]] = {}
        self._passed_over: dict[str, int] = {}
        """By subject the earliest time of rows whose ids count at other places: from then on what was told may be of
        them."""
        self.by_name: dict[str, list[StepSeen]] = {}
        self.cut: dict[str, _Order] = {}
        """Of subjects with steps that are kept no more, the last of these."""
        self.name_of: dict[str, str] = {}
        """By the id of what is kept, the subject that it is of."""

    def subject(self, source: str, name: str) -> Subject | None:
        """As it stands; None where no step of it is held."""
        every = self.by_name.get(name)
        if not every and name not in self._passed_over:
            return None
        cancels = tuple(seen for seen, effect in self._ruling(name).values() if effect == "cancels")
        begun, passed_over = every[0].time if every else None, self._passed_over.get(name)
        return Subject(
            self._life, source, name, tuple(self._standing(name)), name in self.cut, begun, cancels, passed_over
        )

    def take(self, name: str, seen: StepSeen, effect: str, most: int, needed_from: int) -> list[str]:
        """Gives the ids of steps that are more than `most` then, none of them at or after `needed_from`, nor the one
        before it: what a late step ends may have begun there."""
        self.name_of[seen.id] = name
        if effect != "adds":
            self._rulings.setdefault(name, []).append((seen, effect))
            return []
        steps = self.by_name.setdefault(name, [])
        if name in self.cut and self._key(steps[0]) < self._key(seen) <= self.cut[name]:
            del self.name_of[seen.id]
            return [seen.id]
        if steps and self._key(steps[-1]) > self._key(seen):
            insort(steps, seen, key=self._key)
        else:
            steps.append(seen)
        end = 1 + max(0, len(steps) - most)
        if end > 1 and needed_from < _NEVER:
            end = min(end, max(1, bisect_left(steps, needed_from, key=lambda step: step.time) - 1))
        gone = steps[1:end]
        if not gone:
            return []
        steps[end] = self._with_said_before(name, gone, steps[end])
        stays = self._what_stays(gone, steps[end])
        steps[1:end] = [] if stays is None else [stays]
        cut = [step.id for step in gone if step is not stays]
        last = self._key(gone[-1])
        self.cut[name] = max(last, self.cut.get(name, last))
        for id in cut:
            del self.name_of[id]
        return cut

    def _what_stays(self, gone: Sequence[StepSeen], then: StepSeen) -> StepSeen | None:
        """Of steps the one after which the subject was not open any more, where none begins it again; and where `then`
        is its first step once more, the one whose state that leaves."""
        first = self._life.states[0]
        for step in reversed(gone):
            if step.state not in self._life.open or (then.state == first and step.state != first):
                return step
            if step.state == first and then.state != first:
                return None
        return None

    def _with_said_before(self, name: str, cut: Sequence[StepSeen], kept: StepSeen) -> StepSeen:
        """The step with what those before it said last, as it stands for them from now on."""
        said: dict[str, Scalar] = {}
        for step in self._as_ruled(name, cut):
            said.update(step.said)
        return kept if said.keys() <= kept.said.keys() else replace(kept, said=_shared({**said, **kept.said}))

    def pass_over(self, name: str, time: int) -> None:
        """A row of a subject whose id counts at another place, with another time or subject."""
        self._passed_over[name] = min(time, self._passed_over.get(name, time))

    def forget_passed_over(self, before: int) -> None:
        """Leaves out rows with times from before then."""
        self._passed_over = {name: time for name, time in self._passed_over.items() if time >= before}

    @property
    def names(self) -> list[str]:
        """Its subjects, of which steps may all be cancelled or count elsewhere."""
        return [*self.by_name, *(self._passed_over.keys() - self.by_name.keys())]

    def take_out(self, id: str) -> tuple[str, int | None] | None:
        """The subject that had it, and the time of the step that it was; None for what restates one."""
        name = self.name_of.pop(id, None)
        if name is None:
            return None
        if rulings := [each for each in self._rulings.pop(name, ()) if each[0].id != id]:
            self._rulings[name] = rulings
        every = self.by_name.pop(name, [])
        time = next((step.time for step in every if step.id == id), None)
        if steps := [step for step in every if step.id != id]:
            self.by_name[name] = steps
        else:
            self.cut.pop(name, None)
        return name, time

    def over(self, clock: int) -> list[str]:
        """Subjects that nothing counts any more, and older."""
        return [name for name in (*self.by_name, *(self._rulings.keys() - self.by_name)) if self._is_over(name, clock)]

    def drop(self, name: str) -> list[str]:
        """Gives the ids that it had."""
        self.dropped_to = max(self.dropped_to, 1, *(step.time for step in self._all_of(name)))
        ids = [step.id for step in self._all_of(name)]
        for id in ids:
            del self.name_of[id]
        self.by_name.pop(name, None)
        self._rulings.pop(name, None)
        self._passed_over.pop(name, None)
        self.cut.pop(name, None)
        return ids

    def _is_over(self, name: str, clock: int) -> bool:
        steps = self._standing(name)
        if steps and steps[-1].state in self._stays:
            return False
        is_matched = not steps or steps[0].state == self._life.states[0]
        before = clock - (KEPT if is_matched else KEPT_UNMATCHED)
        return all(step.time < before for step in self._all_of(name))

    def _standing(self, name: str) -> Sequence[StepSeen]:
        """Its steps without those that are cancelled, with the codes that they have now; none of one whose first step
        is cancelled."""
        ruled = self._ruling(name).get(self._life.states[0])
        return () if ruled is not None and ruled[1] == "cancels" else self._as_ruled(name, self.by_name.get(name, []))

    def _as_ruled(self, name: str, steps: Sequence[StepSeen]) -> Sequence[StepSeen]:
        ruling = self._ruling(name)
        if not ruling:
            return steps
        found = []
        for step in steps:
            if step.state not in ruling:
                found.append(step)
            elif ruling[step.state][1] == "moves":
                found.append(replace(step, said=_shared({**step.said, **ruling[step.state][0].said})))
        return found

    def _ruling(self, name: str) -> Mapping[str, tuple[StepSeen, str]]:
        """By state what rules its steps, with the effect; in the order of states."""
        rulings = self._rulings.get(name)
        if not rulings:
            return _NONE
        last = sorted(rulings, key=lambda each: (self._order[each[0].state], each[0].time, each[0].id))
        return {each[0].state: each for each in last}

    def _all_of(self, name: str) -> Iterator[StepSeen]:
        yield from self.by_name.get(name, ())
        yield from (seen for seen, _ in self._rulings.get(name, ()))

    def _key(self, step: StepSeen) -> _Order:
        return step.time, self._order[step.state], step.id


_NONE: Mapping[str, tuple[StepSeen, str]] = {}


def _kinds(life: Lifecycle) -> tuple[str, ...]:
    return (*life.steps, *(each.name for each in life.restating))


def _shared(said: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    """Without what is empty; equal ones are one object."""
    return _mapping(tuple((name, value) for name, value in said.items() if value != ""))


@lru_cache(maxsize=16_384)
def _mapping(items: tuple[tuple[str, Scalar], ...]) -> Mapping[str, Scalar]:
    return dict(items)


@lru_cache(maxsize=4_096)
def _strand(log: str, partition: int) -> tuple[str, int]:
    return log, partition
