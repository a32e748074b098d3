"""The live map of subjects: of each lifecycle, source and subject its steps, from step records and the store's rows.

What it holds is a function of the set of steps it was given: it does not matter in which order, how often or by whom.
Of several steps with one (source, id) the first by place counts, also where an earlier one comes later.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from figures.known import Facts
from figures.subjects import StepSeen, Subject
from schemas.families import LIFECYCLES
from schemas.lifecycle import Lifecycle
from schemas.records import Scalar, Step

KEPT = 90 * 86_400
"""Seconds of event time for which a subject stays that is not open any more."""

MOST_STEPS = 64
"""Steps of a subject that are kept: its first one, and the last of the others."""

Name = tuple[str, str, str]
"""Lifecycle, source and subject."""


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

    Nothing here blocks. `facts` is where the clocks come from.
    """

    def __init__(self, facts: Facts, lives: Iterable[Lifecycle] = LIFECYCLES.values()) -> None:
        self.lives = {life.name: life for life in lives}
        self.revision = 0
        """Another number when a subject is another."""
        self._facts = facts
        self._steps: dict[tuple[str, str], _Strand] = {}
        self._changes: list[Changes] = []
        self._of_type: dict[str, list[Lifecycle]] = {}
        for life in self.lives.values():
            for kind in life.steps:
                self._of_type.setdefault(kind, []).append(life)

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

    def sources(self, life: Lifecycle) -> list[str]:
        """Those that have subjects."""
        return sorted(source for name, source in self._steps if name == life.name)

    def of(self, life: Lifecycle, source: str) -> Iterator[Subject]:
        """Its subjects of a source, in no order. Not to be held over a change."""
        strand = self._steps.get((life.name, source))
        for name in strand.by_name if strand is not None else ():
            yield self._subject(life, source, name)

    def find(self, name: Name) -> Subject | None:
        """One subject; None where there is none."""
        life, source, subject = name
        strand = self._steps.get((life, source))
        return self._subject(self.lives[life], source, subject) if strand and subject in strand.by_name else None

    def take(self, step: Step) -> None:
        """A step of the panes topic, or a judged row of the store, in any order. One of no declared lifecycle is left
        out."""
        for life in self._of_type.get(step.type, ()):
            said = step.attributes if not step.dims else {**step.dims, **step.attributes}
            name = life.subject(step.subject, said)
            seen = StepSeen(
                step.time, step.id, step.type.partition(".")[2], _shared(said), _strand(step.log, step.partition),
                step.offset,
            )  # fmt: skip
            strand = self._steps.get((life.name, step.source))
            if strand is None:
                strand = self._steps[life.name, step.source] = _Strand(life)
            self._changed(life.name, step.source, strand.take(name, seen))

    def forget(self) -> None:
        """Leaves out subjects that are not open, whose last step is older than `KEPT` by the clock of their source."""
        for (life_name, source), strand in self._steps.items():
            life = self.lives[life_name]
            clock = self.clock(life, source)
            if clock is not None:
                self._changed(life_name, source, strand.forget(clock - KEPT))

    def _changed(self, life: str, source: str, names: Iterable[str]) -> None:
        for name in names:
            self.revision += 1
            for change in self._changes:
                change.add((life, source, name))

    def _subject(self, life: Lifecycle, source: str, name: str) -> Subject:
        strand = self._steps[life.name, source]
        return Subject(life, source, name, tuple(strand.by_name[name]), name in strand.cut)


class _Strand:
    """The subjects of one lifecycle and source."""

    __slots__ = ("_life", "_order", "by_name", "cut", "name_of")

    def __init__(self, life: Lifecycle) -> None:
        self._life = life
        self._order = {state: place for place, state in enumerate(life.states)}
        self.by_name: dict[str, list[StepSeen]] = {}
        self.cut: set[str] = set()
        self.name_of: dict[str, str] = {}
        """By the id of a step that is kept, the subject that it is of."""

    def take(self, name: str, seen: StepSeen) -> set[str]:
        """The subjects that it makes others."""
        changed = {name}
        known = self.name_of.get(seen.id)
        if known is not None:
            other = next(step for step in self.by_name[known] if step.id == seen.id)
            if other.place <= seen.place:
                return set()
            self._take_out(known, other)
            changed.add(known)
        steps = self.by_name.setdefault(name, [])
        insort(steps, seen, key=self._key)
        self.name_of[seen.id] = name
        if len(steps) > MOST_STEPS:
            del self.name_of[steps.pop(1).id]
            self.cut.add(name)
        return changed

    def forget(self, before: int) -> list[str]:
        over = [
            name
            for name, steps in self.by_name.items()
            if steps[-1].time < before and steps[-1].state not in self._life.open
        ]
        for name in over:
            for step in self.by_name.pop(name):
                del self.name_of[step.id]
            self.cut.discard(name)
        return over

    def _take_out(self, name: str, step: StepSeen) -> None:
        steps = self.by_name[name]
        steps.remove(step)
        del self.name_of[step.id]
        if not steps:
            del self.by_name[name]
            self.cut.discard(name)

    def _key(self, step: StepSeen) -> tuple[int, int, str]:
        return step.time, self._order[step.state], step.id


def _shared(said: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    """Without what is empty; equal ones are one object."""
    return _mapping(tuple((name, value) for name, value in said.items() if value != ""))


@lru_cache(maxsize=16_384)
def _mapping(items: tuple[tuple[str, Scalar], ...]) -> Mapping[str, Scalar]:
    return dict(items)


@lru_cache(maxsize=4_096)
def _strand(log: str, partition: int) -> tuple[str, int]:
    return log, partition
