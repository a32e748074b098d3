"""Stocks and funnels from the judged rows, a second time: each subject is walked through, step by step."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import accumulate, zip_longest
from math import ceil
from typing import Any, NamedTuple, TypeVar

from citywatch.audit.expected import Expected
from schemas.categories import UNKNOWN
from schemas.cities import City
from schemas.families import TYPES
from schemas.funnel import Funnel
from schemas.lifecycle import Lifecycle
from schemas.stock import Stock

T = TypeVar("T")


class Step(NamedTuple):
    """`said`: the attributes that it carries."""

    time: int
    place: int
    id: str
    said: Mapping[str, Any]


class Lives:
    """The steps of each subject of a lifecycle in a city, in their order."""

    def __init__(self, expected: Expected, life: Lifecycle, city: City) -> None:
        self.life = life
        self.city = city
        found: dict[tuple[str, str], list[Step]] = defaultdict(list)
        for place, kind in enumerate(life.steps):
            said_by = cache(partial(_said, kind))  # most events of a type say what others have said
            for row, codes in expected.steps.get(kind, ()):
                if row.source in city.sources and not expected.is_cancelled(row.source, row.subject, life.steps[0]):
                    said, carried = said_by(codes, row.further)
                    name = "/".join(row.subject if each == "subject" else str(said[each]) for each in life.named_by)
                    found[row.source, name].append(Step(row.time, place, row.id, carried))
        self.subjects = [sorted(steps, key=lambda step: step[:3]) for steps in found.values()]

    def stock(self, stock: Stock, moments: Sequence[int]) -> list[dict[str, tuple[int, int]]]:
        """At each of the moments, which ascend, by beat what it is of the steps before it, and how many were never
        opened. Each subject is walked through once: what it adds changes at its steps alone."""
        changes = [Counter[tuple[str, int]]() for _ in moments]
        counted = stock.states or stock.lifecycle.open
        for steps in self.subjects:
            has: dict[str, Any] = {}
            stands: tuple[str, int, int] | None = None
            is_begun = False
            for nth, step in enumerate(steps):
                has |= step.said
                if step.place == 0 or self.life.states[step.place] not in self.life.open:
                    is_begun = step.place == 0
                at = bisect_right(moments, step.time)
                if at == len(moments):
                    break
                if nth + 1 < len(steps) and bisect_right(moments, steps[nth + 1].time) == at:
                    continue  # the next one rules before anybody looks
                if stands is not None:
                    _add(changes[at], stands, -1)
                stands = None
                if all(has.get(name, "") == code for name, code in stock.where.items()):
                    is_in = self.life.states[step.place] in counted and (is_begun or not stock.opened_only)
                    adds = (has.get(stock.value, 0) if stock.value else 1) if is_in else 0
                    stands = self._beat(has), adds, int(steps[0].place != 0)
                    _add(changes[at], stands, 1)
        return [*map(_levels, accumulate(changes, _together))]

    def funnel(self, funnel: Funnel, start: int, end: int) -> tuple[Any, ...]:
        """Cohort, never opened, and of each stage how many, and the mean and the quantiles of their seconds."""
        cohort = [steps for steps in self.subjects if start <= steps[0].time < end]
        opened = [steps for steps in cohort if steps[0].place == 0]
        stages = []
        for name in funnel.stages:
            took = sorted(_took(opened, self.life.states.index(name), end))
            stages.append((len(took), *_shown(took)))
        return len(opened), len(cohort) - len(opened), *stages

    def _beat(self, has: dict[str, Any]) -> str:
        beat = str(has.get("beat", ""))
        return beat if beat in self.city.beats else UNKNOWN


def by_life(figures: Iterable[T], of: Callable[[T], Stock | Funnel]) -> Iterator[tuple[Lifecycle, list[T]]]:
    """Those of one lifecycle together: the lives of all of them at once are as much as the log."""
    of_life: dict[str, list[T]] = defaultdict(list)
    for each in figures:
        of_life[of(each).lifecycle.name].append(each)
    for together in of_life.values():
        yield of(together[0]).lifecycle, together


def _took(cohort: Sequence[Sequence[Step]], place: int, end: int) -> Iterator[int]:
    """Of each that has had a step before the end the seconds from its first step."""
    for steps in cohort:
        times = [step.time for step in steps if step.place == place and step.time < end]
        if times:
            yield min(times) - steps[0].time


def _shown(took: Sequence[int]) -> tuple[int | None, ...]:
    if not took:
        return None, None, None
    whole, rest = divmod(sum(took), len(took))
    return whole + (2 * rest >= len(took)), *(took[ceil(part * len(took) / 100) - 1] for part in (50, 90))


def _said(
    kind: str, codes: tuple[str, ...], further: Iterable[tuple[str, Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """By name what a step of a type says, and what of that is no blank."""
    said = {**dict(zip_longest(TYPES[kind].dims, codes, fillvalue="")), **dict(further)}
    return said, {name: value for name, value in said.items() if value is not None and value != ""}


def _add(change: Counter[tuple[str, int]], stands: tuple[str, int, int], sign: int) -> None:
    beat, value, stray = stands
    change[beat, 0] += sign * value
    change[beat, 1] += sign * stray


def _together(before: Counter[tuple[str, int]], change: Counter[tuple[str, int]]) -> Counter[tuple[str, int]]:
    return Counter({key: before[key] + change[key] for key in {*before, *change}})


def _levels(sums: Counter[tuple[str, int]]) -> dict[str, tuple[int, int]]:
    beats = {beat for (beat, _), number in sums.items() if number}
    return {beat: (sums[beat, 0], sums[beat, 1]) for beat in beats}
