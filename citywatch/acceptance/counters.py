"""Counters that the five reports print: so many of a kind in their campaign, each beside another of its family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from citywatch.acceptance.events import DAY, some
from citywatch.acceptance.question import Report, at, campaign
from citywatch.acceptance.scenario import Fed, Figure, Scenario, Shown


@dataclass(frozen=True)
class Counter:
    """`number` events of a kind with this data, and the figure of a measure that they come to.

    size: how many an event reports; 1 where the kind has no count. key: the codes of the figure's row. expected: where
    it is not the number. fed: where that is a lower bound, what the events come to. by: the dimensions, where `take` is
    of all rows. Without a measure it is fed and not asked, with a number of 0 asked and not fed.
    """

    name: str
    kind: str
    number: int
    measure: str
    rows: tuple[int, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    size: int = 1
    key: tuple[tuple[str, str], ...] = ()
    expected: Shown = None
    fed: Shown = None
    ago: Mapping[str, int] = field(default_factory=dict)
    turns: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    by: str = ""
    take: str = "value"
    reading: str = ""

    def events(self, prefix: str, since: str, until: str) -> Iterator[Fed]:
        return some(
            self.kind, prefix, self.number, since, until, self.data, size=self.size, ago=self.ago, turns=self.turns
        )

    def figure(self, name: str) -> Figure:
        by = self.by or ",".join(dimension for dimension, _ in self.key)
        question = Report(self.measure, campaign(name), self.take, by, self.key)
        expected = self.number if self.expected is None else self.expected
        return Figure(self.name, question, expected, self.fed, self.reading, rows=self.rows)


def scenario(id: str, title: str, name: str, first: str, last: str, counters: tuple[Counter, ...]) -> Scenario:
    """The counters of a report in its campaign, from its first day to its last."""
    return Scenario(
        id,
        title,
        at(first),
        at(last) + DAY,
        partial(_fed, counters, first, last),
        tuple(each.figure(name) for each in counters if each.measure),
    )


def _fed(counters: tuple[Counter, ...], first: str, last: str) -> Iterator[Fed]:
    for number, each in enumerate(counters):
        yield from each.events(f"n{number}", first, last)
