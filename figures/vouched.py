"""What each source vouches for, and the spans in between that nobody knows, with what caused them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from figures.known import Facts
from figures.periods import Period
from figures.spans import Spans, common_of, without
from schemas.cities import Cities

CAUSES = {
    "jump": "its clock went over it in one step",
    "declared": "declared by an operator",
    "lost": "records of then may be lost from the log",
    "behind": "a partition of its topic is behind",
}


@dataclass(frozen=True)
class Hole:
    """A span of a source that is not known. `cause`: one of CAUSES."""

    span: Period
    cause: str
    why: str = ""


@dataclass(frozen=True)
class Vouched:
    """One source: what is known of it in every topic that it writes, up to its furthest clock."""

    source: str
    city: str
    clock: int
    known: Spans
    holes: tuple[Hole, ...]


def vouched(facts: Facts, cities: Cities, only: str | None = None) -> Iterator[Vouched]:
    """Every declared source of which a clock was heard, in order of their names."""
    for name, city in sorted(cities.by_source.items()):
        heard = [topic for topic in city.sources[name].topics if facts.known(name, topic).clocks]
        if not heard or only not in (None, name):
            continue
        known = common_of(facts.known(name, topic).spans for topic in heard)
        clock = max(clock for topic in heard for clock in facts.known(name, topic).clocks)
        yield Vouched(name, city.name, clock, known, tuple(_holes(facts, name, heard, known, clock)))


def _holes(facts: Facts, source: str, topics: list[str], known: Spans, clock: int) -> Iterator[Hole]:
    if not known:
        return
    for span in without((Period(known[0].start, clock),), known):
        yield Hole(span, *_cause(facts, source, topics, span))


def _cause(facts: Facts, source: str, topics: list[str], span: Period) -> tuple[str, str]:
    """The cause that rules: an operator's word before a jump, a jump before what the log lost."""
    said = [
        gap for topic in topics for gap in facts.gaps.get((source, topic), ()) if _touch(gap.since, gap.until, span)
    ]
    for cause in ("declared", "jump"):
        if found := [gap for gap in said if gap.cause == cause]:
            return cause, max(found, key=lambda gap: (gap.at, gap.offset)).why
    lost = [each for topic in topics for each in facts.lost.get((source, topic), ())]
    return ("lost" if any(_touch(each.start, each.end, span) for each in lost) else "behind"), ""


def _touch(start: int, end: int, span: Period) -> bool:
    return start < span.end and span.start < end
