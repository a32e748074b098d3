"""What is known of a source and of a figure, as spans of event time; all else is not known.

A source vouches for what its clock passes. In each log of a topic that is: from where the earliest of its partitions
saw the clock start, to where the clock of the last one stands, without the spans that the clock of any partition went
over in one step, and without those that records lost from the log may have had. An operator's word, the last one on a
moment, rules over all of this. Everything here follows from the logs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeVar

from figures.periods import Period
from figures.spans import Spans, common, common_of, joined, length, without
from schemas.cities import City
from schemas.control import pane_end
from schemas.records import Progress, Seam, SourceGap

T = TypeVar("T")

Strand = tuple[str, int]
"""Log and partition."""

SourceTopic = tuple[str, str]

Unit = Literal["days", "hours", "minutes"]

_SIZES: dict[Unit, int] = {"days": 86_400, "hours": 3_600, "minutes": 60}


class Absent(NamedTuple):
    """A source that stands still: nothing of it is known since then, in Unix seconds."""

    source: str
    since: int


@dataclass(frozen=True)
class Known:
    """What is known of a measure in a city.

    as_of: the end of the pane in which the slowest source's clock stands, of those that do not stand still; None before
    any heartbeat. spans: what every source vouches for. absent: the sources that stand still.
    """

    as_of: int | None = None
    spans: Spans = ()
    absent: tuple[Absent, ...] = ()

    def covers(self, span: Period) -> bool:
        """Whether all of a span is known."""
        return any(known.start <= span.start and span.end <= known.end for known in self.spans)

    def covers_all(self, spans: Spans) -> bool:
        """Whether all of every span is known."""
        return all(map(self.covers, spans))

    def part(self, span: Period) -> Spans:
        """What of a span is known."""
        return common(self.spans, (span,))

    def coverage(self, span: Period) -> float:
        """The share of a span that is known, cut to four decimals: 1.0 is all of it."""
        return self.share((span,))

    def share(self, spans: Spans) -> float:
        """As `coverage`, of several spans in order that do not overlap."""
        whole = length(spans)
        return length(common(self.spans, spans)) * 10_000 // whole / 10_000 if whole > 0 else 0.0


@dataclass(frozen=True)
class SourceKnown:
    """What is known of one source in one topic; its clocks in the partitions of the log that it writes now."""

    spans: Spans = ()
    clocks: tuple[int, ...] = ()


@dataclass
class Facts:
    """What the panes topic says of sources, in any order, once or more often. Not thread-safe."""

    gaps: dict[SourceTopic, set[SourceGap]] = field(default_factory=lambda: defaultdict(set))
    lost: dict[SourceTopic, set[Period]] = field(default_factory=lambda: defaultdict(set))
    clocks: dict[SourceTopic, dict[Strand, int]] = field(default_factory=lambda: defaultdict(dict))
    revision: int = 0
    """Another number when something else may be known."""
    _found: dict[SourceTopic, SourceKnown] = field(default_factory=dict)

    def take(self, record: Progress | Seam | SourceGap) -> None:
        """A record of the panes topic."""
        if isinstance(record, SourceGap):
            self._add(self.gaps, (record.source, record.topic), record)
        elif isinstance(record, Seam):
            if record.start < record.end:
                for source, (since, until) in record.spans.items():
                    self.lose(source, record.topic, Period(since, until))
        else:
            for source, clock in record.clocks.items():
                self.tick(source, record.topic, (record.log, record.partition), clock)

    def lose(self, source: str, topic: str, span: Period) -> None:
        """Event times that lost records of a topic may have had."""
        self._add(self.lost, (source, topic), span)

    def tick(self, source: str, topic: str, strand: Strand, clock: int) -> None:
        """A source's clock in one partition of a log; one that is not ahead of what is known changes nothing."""
        clocks = self.clocks[source, topic]
        if clock > clocks.get(strand, clock - 1):
            clocks[strand] = clock
            self._changed((source, topic))

    def known(self, source: str, topic: str) -> SourceKnown:
        """Of one source in one topic."""
        name = (source, topic)
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = source_known(
                self.gaps.get(name, ()), joined(self.lost.get(name, ())), self.clocks.get(name, {})
            )
        return found

    def _add(self, kept: dict[SourceTopic, set[T]], name: SourceTopic, fact: T) -> None:
        if fact not in kept[name]:
            kept[name].add(fact)
            self._changed(name)

    def _changed(self, name: SourceTopic) -> None:
        self._found.pop(name, None)
        self.revision += 1


def source_known(gaps: Iterable[SourceGap], lost: Spans, clocks: Mapping[Strand, int]) -> SourceKnown:
    """One source in one topic: from the gaps of all its logs, the spans of lost records, its clock in each strand."""
    started: dict[str, int] = {}
    jumps: dict[str, list[Period]] = defaultdict(list)
    words: list[SourceGap] = []
    for gap in gaps:
        if gap.cause == "start":
            started[gap.log] = min(gap.until, started.get(gap.log, gap.until))
        elif gap.cause == "jump":
            jumps[gap.log].append(Period(gap.since, gap.until))
        else:
            words.append(gap)
    vouched: list[Period] = []
    for log, start in started.items():
        slowest = min((clock for (of, _), clock in clocks.items() if of == log), default=start)
        vouched.extend(without((Period(start, pane_end(slowest)),), joined(jumps[log])))
    known = without(joined(vouched), lost)
    for word in sorted(words, key=lambda word: (word.at, word.log, word.partition, word.offset)):
        span = (Period(word.since, word.until),)
        known = joined((*known, *span)) if word.cause == "filled" else without(known, span)
    return SourceKnown(known, _running(clocks))


