"""Whether the live map has every step: where the store's rows end, and where what is followed on the topic begins."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from figures.known import SourceTopic, Strand
from runtime.log import LogPartition
from schemas.families import LIFECYCLES
from schemas.records import Progress

TOPICS = frozenset(life.topic for life in LIFECYCLES.values())
"""Inputs with steps on them."""


@dataclass
class Handover:
    """begun: by partition of the panes topic where it is followed from. followed: by input partition up to where the
    first progress that was followed had judged it: the steps of records below may stand before that start. heard: the
    same of the last one. loaded: by input partition up to where the store's rows were taken. unjudged: where input
    partitions ended when alarms were begun with, or a source was heard for the first time, without those that are
    judged up to there since. asked: the sources, with their topics, that were heard by then."""

    begun: dict[LogPartition, int] = field(default_factory=dict)
    followed: dict[LogPartition, int] = field(default_factory=dict)
    heard: dict[LogPartition, int] = field(default_factory=dict)
    loaded: dict[LogPartition, int] = field(default_factory=dict)
    unjudged: dict[LogPartition, int] = field(default_factory=dict)
    asked: set[SourceTopic] = field(default_factory=set)

    def follow(self, progress: Progress) -> None:
        """A progress record of the topic, in its order."""
        place = progress.log, progress.topic, progress.partition
        self.followed.setdefault(place, progress.read)
        self.heard[place] = max(progress.read, self.heard.get(place, 0))

    def stand(
        self, ends: Mapping[LogPartition, int], judged: Mapping[LogPartition, Progress], heard: Iterable[SourceTopic]
    ) -> None:
        """These sources, with their topics, are heard now, while the input partitions end there: when alarms are begun
        with, and whenever one is heard for the first time."""
        new = {topic for source, topic in heard if (source, topic) not in self.asked}
        self.unjudged |= {place: end for place, end in ends.items() if place[1] in new or not self.asked}
        self.asked.update(heard)
        for progress in judged.values():
            self.judged(progress)

    def judged(self, progress: Progress) -> None:
        """A progress record, of the topic or the store."""
        place = progress.log, progress.topic, progress.partition
        if progress.read >= self.unjudged.get(place, progress.read + 1):
            del self.unjudged[place]

    def keep(self, there: Container[LogPartition]) -> None:
        """Of the partitions that have records: nobody judges what stood in another."""
        self.unjudged = {place: end for place, end in self.unjudged.items() if place in there}

    def is_heard(self, topic: str, strands: Container[Strand]) -> bool:
        """Whether a source that was heard in these partitions is heard wherever it can be: in a replay it is heard in
        one long before another, and its clock there has passed steps that are still to come from the other."""
        return all((log, partition) in strands for log, of, partition in self.unjudged if of == topic)

    @property
    def is_from_start(self) -> bool:
        """Whether all that was ever written on the topic is followed: then the store is not needed."""
        return bool(self.begun) and not any(self.begun.values())

    def is_whole(self, judged: Mapping[LogPartition, Progress]) -> bool:
        """Whether every step is there that stands before the progress records in `judged`, by input partition. Those of
        the store may be ahead of what is followed."""
        running = _running(judged.values())
        return bool(self.begun) and all(
            self._reaches(place, progress.read)
            for place, progress in judged.items()
            if running.get(place[1]) == place[0]
        )

    def _reaches(self, place: LogPartition, read: int) -> bool:
        loaded, heard = self.loaded.get(place, 0), self.heard.get(place, 0)
        if self.is_from_start:  # the store's last rows of a subject would leave out what is still to be followed
            return heard >= read
        return loaded >= self.followed.get(place, read) and max(loaded, heard) >= read


def _running(judged: Iterable[Progress]) -> dict[str, str]:
    """By topic with steps its log that runs: the one whose clock is the furthest, where it was made anew."""
    found: dict[str, tuple[int, str]] = {}
    for progress in judged:
        if progress.topic in TOPICS:
            clock = max(progress.clocks.values(), default=0)
            found[progress.topic] = max(found.get(progress.topic, (0, "")), (clock, progress.log))
    return {topic: log for topic, (_, log) in found.items()}
