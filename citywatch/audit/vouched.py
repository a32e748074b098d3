"""What the sources of a measure vouch for, a second time: one walk over all moments at which anything changes.

A moment is known of a source if a log of its topic vouches for it, or if an operator's last word on it says so. A log
vouches between the earliest start in one of its partitions and the slowest of its clocks, but for what a clock jumped
over. A moment is known of a measure if it is known of all its sources that ever had a clock, in each of its topics,
where one that continues another and that other are one source, whose clock is the later one's. Logs that lost records
are never asked here: a recount needs them from their start.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from citywatch.audit.reference_verdicts import Gap, ReferenceModel
from schemas.cities import City
from schemas.control import PANE

Span = tuple[int, int]
"""`[start, end)` in Unix seconds."""


class Vouched:
    """What is known of the figures that a city's sources feed through these topics.

    as_of: up to when figures go; None before any heartbeat. absent: the sources that stand still, and since when.
    spans: what is known, in order, apart from each other.
    """

    def __init__(self, models: Sequence[ReferenceModel], city: City, *topics: str) -> None:
        by_topic = {topic: [model for model in models if model.place.topic == topic] for topic in topics}
        heard = {
            (name, topic)
            for topic, own in by_topic.items()
            for name, source in city.sources.items()
            if topic in source.topics and any(name in model.clocks for model in own)
        }
        over = {(city.sources[name].continues, topic) for name, topic in heard}
        last = {each for each in heard if each not in over}
        self.as_of, self.absent = _reached(by_topic, city, last)
        steps: Counter[int] = Counter()
        for name, topic in last:
            told = [*_known_of(by_topic[topic], name)]
            earlier = city.sources[name].continues or ""
            if (earlier, topic) in heard:
                told += _known_of(by_topic[topic], earlier)
            for start, end in _either(told):
                steps[start] += 1
                steps[end] -= 1
        self.spans = list(_where(steps, len(last))) if last else []
        self._starts = [start for start, _ in self.spans]
        self._before = [0]
        for start, end in self.spans:
            self._before.append(self._before[-1] + end - start)

    def known_seconds(self, start: int, end: int) -> int:
        """How many seconds of a span are known."""
        return self._until(end) - self._until(start)

    def is_whole(self, start: int, end: int) -> bool:
        """Whether all of a span is known."""
        return self.known_seconds(start, end) == end - start

    def coverage(self, start: int, end: int) -> float:
        """The share of a span that is known, cut to four decimals."""
        return 10_000 * self.known_seconds(start, end) // (end - start) / 10_000 if start < end else 0.0

    def within(self, start: int, end: int) -> list[Span]:
        """What of a span is known."""
        clipped = [(max(start, begin), min(end, until)) for begin, until in self.spans]
        return [(begin, until) for begin, until in clipped if begin < until]

    def _until(self, moment: int) -> int:
        """The known seconds before a moment."""
        at = bisect_right(self._starts, moment)
        if not at:
            return 0
        start, end = self.spans[at - 1]
        return self._before[at - 1] + min(moment, end) - start


def _reached(
    by_topic: Mapping[str, Sequence[ReferenceModel]], city: City, heard: Iterable[tuple[str, str]]
) -> tuple[int | None, list[tuple[str, int]]]:
    """The end of the pane in which the slowest clock stands of those that move, and the sources that do not."""
    clocks = [(clock, name) for name, topic in heard for clock in _running(by_topic[topic], name)]
    if not clocks:
        return None, []
    furthest, _ = max(clocks)
    moving = {(clock, name) for clock, name in clocks if furthest - clock <= city.sources[name].max_step}
    still: dict[str, int] = {}
    for clock, name in sorted({*clocks} - moving):
        still.setdefault(name, clock)
    slowest, _ = min(moving)
    return _whole(slowest), sorted(still.items())


def _running(models: Sequence[ReferenceModel], name: str) -> list[int]:
    """A source's clocks in the log that it writes now: of several logs of a topic the one that is furthest."""
    of_log: dict[str, list[int]] = defaultdict(list)
    for model in models:
        if name in model.clocks:
            of_log[model.place.log].append(model.clocks[name])
    return max(of_log.items(), key=lambda log: (max(log[1]), log[0]))[1]


def _known_of(models: Sequence[ReferenceModel], name: str) -> Iterator[Span]:
    """What is known of one source: at each edge what has changed, then whether the time up to the next is known."""
    edges: dict[int, Counter[str]] = defaultdict(Counter)
    spoken: dict[int, list[Gap]] = defaultdict(list)
    logs = {model.place.log for model in models}
    for log in logs:
        of_log = [model for model in models if model.place.log == log]
        gaps = [gap for model in of_log for gap in model.gaps if gap.source == name]
        starts = [gap.until for gap in gaps if gap.cause == "start"]
        if starts:
            edges[min(starts)][f"begun {log}"] += 1
            edges[_whole(min(model.clocks[name] for model in of_log if name in model.clocks))][f"begun {log}"] -= 1
        for gap in gaps:
            if gap.cause == "jump":
                edges[gap.since][f"jumped {log}"] += 1
                edges[gap.until][f"jumped {log}"] -= 1
            elif gap.cause != "start":
                spoken[gap.since].append(gap)
                spoken[gap.until].append(gap)
    state: Counter[str] = Counter()
    words: set[Gap] = set()
    for at, following in pairwise(sorted({*edges, *spoken})):
        state.update(edges.get(at, {}))
        for word in spoken.get(at, ()):
            words.symmetric_difference_update({word})
        if words:
            last = max(words, key=lambda word: (word.at, word.place.log, word.place.partition, word.offset))
            is_known = last.cause == "filled"
        else:
            is_known = any(state[f"begun {log}"] > 0 and not state[f"jumped {log}"] for log in logs)
        if is_known:
            yield at, following


def _either(spans: Iterable[Span]) -> Iterator[Span]:
    """The moments that are in any of the spans."""
    until: int | None = None
    since = 0
    for start, end in sorted(spans):
        if until is not None and start <= until:
            until = max(until, end)
            continue
        if until is not None:
            yield since, until
        since, until = start, end
    if until is not None:
        yield since, until


def _where(steps: Counter[int], number: int) -> Iterator[Span]:
    """The spans in which the running sum of the steps is `number`."""
    total = 0
    since: int | None = None
    for at in sorted(moment for moment, step in steps.items() if step):
        total += steps[at]
        if total == number and since is None:
            since = at
        elif total != number and since is not None:
            yield since, at
            since = None


def _whole(moment: int) -> int:
    """The end of the pane that holds a moment, or the moment itself where a pane ends there."""
    return moment + -moment % PANE