def figure_known(sources: Mapping[str, Sequence[SourceKnown]], max_steps: Mapping[str, int]) -> Known:
    """A figure that these sources feed, each through one or more topics; `max_steps` in seconds, by source.

    A source of which no clock was ever heard feeds nothing.
    """
    heard = {name: topics for name, topics in sources.items() if any(topic.clocks for topic in topics)}
    if not heard:
        return Known()
    clocks = [(clock, name) for name, topics in heard.items() for topic in topics for clock in topic.clocks]
    furthest = max(clock for clock, _ in clocks)
    moving = [clock for clock, name in clocks if clock >= furthest - max_steps[name]]
    still: dict[str, int] = {}
    for clock, name in clocks:
        if clock < furthest - max_steps[name]:
            still[name] = min(clock, still.get(name, clock))
    spans = common_of(topic.spans for topics in heard.values() for topic in topics if topic.clocks)
    return Known(pane_end(min(moving)), spans, tuple(Absent(*each) for each in sorted(still.items())))


def city_known(facts: Facts, city: City, topics: Collection[str]) -> Known:
    """What is known of the figures that a city's sources feed through these topics."""
    sources = {
        name: [
            _with_earlier(facts, city, name, topic)
            for topic in source.topics
            if topic in topics and heir(facts, city, name, topic) is None
        ]
        for name, source in city.sources.items()
    }
    return figure_known(sources, {name: source.max_step for name, source in city.sources.items()})


def known_from_start(facts: Facts, city: City, topics: Collection[str]) -> Period | None:
    """The moments up to which all is known since the start: from where every source that feeds a figure has begun up to
    the first gap of one of them. None where no source was ever heard."""
    spans = [
        found.spans[:1]
        for name, source in city.sources.items()
        for topic in source.topics
        if topic in topics and heir(facts, city, name, topic) is None
        for found in (_with_earlier(facts, city, name, topic),)
        if found.clocks
    ]
    firsts = [first for some in spans for first in some]
    if not spans or len(firsts) < len(spans):
        return None
    return Period(max(first.start for first in firsts), min(first.end for first in firsts))


def heir(facts: Facts, city: City, source: str, topic: str) -> str | None:
    """The source that goes on from this one in a topic, once a clock of it was heard."""
    later = city.later(source, topic)
    return later if later is not None and facts.known(later, topic).clocks else None


def awaited(facts: Facts, city: City, source: str, topic: str) -> Period | None:
    """Of a source that another one goes on from: from its clock to where the other one began, which is still to come;
    empty once all has come. None where no other one goes on from it, or its own clock was never heard."""
    later, clocks = heir(facts, city, source, topic), facts.known(source, topic).clocks
    spans = () if later is None else facts.known(later, topic).spans
    return Period(min(*clocks, spans[0].start), spans[0].start) if spans and clocks else None


def is_continued(facts: Facts, city: City, source: str, topic: str) -> bool:
    """Whether another source goes on from this one in a topic, and all has come of what was before that."""
    rest = awaited(facts, city, source, topic)
    return rest is not None and rest.start == rest.end


def _with_earlier(facts: Facts, city: City, source: str, topic: str) -> SourceKnown:
    """With what the source vouched for that this one goes on from; its clocks are its own."""
    own, earlier = facts.known(source, topic), city.sources[source].continues
    if earlier is None or topic not in city.sources[earlier].topics or not own.clocks:
        return own
    return SourceKnown(joined((*own.spans, *facts.known(earlier, topic).spans)), own.clocks)


def in_units(seconds: int) -> tuple[float, Unit]:
    """A length as people say it, cut to one decimal: days from two on, hours from two on, else minutes."""
    unit: Unit = "days" if seconds >= 172_800 else "hours" if seconds >= 7_200 else "minutes"
    return seconds * 10 // _SIZES[unit] / 10, unit


def part_in_units(seconds: int, coverage: float) -> tuple[float, float, Unit]:
    """How much of a length is known, and the length, in its unit; the part is less unless all of it is known."""
    whole, unit = in_units(seconds)
    if coverage >= 1:
        return whole, whole, unit
    part = round(min(coverage * seconds / _SIZES[unit], whole - 0.1), 1)
    return max(0.0, part), whole, unit


def _running(clocks: Mapping[Strand, int]) -> tuple[int, ...]:
    """Those of the log whose clock is the furthest: a topic that was made anew leaves an older one behind."""
    if not clocks:
        return ()
    (log, _), _ = max(clocks.items(), key=lambda item: (item[1], item[0]))
    return tuple(clock for (of, _), clock in sorted(clocks.items()) if of == log)
